/** Noise on the input on software WebGPU: that of the generator to the accuracy of sine and cosine there, in every path. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { startWebGpu, stopWebGpu } from '../compute/webgpu.ts';
import type { Batch } from '../models/contract.ts';
import model from '../models/dense-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { meanSquareNoise, noiseStage } from '../testing/noise.ts';
import { autodiffSteps } from './autodiff-steps.ts';
import type { TrainingSummary } from './contract.ts';
import { placesFor, trainAt } from './ensemble.ts';
import { type TrainOptions, train } from './loop.ts';
import { rowsOf } from './score.ts';
import { stepsOf } from './steps.ts';

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

const [rows, width, deviation, seed] = [9, 5, 0.3, 11];
const x = Float32Array.from({ length: rows * width }, (_, i) => (i % 3 === 0 ? 0 : i));
const mask = Uint8Array.from(x, (value) => (value === 0 ? 0 : 1));
const whole: Batch = { rows, width, raw: x, rawWidth: width, rawFeatures: [], x, target: x, mask };

const source = fixture('objects', 57, 140);
const build = (own: number) => model.build(source.input, checkParams(model.params, { ...small, inputNoise: 0.3 }, 'test'), own);
const small = { hidden: [8], latent: 2, batchNorm: false, batchSize: 20, epochs: 2, patience: 0, schedule: 'constant' };

const lossesOf = ({ history }: TrainingSummary) => history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]);

describe('noise on the input on WebGPU', () => {
  it.each([
    ['by TF.js autodiff', autodiffSteps, 'TF.js autodiff'],
    ['in recorded steps', stepsOf, 'recorded'],
  ] as const)('is that of the generator, on the numbers that exist, %s', async (_, path, words) => {
    const stage = noiseStage(deviation);
    const losses: number[] = [];
    const steps = await path({
      ...{ stage, training: whole, validation: whole, batchSize: 4, seed },
      take: (values) => losses.push(...Array.from(values)),
    });
    expect(steps.words).toContain(words);
    const order = Uint32Array.of(8, 2, 5, 0, 1, 3, 4, 7, 6);
    await steps.run(order, 0, 2, 0);
    await steps.settle();
    for (const [step, loss] of losses.entries()) {
      const exists = (s: number, j: number) => x[(order[4 * step + s] as number) * width + j] !== 0;
      expect(loss / meanSquareNoise({ rows: 4, width, deviation, seed, step }, exists)).toBeCloseTo(1, 2);
    }
    expect(losses).toHaveLength(2);
    expect(await steps.validationLoss()).toBe(0);
    steps.dispose();
    tf.dispose([...stage.variables]);
  });

  it('is the same in whole steps and under TF.js autodiff, and for each of several seeds what it is alone', async () => {
    const first = build(1);
    const batch = source.batch(source.background, first.scaling);
    first.dispose();
    const data = { training: rowsOf(batch, 0, 100), validation: rowsOf(batch, 100, 140) };
    const alone = async (own: number, options: TrainOptions = {}) => {
      const detector = build(own);
      const summary = await train(detector, data, freeRun, own, options);
      detector.dispose();
      return lossesOf(summary);
    };
    const whole = [await alone(1), await alone(2)];
    const autodiff = await alone(1, { trainers: null });
    // both have the deviates of the device
    for (const [i, loss] of autodiff.entries()) expect((whole[0]?.[i] as number) / loss).toBeCloseTo(1, 4);
    const together = await Promise.all(
      placesFor(2).map(async (place, i) => {
        const detector = build(i + 1);
        await place.enter();
        try {
          return lossesOf(await trainAt(place, detector, () => data, freeRun, i + 1));
        } finally {
          place.leave();
          detector.dispose();
        }
      }),
    );
    expect(together).toEqual(whole);
    expect(whole[0]).not.toEqual(whole[1]);
  });
});
