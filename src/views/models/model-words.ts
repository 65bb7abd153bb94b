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

/** `7 of 15 done, about 6 min left`. @param seconds null while nothing is known */
export function studyWords(done: number, total: number, left: number, seconds: number | null, held: boolean): string {
  const words = `${done} of ${total} done`;
  if (left === 0) return done < total ? `${words}, the others were stopped` : `${total} trainings done`;
  if (held) return `${words}, paused`;
  if (seconds === null) return words;
  return `${words}, about ${seconds < 55 ? `${Math.max(5, Math.ceil(seconds / 5) * 5)}\u00a0s` : seconds < 5400 ? `${Math.max(1, Math.round(seconds / 60))}\u00a0min` : `${(seconds / 3600).toFixed(1)}\u00a0h`} left`;
}
