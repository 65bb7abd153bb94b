import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import type { StepDescription, StepTrainer } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Stage } from '../models/contract.ts';
import model from '../models/dense-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { autodiffSteps } from './autodiff-steps.ts';
import { type TrainOptions, train } from './loop.ts';
import { rowsOf } from './score.ts';

const source = fixture('table', 8, 500);
const someStep: StepDescription = { layers: [], loss: { kind: 'mse', masked: false } };

/** A detector whose stage describes its step, so that the loop asks for a trainer. */
function build(params: Params = {}): Detector {
  const all = { hidden: [8], latent: 2, batchSize: 50, epochs: 8, patience: 0, ...params };
  const detector = model.build(source.input, checkParams(model.params, all, 'test'), 1);
  return { ...detector, stages: detector.stages.map((stage) => ({ ...stage, step: someStep })) };
}

const batchOf = (detector: Detector): Batch => source.batch(source.background, detector.scaling);

interface Seen {
  chunks: number;
  under: number;
  mostUnder: number;
  synced: number;
  disposed: number;
}

/** A trainer that has the right numbers, because TF.js makes them, and answers late. */
function double(
  stage: Stage,
  training: Batch,
  batchSize: number,
  depth: number,
  spoilStep = 0,
): { trainer: StepTrainer; seen: Seen } {
  const seen: Seen = { chunks: 0, under: 0, mostUnder: 0, synced: 0, disposed: 0 };
  let losses: number[] = [];
  let steps = 0;
  const take = (values: ArrayLike<number>) => losses.push(...Array.from(values));
  const made = autodiffSteps({ stage, training, validation: null, batchSize, seed: 1, take });
  let turn = Promise.resolve();
  const trainer: StepTrainer = {
    words: 'double',
    depth,
    run(order, _batch, first, count, learningRate) {
      seen.chunks++;
      seen.mostUnder = Math.max(seen.mostUnder, ++seen.under);
      const result = turn.then(async () => {
        losses = [];
        const path = await made;
        await path.run(order, first, count, learningRate);
        steps += count;
        if (spoilStep > steps - count && spoilStep <= steps) losses[spoilStep - (steps - count) - 1] = Number.NaN;
        seen.under--;
        return Float32Array.from(losses);
      });
      turn = result.then(() => undefined);
      return result;
    },
    async evaluate({ rows, width, x, target, mask }) {
      const shape: [number, number] = [rows, width];
      return tf.tidy(() => {
        const batch = { x: tf.tensor2d(x, shape), target: tf.tensor2d(target, shape), mask: tf.tensor2d(mask, shape) };
        return stage.loss(batch, { training: false, seed: 1, step: 0 }).dataSync()[0] as number;
      });
    },
    async sync() {
      seen.synced++;
    },
    optimiserState: async () => (await made).optimiserState(),
    restore: (state) => void made.then((path) => path.restore(state)),
    dispose() {
      seen.disposed++;
      void made.then((path) => path.dispose());
    },
  };
  return { trainer, seen };
}

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

async function trained(params: Params, options: (detector: Detector, training: Batch) => TrainOptions) {
  const detector = build(params);
  const training = batchOf(detector);
  const validation = rowsOf(training, 400, 500);
  const summary = await train(detector, { training, validation }, freeRun, 2, options(detector, training));
  const weights = await detector.weights();
  detector.dispose();
  const { history, bestEpoch, ended, epochs, finalLoss, validationLoss } = summary;
  return { summary: { history, bestEpoch, ended, epochs, finalLoss, validationLoss }, weights };
}

describe('the two paths of a stage', () => {
  it.each([1, 2, 3])('have the same history and leave the same weights, with %i chunks under way', async (depth) => {
    const params = { learningRate: 0.05, epochs: 12, patience: 4, schedule: 'reduce-on-plateau' };
    const plain = await trained(params, () => ({ trainers: null }));
    let seen: Seen | undefined;
    const chunked = await trained(params, (detector, training) => {
      const made = double(detector.stages[0]!, training, 50, depth);
      seen = made.seen;
      return { trainers: async () => made.trainer };
    });
    expect(chunked).toEqual(plain);
    expect(seen!.mostUnder).toBeLessThanOrEqual(depth);
    expect(seen!.synced).toBeGreaterThan(0);
    expect(seen!.disposed).toBe(1);
  });

  it('falls back to TF.js where no trainer takes the step', async () => {
    const plain = await trained({}, () => ({ trainers: null }));
    expect(await trained({}, () => ({ trainers: async () => undefined }))).toEqual(plain);
  });

  it('names the epoch and the step whose loss is no number, whatever chunk it was in', async () => {
    let seen: Seen | undefined;
    const failing = trained({}, (detector, training) => {
      const made = double(detector.stages[0]!, training, 50, 2, 24);
      seen = made.seen;
      return { trainers: async () => made.trainer };
    });
    await expect(failing).rejects.toThrow(/stage "reconstruction", epoch 3, step 4: expected a finite loss; found NaN/);
    expect(seen!.disposed).toBe(1);
  });
});
