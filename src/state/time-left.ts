/** How long what waits will take, and how much of a training is behind us. Plain numbers. */
import type { TrainingProgress } from '../training/contract.ts';
import type { RunRequest, RunSummary } from '../worker/api.ts';
import type { Run } from './run.ts';
import { configurationKey } from './sweeps.ts';

/**
 * How long the trainings that are asked for will take, from what the others took: those of the same model and parameters, or the mean
 * of all that are known. Seeds that train side by side share their time, so a model's is that of its slowest seed.
 *
 * @param waiting requests that have not begun
 * @param asked all requests, finished ones included
 * @returns seconds; null before anything is known
 */
export function secondsLeft(
  waiting: readonly RunRequest[],
  asked: readonly RunRequest[],
  runs: readonly Pick<RunSummary, 'id' | 'seconds'>[],
  training: Run['training'],
): number | null {
  const took = new Map<string, number[]>();
  for (const request of asked) {
    const run = runs.find(({ id }) => id === request.id);
    if (run) took.set(configurationKey(request), [...(took.get(configurationKey(request)) ?? []), run.seconds]);
  }
  const perRun = new Map([...took].map(([key, seconds]) => [key, Math.max(...seconds) / seconds.length]));
  const under = training?.beside.filter(({ progress }) => progress) ?? [];
  const left = Math.max(0, ...under.map(({ progress }) => progress?.secondsLeft ?? 0));
  const share = under.reduce((sum, { progress }) => sum + (progress ? trainedShare(progress) : 0), 0) / Math.max(1, under.length);
  const [first] = under;
  if (first && left > 0 && share > 0) perRun.set(configurationKey(first.request), left / (1 - share) / under.length);
  if (perRun.size === 0) return null;
  const mean = [...perRun.values()].reduce((sum, seconds) => sum + seconds, 0) / perRun.size;
  const behind = training?.beside.filter(({ progress }) => !progress).map(({ request }) => request) ?? [];
  return [...waiting, ...behind].reduce((sum, request) => sum + (perRun.get(configurationKey(request)) ?? mean), left);
}

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
