/** Ranks with ties shared, and the two correlation coefficients. */
import { argsort } from './sort.ts';

/**
 * Rank of each value, 1 for the smallest; equal values share the mean of their ranks, so the sum is always n(n + 1)/2.
 * NaN gets NaN and takes part in no rank. Worked value: 10 20 20 5 has ranks 2 3.5 3.5 1.
 */
export function midRanks(values: Float64Array | Float32Array): Float64Array {
  const order = argsort(values);
  const ranks = new Float64Array(values.length);
  let start = 0;
  while (start < order.length) {
    const value = values[order[start]!]!;
    let end = start + 1;
    while (end < order.length && values[order[end]!] === value) end++;
    const rank = Number.isNaN(value) ? Number.NaN : 0.5 * (start + 1 + end);
    for (let i = start; i < end; i++) ranks[order[i]!] = rank;
    start = end;
  }
  return ranks;
}

/** Pearson's correlation of two samples [n], -1 to 1; NaN if either is constant, holds a NaN or has fewer than two values. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  if (y.length !== n) throw new Error(`samples of ${n} and ${y.length} values have no correlation`);
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const a = x[i]! - meanX;
    const b = y[i]! - meanY;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const scale = Math.sqrt(xx) * Math.sqrt(yy);
  return scale > 0 ? Math.max(-1, Math.min(1, xy / scale)) : Number.NaN;
}

/**
 * Spearman's rank correlation: Pearson's of the mid-ranks. Pairs with a NaN are left out; NaN if either sample is constant.
 * Worked value: 1 2 3 4 5 against 2 1 4 3 7 gives 0.8.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) throw new Error(`samples of ${x.length} and ${y.length} values have no correlation`);
  const kept = Array.from({ length: x.length }, (_, i) => i).filter((i) => !Number.isNaN(x[i]!) && !Number.isNaN(y[i]!));
  return pearson(midRanks(Float64Array.from(kept, (i) => x[i]!)), midRanks(Float64Array.from(kept, (i) => y[i]!)));
}
