/** What a set of parameters changes of a preset, so that a sweep asks for no more than differs. Text and data only. */
import { defaultParams, type Params } from '../../base/params.ts';
import type { ModelSpec } from '../../worker/api.ts';

export function changedFrom(spec: ModelSpec, preset: string, params: Params): Params {
  const usual = { ...defaultParams(spec.params), ...spec.presets[preset]?.params };
  return Object.fromEntries(
    Object.entries(params).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key])),
  );
}
