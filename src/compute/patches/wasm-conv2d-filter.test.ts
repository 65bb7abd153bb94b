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

function filterGradient(x: Shape, kernel: Shape, strides: number | [number, number], pad: Pad): number[] {
  const gradient = tf.tidy(() => {
    const image = numbers(x, 1);
    const loss = (w: Tensor4D) => {
      const y = tf.conv2d(image, w, strides, pad, 'NHWC', [1, 1], typeof pad === 'number' ? 'floor' : undefined);
      return tf.sum(tf.mul(y, numbers(y.shape as Shape, 3)));
    };
    return tf.grad(loss as never)(numbers(kernel, 2));
  });
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

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    filterGradient([2, 8, 8, 2], [3, 3, 2, 4], 2, 'same');
    expect(tf.memory().numTensors).toBe(before);
  });
});
