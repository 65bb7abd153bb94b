/**
 * The ROC curve, read exactly from a ranking: one point per distinct score, the whole tied group at once. Signal efficiency
 * ε_S = TPR = TP / n_S, background efficiency ε_B = FPR = FP / n_B, flagged if score >= threshold.
 *
 * Signal and background are classes of the ranking, or several classes that count as one. Where a class is empty its rates are
 * not defined, and everything here answers NaN.
 */
import { type Classes, flaggedInRow, type Ranking, rowReaching, totalOf } from './ranking.ts';
import { pathLength, thin } from './thin.ts';

export interface OperatingPoint {
  /** Flagged if score >= threshold; +∞ where nothing is flagged. */
  threshold: number;
  tp: number;
  fp: number;
  /** Signal efficiency, 0 to 1. */
  tpr: number;
  /** Background efficiency, 0 to 1. */
  fpr: number;
}

/** Points in order of falling threshold, all arrays [n]. */
export interface RocCurve {
  threshold: Float64Array;
  fpr: Float64Array;
  tpr: Float64Array;
  fp: Float64Array;
  tp: Float64Array;
  signalEvents: number;
  backgroundEvents: number;
}

/** The point at one row of the ranking; row -1 flags nothing. */
export function pointInRow(ranking: Ranking, signal: Classes, background: Classes, row: number): OperatingPoint {
  const tp = flaggedInRow(ranking, signal, row);
  const fp = flaggedInRow(ranking, background, row);
  return {
    threshold: row < 0 ? Number.POSITIVE_INFINITY : ranking.threshold[row]!,
    tp,
    fp,
    tpr: tp / totalOf(ranking, signal),
    fpr: fp / totalOf(ranking, background),
  };
}

/**
 * Area under the ROC curve: the chance that a signal event scores above a background event, ties counted one half,
 *
 *   AUC = 1/(n_S n_B) Σ_pairs [s_i > s_j] + ½ [s_i = s_j].
 *
 * The pairs are counted in whole numbers (exact up to 9e15 half pairs), so nothing drifts. NaN if a class is empty.
 * Worked value: scores .9 .8 .8 .7 .6 .5 .5 .5 .2 .1 with labels 1 1 0 1 0 1 0 0 0 0 give 0.8125.
 */
export function auc(ranking: Ranking, signal: Classes, background: Classes): number {
  const pairs = totalOf(ranking, signal) * totalOf(ranking, background);
  return pairs > 0 ? halfPairs(ranking, signal, background) / (2 * pairs) : Number.NaN;
}

/** 2 x (pairs with signal above background) + (tied pairs). */
function halfPairs(ranking: Ranking, signal: Classes, background: Classes): number {
  const all = totalOf(ranking, background);
  let sum = 0;
  let tp = 0;
  let fp = 0;
  for (let row = 0; row < ranking.threshold.length; row++) {
    const nextTp = flaggedInRow(ranking, signal, row);
    const nextFp = flaggedInRow(ranking, background, row);
    // the tied group's signal beats the background below it and half-beats its own
    if (nextTp > tp) sum += (nextTp - tp) * (2 * all - fp - nextFp);
    tp = nextTp;
    fp = nextFp;
  }
  return sum;
}

/**
 * The same area with each pair weighted by w_i w_j, divided by (Σ w_S)(Σ w_B). Equals `auc` if the events have no weights. With
 * negative weights it can leave 0 to 1: see `Ranking.weighted.negative`.
 */
export function weightedAuc(ranking: Ranking, signal: Classes, background: Classes): number {
  const { weighted } = ranking;
  if (!weighted) return auc(ranking, signal, background);
  const sum = (classes: Classes, of: (c: number) => number): number =>
    typeof classes === 'number' ? of(classes) : classes.reduce((total, c) => total + of(c), 0);
  const allSignal = sum(signal, (c) => weighted.total[c]!);
  const allBackground = sum(background, (c) => weighted.total[c]!);
  let area = 0;
  let tp = 0;
  let fp = 0;
  for (let row = 0; row < ranking.threshold.length; row++) {
    const nextTp = sum(signal, (c) => weighted.flagged[c]![row]!);
    const nextFp = sum(background, (c) => weighted.flagged[c]![row]!);
    area += (nextTp - tp) * (allBackground - 0.5 * (fp + nextFp));
    tp = nextTp;
    fp = nextFp;
  }
  return area / (allSignal * allBackground);
}

/** Rows in which the count of signal or background changes; the others belong to classes that are not looked at. */
function rowsThatCount(ranking: Ranking, signal: Classes, background: Classes): Uint32Array {
  const rows = new Uint32Array(ranking.threshold.length);
  let n = 0;
  let before = 0;
  for (let row = 0; row < rows.length; row++) {
    const now = flaggedInRow(ranking, signal, row) + flaggedInRow(ranking, background, row);
    if (now > before) rows[n++] = row;
    before = now;
  }
  return rows.subarray(0, n);
}

/**
 * The curve from (0, 0) at threshold +∞ to (1, 1), one point per distinct score of the two classes.
 *
 * With `maxPoints` it is thinned for drawing: dense where FP is small, corners kept, and faithful at once on linear axes and on
 * logarithmic ones (each axis counts equally; see `thin`). Numbers such as the AUC come from the ranking, never from a thinned
 * curve. Only the first point is left if neither class has events.
 */
export function rocCurve(ranking: Ranking, signal: Classes, background: Classes, maxPoints = Number.POSITIVE_INFINITY): RocCurve {
  const signalEvents = totalOf(ranking, signal);
  const backgroundEvents = totalOf(ranking, background);
  const rows = rowsThatCount(ranking, signal, background);
  const n = rows.length + 1;
  const rowOf = (i: number): number => (i === 0 ? -1 : rows[i - 1]!);
  let kept: Uint32Array | null = null;
  if (n > maxPoints) {
    const tp = (i: number): number => flaggedInRow(ranking, signal, rowOf(i));
    const fp = (i: number): number => flaggedInRow(ranking, background, rowOf(i));
    kept = thin(twoScales(n, tp, signalEvents, fp, backgroundEvents), maxPoints);
  }
  const points = kept?.length ?? n;
  const curve: RocCurve = {
    threshold: new Float64Array(points),
    fpr: new Float64Array(points),
    tpr: new Float64Array(points),
    fp: new Float64Array(points),
    tp: new Float64Array(points),
    signalEvents,
    backgroundEvents,
  };
  for (let i = 0; i < points; i++) {
    const row = rowOf(kept ? kept[i]! : i);
    const tp = flaggedInRow(ranking, signal, row);
    const fp = flaggedInRow(ranking, background, row);
    curve.threshold[i] = row < 0 ? Number.POSITIVE_INFINITY : ranking.threshold[row]!;
    curve.tp[i] = tp;
    curve.fp[i] = fp;
    curve.tpr[i] = tp / signalEvents;
    curve.fpr[i] = fp / backgroundEvents;
  }
  return curve;
}

/** Path on four axes of length 1: both rates linear and logarithmic. On a logarithmic axis 0 is drawn half an event above 0. */
function twoScales(
  n: number,
  tp: (i: number) => number,
  signalEvents: number,
  fp: (i: number) => number,
  backgroundEvents: number,
): Float64Array {
  const axis = (count: number, all: number): number =>
    all === 0 ? 0 : count / all + Math.log(Math.max(count, 0.5) / 0.5) / Math.log(all / 0.5);
  let before = 0;
  return pathLength(n, (i) => {
    const now = axis(tp(i), signalEvents) + axis(fp(i), backgroundEvents);
    const move = now - before;
    before = now;
    return move;
  });
}

/**
 * The conservative reading at a background efficiency: the point of largest TPR among those with FPR <= `backgroundEfficiency`.
 * Of equal TPR the one with the fewest background events. It is (0, 0) at +∞ if the first tied group already exceeds the limit.
 */
export function pointAtFpr(ranking: Ranking, signal: Classes, background: Classes, backgroundEfficiency: number): OperatingPoint {
  const all = totalOf(ranking, background);
  let low = 0;
  let high = ranking.threshold.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // divided, not multiplied: 20 / 20000 is the same number as 1e-3
    if (flaggedInRow(ranking, background, middle) / all <= backgroundEfficiency) low = middle + 1;
    else high = middle;
  }
  const tp = flaggedInRow(ranking, signal, low - 1);
  return pointInRow(ranking, signal, background, tp === 0 ? -1 : rowReaching(ranking, signal, tp));
}

/** Signal efficiency at a background efficiency, conservative reading (see `pointAtFpr`). */
export function tprAtFpr(ranking: Ranking, signal: Classes, background: Classes, backgroundEfficiency: number): number {
  return pointAtFpr(ranking, signal, background, backgroundEfficiency).tpr;
}

/** The point of lowest FPR among those with TPR >= `signalEfficiency` (above 0). Row of the last score if none reaches it. */
export function pointAtTpr(ranking: Ranking, signal: Classes, background: Classes, signalEfficiency: number): OperatingPoint {
  const all = totalOf(ranking, signal);
  let low = 0;
  let high = Math.max(0, ranking.threshold.length - 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (flaggedInRow(ranking, signal, middle) / all >= signalEfficiency) high = middle;
    else low = middle + 1;
  }
  return pointInRow(ranking, signal, background, ranking.threshold.length === 0 ? -1 : low);
}

/**
 * Background rejection 1/ε_B at a signal efficiency. ∞ where no background event is left: the sample then gives only a lower
 * limit (invert the upper Clopper-Pearson end).
 */
export function backgroundRejectionAt(ranking: Ranking, signal: Classes, background: Classes, signalEfficiency: number): number {
  return 1 / pointAtTpr(ranking, signal, background, signalEfficiency).fpr;
}

/**
 * Background efficiency at a signal efficiency by linear interpolation along the ROC curve, one point per distinct score; where the curve
 * runs level at exactly that efficiency, the last such point, as NumPy's `interp` reads it. This is a reading between thresholds: use it to compare with published numbers,
 * and `pointAtTpr` to set a threshold. NaN if a class is empty.
 *
 * Source: the evaluation of L. Anzalone et al., arXiv 2306.12955 (FPR at 40 % signal efficiency).
 * Worked value: scores .9 .8 .8 .7 with labels 1 1 0 0 give 0.25 at 0.75 and 0 at 0.5;
 * .9 .8 .7 .6 with labels 1 0 1 0 give 0.5 at 0.5.
 */
export function interpolatedFpr(ranking: Ranking, signal: Classes, background: Classes, signalEfficiency: number): number {
  const [signals, backgrounds] = [totalOf(ranking, signal), totalOf(ranking, background)];
  if (signals === 0 || backgrounds === 0) return Number.NaN;
  const above = pointAtTpr(ranking, signal, background, signalEfficiency);
  if (above.tpr <= signalEfficiency) {
    const last = above.tp < signals ? rowReaching(ranking, signal, above.tp + 1) - 1 : ranking.threshold.length - 1;
    return pointInRow(ranking, signal, background, last).fpr;
  }
  const row = rowReaching(ranking, signal, above.tp) - 1;
  const below = pointInRow(ranking, signal, background, row);
  return below.fpr + ((above.fpr - below.fpr) * (signalEfficiency - below.tpr)) / (above.tpr - below.tpr);
}
