/** All models: every file of this folder whose default export is a model. Adding a model is adding a file. */
import { Problem } from '../base/problem.ts';
import type { Model } from './contract.ts';

const files = import.meta.glob<{ default?: Model }>(['./*.ts', '!./contract.ts', '!./registry.ts', '!./*.test.ts'], {
  eager: true,
});

/** Recommended models first, then the others, then the baselines; within each those for fewer kinds of data first, then by name. */
export const models: readonly Model[] = Object.values(files)
  .flatMap((file) => (file.default ? [file.default] : []))
  .sort(
    (a, b) =>
      (a.recommended ?? 99) - (b.recommended ?? 99) ||
      Number(a.baseline) - Number(b.baseline) ||
      a.accepts.length - b.accepts.length ||
      (a.name < b.name ? -1 : 1),
  );

/** @throws Problem for an unknown id; `where` names the place that asked for it, such as `study.json, models[0].id`. */
export function findModel(id: string, where = 'models'): Model {
  const model = models.find((candidate) => candidate.id === id);
  if (model) return model;
  throw new Problem({
    where,
    expected: `one of ${models.map((candidate) => candidate.id).join(', ')}`,
    found: `"${id}"`,
    fix: 'Correct the name of the model',
  });
}
