import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { trainerFor } from '../compute/steps/registry.ts';
import { tf } from '../compute/tf.ts';
import { findScore } from '../scores/registry.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { train } from '../training/loop.ts';
import { rowsOf } from '../training/score.ts';
import type { TrainerSource } from '../training/steps.ts';
import type { Batch } from './contract.ts';
import reference from './dense-variational-autoencoder.reference.json';
import model from './dense-variational-autoencoder.ts';
import { drawLatent, klToUnitGaussian, latentNoise } from './gaussian.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('the Gaussian latent layer', () => {
  it('is 1/6 from the unit Gaussian for μ = (1, 0, 0), σ = 1, with gradients μ / (n k) and (σ² - 1) / (2 n k)', () => {
    tf.tidy(() => {
      const mean = tf.tensor2d([[1, 0, 0]]);
      const logVar = tf.tensor2d([[0, Math.log(4), 0]]);
      expect(klToUnitGaussian(mean, tf.zerosLike(logVar)).dataSync()[0]).toBeCloseTo(1 / 6, 6);
      const [dMean, dLogVar] = tf.grads((m, v) => klToUnitGaussian(m as tf.Tensor2D, v as tf.Tensor2D))([mean, logVar]);
      expect([...(dMean as tf.Tensor).dataSync()]).toEqual([expect.closeTo(1 / 3, 6), 0, 0]);
      expect([...(dLogVar as tf.Tensor).dataSync()]).toEqual([0, expect.closeTo(0.5, 5), 0]);
    });
  });
  it('draws μ + σ ε with ε that depends on seed, step and row alone', () => {
    const whole = latentNoise(40, 3, 5, 7);
    expect([...latentNoise(10, 3, 5, 7)]).toEqual([...whole.subarray(0, 30)]);
    expect([...latentNoise(10, 3, 5, 8)]).not.toEqual([...whole.subarray(0, 30)]);
    const spread = Math.sqrt(latentNoise(5000, 2, 1, 0).reduce((sum, v) => sum + v * v, 0) / 10000);
    expect(spread).toBeGreaterThan(0.98);
    expect(spread).toBeLessThan(1.02);
    tf.tidy(() => {
      const z = drawLatent(tf.fill([40, 3], 2) as tf.Tensor2D, tf.fill([40, 3], 2 * Math.log(3)) as tf.Tensor2D, {
        seed: 5,
        step: 7,
      });
      for (const [i, value] of z.dataSync().entries()) expect(value).toBeCloseTo(2 + 3 * (whole[i] as number), 4);
    });
  });
});

describe('the variational scores, by hand', () => {
  const batch = { rows: 2 } as Batch;
  const latentMean = Float64Array.from([1, 0, 0, 1, 2, 0]);
  const latentLogVar = Float64Array.from([0, 0, 0, 0, Math.log(4), 0]);
  const of = (id: string) => [...findScore(id).compute(batch, { latentMean, latentLogVar }, {})];
  it('KL divergence', () => {
    // second event: (1 + 0) + (4 + 4 - 1 - ln 4) over 6
    expect(of('kl-divergence')).toEqual([expect.closeTo(1 / 6, 12), expect.closeTo((8 - Math.log(4)) / 6, 12)]);
  });
  it('latent radius and mean square', () => {
    expect(of('latent-radius')).toEqual([1, expect.closeTo(2, 12)]);
    expect(of('latent-mean-square')).toEqual([1, 5]);
  });
});

describe('against PyTorch', () => {
  const rows = 40;
  const width = 57;

  /** The script's numbers from -1 to 1. */
  const numbers = (count: number, key: number) =>
    Float32Array.from({ length: count }, (_, k) => ((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1);

  function events(): { x: Float32Array; mask: Uint8Array } {
    const exists = (at: number) => (Math.floor(at / width) + Math.floor((at % width) / 3)) % 5 !== 0;
    const x = Float32Array.from({ length: rows * width }, (_, at) => {
      const i = Math.floor(at / width);
      const j = at % width;
      return exists(at) ? (((i * i * 31 + i * j * 17 + j * 13) % 97) - 48) / 32 : 0;
    });
    return { x, mask: Uint8Array.from(x, (_, at) => (exists(at) ? 1 : 0)) };
  }

  /** Weights in the order in which the script draws them. */
  async function referenceDetector() {
    const { input } = fixture('objects', width, 4);
    const params = { ...model.presets['40mhz-dnn-vae']?.params };
    const detector = model.build(input, checkParams(model.params, params, 'test'), 1);
    const weights = await detector.weights();
    let key = 0;
    const next = (count: number, scale: number, offset = 0) => numbers(count, ++key).map((v) => v * scale + offset);
    const filled = weights.map((weight) => {
      const size = weight.values.length;
      const part = weight.name.split('/').at(-1) as string;
      const rules: Record<string, [number, number]> = {
        kernel: [1 / Math.sqrt(weight.shape[0] as number), 0],
        bias: [0.1, 0],
        gamma: [0.2, 1],
        beta: [0.1, 0],
        moving_mean: [0.1, 0],
        moving_variance: [0.5, 1],
      };
      const [scale, offset] = rules[part] ?? [Number.NaN, 0];
      return { ...weight, values: next(size, scale, offset) };
    });
    detector.setWeights(filled);
    return detector;
  }

  it('gives the same means, variances, reconstruction and loss to 1e-5', async () => {
    const detector = await referenceDetector();
    const { x, mask } = events();
    const batch: Batch = { rows, width, raw: x, rawWidth: width, rawFeatures: [], x, target: x, mask };
    const outputs = await detector.forward(batch);
    const close = (found: ArrayLike<number> | undefined, wanted: readonly number[]) => {
      for (const [i, value] of wanted.entries()) {
        expect(Math.abs((found?.[i] as number) - value), `number ${i}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
      }
    };
    close(outputs.latentMean, reference.mean);
    close(outputs.latentLogVar, reference.logVar);
    close(outputs.reconstruction, reference.reconstruction);
    const loss = tf.tidy(() => {
      const shape: [number, number] = [rows, width];
      const tensors = {
        x: tf.tensor2d(x, shape),
        target: tf.tensor2d(x, shape),
        mask: tf.tensor2d(Float32Array.from(mask), shape),
      };
      return detector.stages[0]?.loss(tensors, { training: false, seed: 1, step: 0 }).dataSync()[0] as number;
    });
    expect(Math.abs(loss - reference.loss)).toBeLessThan(1e-5 * reference.loss);
    detector.dispose();
  });

  it('refuses a network without hidden layers', () => {
    const { input } = fixture('table', 8, 1);
    expect(() => model.build(input, checkParams(model.params, { hidden: [] }, 'test'), 1)).toThrow('at least one hidden layer');
  });
});

describe('trained by whole-step kernels and by TF.js', () => {
  // biases before a batch norm have no gradient but rounding, of which Adam makes steps of full size
  it.each([
    ['offshell-vae', 1e-4],
    ['40mhz-dnn-vae', 1e-3],
  ])('the preset %s has the same losses', async (preset, tolerance) => {
    const source = fixture('objects', 57, 600);
    const losses = [];
    for (const trainers of [trainerFor, null]) {
      const params = { ...model.presets[preset]?.params, batchSize: 100, epochs: 4, patience: 0, schedule: 'constant' };
      const detector = model.build(source.input, checkParams(model.params, params, 'test'), 5);
      const training = source.batch(source.background, detector.scaling);
      const asked: string[] = [];
      const found: TrainerSource =
        trainers &&
        (async (...given) => {
          const trainer = await trainers(...given);
          asked.push(trainer?.words ?? 'none');
          return trainer;
        });
      const validation = rowsOf(training, 500, 600);
      const { history } = await train(detector, { training, validation }, freeRun, 5, { trainers: found });
      if (trainers) expect(asked).toEqual([expect.stringContaining('WASM dense')]);
      losses.push(history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]));
      detector.dispose();
    }
    const [kernels, plain] = losses as [number[], number[]];
    expect(kernels).toHaveLength(8);
    for (const [i, loss] of kernels.entries()) expect(Math.abs(loss / (plain[i] as number) - 1)).toBeLessThan(tolerance);
  });
});
