/** The whole-step trainers that there are, found by file name, and the choice of one for a step. */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { tf } from '../tf.ts';
import type { EnsembleTrainer, StepData, StepDescription, StepRequest, StepTrainer, StepTrainerKind } from './contract.ts';

const modules = import.meta.glob<{ default: StepTrainerKind }>('./*-trainer.ts', { eager: true });

export const stepTrainers: readonly StepTrainerKind[] = Object.values(modules).map((module) => module.default);

/** As `trainerFor`, for a trainer on a thread of its own. */
export const asideTrainerFor: typeof trainerFor = async (...asked) => {
  for (const kind of stepTrainers) {
    const trainer = kind.backend === tf.getBackend() ? await kind.createAside?.(...asked) : undefined;
    if (trainer) return trainer;
  }
  return undefined;
};

/** As `trainerFor`, for several members in the same kernels. */
export async function ensembleTrainerFor(requests: readonly StepRequest[]): Promise<EnsembleTrainer | undefined> {
  for (const kind of stepTrainers) {
    const trainer = kind.backend === tf.getBackend() ? await kind.createTogether?.(requests) : undefined;
    if (trainer) return trainer;
  }
  return undefined;
}

/** The first trainer of the active backend that takes the step; undefined if none does. */
export async function trainerFor(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  batch?: number,
): Promise<StepTrainer | undefined> {
  for (const kind of stepTrainers) {
    if (kind.backend !== tf.getBackend()) continue;
    const trainer = await kind.create(step, data, optimiser, variables, batch);
    if (trainer) return trainer;
  }
  return undefined;
}
