/**
 * From an opened file to the layout that understands it best. Knows no layout by name.
 */
import { Problem } from '../base/problem.ts';
import type { ArrayInfo, OpenFile } from './formats/contract.ts';
import type { Layout, Recognition } from './layouts/contract.ts';
import { layouts } from './layouts/registry.ts';
import { catalogue } from './rows.ts';

export interface Recognised {
  layout: Layout;
  recognition: Recognition;
  /** Other layouts that could read the file, the most certain first. */
  others: readonly { layout: Layout; recognition: Recognition }[];
}

/**
 * Asks every layout, or the one that was chosen, whether it understands the file.
 *
 * @param layoutId the layout to use whatever the others say; it must still recognise the file
 * @throws Problem that lists the arrays of the file if nothing recognises it, and the reason if its largest array is unreadable
 */
export async function recognise(file: OpenFile, layoutId?: string): Promise<Recognised> {
  const chosen = layoutId === undefined ? layouts : layouts.filter((layout) => layout.id === layoutId);
  if (chosen.length === 0) {
    throw new Problem({
      where: `${file.name}, layout`,
      expected: `one of ${layouts.map((layout) => layout.id).join(', ')}`,
      found: `"${layoutId}"`,
      fix: 'Correct the layout or leave it out',
    });
  }
  // one array that holds most of the file and cannot be read: what is left beside it is not the data
  const largest = [...file.arrays].sort((a, b) => size(b) - size(a))[0];
  const total = file.arrays.reduce((sum, array) => sum + size(array), 0);
  if (largest?.problem && size(largest) > total / 2) throw new Problem(largest.problem);
  const asked = await Promise.all(chosen.map(async (layout) => ({ layout, recognition: await layout.recognises(file) })));
  const guesses = asked
    .flatMap(({ layout, recognition }) => (recognition ? [{ layout, recognition }] : []))
    .sort((a, b) => b.recognition.confidence - a.recognition.confidence);
  const [best, ...others] = guesses;
  if (!best) {
    const unreadable = file.arrays.find((array) => array.problem)?.problem;
    if (unreadable) throw new Problem(unreadable);
    throw new Problem({
      where: file.name,
      expected: layoutId === undefined ? `one of ${chosen.map(({ name }) => name).join(', ')}` : (chosen[0]?.expects ?? ''),
      found: catalogue(file),
      fix: 'Rename or reshape the array, or choose another file',
    });
  }
  return { ...best, others };
}

function size({ shape }: ArrayInfo): number {
  return shape.reduce((product, n) => product * n, 1);
}
