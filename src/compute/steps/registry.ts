/** The whole-step trainers that there are, found by file name, and the choice of one for a step. */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { tf } from '../tf.ts';
import {
  type AnyStepRequest,
  type EnsembleTrainer,
  type StepData,
  type StepDescription,
  type StepOperations,
  type StepRequest,
  type StepTrainer,
  type StepTrainerKind,
  sameRows,
} from './contract.ts';
import { type RecordedRequest, recordedTogether, recordedTrainer } from './recorded.ts';

const modules = import.meta.glob<{ default: StepTrainerKind }>('./*-trainer.ts', { eager: true });

export const stepTrainers: readonly StepTrainerKind[] = Object.values(modules).map((module) => module.default);

/** As `trainerFor`, for a trainer on a thread of its own. */
export const asideTrainerFor: typeof trainerFor = async (step, data, optimiser, variables, batch) => {
  for (const kind of step ? stepTrainers : []) {
    const trainer =
      kind.backend === tf.getBackend()
        ? await kind.createAside?.(step as StepDescription, data, optimiser, variables, batch)
        : undefined;
    if (trainer) return trainer;
  }
  return undefined;
};

/** As `trainerFor`, for several members in the same kernels. */
export async function ensembleTrainerFor(requests: readonly AnyStepRequest[]): Promise<EnsembleTrainer | undefined> {
  const described = requests.filter((request): request is AnyStepRequest & StepRequest => request.step !== undefined);
  for (const kind of described.length === requests.length ? stepTrainers : []) {
    const trainer = kind.backend === tf.getBackend() ? await kind.createTogether?.(described) : undefined;
    if (trainer) return trainer;
  }
  // what is described may have a trainer alone, whose numbers a recording has to rounding only
  const recorded =
    described.length > 0 || !sameRows(requests) ? [] : requests.map(recordedRequest).filter((request) => request !== undefined);
  return recorded.length === requests.length ? recordedTogether(recorded) : undefined;
}

/**
 * The first trainer of the active backend that takes the step; undefined if none does.
 *
 * @param step undefined where only its operations are known
 */
export async function trainerFor(
  step: StepDescription | undefined,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  batch?: number,
  operations?: StepOperations,
): Promise<StepTrainer | undefined> {
  for (const kind of stepTrainers) {
    if (!step || kind.backend !== tf.getBackend()) continue;
    const trainer = await kind.create(step, data, optimiser, variables, batch);
    if (trainer) return trainer;
  }
  const request = recordedRequest({ step, data, optimiser, variables, batch, ...(operations ? { operations } : {}) });
  return request && recordedTrainer(request);
}

function recordedRequest({ operations, optimiser, variables, batch }: AnyStepRequest): RecordedRequest | undefined {
  return operations && batch ? { operations, optimiser, variables, batch } : undefined;
}
