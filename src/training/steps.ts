/**
 * How the steps of a stage run. There are two paths with the same numbers to rounding: a trainer (`trainer-steps.ts`) where one takes
 * the stage's description or, on WebGPU, can record what TF.js makes of its loss, and TF.js autodiff of the loss everywhere else
 * (`autodiff-steps.ts`). The loop drives either through this interface and never asks which one it is.
 */
import type { OptimiserState } from '../compute/optimiser.ts';
import type { RoundedStorage, TableStorage } from '../compute/row-storage.ts';
import type { StepData, StepDescription } from '../compute/steps/contract.ts';
import { trainerFor } from '../compute/steps/registry.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Stage } from '../models/contract.ts';
import { autodiffSteps, operationsOf } from './autodiff-steps.ts';
import { trainerSteps } from './trainer-steps.ts';

export interface StageSteps {
  /** What runs, for a developer's eyes. */
  readonly words: string;
  /** How the rows lie on the device where it is not float32. */
  readonly storage?: RoundedStorage;
  /**
   * Steps first .. first + count - 1 of an epoch; step k trains on rows order[k · batch ...]. Resolves when more work may be
   * given; losses arrive at `take` in the order of the steps, some of them later.
   */
  run(order: Uint32Array, first: number, count: number, learningRate: number): Promise<void>;
  /** Waits for every step that was given and for its loss. */
  settle(): Promise<void>;
  /** Mean loss over the validation rows in inference mode, each row counting the same; NaN without validation rows. */
  validationLoss(): Promise<number>;
  /** Brings the present weights into the detector's variables. */
  sync(): Promise<void>;
  optimiserState(): Promise<OptimiserState>;
  /** Goes on from a state whose weights the detector already has. */
  restore(state: OptimiserState): void;
  dispose(): void;
}

export interface StageWork {
  stage: Stage;
  training: Batch;
  validation: Batch | null;
  batchSize: number;
  seed: number;
  /** How rows that are not packed are to lie on a WebGPU device; float32 if absent. */
  storage?: TableStorage;
  /** Takes losses, one after another; may throw. */
  take(losses: ArrayLike<number>): void;
}

/** Finds a trainer for a step; null keeps every stage on TF.js autodiff, which is the oracle of the tests. */
export type TrainerSource = typeof trainerFor | null;

export async function stepsOf(work: StageWork, source: TrainerSource = trainerFor): Promise<StageSteps> {
  const { stage } = work;
  // trainers that know layers do not clip
  const step = stage.optimiser.clipNorm ? undefined : stage.step;
  if (source && (step || tf.getBackend() === 'webgpu')) {
    const data = stepDataOf(work.training, work.storage);
    const described = step && withNoise(step, work);
    const trainer = await source(described, data, stage.optimiser, stage.variables, work.batchSize, operationsOf(work));
    if (trainer) return trainerSteps(trainer, work);
  }
  return autodiffSteps(work);
}

/** A stage's step with the noise of this training. */
function withNoise(step: StepDescription, { stage, seed }: StageWork): StepDescription {
  return stage.inputNoise ? { ...step, inputNoise: { deviation: stage.inputNoise, seed } } : step;
}

/** The same arrays under the names of `compute/`, of which packed ones are unpacked when they are asked for. */
export function stepDataOf(batch: Batch, storage: TableStorage = 'float32'): StepData {
  const { rows, width, rawWidth } = batch;
  return {
    ...{ rows, width, targetWidth: width, storage, rawWidth, source: batch },
    get x() {
      return batch.x;
    },
    get target() {
      return batch.target;
    },
    get mask() {
      return batch.mask;
    },
    get raw() {
      return batch.raw;
    },
  };
}
