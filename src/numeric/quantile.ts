/** Quantiles of samples, by linear interpolation between order statistics (Hyndman and Fan's type 7, NumPy's default). */

/**
 * Quantile of numbers that are already sorted, rising. With h = (n - 1) p it is x[⌊h⌋] + (h - ⌊h⌋)(x[⌊h⌋ + 1] - x[⌊h⌋]).
 * NaN for an empty sample. Worked value: the 0.25 quantile of 1 2 4 8 is 1.75.
 *
 * @param p from 0 to 1
 */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0 || !(p >= 0 && p <= 1)) return Number.NaN;
  const h = (sorted.length - 1) * p;
  const i = Math.floor(h);
  const low = sorted[i]!;
  const high = sorted[Math.min(i + 1, sorted.length - 1)]!;
  return low === high ? low : low + (h - i) * (high - low);
}

/** Several quantiles of numbers in any order; numbers that are not finite are left out. */
export function quantiles(values: ArrayLike<number>, ps: readonly number[]): number[] {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  return ps.map((p) => quantileSorted(sorted, p));
}

/** Middle of the finite values, the mean of the middle two if their number is even. */
export function median(values: ArrayLike<number>): number {
  return quantiles(values, [0.5])[0]!;
}
