import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import type { Stage } from './contract.ts';
import reference from './image-variational-autoencoder.reference.json';
import model from './image-variational-autoencoder.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const build = (width: number, preset: string, changes: Params = {}) =>
  model.build(
    fixture('images', width, 1).input,
    checkParams(model.params, { ...model.presets[preset]?.params, ...changes }, 'test'),
    1,
  );

/** The script's numbers for a weight of this name. */
function drawn(name: string, count: number, scale: number): Float32Array {
  const key = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  return Float32Array.from({ length: count }, (_, k) => (((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1) * scale);
}

const close = (found: ArrayLike<number>, wanted: readonly number[], tolerance: number) => {
  expect(found.length).toBe(wanted.length);
  const largest = Math.max(...wanted.map(Math.abs));
  for (const [i, value] of wanted.entries())
    expect(Math.abs((found[i] as number) - value), `number ${i}`).toBeLessThan(tolerance * largest);
};

describe('against PyTorch', () => {
  const rows = 3;
  const images = Float32Array.from({ length: rows * 1024 }, (_, at) => {
    const [i, r, c] = [Math.floor(at / 1024), Math.floor((at % 1024) / 32), at % 32];
    return ((r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47) / 47;
  });

  it('has the same Gaussians, logits and loss to 1e-5, and gradients', async () => {
    const detector = build(1024, 'cvae-32x32');
    detector.setWeights(
      (await detector.weights()).map((weight) => {
        // a transposed kernel is [3, 3, out, in] and its scale goes by out
        const fan = weight.name.includes('conv_transpose')
          ? 9 * (weight.shape[2] as number)
          : weight.shape.slice(0, -1).reduce((product, n) => product * n, 1);
        const scale = weight.name.endsWith('kernel') ? Math.sqrt(3 / fan) : 0.1;
        return { ...weight, values: drawn(weight.name, weight.values.length, scale) };
      }),
    );
    const { width } = fixture('images', 1024, 1).input;
    const batch = { ...fixture('images', 1024, 1).batch(images, { input: 'raw', target: 'raw' }), width };
    const outputs = await detector.forward(batch);
    close(outputs.latentMean ?? [], reference.mean, 1e-5);
    close(outputs.latentLogVar ?? [], reference.logVar, 1e-5);
    close(
      Array.from(outputs.pixelLogits ?? []).filter((_, i) => i % 31 === 0),
      reference.logits,
      1e-5,
    );
    const stage = detector.stages[0] as Stage;
    tf.tidy(() => {
      const x = tf.tensor2d(images, [rows, 1024]);
      const { loss, gradients } = stepGradients(
        () => stage.loss({ x, target: x, mask: tf.onesLike(x) }, { training: false, seed: 1, step: 0 }),
        stage.variables,
      );
      expect(Math.abs((loss.dataSync()[0] as number) / reference.loss - 1)).toBeLessThan(1e-5);
      const norms = gradients.map((gradient) => tf.norm(gradient).dataSync()[0] as number);
      close(norms, Object.values(reference.gradients), 1e-4);
    });
    detector.dispose();
  });
});

describe('the image variational autoencoder', () => {
  it('weighs the divergence with β and takes pixels outside 0 and 1 for 0 and 1', () => {
    const at = (changes: Params, pixels: number[]) => {
      const detector = build(64, 'cvae-tiny', changes);
      const x = tf.tensor2d(pixels, [1, 64]);
      const stage = detector.stages[0] as Stage;
      const target = tf.tensor2d(pixels, [1, 64]);
      const loss = tf.tidy(
        () =>
          stage.loss({ x: tf.zerosLike(x), target, mask: tf.onesLike(x) }, { training: false, seed: 1, step: 0 }).dataSync()[0],
      );
      tf.dispose([x, target]);
      detector.dispose();
      return loss as number;
    };
    const outside = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 3 : -2));
    const inside = outside.map((value) => (value > 0 ? 1 : 0));
    expect(at({ loss: 'bce', beta: 0 }, outside)).toBeCloseTo(at({ loss: 'bce', beta: 0 }, inside), 4);
    // no input, no bias: the Gaussians are the unit ones, the image is 0, and the squared error is that of the pixels
    expect(at({ loss: 'sse', beta: 7 }, outside)).toBeCloseTo(32 * 9 + 32 * 4, 3);
  });

  it('cuts images whose sides four does not divide to their size, and keeps as many components as there are', async () => {
    const input = { ...fixture('images', 64, 1).input, shape: [10, 7, 1], width: 70 };
    const params = checkParams(model.params, { ...model.presets['cvae-tiny']?.params, latent: 2 }, 'test');
    const detector = model.build(input, params, 1);
    expect(detector.layers.at(-1)?.shape).toEqual([70]);
    expect(detector.outputs).toContain('component2');
    expect(detector.outputs).not.toContain('component3');
    expect(detector.outputs).not.toContain('pixelLogits');
    detector.dispose();
  });
});
