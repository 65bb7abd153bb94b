import type { Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import { farthest } from '../testing/operations.ts';
import { hottestPixel, oddCopies, turnedAboutHottest, turnedCopies } from './augment/showers.ts';
import reference from './image-siamese.reference.json';
import model, { buildImagePair, imagePairLoss, imagePairs } from './image-siamese.ts';
import { readWeights, writeWeights } from './network.ts';
import { lossOfPairs, type PairLoss } from './pairs.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const SIDE = 32;
const SIZE = SIDE * SIDE;

/** The script's numbers from -1 to 1. */
const numbers = (count: number, key: number) =>
  Float32Array.from({ length: count }, (_, k) => ((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1);

const build = (preset: string, changes: Params = {}, signals: readonly string[] = []) =>
  model.build(
    {
      ...fixture('images', preset === 'siamese-detector' ? 4176 : preset === 'siamese-tiny' ? 64 : SIZE, 1).input,
      signals,
    },
    checkParams(model.params, { ...model.presets[preset]?.params, ...changes }, 'test'),
    1,
  );

describe('pair losses, by hand', () => {
  const at = (kind: PairLoss) =>
    tf.tidy(() => {
      const distance = tf.tensor2d([[0.5], [0.25]]);
      const logOdds = () => tf.zeros([2, 1]) as Tensor2D;
      return lossOfPairs(kind, distance, tf.tensor2d([[1], [0]]), 1, logOdds).dataSync()[0] as number;
    });
  it('guessing costs ln 2 or one half; the contrastive loss sees distances alone', () => {
    expect(at('bce')).toBeCloseTo(Math.LN2, 6);
    expect(at('mae')).toBeCloseTo(0.5, 6);
    expect(at('contrastive')).toBeCloseTo((0.25 + 0.5625) / 2, 6);
  });
});

describe('against PyTorch', () => {
  const rows = 6;
  const view = (key: number) => numbers(rows * SIZE, 300 + key).map((value) => Math.fround(value + 1));

  it.each(['bce', 'mae', 'contrastive'] as const)('has the same embeddings, loss and gradient with %s to 1e-5', async (kind) => {
    const { encoder, similarity } = buildImagePair([SIDE, SIDE], { filters: [4, 16], kernel: 5, embedding: 10 }, 1);
    const networks = { encoder: encoder.model, similarity: similarity.model };
    const drawn = (await readWeights(networks)).map((weight, key) => {
      const fan = weight.shape.slice(0, -1).reduce((product, n) => product * n, 1);
      const rules: Record<string, [number, number]> = {
        kernel: [Math.sqrt(3 / fan), 0],
        ...{ bias: [0.1, 0], gamma: [0.2, 1], beta: [0.1, 0], moving_mean: [0.1, 0], moving_variance: [0.5, 1] },
      };
      const [scale, offset] = rules[weight.name.split('/').at(-1) as string] as [number, number];
      return { ...weight, values: numbers(weight.values.length, key).map((value) => value * scale + offset) };
    });
    writeWeights(networks, drawn);
    const [own, same, other] = [view(0), view(1), view(2)];
    const lossOf = (training: boolean) =>
      imagePairLoss(encoder, similarity, () => ({ own, same, other }), { loss: kind, margin: 1 }, [SIDE, SIDE], training);
    const wanted = reference.losses[kind];
    tf.tidy(() => {
      const embedding = encoder.run(tf.tensor4d(own, [rows, SIDE, SIDE, 1]), false);
      expect(farthest(embedding.dataSync(), reference.embedding)).toBeLessThan(1e-5);
      expect(Math.abs((lossOf(false).dataSync()[0] as number) / wanted.validation - 1)).toBeLessThan(1e-5);
    });
    const kernel = encoder.trainable.find(({ shape }) => shape.length === 4) as tf.Variable;
    const { loss, gradients } = stepGradients(() => lossOf(true), [kernel]);
    expect(Math.abs((loss.dataSync()[0] as number) / wanted.training - 1)).toBeLessThan(1e-5);
    const largest = Math.max(...wanted.gradient.map(Math.abs));
    expect(farthest((gradients[0] as tf.Tensor).dataSync(), wanted.gradient)).toBeLessThan(1e-4 * Math.max(1, largest));
    tf.dispose([loss, gradients]);
    encoder.model.dispose();
    similarity.model.dispose();
  });
});

/** An L of three pixels whose corner is the hottest. */
const corner = () => {
  const image = new Float32Array(25);
  image[12] = 3;
  image[7] = 2;
  image[13] = 1;
  return image;
};
const lit = (image: Float32Array) => [...image.entries()].filter(([, value]) => value !== 0);

describe('copies of a shower', () => {
  it('are its eight symmetries about the hottest pixel, all different', () => {
    const all = Array.from({ length: 8 }, (_, symmetry) => turnedAboutHottest(corner(), [5, 5], symmetry));
    expect(all[0]).toEqual(corner());
    expect(new Set(all.map((image) => image.join())).size).toBe(8);
    for (const image of all) {
      expect(image[12]).toBe(3);
      expect(hottestPixel(image, 5)).toEqual([2, 2]);
      expect(image.reduce((sum, value) => sum + value, 0)).toBe(6);
    }
    // half a turn: what was above is below
    expect(lit(all[2] as Float32Array)).toEqual([
      [11, 1],
      [12, 3],
      [17, 2],
    ]);
  });
  it('lose what they turn out of the image, and leave quarter turns out where the image is no square', () => {
    const image = Float32Array.from([9, 1, 2, 0, 0, 0]);
    expect([...turnedAboutHottest(image, [2, 3], 2)]).toEqual([9, 0, 0, 0, 0, 0]);
    const copies = turnedCopies(new Float32Array(600).fill(0).fill(1, 0, 1), [2, 3], { seed: 1, step: 1 });
    expect(copies.length).toBe(600);
  });
  it('depend on seed, step and image alone', () => {
    const images = numbers(10 * 25, 4);
    const whole = turnedCopies(images, [5, 5], { seed: 3, step: 2 });
    expect([...turnedCopies(images.slice(0, 100), [5, 5], { seed: 3, step: 2 })]).toEqual([...whole.subarray(0, 100)]);
    expect([...turnedCopies(images, [5, 5], { seed: 3, step: 3 })]).not.toEqual([...whole]);
  });
});

describe('images that background does not give', () => {
  const count = 60;
  // every image is flat, each with a value of its own
  const flat = Float32Array.from({ length: count * 64 }, (_, at) => 1 + Math.floor(at / 64));
  const draw = { seed: 2, step: 5 };
  const only = (way: 'cutImages' | 'addImages' | 'smearImages') => ({
    ...{ cutImages: false, addImages: false, smearImages: false },
    [way]: true,
  });
  const imageOf = (made: Float32Array, i: number) => [...made.subarray(i * 64, (i + 1) * 64)];

  it('cut ones hold two images on the two sides of a line', () => {
    const made = oddCopies(flat, [8, 8], only('cutImages'), draw);
    for (let i = 0; i < count; i++) {
      const values = new Set(imageOf(made, i));
      expect(values.size).toBe(2);
      expect(values).toContain(i + 1);
    }
  });
  it('added ones are a mean of two, with 10 to 40 % of the other', () => {
    const made = oddCopies(flat, [8, 8], only('addImages'), draw);
    for (let i = 0; i < count; i++) {
      const [value] = imageOf(made, i) as [number];
      expect(new Set(imageOf(made, i)).size).toBe(1);
      expect(Math.abs(value - (i + 1))).toBeLessThan(0.4 * count);
      expect(value).not.toBe(i + 1);
    }
  });
  it('smeared ones keep their energy: a flat image stays as it is, one pixel becomes a line', () => {
    const made = oddCopies(flat, [8, 8], only('smearImages'), draw);
    expect(farthest(made, flat)).toBeLessThan(1e-4);
    const dot = new Float32Array(64);
    dot[27] = 1;
    const line = oddCopies(Float32Array.from([...dot, ...dot]), [8, 8], only('smearImages'), draw).subarray(0, 64);
    expect(line.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect([5, 7]).toContain(lit(line).length);
    expect(line[27]).toBeGreaterThan(0.4);
  });
});

describe('pairs', () => {
  const settings = {
    positives: 'class',
    copies: 'shower',
    noise: 0.1,
    negatives: 'signal',
    negativeClass: 0,
    cutImages: true,
    addImages: true,
    smearImages: true,
  } as const;
  // image i is filled with i
  const images = Float32Array.from({ length: 9 * 4 }, (_, at) => Math.floor(at / 4));
  const label = [0, 1, 0, 2, 0, 1, 0, 0, 2];
  const draw = { seed: 1, step: 3 };
  const ids = (values: Float32Array) => Array.from({ length: values.length / 4 }, (_, i) => values[4 * i] as number);

  it('with labels: anchors and partners are background and never the same image, the others are signal', () => {
    const { own, same, other } = imagePairs(images, label, [2, 2], settings, draw);
    expect(ids(own)).toEqual([0, 2, 4, 6, 7]);
    for (const [k, id] of ids(same).entries()) {
      expect([0, 2, 4, 6, 7]).toContain(id);
      expect(id).not.toBe(ids(own)[k]);
    }
    for (const id of ids(other)) expect(label[id]).toBeGreaterThan(0);
  });
  it('of one chosen class, or of none that is there', () => {
    const chosen = imagePairs(images, label, [2, 2], { ...settings, negativeClass: 2 }, draw);
    expect(new Set(ids(chosen.other))).toEqual(new Set(ids(chosen.other).filter((id) => label[id] === 2)));
    expect(imagePairs(images, new Array(9).fill(0), [2, 2], settings, draw).other.length).toBe(0);
  });
  it('without labels: the odd image is made of the copy, so that both are turned alike', () => {
    const showers = Float32Array.from([...corner(), ...corner()]);
    const made = { ...settings, positives: 'copies', negatives: 'made', cutImages: false, addImages: false } as const;
    const { same, other } = imagePairs(showers, undefined, [5, 5], made, draw);
    for (const i of [0, 1]) {
      const [copy, odd] = [same, other].map((view) => view.subarray(i * 25, (i + 1) * 25)) as [Float32Array, Float32Array];
      for (const [at, value] of lit(copy)) expect(odd[at]).toBeGreaterThan(0.3 * value);
    }
  });
});

describe('the detector', () => {
  it('has the counts of the source, and of 72 x 58 pixels', () => {
    const counts = (preset: string) => {
      const detector = build(preset);
      const { parameters, trainable } = detector;
      detector.dispose();
      return [parameters, trainable];
    };
    expect(counts('gsoc-siamese-labelled')).toEqual([7340, 6536]);
    // flat 15 x 11 x 16 = 2,640: 4 + 104 + 1,616 + 10,560 + 26,410 + 6
    expect(counts('siamese-detector')).toEqual([38_700, 33_416]);
  });
  it('sees labels only with labelled pairs, and names what it compares', () => {
    const labelled = build('gsoc-siamese-labelled', {}, ['electron']);
    expect(labelled.seesLabels).toBe(true);
    expect(labelled.stages[0]?.lossName).toContain('not the same: background and electron');
    const made = build('gsoc-siamese', { smearImages: false });
    expect(made.seesLabels).toBe(false);
    expect(made.stages[0]?.lossName).toContain('background and cut or added images');
    labelled.dispose();
    made.dispose();
  });
  it('teaches with a batch without background or without signal, finitely', () => {
    const detector = build('gsoc-siamese-labelled', { filters: [2], kernel: 3 });
    const stage = detector.stages[0] as (typeof detector.stages)[number];
    const raw = numbers(3 * SIZE, 1);
    tf.tidy(() => {
      const x = tf.tensor2d(raw, [3, SIZE]);
      for (const labels of [
        [1, 1, 1],
        [0, 0, 0],
        [0, 1, 1],
      ]) {
        const batch = { x, target: x, mask: tf.onesLike(x), label: tf.tensor2d(labels, [3, 1]), raw: () => raw };
        const { loss, gradients } = stepGradients(
          () => stage.loss(batch, { training: true, seed: 1, step: 0 }),
          stage.variables.slice(0, 2),
        );
        expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
        for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
      }
    });
    detector.dispose();
  });
  it('refuses convolutions that leave nothing, no way to make images, and a class that is not there', () => {
    expect(() => build('siamese-tiny', { kernel: 9 })).toThrow(/leave a pixel at least.*1 of side 9 on 8 x 8 pixels/);
    expect(() => build('gsoc-siamese', { cutImages: false, addImages: false, smearImages: false })).toThrow('switched on');
    expect(() => build('gsoc-siamese-labelled', { negativeClass: 3 }, ['electron'])).toThrow('0 for any signal, or 1 to 1');
  });
});
