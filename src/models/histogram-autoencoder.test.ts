import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { createOptimiser } from '../compute/optimiser.ts';
import { tf } from '../compute/tf.ts';
import { findScore } from '../scores/registry.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { train } from '../training/loop.ts';
import type { Batch, Detector } from './contract.ts';
import reference from './histogram-autoencoder.reference.json';
import model from './histogram-autoencoder.ts';

const bins = 100;
const rows = 40;
const source = fixture('histograms', bins, 300);
const build = (preset: string, given: Params = {}): Detector =>
  model.build(source.input, checkParams(model.params, { ...model.presets[preset]!.params, ...given }, 'test'), 1);

/** The histograms of the reference script. */
function histograms(): Batch {
  const x = new Float32Array(rows * bins);
  for (let i = 0; i < rows; i++) {
    const counts = Array.from(
      { length: bins },
      (_, j) => Math.max(0, 400 - (j - 30 - (i % 7)) ** 2) + ((i * 31 + j * 17 + i * j) % 23),
    );
    const sum = counts.reduce((total, count) => total + count, 0);
    counts.forEach((count, j) => {
      x[i * bins + j] = count / sum;
    });
  }
  const mask = new Uint8Array(x.length).fill(1);
  return { rows, width: bins, raw: x, rawWidth: bins, rawFeatures: source.input.features, x, target: x, mask };
}

/** The starting weights of the reference script. */
async function setReferenceWeights(detector: Detector): Promise<void> {
  let layer = -1;
  const formula = (count: number, ordinal: number, limit: number) =>
    Float32Array.from({ length: count }, (_, k) => (((k * 7919 + (ordinal + 1) * 104729) % 10007) / 5003.5 - 1) * limit);
  const weights = (await detector.weights()).map((weight) => {
    if (!weight.name.endsWith('kernel')) return { ...weight, values: formula(weight.values.length, layer + 10, 0.1) };
    layer++;
    return { ...weight, values: formula(weight.values.length, layer, Math.sqrt(6 / (weight.shape[0]! + weight.shape[1]!))) };
  });
  detector.setWeights(weights);
}

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

describe.each(['standard', 'deep', 'shallow'] as const)('preset %s against PyTorch and NumPy', (preset) => {
  const wanted = reference[preset];
  const batch = histograms();

  it('its score is the mean of the ten largest squared errors to 1e-7', async () => {
    const detector = build(preset);
    await setReferenceWeights(detector);
    const outputs = await detector.forward(batch);
    const scores = findScore('reconstruction-mse-top10').compute(batch, outputs, {});
    for (const [i, score] of scores.entries()) expect(Math.abs(score - wanted.scores[i]!)).toBeLessThan(1e-7);
    detector.dispose();
  });

  it('its gradients agree to 1e-5, and thirty losses to 1e-4', async () => {
    const detector = build(preset);
    await setReferenceWeights(detector);
    const stage = detector.stages[0]!;
    const optimiser = createOptimiser(stage.optimiser, stage.variables);
    const x = tf.tensor2d(batch.x, [rows, bins]);
    for (const [step, loss] of wanted.losses.entries()) {
      const found = stepGradients(
        () => stage.loss({ x, target: x, mask: x }, { training: true, seed: 1, step }),
        stage.variables,
      );
      expect(Math.abs(found.loss.dataSync()[0]! / loss - 1), `step ${step}`).toBeLessThan(1e-4);
      if (step === 0) {
        for (const [i, gradient] of found.gradients.entries()) {
          const values = gradient.dataSync();
          const norm = wanted.norms[i]!;
          for (const [k, value] of wanted.gradients[i]!.entries()) expect(Math.abs(values[k]! - value) / norm).toBeLessThan(1e-5);
        }
      }
      optimiser.step(found.gradients, 1e-3);
      tf.dispose([found.loss, found.gradients]);
    }
    x.dispose();
    optimiser.dispose();
    detector.dispose();
  });
});

describe('the layers of the presets', () => {
  const layersOf = (preset: string) => {
    const detector = build(preset);
    const counts = detector.layers.filter(({ type }) => type === 'Dense').map(({ parameters }) => parameters);
    detector.dispose();
    return counts;
  };
  it.each([
    ['standard', [1010, 33, 40, 1100]],
    ['deep', [2020, 210, 220, 2100]],
    ['shallow', [5050, 5100]],
    ['hit-residuals', [2020, 105, 120, 2100]],
    ['double', [1010, 33, 40, 1100, 2020, 210, 220, 2100]],
  ] as const)('%s', (preset, counts) => {
    expect(layersOf(preset)).toEqual(counts);
  });
});

describe('the double autoencoder', () => {
  const training = (detector: Detector) => source.batch(source.background, detector.scaling);

  it('trains its second network on the share that the first one restores best', async () => {
    const detector = build('double', { epochs: 3, secondEpochs: 3, batchSize: 50, accepted: 0.8 });
    const batch = training(detector);
    const { history } = await train(detector, { training: batch, validation: null }, freeRun, 1);
    expect(history.map(({ stage }) => stage)).toEqual([0, 0, 0, 1, 1, 1]);
    const chosen = await detector.stages[1]!.rows!(batch);
    expect(chosen.length).toBe(240);
    // the same by full sorting of the first network's errors
    const first = detector.networks;
    const y = tf.tidy(() =>
      (
        first.firstDecoder!.predict(first.firstEncoder!.predict(tf.tensor2d(batch.x, [300, bins])) as tf.Tensor) as tf.Tensor
      ).dataSync(),
    );
    const errors = Array.from({ length: 300 }, (_, row) => {
      const squares = Array.from({ length: bins }, (_, i) => (batch.x[row * bins + i]! - y[row * bins + i]!) ** 2);
      return squares
        .sort((a, b) => b - a)
        .slice(0, 10)
        .reduce((sum, square) => sum + square, 0);
    });
    const order = [...errors.keys()].sort((a, b) => errors[a]! - errors[b]!);
    expect([...chosen]).toEqual(order.slice(0, 240).sort((a, b) => a - b));
    detector.dispose();
  });

  it('trains its second network below a fixed error of the first one, and says so if no lumisection is', async () => {
    const batch = training(build('double'));
    const chosenAt = async (acceptedError: number) => {
      const detector = build('double', { acceptedError });
      const chosen = await detector.stages[1]!.rows!(batch);
      detector.dispose();
      return chosen;
    };
    const all = await chosenAt(1);
    expect(all.length).toBe(300);
    const errors = (await chosenAt(0)).length;
    expect(errors).toBe(285);
    await expect(chosenAt(1e-12)).rejects.toThrow(
      /second stage: expected training lumisections with an error below 1e-12.*found none/,
    );
    // a limit between the errors: the untrained first network's own, by full sorting
    const detector = build('double');
    const { firstEncoder, firstDecoder } = detector.networks;
    const y = tf.tidy(() => {
      const z = firstEncoder!.predict(tf.tensor2d(batch.x, [300, bins])) as tf.Tensor;
      return (firstDecoder!.predict(z) as tf.Tensor).dataSync();
    });
    const means = Array.from({ length: 300 }, (_, row) => {
      const squares = Array.from({ length: bins }, (_, i) => (batch.x[row * bins + i]! - y[row * bins + i]!) ** 2);
      return (
        squares
          .sort((a, b) => b - a)
          .slice(0, 10)
          .reduce((sum, square) => sum + square, 0) / 10
      );
    });
    const sorted = [...means].sort((a, b) => a - b);
    const limit = (sorted[119]! + sorted[120]!) / 2;
    expect([...(await chosenAt(limit))]).toEqual([...means.keys()].filter((row) => means[row]! < limit));
    detector.dispose();
  });

  it('starts its second output at one over the number of bins, or at one half as published', async () => {
    for (const [preset, start, spread] of [
      ['double', 0.01, 0.01],
      ['double-published', 0.5, 0.3],
    ] as const) {
      const detector = build(preset);
      const { reconstruction } = await detector.forward(training(detector));
      const mean = Float64Array.from(reconstruction!).reduce((sum, value) => sum + value, 0) / reconstruction!.length;
      expect(Math.abs(mean - start)).toBeLessThan(spread);
      detector.dispose();
    }
  });

  it('leaves an empty histogram at zero, so that its score is that of its reconstruction', async () => {
    const detector = build('standard');
    const batch = source.batch(new Float32Array(bins), detector.scaling);
    expect([...batch.x]).toEqual(new Array(bins).fill(0));
    const { reconstruction } = await detector.forward(batch);
    const squares = [...reconstruction!].map((value) => value * value).sort((a, b) => b - a);
    const score = findScore('reconstruction-mse-top10').compute(batch, { reconstruction: reconstruction! }, {})[0]!;
    expect(score).toBeCloseTo(squares.slice(0, 10).reduce((sum, value) => sum + value, 0) / 10, 12);
    detector.dispose();
  });
});
