import type { Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../../numeric/random.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import patch from './wasm-conv2d-filter.ts';

type Shape = [number, number, number, number];
type Pad = 'same' | 'valid' | number;

function numbers(shape: Shape, index: number): Tensor4D {
  const cursor = new Cursor(1, 'noise', 2, index);
  return tf.tensor4d(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => cursor.normal()),
    shape,
  );
}

/** A weighted sum of the outputs of a convolution, as a function of the filter. */
function lossOf(x: Shape, strides: number | [number, number], pad: Pad) {
  return (w: Tensor4D) => {
    const y = tf.conv2d(numbers(x, 1), w, strides, pad, 'NHWC', [1, 1], typeof pad === 'number' ? 'floor' : undefined);
    return tf.sum(tf.mul(y, numbers(y.shape as Shape, 3)));
  };
}

function filterGradient(x: Shape, kernel: Shape, strides: number | [number, number], pad: Pad): number[] {
  const gradient = tf.tidy(() => tf.grad(lossOf(x, strides, pad) as never)(numbers(kernel, 2)));
  const values = Array.from(gradient.dataSync());
  gradient.dispose();
  return values;
}

let unpatched: unknown;

describe('the gradient of a convolution by its filter on wasm', () => {
  beforeAll(async () => {
    await startWasm();
    try {
      filterGradient([1, 3, 3, 1], [2, 2, 1, 1], 1, 'valid');
    } catch (error) {
      unpatched = error;
    }
    patch.apply(tf);
  });

  it('has no kernel without the patch', () => {
    expect(String(unpatched)).toContain("Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'");
  });

  it('is, for a filter of one number and a gradient of ones, the sum of the pixels', () => {
    const gradient = tf.tidy(() => {
      const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      return tf
        .grad(((w: Tensor4D) => tf.sum(tf.conv2d(x, w, 1, 'valid'))) as never)(tf.zeros([1, 1, 1, 1]))
        .dataSync();
    });
    expect(Array.from(gradient)).toEqual([10]);
  });

  it.each([
    [[2, 8, 8, 2], [3, 3, 2, 4], 1, 'same'],
    [[2, 8, 8, 2], [3, 3, 2, 4], 2, 'same'],
    [[3, 7, 9, 2], [3, 2, 2, 5], [2, 3], 'valid'],
    [[2, 6, 5, 3], [5, 4, 3, 2], 1, 'valid'],
    [[1, 6, 6, 1], [3, 3, 1, 2], 2, 1],
  ] as [Shape, Shape, number | [number, number], Pad][])(
    'for input %j, filter %j, stride %j, padding %j equals the CPU backend',
    async (x, kernel, strides, pad) => {
      const found = filterGradient(x, kernel, strides, pad);
      await tf.setBackend('cpu');
      const expected = filterGradient(x, kernel, strides, pad);
      await tf.setBackend('wasm');
      const largest = Math.max(...expected.map(Math.abs));
      for (const [i, value] of found.entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(2e-6 * largest);
    },
  );

  it('is the change of the loss with each number of the filter', () => {
    const [x, kernel, strides, pad] = [[2, 6, 5, 2], [3, 2, 2, 3], 2, 'same'] as [Shape, Shape, number, Pad];
    const gradient = filterGradient(x, kernel, strides, pad);
    const largest = Math.max(...gradient.map(Math.abs));
    const values = Array.from(numbers(kernel, 2).dataSync());
    const lossWith = (place: number, shift: number) =>
      tf.tidy(() => {
        const moved = values.map((value, k) => (k === place ? value + shift : value));
        return lossOf(x, strides, pad)(tf.tensor4d(moved, kernel)).dataSync()[0] as number;
      });
    // a convolution is linear in its filter, so a difference over a long way is exact but for rounding
    for (const [place, slope] of gradient.entries()) {
      const found = (lossWith(place, 1) - lossWith(place, -1)) / 2;
      expect(Math.abs(found - slope), `number ${place}`).toBeLessThan(1e-5 * largest);
    }
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    filterGradient([2, 8, 8, 2], [3, 3, 2, 4], 2, 'same');
    expect(tf.memory().numTensors).toBe(before);
  });
});
