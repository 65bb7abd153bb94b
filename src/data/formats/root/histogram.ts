/**
 * ROOT's histograms as arrays. `name/values` has the cells with under- and overflow: [nx + 2], or [ny + 2, nx + 2] for two axes and so
 * on, which is ROOT's own order, x running fastest. `name/variances` are the sums of squared weights where they were kept, and
 * `name/edges`, `name/edges_y`, `name/edges_z` the borders of the bins without under- and overflow. A profile stores sums: its values
 * are the means, `name/sums`, `name/squares` and `name/entries` what they come from; a cell without entries is NaN.
 */
import type { Column } from '../columns/catalogue.ts';
import type { ArrayInfo, Values } from '../contract.ts';
import type { Key } from './keys.ts';

type Members = Record<string, unknown>;

export function isHistogram({ className }: Key): boolean {
  return /^T(H[123][CSIFDL]|Profile(2D|3D)?)$/.test(className);
}

/** @throws Error if the cells do not fit the axes */
export function histogramColumns(histogram: Members, path: string): Column[] {
  const axes = ['fXaxis', 'fYaxis', 'fZaxis'].map((name) => histogram[name] as Members).filter((axis) => axis);
  const cells = numbersOf(histogram.fArray);
  // unused axes have one bin
  const dimensions =
    cells.length === binsOf(axes[0]) + 2 ? 1 : cells.length === (binsOf(axes[0]) + 2) * (binsOf(axes[1]) + 2) ? 2 : 3;
  const used = axes.slice(0, dimensions);
  const shape = used.map((axis) => binsOf(axis) + 2).reverse();
  if (shape.reduce((product, n) => product * n, 1) !== cells.length)
    throw new Error(`${cells.length} cells for ${shape.join(' x ')} bins`);
  const attributes = {
    title: String(histogram.fTitle ?? ''),
    entries: Number(histogram.fEntries ?? 0),
    ...Object.fromEntries(used.map((axis, i) => [`${'xyz'[i]} axis`, String(axis.fTitle ?? '')])),
  };
  const type = histogram.fArray instanceof Float64Array ? 'float64' : 'float32';
  const squares = numbersOf(histogram.fSumw2);
  const entries = numbersOf(histogram.fBinEntries);
  const columns: Column[] = [];
  const add = (name: string, values: Float64Array, own: readonly number[], words: string, more = {}) =>
    columns.push(columnOf({ name: `${path}/${name}`, shape: own, type: words, ...more }, values));
  if (entries.length === cells.length) {
    const means = cells.map((sum, i) => sum / (entries[i] as number));
    add('values', means, shape, 'float64', { attributes });
    add('sums', cells, shape, 'float64');
    add('entries', entries, shape, 'float64');
    if (squares.length === cells.length) add('squares', squares, shape, 'float64');
  } else {
    add('values', cells, shape, type, { attributes });
    if (squares.length === cells.length) add('variances', squares, shape, 'float64');
  }
  for (const [i, axis] of used.entries()) {
    const edges = edgesOf(axis);
    add(`edges${['', '_y', '_z'][i]}`, edges, [edges.length], 'float64');
  }
  return columns;
}

function binsOf(axis: Members | undefined): number {
  const bins = Number(axis?.fNbins);
  if (!(Number.isInteger(bins) && bins > 0)) throw new Error(`an axis of ${bins} bins`);
  return bins;
}

/** Borders as written for variable bins, else equal steps. */
function edgesOf(axis: Members): Float64Array {
  const written = numbersOf(axis.fXbins);
  const bins = binsOf(axis);
  if (written.length === bins + 1) return written;
  const low = Number(axis.fXmin);
  const high = Number(axis.fXmax);
  return Float64Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
}

function numbersOf(array: unknown): Float64Array {
  const list = (Array.isArray(array) || ArrayBuffer.isView(array) ? array : []) as ArrayLike<number>;
  return Float64Array.from(list, Number);
}

function columnOf(info: ArrayInfo, values: Float64Array): Column {
  const width = values.length / (info.shape[0] as number);
  const own: Values = info.type === 'float32' ? new Float32Array(values) : values;
  return { info, read: async (start, end) => own.slice(start * width, end * width) };
}
