/** ReLU with a learned slope. Source: He et al., ICCV 2015. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { columnSums } from './column-sums.ts';
import { differentiable } from './differentiable.ts';

/**
 * y = x for x > 0, else alpha x, with one alpha for each number of the last axis; the gradient of alpha is Σ dy x over x ≤ 0.
 *
 * @param x [..., c]
 * @param alpha c numbers of any shape, such as [1, 1, c]
 */
export function prelu<T extends Tensor>(x: T, alpha: Tensor): T {
  const channels = x.shape.at(-1) as number;
  return differentiable<T>([x, alpha], () => ({
    value: tf.prelu(x, tf.reshape(alpha, [channels])) as T,
    saved: [x, alpha],
    gradients(dy, saved) {
      const [input, slope] = saved as [Tensor, Tensor];
      const negative = tf.sub(1, tf.step(input));
      const flat = tf.reshape(slope, [channels]) as Tensor1D;
      const dx = tf.mul(dy, tf.add(tf.mul(negative, tf.sub(flat, 1)), 1));
      const products = tf.mul(tf.mul(dy, input), negative);
      return [dx, tf.reshape(columnSums(tf.reshape(products, [-1, channels]) as Tensor2D), slope.shape)];
    },
  }));
}
