import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import patch from './wasm-fused-matmul.ts';

type Activation = NonNullable<Parameters<typeof tf.fused.matMul>[0]['activation']>;

function read(work: () => Tensor): number[] {
  const tensor = tf.tidy(work);
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

/** Ones [2, 1, 100] times ones [2, 100, 3] plus 10, 20, 30: every block of 48 would add the bias again. */
const twoMatrices = () =>
  read(() => tf.fused.matMul({ a: tf.ones([2, 1, 100]), b: tf.ones([2, 100, 3]), bias: tf.tensor1d([10, 20, 30]) }));

/** A row of 50 times -1 and 50 times 3, times ones, transposed: 100, but a ReLU of partial sums loses the negative part. */
const cutSum = () =>
  read(() => {
    const row = tf.concat([tf.fill([1, 50], -1), tf.fill([1, 50], 3)], 1);
    return tf.fused.matMul({ a: row as never, b: tf.ones([1, 100]), transposeB: true, activation: 'relu' });
  });

let unpatched: { twoMatrices: number[]; cutSum: number[] };

describe('a fused product on wasm', () => {
  beforeAll(async () => {
    await startWasm();
    unpatched = { twoMatrices: twoMatrices(), cutSum: cutSum() };
    patch.apply(tf);
  });

  it('adds the bias once per block of 48 and cuts partial sums, without the patch', () => {
    expect(unpatched.twoMatrices).toEqual([130, 160, 190, 130, 160, 190]);
    expect(unpatched.cutSum).toEqual([148]);
  });

  it('adds the bias once and cuts the whole sum, with the patch', () => {
    expect(twoMatrices()).toEqual([110, 120, 130, 110, 120, 130]);
    expect(cutSum()).toEqual([100]);
  });

  it.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'] as Activation[])(
    'with %s equals the CPU backend, with and without a transpose',
    async (activation) => {
      const product = (transposeB: boolean) =>
        read(() => {
          const a = tf.reshape(tf.linspace(-1, 1, 2 * 60), [2, 60]) as never;
          const b = tf.reshape(tf.linspace(-0.7, 1.1, 3 * 60), transposeB ? [3, 60] : [60, 3]) as never;
          const bias = tf.tensor1d([-4, 0.5, 3]);
          const slope = tf.tensor1d([0.1, 0.2, 0.3]);
          const more = activation === 'prelu' ? { preluActivationWeights: slope } : {};
          return tf.fused.matMul({ a, b, transposeB, bias, activation, leakyreluAlpha: 0.1, ...more });
        });
      const found = [...product(true), ...product(false)];
      await tf.setBackend('cpu');
      const expected = [...product(true), ...product(false)];
      await tf.setBackend('wasm');
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] as number, 4);
    },
  );

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    twoMatrices();
    cutSum();
    expect(tf.memory().numTensors).toBe(before);
  });
});
