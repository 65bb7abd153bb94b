/** Errors of the area under a ROC curve: Hanley and McNeil's closed form, and DeLong's from the events themselves. */
import { midRanks } from '../numeric/rank.ts';
import { normalCdf } from '../numeric/special.ts';
import { clopperPearson, type Interval } from './intervals.ts';
import { type Classes, flaggedInRow, type Ranking, totalOf } from './ranking.ts';
import { auc } from './roc.ts';

/**
 * Hanley and McNeil, Radiology 143 (1982) 29: with A the AUC,
 *
 *   σ² = [A(1 - A) + (n_S - 1)(A/(2 - A) - A²) + (n_B - 1)(2A²/(1 + A) - A²)] / (n_S n_B).
 *
 * NaN if a class is empty. Worked value: A 0.9, n_S 1 000, n_B 10 000 gives 0.00659194.
 */
export function hanleyMcNeil(area: number, signalEvents: number, backgroundEvents: number): number {
  const square = area * area;
  const signal = (signalEvents - 1) * (area / (2 - area) - square);
  const background = (backgroundEvents - 1) * ((2 * square) / (1 + area) - square);
  return Math.sqrt(Math.max(0, area * (1 - area) + signal + background) / (signalEvents * backgroundEvents));
}

export interface DeLong {
  auc: number;
  /** Standard error, √(var V10 / n_S + var V01 / n_B). */
  error: number;
  /** Sample variance of V10 over signal events, and of V01 over background events. */
  varV10: number;
  varV01: number;
}

/**
 * DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837. V10 of a signal event is the mean over background of ψ (1 if it
 * scores above, ½ if tied, 0 below), V01 of a background event the mean over signal; AUC is the mean of either, its variance
 * var(V10)/n_S + var(V01)/n_B with sample variances. Read from the table in O(m), no pair is ever visited.
 *
 * The error is NaN if a class has fewer than two events; 0 for perfect separation, where Hanley-McNeil gives 0 too: trust neither,
 * and use `aucInterval`.
 */
export function delong(ranking: Ranking, signal: Classes, background: Classes): DeLong {
  const nS = totalOf(ranking, signal);
  const nB = totalOf(ranking, background);
  const area = auc(ranking, signal, background);
  let sumS = 0;
  let sumB = 0;
  let tp = 0;
  let fp = 0;
  for (let row = 0; row < ranking.threshold.length; row++) {
    const nextTp = flaggedInRow(ranking, signal, row);
    const nextFp = flaggedInRow(ranking, background, row);
    const v10 = 1 - (fp + nextFp) / (2 * nB);
    const v01 = (tp + nextTp) / (2 * nS);
    if (nextTp > tp) sumS += (nextTp - tp) * (v10 - area) ** 2;
    if (nextFp > fp) sumB += (nextFp - fp) * (v01 - area) ** 2;
    tp = nextTp;
    fp = nextFp;
  }
  const varV10 = nS > 1 ? sumS / (nS - 1) : Number.NaN;
  const varV01 = nB > 1 ? sumB / (nB - 1) : Number.NaN;
  return { auc: area, error: Math.sqrt(varV10 / nS + varV01 / nB), varV10, varV01 };
}

/** What is needed to say how well an AUC is known. */
export interface MeasuredAuc {
  auc: number;
  /** DeLong. */
  aucError: number;
  signalEvents: number;
  backgroundEvents: number;
}

/**
 * Smallest AUC at which events of two classes would still be parted without a single exchange with probability (1 - 0.6827)/2, for
 * whatever distributions. m = min(n_S, n_B) pairs can be formed that share no event; each is in order with probability A, all of them
 * with A^m, and separation of all events is no likelier:
 *
 *   A_low = (α/2)^(1/m), α = 1 - 0.6827: the interval of Clopper and Pearson, Biometrika 26 (1934) 404, for m of m.
 *
 * It cannot be raised: A^m is reached where one class always scores the same. 0 for an empty class. Worked value: 10 signal and 500
 * background events give 0.8319; 300 and 1 000 give 0.9939.
 */
export function separationBound(signalEvents: number, backgroundEvents: number): number {
  const pairs = Math.min(signalEvents, backgroundEvents);
  return clopperPearson(pairs, pairs).low;
}

/**
 * 68 % interval of an AUC: one DeLong error to each side, within 0 and 1; where the classes are parted without an exchange (AUC 1, or 0),
 * and DeLong's error is 0 whatever the number of events, from the bound of `separationBound` to the end. NaN without an error.
 */
export function aucInterval({ auc: area, aucError, signalEvents, backgroundEvents }: MeasuredAuc): Interval {
  if (area === 1) return { low: separationBound(signalEvents, backgroundEvents), high: 1 };
  if (area === 0) return { low: 0, high: 1 - separationBound(signalEvents, backgroundEvents) };
  return { low: Math.max(0, area - aucError), high: Math.min(1, area + aucError) };
}

/** An error for comparisons: DeLong's, or the length of the interval where that is 0 because the classes are parted. */
export function aucSigma(measured: MeasuredAuc): number {
  const { low, high } = aucInterval(measured);
  return measured.auc === 1 || measured.auc === 0 ? high - low : measured.aucError;
}

export interface DeLongPair {
  aucA: number;
  aucB: number;
  errorA: number;
  errorB: number;
  covariance: number;
  /** A - B and its standard error √(var A + var B - 2 cov). */
  difference: number;
  error: number;
  /** difference / error, and the two-sided p-value of no difference; NaN if both scores order the events alike. */
  z: number;
  pValue: number;
  /** Events that were left out because either score is not finite. */
  dropped: number;
}

/**
 * Two scores on the same events: the covariance of their AUCs, by mid-ranks in O(n log n) (Sun and Xu, IEEE Signal Processing
 * Letters 21 (2014) 1389).
 *
 * @param a, b [n] scores of the same events, higher is more anomalous
 * @param label [n] class of each event; other classes than `signal` and `background` are ignored
 */
export function delongPair(
  a: Float64Array,
  b: Float64Array,
  label: Uint8Array,
  signal: Classes,
  background: Classes,
): DeLongPair {
  const isIn = (classes: Classes, c: number): boolean => (typeof classes === 'number' ? c === classes : classes.includes(c));
  const rows: { signal: number[]; background: number[] } = { signal: [], background: [] };
  let dropped = 0;
  for (let i = 0; i < label.length; i++) {
    const side = isIn(signal, label[i]!) ? rows.signal : isIn(background, label[i]!) ? rows.background : null;
    if (!side) continue;
    if (Number.isFinite(a[i]!) && Number.isFinite(b[i]!)) side.push(i);
    else dropped++;
  }
  const nS = rows.signal.length;
  const nB = rows.background.length;
  const first = components(a, rows.signal, rows.background);
  const second = components(b, rows.signal, rows.background);
  const cov = (x: Components, y: Components): number =>
    sampleCovariance(x.v10, y.v10, x.auc, y.auc) / nS + sampleCovariance(x.v01, y.v01, x.auc, y.auc) / nB;
  const varA = cov(first, first);
  const varB = cov(second, second);
  const covariance = cov(first, second);
  const difference = first.auc - second.auc;
  const error = Math.sqrt(Math.max(0, varA + varB - 2 * covariance));
  const z = error > 0 ? difference / error : Number.NaN;
  return {
    aucA: first.auc,
    aucB: second.auc,
    errorA: Math.sqrt(varA),
    errorB: Math.sqrt(varB),
    covariance,
    difference,
    error,
    z,
    pValue: 2 * normalCdf(-Math.abs(z)),
    dropped,
  };
}

interface Components {
  auc: number;
  v10: Float64Array;
  v01: Float64Array;
}

/** V10 and V01 from the rank of each event among all and among its own class. */
function components(scores: Float64Array, signal: readonly number[], background: readonly number[]): Components {
  const nS = signal.length;
  const nB = background.length;
  const s = Float64Array.from(signal, (i) => scores[i]!);
  const b = Float64Array.from(background, (i) => scores[i]!);
  const all = new Float64Array(nS + nB);
  all.set(s);
  all.set(b, nS);
  const rankAll = midRanks(all);
  const rankS = midRanks(s);
  const rankB = midRanks(b);
  let half = 0; // twice the rank sum is a whole number
  for (let i = 0; i < nS; i++) half += 2 * (rankAll[i]! - rankS[i]!);
  return {
    auc: half / 2 / (nS * nB),
    v10: s.map((_, i) => (rankAll[i]! - rankS[i]!) / nB),
    v01: b.map((_, j) => 1 - (rankAll[nS + j]! - rankB[j]!) / nS),
  };
}

function sampleCovariance(x: Float64Array, y: Float64Array, meanX: number, meanY: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - meanX) * (y[i]! - meanY);
  return sum / (x.length - 1);
}
