/** Turns the list of requested runs into the `models` of a study file: one entry per model, preset and parameters, seeds joined. */
import type { StudyModel } from '../study/schema.ts';
import type { RunRequest } from '../worker/api.ts';

export function studyModels(requests: readonly RunRequest[]): StudyModel[] {
  const grouped = new Map<string, StudyModel & { seeds: number[] }>();
  for (const { model, preset, params, seed, epochs, deviceRows } of requests) {
    const entry = {
      id: model,
      ...(preset !== undefined ? { preset } : {}),
      ...(params && Object.keys(params).length > 0 ? { params: { ...params } } : {}),
      ...(epochs !== undefined ? { epochs } : {}),
      ...(deviceRows ? { deviceRows } : {}),
    };
    const key = JSON.stringify(entry);
    const known = grouped.get(key);
    if (!known) grouped.set(key, { ...entry, seeds: [seed] });
    else if (!known.seeds.includes(seed)) known.seeds.push(seed);
  }
  return [...grouped.values()];
}
