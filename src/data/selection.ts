/**
 * Some rows of a file as a file of its own: a range, or a seeded sample spread over the whole of it. Layouts read the smaller file
 * and need not know. Knows arrays and rows, no format and no layout.
 *
 * A sample is stratified by position. The rows are divided into blocks that end on whole chunks, the blocks into equal strata; one
 * block of each stratum is drawn, and inside it the rows. So a file that is sorted (by run, by class, by mass) is met everywhere,
 * at most about four times as many rows are unpacked as are kept, and rows keep their order.
 */
import { countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import { Cursor } from '../numeric/random.ts';
import type { ArrayInfo, Lists, OpenFile, ReadOptions, Values } from './formats/contract.ts';

/** Structurally the `sample` of a study. */
export interface SampleChoice {
  /** How many rows; all of them if there are no more. */
  rows: number;
  seed: number;
}

/** Rows that are read to keep one. */
const readPerKept = 4;
/** Strata at least, where the file has as many blocks: fewer would leave parts of a sorted file unseen. */
const fewestStrata = 64;
/** Smallest block, so that small chunks do not cost one call each. */
const smallestBlock = 256;
/** Blocks next to each other are read together up to this many numbers. */
const numbersAtOnce = 2_000_000;

/**
 * Row numbers of a sample of [start, end), ascending.
 *
 * @param chunkRows rows that are stored together
 * Worked value: 10 of 10 rows is every row, whatever the seed.
 */
export function drawRows(
  [start, end]: readonly [start: number, end: number],
  sample: SampleChoice,
  chunkRows = 1,
): { rows: Uint32Array; block: number } {
  const wanted = Math.min(sample.rows, end - start);
  const unit = Math.min(end - start, chunkRows * Math.ceil(smallestBlock / chunkRows));
  const first = Math.floor(start / unit);
  const blocks = Math.ceil(end / unit) - first;
  const bounds = (block: number): [number, number] => [
    Math.max(start, (first + block) * unit),
    Math.min(end, (first + block + 1) * unit),
  ];
  const strata = Math.min(blocks, Math.max(fewestStrata, readPerKept * Math.ceil(wanted / unit)));
  const cursor = new Cursor(sample.seed, 'subset');
  const chosen = Array.from({ length: strata }, (_, i) => {
    const from = Math.floor((i * blocks) / strata);
    return bounds(from + cursor.below(Math.floor(((i + 1) * blocks) / strata) - from));
  });
  const counts = shares(
    chosen.map(([from, to]) => to - from),
    wanted,
  );
  const rows = new Uint32Array(counts.reduce((sum, n) => sum + n, 0));
  let kept = 0;
  for (const [i, [from, to]] of chosen.entries()) {
    // selection sampling: each row with the chance that is left for it, which gives every subset the same chance
    let left = counts[i] as number;
    for (let row = from; left > 0; row++) {
      if (cursor.below(to - row) >= left) continue;
      rows[kept++] = row;
      left--;
    }
  }
  return { rows, block: unit };
}

/** Whole shares of `wanted` in proportion to the sizes, none larger than its size; they add up unless the sizes do not allow it. */
function shares(sizes: readonly number[], wanted: number): number[] {
  const total = sizes.reduce((sum, n) => sum + n, 0);
  const target = Math.min(wanted, total);
  let before = 0;
  return sizes.map((size) => {
    const from = Math.floor((before * target) / total);
    before += size;
    return Math.floor((before * target) / total) - from;
  });
}

/** `200 000 of 13 400 000 rows, seed 7`. */
export function sampleWords(kept: number, total: number, seed: number): string {
  return `${countText(kept)} of ${countText(total)} rows, seed ${seed}`;
}

/**
 * The file with only the drawn rows in every array that has one entry for each of `total` rows; other arrays are untouched.
 * Undefined if no array has: then the rows of the layout are not rows of an array.
 *
 * @throws Problem if the range lies outside the file
 */
export function sampled(
  file: OpenFile,
  total: number,
  sample: SampleChoice,
  range: readonly [start: number, end: number] = [0, total],
): OpenFile | undefined {
  const byRow = (array: ArrayInfo): boolean => array.shape[0] === total;
  const carriers = file.arrays.filter(byRow);
  if (carriers.length === 0) return undefined;
  checkRange(range, total, file.name);
  const chunkRows = Math.max(1, ...carriers.map((array) => array.chunkRows ?? 1));
  const { rows, block } = drawRows(range, sample, chunkRows);
  const arrays = file.arrays.map((array): ArrayInfo => {
    if (!byRow(array)) return array;
    const { chunkRows: _chunks, ...rest } = array;
    return { ...rest, shape: [rows.length, ...array.shape.slice(1)] };
  });
  const infoOf = new Map(carriers.map((array) => [array.name, array]));
  const span = (options: ReadOptions): Uint32Array => rows.subarray(...(options.rows ?? [0, rows.length]));
  const { readLists } = file;
  return {
    format: file.format,
    name: file.name,
    tabular: file.tabular,
    arrays,
    get remarks() {
      return file.remarks ?? [];
    },
    read: (name, options = {}) => {
      const info = infoOf.get(name);
      return info ? readRows(file, info, span(options), block, options) : file.read(name, options);
    },
    ...(readLists
      ? {
          readLists: (name: string, options: ReadOptions = {}): Promise<Lists> =>
            infoOf.has(name)
              ? readListsOf(readLists.bind(file), name, span(options), block, options)
              : readLists.call(file, name, options),
        }
      : {}),
    close: () => file.close(),
  };
}

/** @throws Problem if the range is empty or lies outside the file */
export function checkRange([start, end]: readonly [start: number, end: number], total: number, where: string): void {
  if (start >= 0 && start < end && end <= total) return;
  throw new Problem({
    where: `${where}, rows`,
    expected: `a row range inside 0 to ${countText(total)}`,
    found: `${countText(start)} to ${countText(end)}`,
    fix: 'Correct the row range',
  });
}

/** Groups of the drawn rows that lie in one block or in blocks next to each other: each is one read. */
function* groups(rows: Uint32Array, block: number, limit: number): Generator<[start: number, end: number]> {
  let start = 0;
  for (let i = 1; i <= rows.length; i++) {
    const from = rows[start] as number;
    const before = rows[i - 1] as number;
    const now = rows[i];
    const near = now !== undefined && Math.floor(now / block) - Math.floor(before / block) <= 1;
    const same = now !== undefined && Math.floor(now / block) === Math.floor(from / block);
    if (now !== undefined && (same || (near && now - from < limit))) continue;
    yield [start, i];
    start = i;
  }
}

async function readRows(
  file: OpenFile,
  info: ArrayInfo,
  rows: Uint32Array,
  block: number,
  { signal }: ReadOptions,
): Promise<Values> {
  const width = info.shape.slice(1).reduce((product, n) => product * n, 1);
  let out: Values | undefined;
  for (const [start, end] of groups(rows, block, Math.max(1, numbersAtOnce / width))) {
    signal?.throwIfAborted();
    const first = rows[start] as number;
    const band = await file.read(info.name, {
      rows: [first, (rows[end - 1] as number) + 1],
      ...(signal ? { signal } : {}),
    });
    out ??= emptyLike(band, rows.length * width);
    for (let i = start; i < end; i++) {
      const at = ((rows[i] as number) - first) * width;
      for (let k = 0; k < width; k++) out[i * width + k] = band[at + k] as never;
    }
  }
  return out ?? new Float64Array(0);
}

async function readListsOf(
  readLists: NonNullable<OpenFile['readLists']>,
  name: string,
  rows: Uint32Array,
  block: number,
  { signal }: ReadOptions,
): Promise<Lists> {
  const offsets = new Uint32Array(rows.length + 1);
  const parts: Values[] = [];
  for (const [start, end] of groups(rows, block, numbersAtOnce)) {
    signal?.throwIfAborted();
    const first = rows[start] as number;
    const band = await readLists(name, { rows: [first, (rows[end - 1] as number) + 1], ...(signal ? { signal } : {}) });
    for (let i = start; i < end; i++) {
      const at = (rows[i] as number) - first;
      const list = band.values.slice(band.offsets[at], band.offsets[at + 1]);
      parts.push(list);
      offsets[i + 1] = (offsets[i] as number) + list.length;
    }
  }
  const values = emptyLike(parts[0] ?? new Float64Array(0), offsets[rows.length] as number);
  for (const [i, list] of parts.entries()) {
    const at = offsets[i] as number;
    for (let k = 0; k < list.length; k++) values[at + k] = list[k] as never;
  }
  return { offsets, values };
}

/** An array of the same type. */
function emptyLike(values: Values, length: number): Values {
  return Array.isArray(values) ? new Array<string>(length).fill('') : new (values.constructor as Float64ArrayConstructor)(length);
}
