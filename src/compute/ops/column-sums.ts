/** Sums over the rows of a matrix, which every bias gradient is. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { heapColumns } from '../kernels/columns.ts';
import { tf } from '../tf.ts';
import { differentiable } from './differentiable.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

type ColumnSums = (matrix: Tensor2D) => Tensor1D;

/** As a product with a row of ones: TF.js's `sum` transposes first. Gradients are those of the product. */
const composed: ColumnSums = (matrix) => {
  const ones = tf.ones([1, matrix.shape[0]]) as Tensor2D;
  return tf.reshape(tf.matMul(ones, matrix), [-1]);
};

const paths: Paths<ColumnSums> = {
  composed,
  wasm: () => {
    const kernels = heapColumns();
    if (!kernels) return undefined;
    return (matrix) =>
      matrix.dtype !== 'float32'
        ? composed(matrix)
        : differentiable<Tensor1D>([matrix], ([x]) => ({
            value: tracked<Tensor1D>(kernels.sums(x as Tensor2D)),
            saved: [],
            gradients: (dy) => [tf.broadcastTo(tf.reshape(dy, [1, -1]), matrix.shape)],
          }));
  },
};

/** [n, d] to [d]; zeros if n is 0. */
export function columnSums(matrix: Tensor2D): Tensor1D {
  return choosePath(paths)(matrix);
}
