import type { Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { permutation } from '../../numeric/random.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import patch from './wasm-max-pool-grad.ts';

type Pad = 'same' | 'valid';

/** The weighted sum of the maxima. */
function lossOf(filter: number, strides: number, pad: Pad) {
  return (t: Tensor4D) => {
    const y = tf.maxPool(t, filter, strides, pad);
    return tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
  };
}

/** Its gradient; `x` has no equal numbers, because backends differ in what they do with those. */
function gradient(x: number[], shape: [number, number, number, number], filter: number, strides: number, pad: Pad): number[] {
  const result = tf.tidy(() => tf.grad(lossOf(filter, strides, pad) as never)(tf.tensor4d(x, shape)));
  const values = Array.from(result.dataSync());
  result.dispose();
  return values;
}

/** -16 .. -1 as [1, 4, 4, 1]: the maximum of every 2 x 2 window is its lower right corner. */
const negative = Array.from({ length: 16 }, (_, i) => i - 16);
const corners = (values: [number, number, number, number]) =>
  Array.from({ length: 16 }, (_, i) => values[[5, 7, 13, 15].indexOf(i)] ?? 0);

let unpatched: number[];

describe('the gradient of max pooling on wasm', () => {
  beforeAll(async () => {
    await startWasm();
    unpatched = gradient(negative, [1, 4, 4, 1], 2, 2, 'valid');
    patch.apply(tf);
  });

  it('is lost for negative numbers without the patch', () => {
    expect(unpatched).not.toEqual(corners([1, 2, 3, 4]));
    expect(unpatched.slice(1)).toEqual(new Array(15).fill(0));
  });

  it('goes to the maximum of each window with the patch', () => {
    expect(gradient(negative, [1, 4, 4, 1], 2, 2, 'valid')).toEqual(corners([1, 2, 3, 4]));
  });

  it.each([
    [2, 2, 'valid'],
    [3, 2, 'same'],
    [3, 1, 'valid'],
    [1, 1, 'same'],
    [2, 3, 'same'],
  ] as [number, number, Pad][])(
    'with windows of %s, stride %s, padding %s equals the CPU backend',
    async (filter, strides, pad) => {
      const shape: [number, number, number, number] = [2, 5, 6, 3];
      const x = Array.from(permutation(2 * 5 * 6 * 3, 1, 'noise'), (v) => v - 90);
      const found = gradient(x, shape, filter, strides, pad);
      await tf.setBackend('cpu');
      const expected = gradient(x, shape, filter, strides, pad);
      await tf.setBackend('wasm');
      expect(found).toEqual(expected);
    },
  );

  it('is the change of the loss with each number, over ways that leave the maxima where they are', () => {
    const shape: [number, number, number, number] = [1, 4, 5, 2];
    const x = Array.from(permutation(40, 1, 'noise'), (v) => v - 30);
    const lossWith = (place: number, shift: number) =>
      tf.tidy(() => {
        const moved = x.map((value, k) => (k === place ? value + shift : value));
        return lossOf(3, 2, 'same')(tf.tensor4d(moved, shape)).dataSync()[0] as number;
      });
    const slopes = x.map((_, place) => (lossWith(place, 0.25) - lossWith(place, -0.25)) / 0.5);
    expect(gradient(x, shape, 3, 2, 'same')).toEqual(slopes);
  });

  it('tells numbers apart that differ in their last bit only', () => {
    expect(gradient([-1e6, 1, 1 + 2 ** -23, 0], [1, 2, 2, 1], 2, 2, 'valid')).toEqual([0, 0, 1, 0]);
  });
});
