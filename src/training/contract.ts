/** What the training loop reports and how it is steered. Types only. */
import type { OptimiserState } from '../compute/optimiser.ts';
import type { NamedArray } from '../models/contract.ts';

export interface EpochRecord {
  stage: number;
  epoch: number;
  /** Mean loss over the epoch's batches, training mode. */
  loss: number;
  /** Validation background, inference mode; NaN without validation rows. */
  validationLoss: number;
  learningRate: number;
}

/** What a stage is called, and its loss: the part before a colon is its name, the rest its formula. */
export interface StageWords {
  name: string;
  loss: string;
  /** Such a loss has no log axis. */
  mayBeNegative: boolean;
}

export interface TrainingProgress {
  stage: number;
  stages: number;
  stageName: string;
  epoch: number;
  epochs: number;
  /** Share of the present epoch, 0 to 1. */
  share: number;
  eventsPerSecond: number;
  /** Estimate; 0 when unknown. */
  secondsLeft: number;
  /** Epochs that are complete. */
  history: readonly EpochRecord[];
  /** Of every stage. */
  inWords?: readonly StageWords[];
}

export interface TrainingSummary {
  history: readonly EpochRecord[];
  /** Epoch (from 1) whose weights were kept, per stage. */
  bestEpoch: readonly number[];
  epochs: number;
  seconds: number;
  eventsPerSecond: number;
  finalLoss: number;
  validationLoss: number;
  ended: 'complete' | 'early-stop' | 'stopped';
  /** What the user should know of how it was trained, a sentence each; absent if nothing. */
  remarks?: readonly string[];
  /** Where it ran, for a developer's eyes, if not in the thread that asked. */
  ranOn?: string;
  /** Of every stage; absent in what was kept before it was noted. */
  inWords?: readonly StageWords[];
}

/** Steering from outside; the loop looks at it between batches. */
export interface TrainingControl {
  /** Resolves at once unless paused. */
  waitWhilePaused(): Promise<void>;
  /** True while paused: a checkpoint is made before the wait, so that a page that is closed meanwhile loses nothing. */
  readonly pauseRequested?: boolean;
  readonly stopRequested: boolean;
  onProgress(progress: TrainingProgress): void;
}

/** Best weights of a stage so far. */
export interface BestEpoch {
  epoch: number;
  /** What it was judged by: validation loss, or training loss without validation rows. */
  loss: number;
  validationLoss: number;
  weights: readonly NamedArray[];
}

/**
 * Everything that a training needs to go on as if it had never stopped, in host memory. Random numbers need no state of their
 * own: they follow from the seed and the counts of epochs and steps.
 */
export interface Checkpoint {
  stage: number;
  /** Best epochs of the stages before. */
  bestEpoch: readonly number[];
  /** Under way, from 1. */
  epoch: number;
  /** Steps of it that are done, and the sum of their losses. */
  step: number;
  lossSum: number;
  /** Present weights, moving statistics included. */
  weights: readonly NamedArray[];
  optimiser: OptimiserState;
  best: BestEpoch | null;
  history: readonly EpochRecord[];
  /** Events that took part in a step, and seconds at work. */
  trained: number;
  seconds: number;
}
