/** Words about a draft: what the button trains, and how far the parameters are from their preset. */
import type { Params, ParamValue } from '../../base/params.ts';
import type { ModelSpec } from '../../worker/api.ts';

const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** `Train`, `Train three seeds`; `Run` for a model that learns nothing. */
export function trainText(seeds: number, trains: boolean): string {
  const verb = trains ? 'Train' : 'Run';
  return seeds === 1 ? verb : `${verb} ${numbers[seeds] ?? seeds} seeds`;
}

/** How many parameters differ from what the preset (over the defaults) says. */
export function differsFromPreset(spec: Pick<ModelSpec, 'params' | 'presets'>, preset: string, params: Params): number {
  const own = spec.presets[preset]?.params ?? {};
  return Object.entries(spec.params).filter(([name, { default: byDefault }]) => {
    const wanted: ParamValue = own[name] ?? byDefault;
    const given = params[name];
    return given !== undefined && JSON.stringify(given) !== JSON.stringify(wanted);
  }).length;
}
