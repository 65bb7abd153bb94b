/**
 * Reads a table into one float32 matrix, a band of rows or a column at a time, so that a table of gigabytes is in memory only once.
 * What is odd about a column is counted on the way.
 */
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import type { LayoutOptions } from '../layouts/contract.ts';
import { bands, makeMatrix } from '../rows.ts';
import type { Column, Table } from './find.ts';

const bandNumbers = 8_000_000;
/** As they stand in files, and the last one as a float32 keeps it. */
const sentinels = new Set([-999, -99, 1e30, Math.fround(1e30)]);

/** What was met in one feature. */
export interface ColumnCount {
  name: string;
  /** Values that are missing or not finite; kept as NaN. */
  missing: number;
  sentinels: number;
  low: number;
  high: number;
  /** True while each value is one more than the value before. */
  counts: boolean;
}

export interface TableData {
  /** [rows x features] */
  values: Float32Array;
  features: ColumnCount[];
  /** Everything that is not a feature, by name, in the precision of the file. NaN for what is not finite. */
  others: Map<string, Float64Array>;
}

/**
 * @param columns those to read, each with its final role; texts and labels with an array of their own are not read here
 */
export async function readColumns(
  file: OpenFile,
  table: Table,
  columns: readonly Column[],
  [start, end]: readonly [number, number],
  options: LayoutOptions,
): Promise<TableData> {
  const rows = end - start;
  const features = columns.filter(({ role }) => role === 'feature');
  const values = makeMatrix(rows, features.length, file.name);
  const counts = features.map(({ name }) => emptyCount(name));
  const others = new Map(columns.filter(({ role }) => role !== 'feature').map(({ name }) => [name, new Float64Array(rows)]));
  /** Where a number goes: into the matrix, or into a column of its own. */
  const place = (column: Column): ((row: number, value: number) => void) => {
    const at = features.indexOf(column);
    if (at >= 0) {
      const count = counts[at] as ColumnCount;
      return (row, value) => {
        values[row * features.length + at] = note(count, value, row);
      };
    }
    const own = others.get(column.name) as Float64Array;
    return (row, value) => {
      own[row] = Number.isFinite(value) ? value : Number.NaN;
    };
  };
  const passOn = options.signal ? { signal: options.signal } : {};
  const { matrix } = table;
  const single = columns.filter(({ index }) => index === undefined);
  const told = (done: number, message: string) => options.onProgress?.({ done, message });

  if (matrix) {
    const width = matrix.shape[1] as number;
    const wanted = columns.flatMap((column) => (column.index === undefined ? [] : [{ index: column.index, put: place(column) }]));
    for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / width), matrix.chunkRows)) {
      const band = (await file.read(matrix.name, { rows: [from, to], ...passOn })) as Float64Array;
      for (const { index, put } of wanted)
        for (let row = 0; row < to - from; row++) put(from - start + row, band[row * width + index] as number);
      told((to - start) / rows, `Reading ${file.name}`);
    }
  }
  let done = 0;
  for (const [array, group] of byArray(single)) {
    const puts = group.map((column) => ({ item: column.item, put: place(column) }));
    for (const [from, to] of bands(start, end, bandNumbers, array.chunkRows)) {
      options.signal?.throwIfAborted();
      await readOne(file, array, [from, to], passOn, from - start, puts);
    }
    done += group.length;
    if (!matrix) told(done / single.length, `Reading ${file.name}: ${array.name}`);
  }
  return { values, features: counts, others };
}

function byArray(columns: readonly Column[]): Map<ArrayInfo, Column[]> {
  const groups = new Map<ArrayInfo, Column[]>();
  for (const column of columns) groups.set(column.array, [...(groups.get(column.array) ?? []), column]);
  return groups;
}

async function readOne(
  file: OpenFile,
  array: ArrayInfo,
  rows: [number, number],
  passOn: { signal?: AbortSignal },
  first: number,
  puts: readonly { item: number | undefined; put(row: number, value: number): void }[],
): Promise<void> {
  const count = rows[1] - rows[0];
  if (array.jagged) {
    if (!file.readLists) throw new Error(`${file.name} has lists but no way to read them`);
    const { offsets, values } = await file.readLists(array.name, { rows, ...passOn });
    for (const { item = 0, put } of puts) {
      for (let row = 0; row < count; row++) {
        const at = (offsets[row] as number) + item;
        put(first + row, at < (offsets[row + 1] as number) ? (values[at] as number) : Number.NaN);
      }
    }
    return;
  }
  const values = (await file.read(array.name, { rows, ...passOn })) as Float64Array;
  for (const { put } of puts) for (let row = 0; row < count; row++) put(first + row, values[row] as number);
}

function emptyCount(name: string): ColumnCount {
  return {
    name,
    missing: 0,
    sentinels: 0,
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
    counts: true,
  };
}

/** Counts what is odd about a value and gives it as it is kept. */
function note(count: ColumnCount, value: number, row: number): number {
  if (!Number.isFinite(value)) {
    count.missing++;
    count.counts = false;
    return Number.NaN;
  }
  if (sentinels.has(value)) count.sentinels++;
  if (row > 0 && value !== count.high + 1) count.counts = false;
  if (row === 0 && !Number.isInteger(value)) count.counts = false;
  if (value < count.low) count.low = value;
  if (value > count.high) count.high = value;
  return value;
}

/** The matrix without some of its columns. */
export function withoutColumns(values: Float32Array, width: number, dropped: ReadonlySet<number>): Float32Array {
  const kept = Array.from({ length: width }, (_, i) => i).filter((i) => !dropped.has(i));
  const rows = values.length / width;
  // moved to the front of the same memory, so that there are never two of a large matrix before the end is cut off
  for (let row = 0; row < rows; row++)
    for (const [at, from] of kept.entries()) values[row * kept.length + at] = values[row * width + from] as number;
  return values.slice(0, rows * kept.length);
}
