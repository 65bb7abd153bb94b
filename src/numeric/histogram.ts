/**
 * Bin edges that people can read, and filling. A value belongs to the bin with edge[i] <= x < edge[i + 1]; the last bin also
 * holds its upper edge, as in NumPy.
 */

export interface Histogram {
  /** [bins + 1] rising. */
  edges: Float64Array;
  /** [bins] sum of weights; the number of values where there are no weights. */
  counts: Float64Array;
  /** [bins] sum of squared weights, the variance of `counts`. */
  squares: Float64Array;
  /** Sums of weights outside. */
  underflow: number;
  overflow: number;
  /** Number of values that are NaN; ±∞ are under- and overflow. */
  missing: number;
}

/** The smallest of 1, 2, 2.5, 5, 10 x 10^k that is at least x > 0. */
function niceStep(x: number): number {
  const unit = 10 ** Math.floor(Math.log10(x));
  const found = [1, 2, 2.5, 5, 10].find((step) => step * unit >= x * (1 - 1e-9)) ?? 10;
  return found * unit;
}

/**
 * Equal bins on round numbers that cover [min, max] with at most `bins` + 1 bins: the width is 1, 2, 2.5 or 5 x 10^k. One
 * value gets a bin around it. Worked value: 0.3 to 9.7 in 10 bins gives 0, 1, ..., 10.
 *
 * @throws Error if min or max is not finite or min > max
 */
export function linearEdges(min: number, max: number, bins: number): Float64Array {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max || !(bins >= 1))
    throw new Error(`no bins for ${min} to ${max}`);
  const span = max - min;
  // below this the edges themselves would coincide
  const width = niceStep(Math.max(span / bins, Math.max(Math.abs(min), Math.abs(max)) * 1e-12, 1e-300));
  const first = Math.floor(min / width + 1e-9);
  const last = Math.max(first + 1, Math.ceil(max / width - 1e-9));
  // 1 / width is whole below 1, and k / 10 is rounder than k * 0.1: 3 * 0.1 is 0.30000000000000004
  const inverse = width < 1 ? Math.round(1 / width) : 0;
  return Float64Array.from({ length: last - first + 1 }, (_, i) => (inverse ? (first + i) / inverse : (first + i) * width));
}

/**
 * Bins of equal ratio from 10^a to 10^b, whole a and b, that cover [min, max], with about `bins` bins and a whole number of
 * them in each decade (1 to 100). Worked value: 0.02 to 5 in 12 bins gives 4 a decade from 0.01 to 10.
 *
 * @param min positive
 * @throws Error if min is not positive or min > max
 */
export function logEdges(min: number, max: number, bins: number): Float64Array {
  if (!(min > 0) || !Number.isFinite(max) || min > max || !(bins >= 1))
    throw new Error(`no logarithmic bins for ${min} to ${max}`);
  const first = Math.floor(Math.log10(min) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(max) - 1e-9));
  const each = Math.min(100, Math.max(1, Math.round(bins / (last - first))));
  // whole powers are written out: 10 ** -3 from the parser is exact, from a product it is not
  return Float64Array.from({ length: (last - first) * each + 1 }, (_, i) =>
    i % each === 0 ? Number(`1e${first + i / each}`) : 10 ** (first + i / each),
  );
}

/** Bin of x, -1 below the first edge, `edges.length - 1` above the last; the upper edge belongs to the last bin. */
export function binOf(edges: ArrayLike<number>, x: number): number {
  const bins = edges.length - 1;
  if (!(x >= edges[0]!)) return -1;
  if (x > edges[bins]!) return bins;
  let low = 0;
  let high = bins - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Counts values into bins.
 *
 * @param values [n]
 * @param edges [bins + 1] rising, at least two
 * @param options.weights [n], 1 if absent
 * @param options.select [n] only values whose entry is not 0
 */
export function fill(
  values: ArrayLike<number>,
  edges: Float64Array,
  options: { weights?: ArrayLike<number>; select?: ArrayLike<number> } = {},
): Histogram {
  const { weights, select } = options;
  const bins = edges.length - 1;
  const counts = new Float64Array(bins);
  const squares = new Float64Array(bins);
  let underflow = 0;
  let overflow = 0;
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    if (select && select[i] === 0) continue;
    const x = values[i]!;
    const weight = weights ? weights[i]! : 1;
    if (Number.isNaN(x)) {
      missing++;
      continue;
    }
    const bin = binOf(edges, x);
    if (bin < 0) underflow += weight;
    else if (bin === bins) overflow += weight;
    else {
      counts[bin]! += weight;
      squares[bin]! += weight * weight;
    }
  }
  return { edges, counts, squares, underflow, overflow, missing };
}
