import type { Tensor3D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import { farthest } from '../testing/operations.ts';
import reference from './compact-convolutional-transformer.reference.json';
import model from './compact-convolutional-transformer.ts';
import { tokeniserOf } from './compact-transformer-network.ts';
import type { Stage } from './contract.ts';
import { buildImageNetwork } from './image-network.ts';
import { TransformerBlock } from './layers/transformer-block.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const signals = ['SUEP 125 GeV', 'SUEP 200 GeV', 'SVJ 2.1 TeV'];
const build = (preset: string, changes: Params = {}) =>
  model.build(
    { ...fixture('images', preset === 'cct-tiny' ? 64 : 4176, 1).input, signals },
    checkParams(model.params, { ...model.presets[preset]?.params, ...changes }, 'test'),
    1,
  );

/** The script's numbers for a weight of this name. */
function drawn(name: string, count: number, scale: number, offset: number): Float32Array {
  const key = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  return Float32Array.from(
    { length: count },
    (_, k) => (((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1) * scale + offset,
  );
}

describe('against PyTorch', () => {
  it('the published network has the same logits, loss and lengths of gradients', async () => {
    const detector = build('cct', { scaling: 'raw' });
    expect(detector.parameters).toBe(reference.parameters);
    detector.setWeights(
      (await detector.weights()).map((weight) => {
        const part = weight.name.split('/').at(-1) as string;
        const fan = weight.shape.slice(0, -1).reduce((product, n) => product * n, 1);
        const isScale = part.endsWith('_scale') || part === 'gamma';
        const scale = part === 'embedding' ? 0.05 : isScale ? 0.2 : part.endsWith('kernel') ? Math.sqrt(3 / fan) : 0.1;
        return { ...weight, values: drawn(weight.name, weight.values.length, scale, isScale ? 1 : 0) };
      }),
    );
    const pixels = Float32Array.from({ length: 2 * 4176 }, (_, at) => {
      const [i, r, c] = [Math.floor(at / 4176), Math.floor((at % 4176) / 58), at % 58];
      return ((r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47) / 47;
    });
    const source = fixture('images', 4176, 1);
    const { logits } = await detector.forward(source.batch(pixels, detector.scaling));
    expect(farthest(logits as Float32Array, reference.logits)).toBeLessThan(1e-5);
    const names = (await detector.weights()).map(({ name }) => name);
    const stage = detector.stages[0] as Stage;
    tf.tidy(() => {
      const x = tf.tensor2d(pixels, [2, 4176]);
      const batch = { x, target: x, mask: tf.onesLike(x), label: tf.tensor2d([[0], [3]]) };
      const { loss, gradients } = stepGradients(() => stage.loss(batch, { training: false, seed: 1, step: 0 }), stage.variables);
      expect(Math.abs((loss.dataSync()[0] as number) / reference.loss - 1)).toBeLessThan(1e-5);
      const wanted = reference.gradients as Readonly<Record<string, number>>;
      const largest = Math.max(...Object.values(wanted));
      for (const [i, name] of names.entries()) {
        const found = tf.norm(gradients[i] as tf.Tensor).dataSync()[0] as number;
        expect(Math.abs(found - (wanted[name] as number)), name).toBeLessThan(1e-4 * largest);
      }
    });
    detector.dispose();
  });
});

describe('the compact convolutional transformer', () => {
  it('makes 270 tokens of 128 of 72 x 58 pixels, and as many with circular rows', () => {
    for (const circular of [false, true]) {
      const specs = tokeniserOf({ filters: [64, 128], circular }, [72, 58]);
      const network = buildImageNetwork([72, 58, 1], specs, { seed: 1, ordinal: 0, inputIsData: true });
      expect(network.outputShape).toEqual([18, 15, 128]);
      expect(network.model.countParams()).toBe(576 + 73_728);
      network.model.dispose();
    }
  });

  it('has 78,612 parameters where it is narrow', () => {
    const narrow = build('cct-narrow');
    expect(narrow.parameters).toBe(78_612);
    narrow.dispose();
  });

  it('with circular rows follows a turn by a whole token, which zeros do not', () => {
    const moved = (circular: boolean) => {
      const specs = tokeniserOf({ filters: [3, 4], circular }, [16, 8]);
      const network = buildImageNetwork([16, 8, 1], specs, { seed: 2, ordinal: 0, inputIsData: true });
      const difference = tf.tidy(() => {
        const x = tf.randomNormal([2, 16, 8, 1], 0, 1, 'float32', 4);
        const turn = (image: tf.Tensor, by: number) => {
          const height = image.shape[1] as number;
          return tf.concat([tf.slice(image, [0, height - by], [-1, by]), tf.slice(image, [0, 0], [-1, height - by])], 1);
        };
        return farthest(network.run(turn(x, 4), false).dataSync(), turn(network.run(x, false), 1).dataSync());
      });
      network.model.dispose();
      return difference;
    };
    expect(moved(true)).toBeLessThan(1e-5);
    expect(moved(false)).toBeGreaterThan(1e-2);
  });

  it('tells background, SUEP and SVJ apart, or any signal, and has a draw of its own at every step', () => {
    const kinds = build('cct-tiny');
    expect(kinds.layers.at(-1)?.shape).toEqual([3]);
    expect(kinds.stages[0]?.lossName).toContain('background, SUEP, SVJ');
    kinds.dispose();
    const any = build('cct-tiny', { classes: 'any', dropout: 0.5, attentionDropout: 0.5, blocks: 2, survival: 0.5 });
    expect(any.layers.at(-1)?.shape).toEqual([2]);
    const x = tf.randomNormal([6, 64], 0, 1, 'float32', 4) as tf.Tensor2D;
    const label = tf.tensor2d([[0], [1], [2], [0], [3], [0]]);
    const lossAt = (step: number, training = true) =>
      tf.tidy(() => {
        const batch = { x, target: x, mask: x, label };
        return any.stages[0]?.loss(batch, { training, seed: 1, step }).dataSync()[0] as number;
      });
    expect(lossAt(1)).toBe(lossAt(1));
    expect(lossAt(2)).not.toBe(lossAt(1));
    expect(lossAt(2, false)).toBe(lossAt(1, false));
    tf.dispose([x, label]);
    any.dispose();
  });
});

describe('depth of a block by chance', () => {
  const block = (survival: number) =>
    new TransformerBlock({
      ...{ heads: 1, headWidth: 3, feedForward: 5, activation: 'gelu', activatedTwice: true, norm: 'pre', epsilon: 1e-5 },
      ...{ dropout: 0, attentionDropout: 0, survival },
    });
  it('leaves both parts of a quarter of the events out and counts the others more, the same for a seed and a step', () => {
    const layer = block(0.5);
    layer.build([null, 4, 6]);
    tf.tidy(() => {
      layer.setWeights(layer.weights.map((weight, i) => tf.randomNormal(weight.shape as number[], 0, 0.3, 'float32', i + 1)));
      const x = tf.randomNormal([300, 4, 6], 0, 1, 'float32', 9) as Tensor3D;
      const whole = tf.sub(layer.call(x), x);
      const part = (step: number) => tf.sub(layer.call(x, { draw: { of: { seed: 1, step }, place: 0 } }), x);
      const [first, again] = [part(1), part(1)];
      expect([...first.dataSync()]).toEqual([...again.dataSync()]);
      // neither part works for a quarter of the events
      const sizes = tf.sum(tf.abs(first), [1, 2]).dataSync();
      const untouched = sizes.filter((size) => size === 0).length / 300;
      expect(Math.abs(untouched - 0.25)).toBeLessThan(0.08);
      // both parts work for another quarter; the first one then counts twice, and the mean over all is near that of the whole
      const mean = (t: tf.Tensor) => tf.mean(tf.abs(t)).dataSync()[0] as number;
      expect(mean(first) / mean(whole)).toBeGreaterThan(0.8);
      expect(mean(first) / mean(whole)).toBeLessThan(1.4);
    });
  });
});
