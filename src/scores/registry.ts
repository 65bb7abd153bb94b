/** All scores: every file of this folder whose default export is a score, or a list of alike ones. Adding a score is adding a file. */
import { Problem } from '../base/problem.ts';
import type { OutputName } from '../models/contract.ts';
import type { Score } from './contract.ts';
import { topErrorsNamed } from './top-errors.ts';

const files = import.meta.glob<{ default?: Score | readonly Score[] }>(
  ['./*.ts', '!./contract.ts', '!./registry.ts', '!./*.test.ts'],
  {
    eager: true,
  },
);

/** By id. */
export const scores: readonly Score[] = Object.values(files)
  .flatMap((file) => file.default ?? [])
  .sort((a, b) => (a.id < b.id ? -1 : 1));

/** Scores whose needs these outputs cover. */
export function scoresFor(outputs: readonly OutputName[]): Score[] {
  return scores.filter((score) => score.needs.every((need) => outputs.includes(need)));
}

/** Also `reconstruction-mse-top<N>` for any N. @throws Problem for an unknown id; `where` names the place that asked for it, such as `study.json, scores[0]`. */
export function findScore(id: string, where = 'scores'): Score {
  const score = scores.find((candidate) => candidate.id === id) ?? topErrorsNamed(id);
  if (score) return score;
  throw new Problem({
    where,
    expected: `one of ${scores.map((candidate) => candidate.id).join(', ')}, or reconstruction-mse-top<N> with a whole N`,
    found: `"${id}"`,
    fix: 'Correct the name of the score',
  });
}
