/** An AUC and its error on the axis from 0.5 (chance) to 1. */

/**
 * Positions in percent of the axis; what lies outside is drawn at its end.
 *
 * @param auc 0 to 1
 * @param error one standard error; NaN draws the point alone
 * Worked value: 0.75 ± 0.05 is at 50 from 40 to 60.
 */
export function aucBar(auc: number, error: number): { at: number; low: number; high: number } {
  const place = (value: number) => Math.round(Math.min(1, Math.max(0, (value - 0.5) / 0.5)) * 1e4) / 100;
  const half = Number.isNaN(error) ? 0 : Math.max(error, 0);
  return { at: place(auc), low: place(auc - half), high: place(auc + half) };
}
