/**
 * The one table from which every threshold-dependent view is read: distinct scores in falling order and, for each class, how
 * many events score at least that much. A threshold is then one binary search; nothing is recounted while a slider moves.
 */

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
}
