/** How much of a training is behind us. */
import type { TrainingProgress } from '../../training/contract.ts';

/**
 * Share of the whole training, 0 to 1. `epoch` counts from 1 and is under way by `share`; stages count the same however many
 * epochs they have.
 *
 * Worked value: epoch 3 of 4, half done, in the first of two stages: (2.5 / 4 + 0) / 2 = 0.3125.
 */
export function trainedShare({
  stage,
  stages,
  epoch,
  epochs,
  share,
}: Pick<TrainingProgress, 'stage' | 'stages' | 'epoch' | 'epochs' | 'share'>): number {
  const inStage = epochs > 0 ? (Math.max(1, epoch) - 1 + share) / epochs : 0;
  return Math.min(1, Math.max(0, (stage + inStage) / Math.max(1, stages)));
}
