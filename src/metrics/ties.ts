/** Events that share one score: they move together, and a large block of them can carry a number by itself. */
import { flaggedInRow, type Ranking, totalOf } from './ranking.ts';

export interface Tie {
  score: number;
  /** Row of the ranking. */
  row: number;
  signal: number;
  background: number;
}

/**
 * The largest block of equal scores among one signal and the background; null where all scores are distinct.
 *
 * Worked value: of scores 3, 2, 2, 2, 1 it is the three events at 2.
 */
export function largestTie(ranking: Ranking, signal: number, background: readonly number[]): Tie | null {
  let best: Tie | null = null;
  let before = { signal: 0, background: 0 };
  for (let row = 0; row < ranking.threshold.length; row++) {
    const now = {
      signal: signal < 0 ? 0 : flaggedInRow(ranking, signal, row),
      background: flaggedInRow(ranking, background, row),
    };
    const own = { signal: now.signal - before.signal, background: now.background - before.background };
    if (own.signal + own.background > Math.max(1, (best?.signal ?? 0) + (best?.background ?? 0)))
      best = { score: ranking.threshold[row] as number, row, ...own };
    before = now;
  }
  return best;
}

/** Shares of a tie in its classes, the larger one; 0 where a class is empty. */
export function tieShare(ranking: Ranking, tie: Tie, signal: number, background: readonly number[]): number {
  const share = (count: number, of: number) => (of > 0 ? count / of : 0);
  return Math.max(
    share(tie.signal, signal < 0 ? 0 : totalOf(ranking, signal)),
    share(tie.background, totalOf(ranking, background)),
  );
}

/** The ranking without the events of one row, weights left out. */
export function withoutRow({ threshold, flagged, total, nonFinite }: Ranking, row: number): Ranking {
  const inRow = flagged.map((counts) => (counts[row] as number) - (row > 0 ? (counts[row - 1] as number) : 0));
  return {
    threshold: threshold.filter((_, i) => i !== row),
    flagged: flagged.map((counts, label) =>
      counts.map((count, i) => (i >= row ? count - (inRow[label] as number) : count)).filter((_, i) => i !== row),
    ),
    total: total.map((count, label) => count - (inRow[label] as number)),
    nonFinite,
  };
}
