/** An AUC and its interval on the axis from 0.5 (chance) to 1. */

/**
 * Positions in percent of the axis; what lies outside is drawn at its end.
 *
 * @param auc 0 to 1
 * @param interval NaN draws the point alone
 * Worked value: 0.75 from 0.70 to 0.80 is at 50 from 40 to 60.
 */
export function aucBar(auc: number, interval: { low: number; high: number }): { at: number; low: number; high: number } {
  const place = (value: number) => Math.round(Math.min(1, Math.max(0, (value - 0.5) / 0.5)) * 1e4) / 100;
  const end = (value: number) => place(Number.isNaN(value) ? auc : value);
  return { at: place(auc), low: end(interval.low), high: end(interval.high) };
}
