/**
 * What each feature looks like over a whole dataset: range, mean, spread, missing values, padding and a histogram per class. For the
 * page that shows the columns; nothing here is ever used to scale an input.
 */
import type { Feature } from '../base/kinds.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { type Dataset, rowWidth } from './dataset.ts';

/** One feature over all rows; structurally the summary that the worker hands to the page. */
export interface ColumnSummary {
  feature: Feature;
  /** Of the values that exist (not missing, not in an empty slot). NaN if there are none. */
  min: number;
  max: number;
  mean: number;
  /** Population standard deviation. */
  deviation: number;
  /** Share of rows with NaN or ±∞, 0 to 1. */
  missing: number;
  /** Share of rows in which the slot is empty (objects), 0 to 1. */
  padding: number;
  constant: boolean;
  /** Share of the values that exist that are exactly 0, 0 to 1. */
  zeros: number;
  /** Values that often stand for "missing" and occur in the column. */
  sentinels: { value: number; count: number }[];
  /** An earlier column with the same values in every row. */
  duplicateOf?: string;
  /** Histogram of the values that exist: `edges` [b+1]; `counts` [class][b]; `under` and `over` [class] lie outside the edges. */
  edges: number[];
  counts: number[][];
  under: number[];
  over: number[];
}

/** Values that programs write where there is none. */
export const sentinelValues: readonly number[] = [-9999, -999, -99, 1e30, -1e30].map(Math.fround);

const bins = 40;
/** Values that are sorted to find the quantiles of a long tail. */
const sampleSize = 20_000;

/** One summary per feature, in storage order; empty for data without named features (images). */
export function summariseColumns(dataset: Dataset): ColumnSummary[] {
  return [...columnSummaries(dataset)];
}

/** The same, one at a time, so that a caller can pause between columns. */
export function* columnSummaries(dataset: Dataset): Generator<ColumnSummary> {
  const width = rowWidth(dataset);
  const perSlot = dataset.objectTypes ? width / dataset.objectTypes.length : 0;
  if (dataset.features.length === 0) return;
  const values = plainNumbers(dataset.values);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const seen = new Map<number, { name: string; column: number }>();
  for (const [column, feature] of dataset.features.entries()) {
    const padded = perSlot > 0 ? column - (column % perSlot) : -1;
    const summary = summarise(dataset, values, width, feature, column, padded);
    const hash = hashOf(bits, width, column);
    const twin = seen.get(hash);
    const same = twin && !summary.constant && !Number.isNaN(summary.min) && sameColumn(bits, width, twin.column, column);
    if (!twin) seen.set(hash, { name: feature.name, column });
    yield same ? { ...summary, duplicateOf: twin.name } : summary;
  }
}

/** FNV-1a over the stored bits of a column. */
function hashOf(bits: Uint32Array, width: number, column: number): number {
  let hash = 0x811c9dc5;
  for (let i = column; i < bits.length; i += width) hash = Math.imul(hash ^ (bits[i] as number), 0x01000193);
  return hash >>> 0;
}

function sameColumn(bits: Uint32Array, width: number, a: number, b: number): boolean {
  for (let i = 0; i < bits.length; i += width) if (bits[i + a] !== bits[i + b]) return false;
  return true;
}

/** @param pTColumn column whose zero means that the slot is empty; -1 for data without slots */
function summarise(
  { rows, label, classes }: Dataset,
  values: Float32Array,
  width: number,
  feature: Feature,
  column: number,
  pTColumn: number,
): ColumnSummary {
  let missing = 0;
  let padding = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let whole = true;
  let count = 0;
  let mean = 0;
  let squares = 0;
  let zeros = 0;
  const special = new Map<number, number>();
  const stride = Math.max(1, Math.floor(rows / sampleSize));
  const sample: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (pTColumn >= 0 && values[row * width + pTColumn] === 0) {
      padding++;
      continue;
    }
    const value = values[row * width + column] as number;
    if (!Number.isFinite(value)) {
      missing++;
      continue;
    }
    // Welford's running mean, which does not lose a small spread beside a large mean
    count++;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
    if (value === 0) zeros++;
    else if (sentinelValues.includes(value)) special.set(value, (special.get(value) ?? 0) + 1);
    if (value < min) min = value;
    if (value > max) max = value;
    whole &&= Number.isInteger(value);
    if (count % stride === 0) sample.push(value);
  }
  const nothing = count === 0;
  const edges = nothing ? [] : edgesFor(min, max, whole, Float64Array.from(sample).sort());
  const counts = classes.map(() => new Array<number>(Math.max(0, edges.length - 1)).fill(0));
  const under = classes.map(() => 0);
  const over = classes.map(() => 0);
  if (edges.length > 1) {
    const [from, to] = [edges[0] as number, edges.at(-1) as number];
    for (let row = 0; row < rows; row++) {
      if (pTColumn >= 0 && values[row * width + pTColumn] === 0) continue;
      const value = values[row * width + column] as number;
      if (!Number.isFinite(value)) continue;
      const at = label[row] as number;
      const own = counts[at] as number[];
      const bin = binOf(edges, value);
      if (bin >= 0) own[bin] = (own[bin] as number) + 1;
      else if (value < from) under[at] = (under[at] as number) + 1;
      else if (value > to) over[at] = (over[at] as number) + 1;
    }
  }
  return {
    feature,
    min: nothing ? Number.NaN : min,
    max: nothing ? Number.NaN : max,
    mean: nothing ? Number.NaN : mean,
    deviation: nothing ? Number.NaN : Math.sqrt(squares / count),
    missing: rows === 0 ? 0 : missing / rows,
    padding: rows === 0 ? 0 : padding / rows,
    constant: !nothing && min === max,
    zeros: nothing ? 0 : zeros / count,
    sentinels: [...special].map(([value, times]) => ({ value, count: times })),
    edges,
    counts,
    under,
    over,
  };
}

/**
 * Equal bins over the range; one bin per whole number for a short range of whole numbers; from the 0.1 % to the 99.9 % quantile if
 * that is less than half of the range, so that a long tail does not squeeze everything into one bin.
 */
function edgesFor(min: number, max: number, whole: boolean, sorted: Float64Array): number[] {
  if (min === max) return [min - 0.5, max + 0.5];
  if (whole && max - min < bins) return Array.from({ length: max - min + 2 }, (_, i) => min - 0.5 + i);
  const quantile = (q: number) => sorted[Math.round(q * (sorted.length - 1))] ?? Number.NaN;
  const low = quantile(0.001);
  const high = quantile(0.999);
  const tails = high > low && high - low < 0.5 * (max - min);
  const from = tails ? low : min;
  const to = tails ? high : max;
  return Array.from({ length: bins + 1 }, (_, i) => from + ((to - from) * i) / bins);
}

/** Bin of a value in equal bins, the upper edge belonging to the last one; -1 outside. */
function binOf(edges: readonly number[], value: number): number {
  const from = edges[0] as number;
  const to = edges.at(-1) as number;
  if (!(value >= from && value <= to)) return -1;
  const n = edges.length - 1;
  return Math.min(n - 1, Math.floor(((value - from) / (to - from)) * n));
}
