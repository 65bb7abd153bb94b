/** The Gaussian error linear unit in its exact form. Source: Hendrycks and Gimpel, arXiv 1606.08415. */
import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { differentiable } from './differentiable.ts';

/**
 * y = x Φ(x) with Φ(x) = (1 + erf(x / √2)) / 2; gradient Φ(x) + x φ(x). Any shape. Accuracy is that of TF.js's erf, 1.5e-7.
 * Worked value: gelu(1) = 0.8413447.
 */
export function gelu<T extends Tensor>(x: T): T {
  return differentiable<T>([x], () => {
    const below = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    return {
      value: tf.mul(x, below) as T,
      saved: [x, below],
      gradients(dy, saved) {
        const [input, chance] = saved as [Tensor, Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(input), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(chance, tf.mul(input, density)))];
      },
    };
  });
}
