/**
 * Small helpers for layouts: which rows to read, in which bands, and memory for the result. Knows no layout.
 */
import { countOf, countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import type { ArrayInfo, OpenFile } from './formats/contract.ts';
import type { LayoutOptions } from './layouts/contract.ts';

/** Rows [start, end) that a reader asked for, inside a file of `total` rows. */
export function chosenRows(options: LayoutOptions, total: number, where: string): [start: number, end: number] {
  const [start, end] = options.rows ?? [0, total];
  if (total > 0 && start >= 0 && start < end && end <= total) return [start, end];
  throw new Problem({
    where,
    expected: total > 0 ? `a row range inside 0 to ${countText(total)}` : 'at least one row',
    found: total > 0 ? `${countText(start)} to ${countText(end)}` : 'no rows',
    fix: total > 0 ? 'Correct the row range' : 'Choose another file',
  });
}

/** Ranges that cover [start, end), each at most about `limit` rows and ending on whole chunks where the file has chunks. */
export function bands(start: number, end: number, limit: number, chunkRows = 1): [number, number][] {
  const step = limit > chunkRows ? limit - (limit % chunkRows) : chunkRows;
  const ranges: [number, number][] = [];
  for (let from = start; from < end; ) {
    const to = Math.min(end, (Math.floor(from / step) + 1) * step);
    ranges.push([from, to]);
    from = to;
  }
  return ranges;
}

/** Memory for rows x width numbers. */
export function makeMatrix(rows: number, width: number, where: string): Float32Array {
  try {
    return new Float32Array(rows * width);
  } catch {
    throw noRoom(rows, width, where);
  }
}

/** That rows x width numbers do not fit into memory. */
export function noRoom(rows: number, width: number, where: string): Problem {
  return new Problem({
    where,
    expected: 'rows that fit into memory',
    found: `${countOf(rows, 'row')} of ${countOf(width, 'number')} (${((rows * width * 4) / 1e9).toFixed(1)} GB)`,
    fix: 'Read fewer rows: give a row range',
  });
}

/** `Particles (770, 19, 4) float64, Process (770) text`: what a file holds, for messages. */
export function catalogue(file: OpenFile, most = 12): string {
  const words = file.arrays.slice(0, most).map((array: ArrayInfo) => `${array.name} (${array.shape.join(', ')}) ${array.type}`);
  const more = file.arrays.length - words.length;
  return words.length === 0 ? 'no arrays' : words.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
