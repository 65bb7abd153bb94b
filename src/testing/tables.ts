/** Text tables as dropped files, with numbers that a seed gives: what a person would drop, small enough for a test. */
import { File as NodeFile } from 'node:buffer';
import { Cursor } from '../numeric/random.ts';

export function droppedFile(name: string, text: string): File {
  return new NodeFile([text], name) as unknown as File;
}

/**
 * Rows of `columns` correlated numbers and a column `kind`, 0 for background and 1 for every fourth row, which lies apart.
 *
 * @param scale multiplies every number
 */
export function labelledTable(rows: number, columns: number, scale = 1): string {
  const cursor = new Cursor(7, 'sample');
  const names = Array.from({ length: columns }, (_, i) => `x${i + 1}`);
  const lines = Array.from({ length: rows }, (_, row) => {
    const signal = row % 4 === 3 ? 1 : 0;
    const common = cursor.normal();
    const numbers = names.map((_, i) => scale * (common * (1 + i) + 0.2 * cursor.normal() + (signal && i % 2 ? 4 : 0)));
    return [...numbers.map((value) => value.toPrecision(8)), signal].join(',');
  });
  return [[...names, 'kind'].join(','), ...lines].join('\n');
}
