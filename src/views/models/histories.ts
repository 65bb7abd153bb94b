/** Which loss history is on the screen, its stages, and the other seeds beside it. */
import type { LossHistory } from '../../plots/parts.ts';
import { configurationOf } from '../../state/compare.ts';
import type { Run } from '../../state/run.ts';
import type { EpochRecord, StageWords } from '../../training/contract.ts';

export interface ShownHistory {
  /** Changes with the run, not with the epoch: the zoom of the figure is kept within one run. */
  key: string;
  request: { model: string; preset?: string; seed: number };
  epochs: readonly EpochRecord[];
  /** Empty while it trains. */
  bestEpoch: readonly number[];
  /** Of every stage; empty where nothing is known of them. */
  stages: readonly StageWords[];
  others: readonly { seed: number; epochs: readonly EpochRecord[] }[];
}

/**
 * The run that trains now; else the run that Explore shows, if it was trained; else the last one that was. Null before any.
 */
export function shownHistory(training: Run['training'], runs: Run['runs'], shown: string | null): ShownHistory | null {
  if (training) {
    const { request, progress, beside } = training;
    const others = beside.filter((one) => one.request.id !== request.id && (one.progress?.history.length ?? 0) > 0);
    return {
      key: request.id,
      request,
      epochs: progress?.history ?? [],
      bestEpoch: [],
      stages: progress?.inWords ?? [],
      others: others.map((one) => ({ seed: one.request.seed, epochs: one.progress?.history ?? [] })),
    };
  }
  const run = runs.find(({ id, training: summary }) => id === shown && summary) ?? runs.findLast((r) => r.training);
  if (!run?.training) return null;
  const others = runs.filter((one) => one.id !== run.id && one.training && configurationOf(one) === configurationOf(run));
  const { history, bestEpoch, inWords = [] } = run.training;
  return {
    key: run.id,
    request: run,
    epochs: history,
    bestEpoch,
    stages: inWords,
    others: others.map((one) => ({ seed: one.seed, epochs: one.training?.history ?? [] })),
  };
}

/** The stage that is shown if none is chosen: the last one that has an epoch. */
export function presentStage({ epochs }: ShownHistory): number {
  return epochs.at(-1)?.stage ?? 0;
}

/** One stage as a figure takes it: its own epochs, its own loss. */
export function stageHistory({ epochs, bestEpoch, stages, others }: ShownHistory, stage: number): LossHistory {
  const own = <Epoch extends { stage: number }>(list: readonly Epoch[]) => list.filter((record) => record.stage === stage);
  const words = stages[stage];
  const name = words?.loss.split(':')[0] ?? '';
  const beside = others.map(({ seed, epochs: list }) => ({ seed, epochs: own(list) })).filter((one) => one.epochs.length > 0);
  return {
    epochs: own(epochs),
    bestEpoch,
    // a formula is no title for an axis
    lossName: name.length > 0 && name.length <= 32 ? name[0]?.toUpperCase() + name.slice(1) : 'Loss',
    mayBeNegative: words?.mayBeNegative ?? false,
    ...(beside.length > 0 ? { others: beside } : {}),
  };
}
