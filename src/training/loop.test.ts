import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector } from '../models/contract.ts';
import model from '../models/dense-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import type { Checkpoint, TrainingControl, TrainingProgress } from './contract.ts';
import { batchSizeOf, type TrainOptions, train } from './loop.ts';
import { rowsOf } from './score.ts';

const source = fixture('table', 8, 500);
const build = (params: Params = {}): Detector =>
  model.build(
    source.input,
    checkParams(model.params, { hidden: [8], latent: 2, batchSize: 50, epochs: 8, patience: 0, ...params }, 'test'),
    1,
  );
const rows = (detector: Detector) => source.batch(source.background, detector.scaling);
const validationOf = (batch: Batch) => rowsOf(batch, 400, 500);

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

describe('training', () => {
  it('tells how it goes and how it went', async () => {
    const detector = build();
    const batch = rows(detector);
    const told: TrainingProgress[] = [];
    const summary = await train(
      detector,
      { training: batch, validation: validationOf(batch) },
      { ...freeRun, onProgress: (progress) => told.push(progress) },
      1,
    );
    expect(summary).toMatchObject({ epochs: 8, ended: 'complete' });
    expect(summary.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(summary.finalLoss).toBe(summary.history[7]!.loss);
    expect(summary.validationLoss).toBe(Math.min(...summary.history.map(({ validationLoss }) => validationLoss)));
    expect(summary.eventsPerSecond).toBeGreaterThan(0);
    expect(told.at(-1)).toMatchObject({ stage: 0, stages: 1, epoch: 8, epochs: 8, share: 1, secondsLeft: 0 });
    detector.dispose();
  });

  it('keeps the weights of the best epoch, not of the last', async () => {
    const detector = build({ learningRate: 0.3, batchNorm: false, epochs: 15, schedule: 'constant' });
    const batch = rows(detector);
    const validation = validationOf(batch);
    const { history, bestEpoch, validationLoss } = await train(detector, { training: batch, validation }, freeRun, 3);
    const best = history.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
    expect(bestEpoch).toEqual([best.epoch]);
    expect(best.epoch).toBeLessThan(15);
    const shape: [number, number] = [validation.rows, validation.width];
    const loss = tf.tidy(() => {
      const x = tf.tensor2d(validation.x, shape);
      const context = { training: false, seed: 1, step: 0 };
      return detector.stages[0]!.loss({ x, target: x, mask: tf.onesLike(x) }, context).dataSync()[0]!;
    });
    expect(loss).toBeCloseTo(validationLoss, 6);
    detector.dispose();
  });

  it('stops early when the validation loss gets no better', async () => {
    const detector = build({ learningRate: 0.3, batchNorm: false, epochs: 200, patience: 3, schedule: 'constant' });
    const batch = rows(detector);
    const { ended, epochs, bestEpoch } = await train(detector, { training: batch, validation: validationOf(batch) }, freeRun, 1);
    expect(ended).toBe('early-stop');
    expect(epochs).toBe(bestEpoch[0]! + 3);
    detector.dispose();
  });

  it('stops when asked, after a pause, and keeps the best weights so far', async () => {
    const detector = build({ epochs: 10000, schedule: 'constant' });
    const batch = rows(detector);
    let stop = false;
    let pauses = 0;
    const control: TrainingControl = {
      get stopRequested() {
        return stop;
      },
      async waitWhilePaused() {
        if (++pauses === 2) await new Promise((resolve) => setTimeout(resolve, 300));
      },
      onProgress({ history }) {
        if (history.length > 3 && pauses >= 2) stop = true;
      },
    };
    const start = performance.now();
    const summary = await train(detector, { training: batch, validation: validationOf(batch) }, control, 1);
    expect(summary.ended).toBe('stopped');
    expect(summary.epochs).toBeGreaterThan(3);
    expect(summary.bestEpoch[0]).toBeGreaterThan(0);
    // the pause does not count as work
    expect(summary.seconds).toBeLessThan((performance.now() - start) / 1000 - 0.25);
    detector.dispose();
  });

  it('repeats exactly for a seed, and shuffles differently for another', async () => {
    const histories = [];
    for (const seed of [4, 4, 5]) {
      const detector = build();
      histories.push((await train(detector, { training: rows(detector), validation: null }, freeRun, seed)).history);
      detector.dispose();
    }
    expect(histories[1]).toEqual(histories[0]);
    expect(histories[2]).not.toEqual(histories[0]);
  });

  it('goes through several stages in order', async () => {
    const detector = build({ epochs: 2 });
    const first = detector.stages[0]!;
    const twice = { ...detector, stages: [first, { ...first, name: 'second', epochs: 3 }] };
    const told: TrainingProgress[] = [];
    const { history, bestEpoch } = await train(
      twice,
      { training: rows(detector), validation: null },
      { ...freeRun, onProgress: (progress) => told.push(progress) },
      1,
    );
    expect(history.map(({ stage, epoch }) => [stage, epoch])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    expect(bestEpoch).toHaveLength(2);
    expect(told.at(-1)).toMatchObject({ stage: 1, stages: 2, stageName: 'second', epoch: 3, epochs: 3, secondsLeft: 0 });
    detector.dispose();
  });

  it.each([
    ['within an epoch', 'autodiff', 7],
    ['on the last step of an epoch', 'autodiff', 20],
    ['within an epoch', 'trainer', 1],
  ] as const)('goes on from a checkpoint %s as if it had never stopped (%s)', async (_where, way, which) => {
    const params = { batchNorm: true, learningRate: 0.03, epochs: 6, patience: 3 };
    const trainers = way === 'autodiff' ? { trainers: null } : {};
    const run = async (options: TrainOptions, control: TrainingControl = freeRun) => {
      const detector = build(params);
      const batch = rows(detector);
      const first = detector.stages[0]!;
      const twice = {
        ...detector,
        stages: [
          { ...first, epochs: 3 },
          { ...first, name: 'second' },
        ],
      };
      const summary = await train(twice, { training: batch, validation: validationOf(batch) }, control, 1, {
        ...trainers,
        ...options,
      });
      const weights = await detector.weights();
      detector.dispose();
      const { history, bestEpoch, validationLoss, ended } = summary;
      return { history, bestEpoch, validationLoss, ended, weights };
    };
    const checkpoints: Checkpoint[] = [];
    const undisturbed = await run({ onCheckpoint: (checkpoint) => checkpoints.push(checkpoint), checkpointMs: 0 });
    const resume = checkpoints.at(which % checkpoints.length);
    expect(checkpoints.length).toBeGreaterThan(2);
    expect(await run({ resume: structuredClone(resume!) })).toEqual(undisturbed);
    expect(await run({ resume: checkpoints.at(-1)! })).toEqual(undisturbed);
  });

  it('refuses a batch larger than the data', async () => {
    const detector = build({ batchSize: 4096 });
    const training = rowsOf(rows(detector), 0, 385);
    await expect(train(detector, { training, validation: null }, freeRun, 1)).rejects.toThrow(
      /batch size 4096, training rows 385.*Choose a batch size of at most 385/,
    );
    detector.dispose();
  });

  it.each([
    [
      'a missing value',
      {},
      (x: Float32Array) => x.fill(Number.NaN, 803, 804),
      /stage "reconstruction", epoch 1, step \d+.*"number 4" is NaN in training row 100, a missing value/,
    ],
    [
      'unscaled input',
      { batchNorm: false, learningRate: 1, activation: 'linear', hidden: [64, 64] },
      (x: Float32Array) =>
        x.forEach((v, i) => {
          x[i] = v * 1e20;
        }),
      /unscaled input/,
    ],
  ] as const)('says why a loss is no number: %s', async (_cause, params, spoil, message) => {
    const before = tf.memory().numTensors;
    const detector = build({ scaling: 'raw', ...params });
    const batch = rows(detector);
    const x = batch.x.slice();
    spoil(x);
    await expect(train(detector, { training: { ...batch, x, target: x }, validation: null }, freeRun, 1)).rejects.toThrow(
      message,
    );
    detector.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says that the learning rate is too large when nothing else is wrong', async () => {
    const detector = build({ epochs: 2 });
    const stage = detector.stages[0]!;
    const loss: typeof stage.loss = (batch, context) => tf.div(stage.loss(batch, context), context.step < 13 ? 1 : 0);
    const { step: _described, ...rest } = stage;
    const broken = { ...detector, stages: [{ ...rest, loss }] };
    await expect(train(broken, { training: rows(detector), validation: null }, freeRun, 1)).rejects.toThrow(
      /epoch 2, step 4: expected a finite loss; found Infinity; probable cause: learning rate 0.001 is too large/,
    );
    detector.dispose();
  });

  it('chooses a batch size that leaves 32 steps an epoch, from 16 to 1,024', () => {
    expect([10, 385, 2048, 36000, 2e6].map((n) => batchSizeOf(0, n))).toEqual([10, 16, 64, 1024, 1024]);
    expect(batchSizeOf(4096, 385)).toBe(4096);
  });

  it('with fewer rows than two batches uses one batch an epoch', async () => {
    const detector = build({ batchSize: 300, epochs: 2 });
    const { epochs } = await train(detector, { training: rows(detector), validation: null }, freeRun, 1);
    expect(epochs).toBe(2);
    detector.dispose();
  });
});
