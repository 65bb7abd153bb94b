/** Sums over the rows of a matrix, which every bias gradient is. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/** [n, d] to [d], as a product with a row of ones: TF.js's `sum` transposes first. Gradients are those of the product. */
export function columnSums(matrix: Tensor2D): Tensor1D {
  return tf.reshape(tf.matMul(tf.ones([1, matrix.shape[0]]) as Tensor2D, matrix), [-1]);
}
