/**
 * Precision and recall (purity and signal efficiency): P = TP / (TP + FP), R = TP / n_S. Precision depends on the mix of
 * classes, so the prevalence n_S / (n_S + n_B) belongs beside it. Like the ROC curve, one point per distinct score.
 */
import { type Classes, flaggedInRow, type Ranking, totalOf } from './ranking.ts';
import { type OperatingPoint, pointInRow } from './roc.ts';
import { pathLength, thin } from './thin.ts';

/** Points in order of falling threshold, all arrays [n]; the first has recall 0 and no precision of its own (it repeats the next). */
export interface PrecisionRecallCurve {
  threshold: Float64Array;
  recall: Float64Array;
  precision: Float64Array;
  tp: Float64Array;
  fp: Float64Array;
  /** What a random score would reach. */
  prevalence: number;
}

/** TP / (TP + FP); NaN if nothing is flagged. */
export function precision(tp: number, fp: number): number {
  return tp / (tp + fp);
}

/** 2 P R / (P + R) = 2 TP / (2 TP + FP + FN); 0 if nothing is right, NaN without signal. */
export function f1(tp: number, fp: number, signalEvents: number): number {
  return signalEvents > 0 ? (2 * tp) / (tp + fp + signalEvents) : Number.NaN;
}

/**
 * Average precision, the area under the steps of the curve: Σ (R_n - R_(n-1)) P_n over distinct scores, no interpolation (as in
 * scikit-learn). The baseline is the prevalence. NaN without signal. Worked value: 0.7291667 for the scores in `auc`.
 */
export function averagePrecision(ranking: Ranking, signal: Classes, background: Classes): number {
  const signalEvents = totalOf(ranking, signal);
  if (signalEvents === 0) return Number.NaN;
  let sum = 0;
  let before = 0;
  for (let row = 0; row < ranking.threshold.length; row++) {
    const tp = flaggedInRow(ranking, signal, row);
    if (tp === before) continue;
    sum += (tp - before) * precision(tp, flaggedInRow(ranking, background, row));
    before = tp;
  }
  return sum / signalEvents;
}

/**
 * The curve from recall 0 to recall 1, thinned to `maxPoints` for drawing (faithful on linear axes and in log recall). It ends at
 * the last signal event: below, recall stays 1 and precision only falls.
 */
export function precisionRecallCurve(
  ranking: Ranking,
  signal: Classes,
  background: Classes,
  maxPoints = Number.POSITIVE_INFINITY,
): PrecisionRecallCurve {
  const signalEvents = totalOf(ranking, signal);
  const prevalence = signalEvents / (signalEvents + totalOf(ranking, background));
  const rows: number[] = [];
  let seen = 0;
  for (let row = 0; row < ranking.threshold.length; row++) {
    const now = flaggedInRow(ranking, signal, row) + flaggedInRow(ranking, background, row);
    if (now === seen) continue;
    seen = now;
    rows.push(row);
    if (flaggedInRow(ranking, signal, row) === signalEvents) break;
  }
  const point = (i: number): [recall: number, precision: number] => {
    const tp = flaggedInRow(ranking, signal, rows[i]!);
    return [tp / signalEvents, precision(tp, flaggedInRow(ranking, background, rows[i]!))];
  };
  const log = (recall: number): number => Math.log(Math.max(recall * signalEvents, 0.5));
  let chosen: ArrayLike<number> = rows;
  if (rows.length + 1 > maxPoints) {
    const path = pathLength(rows.length, (i) => {
      const [r0, p0] = point(i - 1);
      const [r1, p1] = point(i);
      return r1 - r0 + Math.abs(p1 - p0) + (log(r1) - log(r0)) / Math.log(2 * Math.max(signalEvents, 1));
    });
    chosen = thin(path, maxPoints - 1).map((i) => rows[i]!);
  }
  const n = chosen.length + 1;
  const curve: PrecisionRecallCurve = {
    threshold: new Float64Array(n),
    recall: new Float64Array(n),
    precision: new Float64Array(n),
    tp: new Float64Array(n),
    fp: new Float64Array(n),
    prevalence,
  };
  curve.threshold[0] = Number.POSITIVE_INFINITY;
  for (let i = 1; i < n; i++) {
    const row = chosen[i - 1]!;
    curve.threshold[i] = ranking.threshold[row]!;
    curve.tp[i] = flaggedInRow(ranking, signal, row);
    curve.fp[i] = flaggedInRow(ranking, background, row);
    curve.recall[i] = curve.tp[i]! / signalEvents;
    curve.precision[i] = precision(curve.tp[i]!, curve.fp[i]!);
  }
  curve.precision[0] = n > 1 ? curve.precision[1]! : Number.NaN;
  return curve;
}

/** The operating point with the largest value; of equal ones the highest threshold. null if a class is empty. */
function best(
  ranking: Ranking,
  signal: Classes,
  background: Classes,
  value: (tp: number, fp: number) => number,
): { row: number; value: number } | null {
  let row = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < ranking.threshold.length; i++) {
    const v = value(flaggedInRow(ranking, signal, i), flaggedInRow(ranking, background, i));
    if (v > largest) {
      largest = v;
      row = i;
    }
  }
  return row < 0 ? null : { row, value: largest };
}

export interface BestF1 extends OperatingPoint {
  f1: number;
  precision: number;
  recall: number;
}

/**
 * The point of largest F1 over all distinct scores. Choose it on validation, report it on test: chosen on test it is
 * optimistic. null without signal or background. Worked value: F1 0.75 at threshold 0.7 for the scores in `auc`.
 */
export function bestF1(ranking: Ranking, signal: Classes, background: Classes): BestF1 | null {
  const n = totalOf(ranking, signal);
  if (n === 0 || totalOf(ranking, background) === 0) return null;
  const found = best(ranking, signal, background, (tp, fp) => f1(tp, fp, n));
  if (!found) return null;
  const point = pointInRow(ranking, signal, background, found.row);
  return { ...point, f1: found.value, precision: precision(point.tp, point.fp), recall: point.tpr };
}

/** The point of largest G-mean = √(TPR · TNR), the "rectangle" working point. null without signal or background. */
export function bestGMean(ranking: Ranking, signal: Classes, background: Classes): (OperatingPoint & { gMean: number }) | null {
  const nS = totalOf(ranking, signal);
  const nB = totalOf(ranking, background);
  if (nS === 0 || nB === 0) return null;
  const found = best(ranking, signal, background, (tp, fp) => tp * (nB - fp));
  return found && { ...pointInRow(ranking, signal, background, found.row), gMean: Math.sqrt(found.value / (nS * nB)) };
}
