/** Parameters as short text, for the names of runs: `Representation width d 16, Dropout 0.2`. */
import type { ParamSpec, ParamSpecs, Params, ParamValue } from '../base/params.ts';

export function paramWords(params: Params, specs: ParamSpecs): string {
  return Object.entries(params)
    .map(([name, value]) => `${specs[name]?.label ?? name} ${valueText(value, specs[name])}`)
    .join(', ');
}

/** An option by its label, a switch by on and off, a list with a multiplication sign as layers are written. */
export function valueText(value: ParamValue, spec: ParamSpec | undefined): string {
  if (spec?.kind === 'choice') return spec.options.find((option) => option.value === value)?.label ?? String(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? value.join('-') || 'none' : String(value);
}
