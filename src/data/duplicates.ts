/**
 * Rows that occur more than once: inside a file, in two files, and above all in training and in test, where they would let a model
 * be judged by what it has learnt. Two rows are the same if all their numbers are.
 */
import { type Dataset, rowReader } from './dataset.ts';
import type { Split } from './split.ts';

export interface Duplicates {
  /** Rows that equal an earlier row. */
  rows: number;
  /** Rows of nothing but zeros or missing values, which are all alike and not counted as duplicates. */
  empty: number;
  /** Rows of the validation or test part that equal a training row: what leaks. */
  leaked: number;
  /** Rows that equal a row of another class. */
  contradicting: number;
  /** Rows of the second file that equal a row of the first, by file names. */
  between: readonly { first: string; second: string; rows: number }[];
  /** A few pairs of row numbers, earlier one first. */
  examples: readonly (readonly [number, number])[];
}

const mostExamples = 5;
const blockRows = 50_000;

/** Yields the share done; the answer is exact up to a chance of about n² / 2^54 for two rows with one hash. */
export function* findDuplicates(
  dataset: Dataset,
  split: Pick<Split, 'training' | 'validation' | 'test'>,
): Generator<number, Duplicates> {
  const { rows, label } = dataset;
  const read = rowReader(dataset);
  const keys = new Float64Array(rows);
  let empty = 0;
  for (let row = 0; row < rows; row++) {
    keys[row] = keyOf(read(row));
    if (Number.isNaN(keys[row] as number)) empty++;
    if (row % blockRows === 0) yield (0.6 * row) / rows;
  }
  const sorted = keys.slice().sort();
  yield 0.8;
  const repeated = new Map<number, number[]>();
  for (let i = 1; i < rows; i++) if (sorted[i] === sorted[i - 1]) repeated.set(sorted[i] as number, []);
  for (let row = 0; row < rows && repeated.size > 0; row++) repeated.get(keys[row] as number)?.push(row);
  yield 0.9;

  const trains = new Uint8Array(rows);
  for (const row of split.training) trains[row] = 1;
  const judges = new Uint8Array(rows);
  for (const row of split.validation) judges[row] = 1;
  for (const row of split.test) judges[row] = 1;
  const originOf = (row: number): number => dataset.origins.findIndex(({ start, end }) => row >= start && row < end);
  let count = 0;
  let leaked = 0;
  let contradicting = 0;
  const between = new Map<string, { first: string; second: string; rows: number }>();
  const examples: [number, number][] = [];
  for (const members of repeated.values()) {
    const first = members[0] as number;
    const trained = members.some((row) => trains[row] === 1);
    const mixed = members.some((row) => label[row] !== label[first]);
    const files = new Set<number>();
    for (const row of members) {
      if (row !== first) {
        count++;
        if (examples.length < mostExamples) examples.push([first, row]);
      }
      if (trained && judges[row] === 1) leaked++;
      if (mixed) contradicting++;
      const own = originOf(row);
      for (const earlier of files) {
        if (earlier === own) continue;
        const names = { first: dataset.origins[earlier]?.name ?? '', second: dataset.origins[own]?.name ?? '' };
        const key = `${earlier} ${own}`;
        between.set(key, { ...names, rows: (between.get(key)?.rows ?? 0) + 1 });
      }
      files.add(own);
    }
  }
  return { rows: count, empty, leaked, contradicting, between: [...between.values()], examples };
}

/** 53 bits of a row's numbers; NaN for a row of zeros and missing values. Minus zero counts as zero. */
function keyOf(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  let something = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const missing = Number.isNaN(value);
    const word = value === 0 ? 0 : missing ? 0x7fc00000 : (bits[i] as number);
    something ||= value !== 0 && !missing;
    high = Math.imul(high ^ word, 0x01000193);
    low = Math.imul((low ^ word) + 0x165667b1, 0x85ebca6b);
    low ^= low >>> 13;
  }
  return something ? (high >>> 0) * 2 ** 21 + (low >>> 11) : Number.NaN;
}
