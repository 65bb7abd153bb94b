/**
 * The samples on the shelf: every file of this folder that default-exports a `Sample`. A new sample is a new file; nothing here
 * changes.
 */
import { Problem } from '../../base/problem.ts';
import type { Sample } from './contract.ts';

const files = import.meta.glob<{ default: Sample }>(
  ['./*.ts', '!./contract.ts', '!./registry.ts', '!./picture.ts', '!./*.test.ts'],
  { eager: true },
);

/** In alphabetical order of their ids. */
export const samples: readonly Sample[] = Object.values(files)
  .map((file) => file.default)
  .sort((a, b) => (a.id < b.id ? -1 : 1));

/** @throws Problem if there is no such sample */
export function findSample(id: string): Sample {
  const sample = samples.find((candidate) => candidate.id === id);
  if (sample) return sample;
  throw new Problem({
    where: `sample "${id}"`,
    expected: `one of ${samples.map((candidate) => candidate.id).join(', ')}`,
    found: `"${id}"`,
    fix: 'Correct the name of the sample',
  });
}
