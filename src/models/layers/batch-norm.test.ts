import type { Scalar, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../compute/backend.ts';
import { heapColumns } from '../../compute/kernels/columns.ts';
import { columnSums } from '../../compute/ops/column-sums.ts';
import { withComposedOperations } from '../../compute/ops/paths.ts';
import { tf } from '../../compute/tf.ts';
import { Cursor } from '../../numeric/random.ts';
import { trainingBatchNorm } from './batch-norm.ts';

const shapes = [
  [2, 1],
  [2, 3],
  [40, 8],
  [300, 7],
  [513, 21],
] as const;

function numbers(length: number, which: number, centre = 0): Float32Array {
  const cursor = new Cursor(3, 'noise', 0, which);
  return Float32Array.from({ length }, () => centre + cursor.normal());
}

/** Largest difference in units of the largest expected number. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [most, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs((found[i] as number) - (expected[i] as number)));
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  return most / size;
}

/** Value, gradients and moving statistics of one normalisation of x [n, d] with mean 30, whose loss weights every number. */
function run(n: number, d: number) {
  return tf.tidy(() => {
    const variable = (values: Float32Array, shape: number[]) => tf.variable(tf.tensor(values, shape));
    const x = variable(numbers(n * d, 1, 30), [n, d]);
    const variables = {
      gamma: variable(numbers(d, 2), [d]),
      beta: variable(numbers(d, 3), [d]),
      movingMean: variable(numbers(d, 4), [d]),
      movingVariance: variable(numbers(d, 5, 5), [d]),
    };
    const weights = tf.tensor2d(numbers(n * d, 6), [n, d]);
    let y: Float32Array = new Float32Array(0);
    const loss = () => {
      const value = trainingBatchNorm(x as unknown as Tensor2D, variables, 0.9, 1e-3);
      y = value.dataSync<'float32'>().slice();
      return tf.sum(tf.mul(value, weights)) as Scalar;
    };
    const asked = [x, variables.gamma, variables.beta];
    const { grads } = tf.variableGrads(loss, asked);
    const read = (tensor: { dataSync(): ArrayLike<number> }) => Float32Array.from(tensor.dataSync());
    const results = [
      y,
      ...asked.map((one: Variable) => read(grads[one.name]!)),
      read(variables.movingMean),
      read(variables.movingVariance),
    ];
    tf.dispose([...asked, variables.movingMean, variables.movingVariance]);
    return results;
  });
}

describe('batch normalisation and column sums on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
    expect(heapColumns()).toBeDefined();
  });

  it.each(shapes)('of [%d, %d] is the same with our kernels and with operations of TF.js', (n, d) => {
    const before = tf.memory().numTensors;
    const own = run(n, d);
    const composed = withComposedOperations(() => run(n, d));
    for (const [i, values] of composed.entries()) expect(difference(own[i]!, values)).toBeLessThan(1e-4);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('adds up columns, also of a long matrix', () => {
    tf.tidy(() => {
      expect([...columnSums(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])).dataSync()]).toEqual([9, 12]);
      const long = numbers(100_000 * 5, 7, 1);
      const sums = Array.from({ length: 5 }, (_, j) => long.reduce((sum, v, i) => (i % 5 === j ? sum + v : sum), 0));
      expect(difference(columnSums(tf.tensor2d(long, [100_000, 5])).dataSync(), sums)).toBeLessThan(1e-6);
    });
  });

  it('passes the gradient of column sums to every row', () => {
    tf.tidy(() => {
      const gradient = tf.grad((x) => tf.sum(tf.mul(columnSums(x as Tensor2D), tf.tensor1d([2, 3]) as Tensor1D)));
      expect([...gradient(tf.zeros([3, 2])).dataSync()]).toEqual([2, 3, 2, 3, 2, 3]);
    });
  });
});
