import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { createOptimiser } from '../compute/optimiser.ts';
import { tf } from '../compute/tf.ts';
import { lstmCases, referenceHistograms, referenceLstm } from '../testing/lstm-reference.ts';
import { rowsOf } from '../training/score.ts';
import reference from './lstm-autoencoder.reference.json';
import model from './lstm-autoencoder.ts';

const names = Object.keys(lstmCases) as (keyof typeof lstmCases)[];
const near = (found: ArrayLike<number>, wanted: readonly number[], scale: number, tolerance = 1e-5) => {
  for (const [i, value] of wanted.entries()) expect(Math.abs(found[i]! - value) / scale, `number ${i}`).toBeLessThan(tolerance);
};

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

describe('the LSTM autoencoder', () => {
  it('has the counts of its layers: 480, 168, 84, 560, 11', () => {
    const features = Array.from({ length: 100 }, (_, i) => ({ name: `bin ${i + 1}`, unit: '', quantity: 'other' as const }));
    const input = { kind: 'histograms', shape: [100], width: 100, features } as const;
    const detector = model.build(input, { ...model.presets['lstm-10-3']!.params, topBins: 10 }, 1);
    const rows = detector.layers.filter(({ parameters }) => parameters > 0);
    expect(rows.map(({ type, parameters }) => [type, parameters])).toEqual([
      ['LSTM', 480],
      ['LSTM', 168],
      ['LSTM', 84],
      ['LSTM', 560],
      ['TimeDistributed', 11],
    ]);
    expect(detector.parameters).toBe(1303);
    detector.dispose();
  });

  it('is the chain of TF.js layers that it is saved as: the same outputs, loss and gradients by TF.js autodiff', async () => {
    const detector = await referenceLstm('deep');
    const { bins } = lstmCases.deep;
    const x = tf.tensor2d(referenceHistograms(4, bins).x, [4, bins]);
    const { encoder, decoder } = detector.networks;
    const layers = [...encoder!.layers, ...decoder!.layers];
    const stage = detector.stages[0]!;
    const theirs = stepGradients(() => {
      const y = layers.reduce((value: tf.Tensor, layer) => layer.apply(value) as tf.Tensor, x);
      return tf.mean(tf.square(tf.sub(y, x))) as tf.Scalar;
    }, stage.variables);
    const context = { training: true, seed: 1, step: 0 };
    const ours = stepGradients(() => stage.loss({ x, target: x, mask: x }, context), stage.variables);
    expect(ours.loss.dataSync()[0]! / theirs.loss.dataSync()[0]!).toBeCloseTo(1, 5);
    for (const [i, gradient] of theirs.gradients.entries()) {
      const values = [...gradient.dataSync()];
      near(ours.gradients[i]!.dataSync(), values, Math.max(...values.map(Math.abs)));
    }
    tf.dispose([x, theirs.loss, theirs.gradients, ours.loss, ours.gradients]);
    detector.dispose();
  });

  it('starts with orthonormal recurrent kernels and open forget gates', async () => {
    const detector = await referenceLstm('mse');
    const input = { kind: 'histograms', shape: [100], width: 100, features: [] } as const;
    const fresh = model.build(input, { ...model.presets['lstm-10-3']!.params, topBins: 10 }, 5);
    const weights = new Map((await fresh.weights()).map(({ name, values }) => [name, values]));
    const kernel = weights.get('encoder/lstm_1/recurrent_kernel')!;
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let k = 0; k < 40; k++) product += kernel[i * 40 + k]! * kernel[j * 40 + k]!;
        expect(product).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
    expect([...weights.get('encoder/lstm_2/bias')!]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    detector.dispose();
    fresh.dispose();
  });
});

describe.each(names)('case %s against PyTorch', (name) => {
  const { bins, rows, batch } = lstmCases[name];
  const wanted = reference[name];
  const data = referenceHistograms(rows, bins);

  it('gives its outputs to 1e-5, by our kernel and in plain JavaScript', async () => {
    for (const backend of ['wasm', 'cpu'] as const) {
      await startBackend(backend);
      const detector = await referenceLstm(name);
      const { latent, reconstruction } = await detector.forward(rowsOf(data, 0, 3));
      near(latent!, wanted.latent, 1);
      near(reconstruction!, wanted.y, 1);
      detector.dispose();
    }
    await startBackend('wasm');
  });

  it('has its loss and gradients to 1e-5 without a trainer', async () => {
    const detector = await referenceLstm(name);
    const stage = detector.stages[0]!;
    const x = tf.tensor2d(data.x, [rows, bins]);
    const context = { training: true, seed: 1, step: 0 };
    const { loss, gradients } = stepGradients(() => stage.loss({ x, target: x, mask: x }, context), stage.variables);
    expect(Math.abs(loss.dataSync()[0]! / wanted.loss - 1)).toBeLessThan(1e-5);
    for (const [i, gradient] of gradients.entries()) near(gradient.dataSync(), wanted.gradients[i]!, wanted.norms[i]!);
    tf.dispose([x, loss, gradients]);
    detector.dispose();
  });

  it('trains along the same losses without a trainer', async () => {
    const detector = await referenceLstm(name);
    const stage = detector.stages[0]!;
    const optimiser = createOptimiser(stage.optimiser, stage.variables);
    for (let step = 0; step < 10; step++) {
      const start = (step * batch) % (rows - batch + 1);
      const x = tf.tensor2d(data.x.slice(start * bins, (start + batch) * bins), [batch, bins]);
      const found = stepGradients(
        () => stage.loss({ x, target: x, mask: x }, { training: true, seed: 1, step }),
        stage.variables,
      );
      expect(Math.abs(found.loss.dataSync()[0]! / wanted.losses[step]! - 1)).toBeLessThan(1e-4);
      optimiser.step(found.gradients, 1e-3);
      tf.dispose([x, found.loss, found.gradients]);
    }
    optimiser.dispose();
    detector.dispose();
  });
});
