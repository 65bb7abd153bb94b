/** Which loss history is on the screen. */
import type { Run } from '../../state/run.ts';
import type { EpochRecord } from '../../training/contract.ts';

export interface ShownHistory {
  /** Changes with the run, not with the epoch: the zoom of the figure is kept within one run. */
  key: string;
  request: { model: string; preset?: string; seed: number };
  epochs: readonly EpochRecord[];
  /** Empty while it trains. */
  bestEpoch: readonly number[];
}

/**
 * The run that trains now; else the run that Explore shows, if it was trained; else the last one that was. Null before any.
 */
export function shownHistory(training: Run['training'], runs: Run['runs'], shown: string | null): ShownHistory | null {
  if (training) {
    return { key: training.request.id, request: training.request, epochs: training.progress?.history ?? [], bestEpoch: [] };
  }
  const run = runs.find(({ id, training: summary }) => id === shown && summary) ?? runs.findLast((r) => r.training);
  return run?.training ? { key: run.id, request: run, epochs: run.training.history, bestEpoch: run.training.bestEpoch } : null;
}
