import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import { drawnWeights, referenceMasks } from '../testing/networks.ts';
import { farthest } from '../testing/operations.ts';
import { turnImages, turnsOf } from './augment/images.ts';
import { circularRows } from './circular.ts';
import reference from './codae.reference.json';
import codae from './codae.ts';
import { conditionerOf, encoderOf, publishedSizes } from './codae-networks.ts';
import { buildImageNetwork } from './image-network.ts';
import { WrapPadding } from './layers/wrap-padding.ts';
import { summedCrossEntropy } from './losses.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('flips and turns', () => {
  const counts = turnsOf(6000, 72, 1, 0);
  it('are six outcomes of one chance in six, by 8 to 56 of 72 rows', () => {
    const outcomes = new Map<string, number>();
    for (const { mirrored, down } of counts) {
      const key = `${mirrored} ${Math.sign(down)}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
    expect(outcomes.size).toBe(6);
    for (const count of outcomes.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
    const sizes = new Set(counts.map(({ down }) => Math.abs(down)));
    expect([...sizes].sort((a, b) => a - b)).toEqual([0, 8, 16, 24, 32, 40, 48, 56]);
  });
  it('depend on seed, step and image alone', () => {
    expect(turnsOf(10, 72, 1, 0)).toEqual(counts.slice(0, 10));
    expect(turnsOf(10, 72, 1, 1)).not.toEqual(counts.slice(0, 10));
  });
  it('move every pixel where they say', () => {
    const [rows, height, width] = [24, 9, 2];
    const values = Float32Array.from({ length: rows * height * width }, (_, i) => i);
    const turned = tf.tidy(() =>
      turnImages(tf.tensor2d(values, [rows, height * width]), [height, width, 1], { seed: 3, step: 5 })
        .dataSync()
        .slice(),
    );
    for (const [i, { mirrored, down }] of turnsOf(rows, height, 3, 5).entries()) {
      for (let r = 0; r < height; r++)
        for (let c = 0; c < width; c++) {
          const from = (((r - down) % height) + height) % height;
          const column = mirrored ? width - 1 - c : c;
          expect(turned[(i * height + r) * width + c]).toBe(values[(i * height + from) * width + column]);
        }
    }
  });
});

describe('rows that close to a circle', () => {
  it('take a, b, c to c, a, b, c, a', () => {
    const layer = new WrapPadding({ rows: [1, 1], columns: [0, 1], fill: -9 });
    const out = tf.tidy(() => [...(layer.apply(tf.tensor4d([1, 2, 3], [1, 3, 1, 1])) as tf.Tensor).dataSync()]);
    expect(out).toEqual([3, -9, 1, -9, 2, -9, 3, -9, 1, -9]);
  });
  it('make f_R follow a turn by a whole cell of its code, which zeros do not', () => {
    const sizes = { widths: [4, 8], code: 2, groups: 2, conditionerGroups: 2 };
    const moved = (specs: ReturnType<typeof encoderOf>) => {
      const network = buildImageNetwork([16, 8, 1], specs, { seed: 2, ordinal: 0, inputIsData: true });
      const difference = tf.tidy(() => {
        const x = tf.cast(tf.greater(tf.randomUniform([2, 16, 8, 1], 0, 1, 'float32', 4), 0.8), 'float32');
        const turn = (image: tf.Tensor, by: number) => {
          const height = image.shape[1] as number;
          return tf.concat([tf.slice(image, [0, height - by], [-1, by]), tf.slice(image, [0, 0], [-1, height - by])], 1);
        };
        const there = network.run(turn(x, 4), false);
        return farthest(there.dataSync(), turn(network.run(x, false), 1).dataSync());
      });
      network.model.dispose();
      return difference;
    };
    expect(moved(circularRows(encoderOf(sizes), [16, 8]))).toBeLessThan(1e-4);
    expect(moved(encoderOf(sizes))).toBeGreaterThan(1e-2);
  });
  it('change neither shapes nor the number of weights, pools included', () => {
    const specs = circularRows(conditionerOf(publishedSizes), [72, 58]);
    const network = buildImageNetwork([72, 58, 1], specs, { seed: 1, ordinal: 0, inputIsData: true });
    expect(network.outputShape).toEqual([2]);
    expect(network.model.countParams()).toBe(270_594);
    network.model.dispose();
  });
});

describe('summed cross-entropy', () => {
  it('of logits 0 is D ln 2, with gradient (p - x) / n, and is finite where a probability would be 0', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1, 0, 0]]);
      const at = (z: tf.Tensor2D) => summedCrossEntropy(z, x);
      expect(at(tf.zeros([1, 3])).dataSync()[0]).toBeCloseTo(3 * Math.LN2, 5);
      expect([
        ...tf
          .grad((z) => at(z as tf.Tensor2D))(tf.zeros([1, 3]))
          .dataSync(),
      ]).toEqual([-0.5, 0.5, 0.5]);
      expect(at(tf.tensor2d([[-200, 200, 0]])).dataSync()[0]).toBeCloseTo(400 + Math.LN2, 3);
    });
  });
});

describe('CoDAE', () => {
  const { input } = fixture('images', 64, 1);
  const build = (changes: Params) =>
    codae.build(input, checkParams(codae.params, { ...codae.presets['codae-tiny']?.params, ...changes }, 'test'), 1);
  it('has the published number of weights in each of its networks', () => {
    const full = codae.build(
      fixture('images', 4176, 1).input,
      checkParams(codae.params, { ...codae.presets.codae?.params }, 'test'),
      1,
    );
    const parts = Object.values(full.networks).map((network) => network.countParams());
    expect(parts).toEqual([612_032, 270_594, 763_841]);
    full.dispose();
  });
  it('refuses several channels and groups that do not divide the filters', () => {
    expect(() => codae.build({ ...input, shape: [8, 8, 2], width: 128 }, checkParams(codae.params, {}, 'test'), 1)).toThrow(
      'images of one channel',
    );
    expect(() => build({ groups: 3 })).toThrow('a divisor of all filters');
  });
  it('has as many weights with circular rows, and other outputs', async () => {
    const [zeros, circular] = [build({}), build({ phiPadding: 'circular' })];
    expect(circular.parameters).toBe(zeros.parameters);
    const data = fixture('images', 64, 3);
    const batch = data.batch(data.background, zeros.scaling);
    const outputs = await Promise.all([zeros.forward(batch), circular.forward(batch)]);
    expect(outputs[0]?.code).not.toEqual(outputs[1]?.code);
    expect([...(outputs[0]?.component2 ?? [])]).toEqual([1, 3, 5].map((i) => outputs[0]?.latent?.[i]));
    zeros.dispose();
    circular.dispose();
  });
});

describe('the published networks against PyTorch', () => {
  const masks = referenceMasks(2);

  it('give the same code, Z_m, logits, loss and gradients', async () => {
    const data = fixture('images', 4176, 1);
    const params = checkParams(codae.params, { ...codae.presets.codae?.params }, 'test');
    const detector = codae.build(data.input, params, 1);
    const weights = (await detector.weights()).map(drawnWeights);
    detector.setWeights(weights);
    const outputs = await detector.forward(data.batch(masks, detector.scaling));
    // the script computes in double precision; two dozen norms and more convolutions magnify the last digit of single precision, and
    // PyTorch's own single precision is up to 1.01e-5 away
    const close = (found: ArrayLike<number>, wanted: readonly number[]) => expect(farthest(found, wanted)).toBeLessThan(1e-5);
    const every = (values: ArrayLike<number> | undefined, n: number) => Array.from(values ?? []).filter((_, i) => i % n === 0);
    close(Array.from(outputs.latent ?? []), reference.latent);
    close(every(outputs.code, 37), reference.code);
    close(every(outputs.pixelLogits, 101), reference.logits);
    const stage = detector.stages[0] as (typeof detector.stages)[number];
    tf.tidy(() => {
      const x = tf.tensor2d(masks, [2, 4176]);
      const { loss, gradients } = stepGradients(
        () => stage.loss({ x, target: x, mask: tf.onesLike(x) }, { training: false, seed: 1, step: 0 }),
        stage.variables,
      );
      expect(Math.abs((loss.dataSync()[0] as number) / reference.loss - 1)).toBeLessThan(1e-5);
      const wanted = reference.gradients as Readonly<Record<string, number>>;
      for (const [i, { name }] of weights.entries()) {
        const norm = tf.norm(gradients[i] as tf.Tensor).dataSync()[0] as number;
        // most are much closer than the farthest. A bias before a norm has a gradient of rounding only.
        const allowed = 2 * reference.single.gradients * Math.max(50, wanted[name] as number);
        expect(Math.abs(norm - (wanted[name] as number)), name).toBeLessThan(allowed);
      }
    });
    detector.dispose();
  });
});
