/**
 * Significance improvement characteristic: SIC = ε_S / √ε_B, the factor by which a cut raises s / √b. Undefined at ε_B = 0,
 * where the point is dropped, never clipped; and believed only with at least 25 background events above threshold, where its
 * background error falls below 20 %.
 */
import { SIC_BELOW } from './floor.ts';
import { sicError } from './intervals.ts';
import { type Classes, flaggedInRow, type Ranking, rowReaching, totalOf } from './ranking.ts';
import { type OperatingPoint, pointInRow, rocCurve } from './roc.ts';

/** Points in order of falling threshold, all arrays [n]. */
export interface SicCurve {
  threshold: Float64Array;
  signalEfficiency: Float64Array;
  backgroundEfficiency: Float64Array;
  /** Background events above threshold. */
  fp: Float64Array;
  sic: Float64Array;
  /** Standard error of `sic`. */
  error: Float64Array;
}

/** ε_S / √ε_B; NaN at ε_B = 0. */
export function sic(tpr: number, fpr: number): number {
  return fpr > 0 ? tpr / Math.sqrt(fpr) : Number.NaN;
}

/**
 * The curve over points with at least `minFalsePositives` background events (25; 1 shows everything that is defined). Empty if
 * there are fewer. `maxPoints` thins it for drawing, as `rocCurve` does.
 */
export function sicCurve(
  ranking: Ranking,
  signal: Classes,
  background: Classes,
  { minFalsePositives = SIC_BELOW, maxPoints = Number.POSITIVE_INFINITY } = {},
): SicCurve {
  const roc = rocCurve(ranking, signal, background, maxPoints);
  let start = 0;
  while (start < roc.fp.length && roc.fp[start]! < Math.max(1, minFalsePositives)) start++;
  const signalEfficiency = roc.tpr.subarray(start);
  const backgroundEfficiency = roc.fpr.subarray(start);
  const values = signalEfficiency.map((tpr, i) => sic(tpr, backgroundEfficiency[i]!));
  return {
    threshold: roc.threshold.subarray(start),
    signalEfficiency,
    backgroundEfficiency,
    fp: roc.fp.subarray(start),
    sic: values,
    error: values.map((_, i) => sicError(signalEfficiency[i]!, roc.signalEvents, backgroundEfficiency[i]!, roc.backgroundEvents)),
  };
}

export interface MaxSic extends OperatingPoint {
  sic: number;
  /** Standard error; the choice of the maximum makes the value itself a little optimistic. */
  error: number;
}

/** The largest SIC among points with at least 25 background events above threshold; null if there is none, or no signal. */
export function maxSic(
  ranking: Ranking,
  signal: Classes,
  background: Classes,
  minFalsePositives: number = SIC_BELOW,
): MaxSic | null {
  const nS = totalOf(ranking, signal);
  const nB = totalOf(ranking, background);
  let best = -1;
  let largest = 0;
  for (let row = rowReaching(ranking, background, Math.max(1, minFalsePositives)); row < ranking.threshold.length; row++) {
    const value = sic(flaggedInRow(ranking, signal, row) / nS, flaggedInRow(ranking, background, row) / nB);
    if (value > largest) {
      largest = value;
      best = row;
    }
  }
  if (best < 0) return null;
  const point = pointInRow(ranking, signal, background, best);
  return { ...point, sic: largest, error: sicError(point.tpr, nS, point.fpr, nB) };
}
