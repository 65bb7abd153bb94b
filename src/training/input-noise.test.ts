/** Noise on the input in training: what it is, where it is not, and that every path has the same. */
import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import type { Batch } from '../models/contract.ts';
import convolutional from '../models/convolutional-autoencoder.ts';
import model from '../models/dense-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { meanSquareNoise, noiseStage } from '../testing/noise.ts';
import { autodiffSteps } from './autodiff-steps.ts';
import { placesFor, trainAt } from './ensemble.ts';
import { type TrainOptions, train } from './loop.ts';
import { rowsOf } from './score.ts';

const source = fixture('objects', 57, 260);
const params: Params = {
  hidden: [12],
  latent: 3,
  batchSize: 40,
  epochs: 3,
  patience: 0,
  learningRate: 0.01,
  schedule: 'constant',
};

const build = (own: Params, seed: number) =>
  model.build(source.input, checkParams(model.params, { ...params, ...own }, 'test'), seed);

function dataOf(own: Params) {
  const detector = build(own, 1);
  const batch = source.batch(source.background, detector.scaling);
  detector.dispose();
  return { training: rowsOf(batch, 0, 200), validation: rowsOf(batch, 200, 260) };
}

async function trained(own: Params, options: TrainOptions = {}, seed = 1) {
  const detector = build(own, seed);
  const { history } = await train(detector, dataOf(own), freeRun, seed, options);
  detector.dispose();
  return history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]);
}

describe('noise on the input', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it.each([
    ['that lie in memory', undefined],
    ['that are unpacked for each batch', (whole: Batch) => (rows: ArrayLike<number>) => picked(whole, rows)],
  ] as const)('is that of the generator, on the numbers that exist, by TF.js autodiff on rows %s', async (_, pick) => {
    const [rows, width, deviation, seed] = [9, 5, 0.3, 11];
    const x = Float32Array.from({ length: rows * width }, (_value, i) => (i % 3 === 0 ? 0 : i / 10));
    const mask = Uint8Array.from(x, (value) => (value === 0 ? 0 : 1));
    const whole: Batch = { rows, width, raw: x, rawWidth: width, rawFeatures: [], x, target: x, mask };
    const training = pick ? { ...whole, pick: pick(whole) } : whole;
    const stage = noiseStage(deviation);
    const losses: number[] = [];
    const steps = await autodiffSteps({
      ...{ stage, training, validation: whole, batchSize: 4, seed },
      take: (values) => losses.push(...Array.from(values)),
    });
    const order = Uint32Array.of(8, 2, 5, 0, 1, 3, 4, 7);
    await steps.run(order, 0, 2, 0);
    for (const [step, loss] of losses.entries()) {
      const exists = (s: number, j: number) => x[(order[4 * step + s] as number) * width + j] !== 0;
      expect(loss).toBeCloseTo(meanSquareNoise({ rows: 4, width, deviation, seed, step }, exists), 6);
    }
    expect(losses).toHaveLength(2);
    expect(await steps.validationLoss()).toBe(0);
    steps.dispose();
    tf.dispose([...stage.variables]);
  });

  it.each([
    ['a masked loss', {}],
    ['every number in the loss', { maskedLoss: false }],
    ['a target of its own', { scaling: 'raw', targetScaling: '40mhz-target', inputNorm: true, hiddenBias: false }],
  ] as [string, Params][])('is the same in whole steps and under TF.js autodiff, with %s', async (_, own) => {
    const noisy = { ...own, batchNorm: false, inputNoise: 0.3 };
    const whole = await trained(noisy);
    const autodiff = await trained(noisy, { trainers: null });
    for (const [i, loss] of whole.entries()) expect(Math.abs(loss / (autodiff[i] as number) - 1)).toBeLessThan(1e-4);
    const without = await trained({ ...noisy, inputNoise: 0 });
    expect(Math.abs((whole[0] as number) / (without[0] as number) - 1)).toBeGreaterThan(1e-3);
  });

  it('is for each of several seeds what it is alone', async () => {
    const noisy = { inputNoise: 0.5 };
    const places = placesFor(2);
    const data = dataOf(noisy);
    const together = await Promise.all(
      places.map(async (place, i) => {
        const detector = build(noisy, i + 1);
        await place.enter();
        try {
          return await trainAt(place, detector, () => data, freeRun, i + 1);
        } finally {
          place.leave();
          detector.dispose();
        }
      }),
    );
    for (const [i, { history }] of together.entries()) {
      expect(history.flatMap(({ loss, validationLoss }) => [loss, validationLoss])).toEqual(await trained(noisy, {}, i + 1));
    }
  });

  it('is there for a convolutional autoencoder, too, which has no whole steps', () => {
    const detector = convolutional.build(source.input, checkParams(convolutional.params, { inputNoise: 0.2 }, 'test'), 1);
    expect(detector.stages.map(({ inputNoise }) => inputNoise)).toEqual([0.2]);
    detector.dispose();
  });
});

/** Some rows of a batch. */
function picked(whole: Batch, rows: ArrayLike<number>): Batch {
  const { width } = whole;
  const at = Array.from(rows).flatMap((row) => Array.from({ length: width }, (_, j) => row * width + j));
  const x = Float32Array.from(at, (i) => whole.x[i] as number);
  return { ...whole, rows: rows.length, raw: x, x, target: x, mask: Uint8Array.from(at, (i) => whole.mask[i] as number) };
}
