import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import patch from './wasm-segment-sum.ts';

/** Rows 2, 0, 2 of a [3, 2] matrix, weighted 1 .. 6: row 2 is used twice, row 1 never. */
function gatherGradient(): number[] {
  const gradient = tf.tidy(() => {
    const weights = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const loss = (x: Tensor) => tf.sum(tf.mul(tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')), weights));
    return tf.grad(loss)(tf.zeros([3, 2]));
  });
  const values = Array.from(gradient.dataSync());
  gradient.dispose();
  return values;
}

let unpatched: unknown;

describe('the gradient of gather on wasm', () => {
  beforeAll(async () => {
    await startWasm();
    try {
      gatherGradient();
    } catch (error) {
      unpatched = error;
    }
    patch.apply(tf);
  });

  it('has no kernel without the patch', () => {
    expect(String(unpatched)).toContain("Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'");
  });

  it('adds what arrives at each row, with the patch', () => {
    expect(gatherGradient()).toEqual([3, 4, 0, 0, 6, 8]);
  });

  it('equals the CPU backend for whole numbers, deeper rows and ids out of range', async () => {
    const sums = () =>
      tf.tidy(() => {
        const x = tf.reshape(tf.range(0, 24, 1, 'int32'), [4, 3, 2]);
        return tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 5], 'int32'), 3).arraySync();
      });
    const found = sums();
    await tf.setBackend('cpu');
    const expected = sums();
    await tf.setBackend('wasm');
    expect(found).toEqual(expected);
  });
});
