/** Steps on a whole-step trainer: a chunk at a time, with as many chunks under way as the trainer can use. */
import type { StepTrainer } from '../compute/steps/contract.ts';
import { judgedLoss } from './autodiff-steps.ts';
import { type StageSteps, type StageWork, stepDataOf } from './steps.ts';

export function trainerSteps(trainer: StepTrainer, { stage, validation, batchSize, seed, storage, take }: StageWork): StageSteps {
  const depth = trainer.depth ?? 1;
  const judged = validation ? stepDataOf(validation, storage) : null;
  /** Losses of the chunks under way, oldest first. */
  const under: Promise<Float32Array>[] = [];
  const hear = async () => take((await under.shift()) as Float32Array);
  const settle = async () => {
    while (under.length > 0) await hear();
  };
  return {
    words: trainer.words,
    ...(trainer.storage ? { storage: trainer.storage } : {}),
    async run(order, first, count, learningRate) {
      const losses = trainer.run(order, batchSize, first, count, learningRate);
      // a failure is heard when its turn comes
      losses.catch(() => undefined);
      under.push(losses);
      while (under.length >= depth) await hear();
    },
    settle,
    async validationLoss() {
      await settle();
      if (!validation || !judged) return Number.NaN;
      if (trainer.evaluate) return trainer.evaluate(judged);
      await trainer.sync();
      return judgedLoss(stage, validation, seed);
    },
    async sync() {
      await settle();
      await trainer.sync();
    },
    optimiserState: () => trainer.optimiserState(),
    restore: (state) => trainer.restore(state),
    dispose: () => trainer.dispose(),
  };
}
