import type { Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import { farthest } from '../testing/operations.ts';
import type { Stage } from './contract.ts';
import reference from './image-classifier.reference.json';
import model from './image-classifier.ts';
import { crossEntropyWords, smoothedCrossEntropy, targetsOf } from './supervised.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

/** The script's numbers from -1 to 1. */
const numbers = (count: number, key: number) =>
  Float32Array.from({ length: count }, (_, k) => ((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1);

const build = (preset: string, changes: Params = {}, signals: readonly string[] = [], shape?: readonly number[]) => {
  const { input } = fixture('images', preset === 'plain-16-16' ? 64 : 1024, 1);
  const own = shape ? { shape, width: shape.reduce((product, n) => product * n, 1) } : {};
  return model.build(
    { ...input, ...own, signals },
    checkParams(model.params, { ...model.presets[preset]?.params, ...changes }, 'test'),
    1,
  );
};

describe('classes and their cross-entropy', () => {
  const signals = ['SUEP 125 GeV', 'SUEP 200 GeV', 'SVJ 2.1 TeV'];
  it('are any signal, kinds of signal by their first word, or each signal', () => {
    expect(targetsOf({ signals }, 'any')).toEqual({ names: ['background', 'signal'], classOf: [0, 1, 1, 1] });
    expect(targetsOf({ signals }, 'kind')).toEqual({ names: ['background', 'SUEP', 'SVJ'], classOf: [0, 1, 1, 2] });
    expect(targetsOf({ signals }, 'each')).toEqual({ names: ['background', ...signals], classOf: [0, 1, 2, 3] });
    expect(targetsOf({}, 'each').names).toEqual(['background', 'signal']);
    expect(crossEntropyWords(targetsOf({ signals }, 'kind'))).toContain('ln 3 = 1.099');
  });
  it('guessing costs ln K; the gradient is (p - q) / n with q smoothed', () => {
    const targets = targetsOf({ signals }, 'kind');
    tf.tidy(() => {
      const label = tf.tensor2d([[0], [3]]);
      const loss = (z: Tensor2D, smoothing: number) => smoothedCrossEntropy(z, label, targets, smoothing);
      const zeros = tf.zeros([2, 3]) as Tensor2D;
      expect(loss(zeros, 0.1).dataSync()[0]).toBeCloseTo(Math.log(3), 6);
      const gradient = tf.grad((z) => loss(z as Tensor2D, 0.3))(zeros);
      // p = 1/3; q = 0.8 for the class and 0.1 for the others
      const [own, other] = [(1 / 3 - 0.8) / 2, (1 / 3 - 0.1) / 2];
      expect(farthest(gradient.dataSync(), [own, other, other, other, other, own])).toBeLessThan(1e-6);
      const huge = tf.tensor2d([
        [1000, 0, 0],
        [0, 0, 1000],
      ]);
      expect(loss(huge, 0).dataSync()[0]).toBeCloseTo(0, 6);
    });
  });
});

describe('against PyTorch', () => {
  it('has the same logits, losses and lengths of gradients', async () => {
    const detector = build('separable-cnn', { scaling: 'raw' });
    detector.setWeights(
      (await detector.weights()).map((weight, key) => {
        const fan = weight.shape.slice(0, -1).reduce((product, n) => product * n, 1);
        const rules: Record<string, [number, number]> = {
          kernel: [Math.sqrt(3 / fan), 0],
          ...{ bias: [0.1, 0], gamma: [0.2, 1], beta: [0.1, 0], moving_mean: [0.1, 0], moving_variance: [0.5, 1] },
        };
        const [scale, offset] = rules[weight.name.split('/').at(-1) as string] as [number, number];
        return { ...weight, values: numbers(weight.values.length, key).map((value) => value * scale + offset) };
      }),
    );
    expect(detector.parameters).toBe(reference.parameters);
    const pixels = numbers(4 * 1024, 300).map((value) => value + 1);
    const source = fixture('images', 1024, 1);
    const { logits } = await detector.forward(source.batch(pixels, detector.scaling));
    expect(farthest(logits as Float32Array, reference.logits)).toBeLessThan(1e-5);
    const stage = detector.stages[0] as Stage;
    tf.tidy(() => {
      const x = tf.tensor2d(pixels, [4, 1024]);
      const batch = { x, target: x, mask: tf.onesLike(x), label: tf.tensor2d([[0], [1], [1], [0]]) };
      const lossOf = (training: boolean) => stage.loss(batch, { training, seed: 1, step: 0 });
      expect(Math.abs((lossOf(false).dataSync()[0] as number) / reference.loss - 1)).toBeLessThan(1e-5);
      const { loss, gradients } = stepGradients(() => lossOf(true), stage.variables);
      expect(Math.abs((loss.dataSync()[0] as number) / reference.trainingLoss - 1)).toBeLessThan(1e-5);
      const norms = gradients.map((gradient) => tf.norm(gradient).dataSync()[0] as number);
      const largest = Math.max(...reference.gradients);
      expect(norms.length).toBe(reference.gradients.length);
      expect(farthest(norms, reference.gradients)).toBeLessThan(1e-4 * largest);
    });
    detector.dispose();
  });
});

describe('the image classifier', () => {
  it('has the published counts for two and three classes', () => {
    const counts = (preset: string, signals: readonly string[]) => {
      const detector = build(preset, { classes: 'each' }, signals);
      const { parameters, trainable } = detector;
      detector.dispose();
      return [parameters, trainable];
    };
    expect(counts('separable-cnn', ['SUEP'])).toEqual([35_170, 34_722]);
    expect(counts('separable-cnn', ['SUEP', 'SVJ'])).toEqual([35_299, 34_851]);
  });
  it('sees the middle 8 x 8 and nothing else', async () => {
    const detector = build('tiny-8x8', { scaling: 'raw' });
    const source = fixture('images', 1024, 1);
    const at = async (changed: readonly number[]) => {
      const image = new Float32Array(1024).fill(0.5);
      for (const i of changed) image[i] = 7;
      const { logits } = await detector.forward(source.batch(image, detector.scaling));
      return [...(logits as Float32Array)];
    };
    const plain = await at([]);
    expect(await at([11 * 32 + 15, 20 * 32 + 15, 15 * 32 + 11, 15 * 32 + 20])).toEqual(plain);
    expect(await at([12 * 32 + 12])).not.toEqual(plain);
    detector.dispose();
  });
  it('with circular rows has as many weights and does not mind a turn by whole cells', async () => {
    const shape = [16, 8, 1];
    const turned = async (phiPadding: string) => {
      const detector = build('separable-cnn', { filters: [4, 6], scaling: 'raw', phiPadding }, [], shape);
      const image = numbers(128, 9);
      const moved = Float32Array.from(image, (_, i) => image[(i + 4 * 8) % 128] as number);
      const source = { ...fixture('images', 64, 1), rows: 1 };
      const batch = { ...source.batch(image, { input: 'raw', target: 'raw' }), rows: 1, width: 128, shape };
      const outputs = await Promise.all([image, moved].map((x) => detector.forward({ ...batch, x })));
      const { parameters } = detector;
      detector.dispose();
      const [first, second] = outputs.map(({ logits }) => logits as Float32Array);
      return { parameters, difference: farthest(first as Float32Array, second as Float32Array) };
    };
    const [zeros, circular] = [await turned('zeros'), await turned('circular')];
    expect(circular.parameters).toBe(zeros.parameters);
    expect(circular.difference).toBeLessThan(1e-5);
    expect(zeros.difference).toBeGreaterThan(1e-3);
  });
});
