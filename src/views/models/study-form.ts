/** The rows of the form that makes a study of several models, and the plan that they make. Data only. */

import { changedFrom } from '../../state/comparisons.ts';
import type { Session } from '../../state/session.ts';
import { labelled } from '../../state/study-plan.ts';
import type { SweepPlan } from '../../state/sweeps.ts';
import type { ModelSpec } from '../../worker/api.ts';

export interface StudyRow {
  /** Stable while the form is open. */
  key: number;
  model: string;
  preset: string;
}

/** The chosen model first, then the recommended ones: three to start from. */
export function firstRows(models: readonly ModelSpec[], draft: Session['draft']): StudyRow[] {
  const usable = models.filter((m) => m.usable && !m.baseline);
  const order = [...usable].sort((a, b) => rank(a, draft) - rank(b, draft));
  return order.slice(0, 3).map((spec, key) => rowOf(spec, key, draft));
}

function rank({ id, recommended }: ModelSpec, draft: Session['draft']): number {
  return id === draft.model ? -1 : (recommended ?? 1000);
}

function rowOf(spec: ModelSpec, key: number, draft: Session['draft']): StudyRow {
  return { key, model: spec.id, preset: spec.id === draft.model ? draft.preset : spec.suggestedPreset };
}

/** One more row: the first model that is not there yet, else the last one again with another preset. */
export function withOneMore(rows: readonly StudyRow[], models: readonly ModelSpec[], draft: Session['draft']): StudyRow[] {
  const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
  const usable = models.filter((m) => m.usable);
  const next =
    usable.find((m) => !m.baseline && !rows.some(({ model }) => model === m.id)) ??
    usable.find((m) => !rows.some(({ model }) => model === m.id));
  if (next) return [...rows, rowOf(next, key, draft)];
  const spec = usable.at(-1);
  if (!spec) return [...rows];
  const taken = rows.filter(({ model }) => model === spec.id).map(({ preset }) => preset);
  const preset = Object.keys(spec.presets).find((id) => !taken.includes(id)) ?? spec.suggestedPreset;
  return [...rows, { key, model: spec.id, preset }];
}

/** Parameters that were changed on the page go along with the row of that model and preset. */
export function paramsOf({ model, preset }: StudyRow, models: readonly ModelSpec[], draft: Session['draft']) {
  const spec = models.find(({ id }) => id === model);
  return spec && model === draft.model && preset === draft.preset ? changedFrom(spec, preset, draft.params) : {};
}

export function planOf(
  rows: readonly StudyRow[],
  models: readonly ModelSpec[],
  draft: Session['draft'],
  { name, seeds, epochs, baselines }: { name: string; seeds: readonly number[]; epochs: number | null; baselines: boolean },
): SweepPlan {
  const points = rows.map((row) => {
    const spec = models.find(({ id }) => id === row.model);
    const { epochs: own, ...params } = paramsOf(row, models, draft);
    const kept = epochs === null && own !== undefined ? { epochs: own } : {};
    return {
      label: '',
      value: null,
      model: row.model,
      preset: row.preset,
      params: { ...params, ...kept },
      epochs: spec?.params['epochs'] ? epochs : null,
    };
  });
  return { kind: 'study', name, variable: 'model', seeds, baselines, points: labelled(points, models) };
}
