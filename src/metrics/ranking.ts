/**
 * The one table from which every threshold-dependent view is read: distinct scores in falling order and, for each class, how
 * many events score at least that much. A threshold is then one binary search; nothing is recounted while a slider moves.
 *
 * One decision rule everywhere: an event is flagged if score >= threshold. Scores that are not finite are counted apart and
 * are in no rate; equal scores share one row, so ties always move together.
 */
import { argsort } from '../numeric/sort.ts';

/** Events of one part of the split, ranked by one score. */
export interface Ranking {
  /** [m] distinct finite scores, falling. */
  threshold: Float64Array;
  /** One array [m] per class: events with score >= threshold[i]. */
  flagged: readonly Uint32Array[];
  /** Events with a finite score, per class. */
  total: readonly number[];
  /** Events whose score is not finite, per class; they are in no rate. */
  nonFinite: readonly number[];
  /** Present if the events have weights. */
  weighted?: WeightedCounts;
}

/** The same table in sums of weights. Negative weights make rates fall where they should rise: `negative` counts them. */
export interface WeightedCounts {
  /** One array [m] per class: sum of weights with score >= threshold[i]. */
  flagged: readonly Float64Array[];
  /** Sum of weights, and of squared weights, of events with a finite score, per class; the effective number of events is total² / squares. */
  total: readonly number[];
  squares: readonly number[];
  /** Events with a negative weight. */
  negative: number;
}

/** One class, or several that count as one (merged signals). */
export type Classes = number | readonly number[];

/**
 * Ranks events by score.
 *
 * @param scores [n] higher is more anomalous
 * @param label [n] class of each event, below `classCount`
 * @param weight [n], all 1 if absent
 * @throws Error if the lengths differ
 */
export function rank(scores: Float64Array, label: Uint8Array, classCount: number, weight?: Float64Array): Ranking {
  const n = scores.length;
  if (label.length !== n || (weight && weight.length !== n)) throw new Error(`${n} scores, but ${label.length} labels`);
  const total = new Array<number>(classCount).fill(0);
  const nonFinite = new Array<number>(classCount).fill(0);
  for (let i = 0; i < n; i++) {
    const c = label[i]!;
    if (c >= classCount) throw new Error(`event ${i} has class ${c}, but there are ${classCount} classes`);
    if (Number.isFinite(scores[i]!)) total[c]!++;
    else nonFinite[c]!++;
  }

  const order = argsort(scores, 'falling');
  const finite = total.reduce((a, b) => a + b, 0);
  // falling order puts +∞ first, -∞ and NaN last
  let first = 0;
  while (first < n && scores[order[first]!] === Number.POSITIVE_INFINITY) first++;
  // gathered once: order jumps about in memory
  const sorted = new Float64Array(finite);
  for (let i = 0; i < finite; i++) sorted[i] = scores[order[first + i]!]! + 0; // never -0
  let rows = 0;
  for (let i = 0; i < finite; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) rows++;

  const threshold = new Float64Array(rows);
  const flagged = Array.from({ length: classCount }, () => new Uint32Array(rows));
  const sums = weight ? Array.from({ length: classCount }, () => new Float64Array(rows)) : [];
  const count = new Array<number>(classCount).fill(0);
  const sum = new Array<number>(classCount).fill(0);
  const squares = new Array<number>(classCount).fill(0);
  let negative = 0;
  let row = 0;
  for (let i = 0; i < finite; i++) {
    const event = order[first + i]!;
    const c = label[event]!;
    count[c]!++;
    if (weight) {
      const w = weight[event]!;
      sum[c]! += w;
      squares[c]! += w * w;
      if (w < 0) negative++;
    }
    if (i + 1 < finite && sorted[i + 1] === sorted[i]) continue;
    threshold[row] = sorted[i]!;
    for (let k = 0; k < classCount; k++) {
      flagged[k]![row] = count[k]!;
      if (weight) sums[k]![row] = sum[k]!;
    }
    row++;
  }
  const ranking: Ranking = { threshold, flagged, total, nonFinite };
  return weight ? { ...ranking, weighted: { flagged: sums, total: sum, squares, negative } } : ranking;
}

/** Number of rows with threshold >= t: everything above the cut is in rows 0 ... position - 1. 0 for NaN and +∞. */
export function position(ranking: Ranking, t: number): number {
  const { threshold } = ranking;
  let low = 0;
  let high = threshold.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (threshold[middle]! >= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Events of a class (or of several) in rows 0 ... row, so with score >= threshold[row]; 0 for row -1. */
export function flaggedInRow(ranking: Ranking, classes: Classes, row: number): number {
  if (row < 0) return 0;
  if (typeof classes === 'number') return ranking.flagged[classes]![row]!;
  let sum = 0;
  for (const c of classes) sum += ranking.flagged[c]![row]!;
  return sum;
}

/** Events of a class (or of several) with score >= t, by one binary search. */
export function flaggedAt(ranking: Ranking, classes: Classes, t: number): number {
  return flaggedInRow(ranking, classes, position(ranking, t) - 1);
}

/** Events of a class (or of several) with a finite score. */
export function totalOf(ranking: Ranking, classes: Classes): number {
  return typeof classes === 'number' ? ranking.total[classes]! : classes.reduce((sum, c) => sum + ranking.total[c]!, 0);
}

/** First row whose count of `classes` is at least `count`; the number of rows if none is. */
export function rowReaching(ranking: Ranking, classes: Classes, count: number): number {
  let low = 0;
  let high = ranking.threshold.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (flaggedInRow(ranking, classes, middle) < count) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The distinct score `steps` away from t: positive steps go to higher thresholds (fewer events flagged), negative to lower. A t
 * between two scores counts its neighbours as the first step. Stays within the lowest and highest score; t itself if there are
 * none.
 */
export function nextThreshold(ranking: Ranking, t: number, steps: number): number {
  const { threshold } = ranking;
  if (threshold.length === 0 || steps === 0) return t;
  const p = position(ranking, t);
  const onRow = p > 0 && threshold[p - 1] === t;
  // rows fall, so one step up is one row back
  const row = onRow ? p - 1 - steps : steps > 0 ? p - steps : p - 1 - steps;
  return threshold[Math.min(threshold.length - 1, Math.max(0, row))]!;
}

/**
 * Score histogram of a class straight from the table, two binary searches a bin, without the events: bin i counts edge[i] <=
 * score < edge[i + 1].
 *
 * @param edges [bins + 1] rising
 * @returns [bins], with what lies outside
 */
export function scoreCounts(
  ranking: Ranking,
  classes: Classes,
  edges: ArrayLike<number>,
): { counts: Float64Array; underflow: number; overflow: number } {
  const above = Array.from({ length: edges.length }, (_, i) => flaggedAt(ranking, classes, edges[i]!));
  return {
    counts: Float64Array.from({ length: edges.length - 1 }, (_, i) => above[i]! - above[i + 1]!),
    underflow: totalOf(ranking, classes) - above[0]!,
    overflow: above.at(-1)!,
  };
}
