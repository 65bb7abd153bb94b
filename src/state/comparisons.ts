/** A comparison that a model declares as a plan of trainings: its points over what is set for the model now. Pure translation. */
import { defaultParams, type Params } from '../base/params.ts';
import type { Comparison } from '../models/contract.ts';
import type { ModelSpec } from '../worker/api.ts';
import type { Session } from './session.ts';
import type { SweepPlan, SweepPoint } from './sweeps.ts';

/** What a set of parameters changes of a preset, so that a request asks for no more than differs. */
export function changedFrom(spec: Pick<ModelSpec, 'params' | 'presets'>, preset: string, params: Params): Params {
  const usual = { ...defaultParams(spec.params), ...spec.presets[preset]?.params };
  return Object.fromEntries(
    Object.entries(params).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key])),
  );
}

/** Points of models that the loaded data do not suit are left out. */
export function comparisonPlan(
  spec: ModelSpec,
  { name, variable, points }: Comparison,
  draft: Session['draft'],
  models: readonly ModelSpec[],
): SweepPlan {
  const planned = points.flatMap(({ label, value = null, params, other }): SweepPoint[] => {
    if (!other) {
      const own = changedFrom(spec, draft.preset, { ...draft.params, ...params });
      return [{ label, value, model: spec.id, preset: draft.preset, params: own, epochs: draft.epochs }];
    }
    const beside = models.find(({ id, usable }) => id === other.model && usable);
    if (!beside) return [];
    const { epochs, ...drafted } = draft.params;
    const all: Params = {
      ...drafted,
      ...((draft.epochs ?? epochs) !== undefined ? { epochs: (draft.epochs ?? epochs) as number } : {}),
    };
    const followed = Object.entries(other.follows ?? {}).flatMap(([key, from]) =>
      all[from] === undefined ? [] : [[key, all[from]]],
    );
    const own = changedFrom(beside, other.preset, Object.fromEntries(followed));
    return [{ label, value, model: other.model, preset: other.preset, params: own, epochs: null }];
  });
  return { name, variable, seeds: draft.seeds, points: planned };
}
