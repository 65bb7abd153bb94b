/** What the training loop reports and how it is steered. Types only. */

export interface EpochRecord {
  stage: number;
  epoch: number;
  /** Mean loss over the epoch's batches, training mode. */
  loss: number;
  /** Validation background, inference mode; NaN without validation rows. */
  validationLoss: number;
  learningRate: number;
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
}

/** Steering from outside; the loop looks at it between batches. */
export interface TrainingControl {
  /** Resolves at once unless paused. */
  waitWhilePaused(): Promise<void>;
  readonly stopRequested: boolean;
  onProgress(progress: TrainingProgress): void;
}
