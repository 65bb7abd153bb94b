/**
 * Batch normalisation as one operation with its own gradient, for training steps. TF.js composes it, and its gradient, of some
 * sixty small operations; this is about twenty. The network itself holds an ordinary TF.js layer, so what is saved and exported
 * is the ordinary layer, and scoring uses it with its moving statistics.
 *
 * Source: Ioffe and Szegedy, ICML 2015, algorithm 1 and the gradients of section 3.
 */
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { columnSums } from '../../compute/ops/column-sums.ts';
import { tf } from '../../compute/tf.ts';

export interface BatchNormVariables {
  gamma: Variable;
  beta: Variable;
  movingMean: Variable;
  movingVariance: Variable;
}

/**
 * y = gamma (x - mean) / √(variance + epsilon) + beta with the mean and the (biased) variance of this batch, per column of
 * x [n, d]; the moving statistics become momentum · old + (1 - momentum) · batch. A constant column gives beta. Call it in a tidy.
 */
export function trainingBatchNorm(
  x: Tensor2D,
  { gamma, beta, movingMean, movingVariance }: BatchNormVariables,
  momentum: number,
  epsilon: number,
): Tensor2D {
  const rows = x.shape[0];
  const normalise = tf.customGrad((...args: unknown[]) => {
    const [input, scale, shift, save] = args as [Tensor2D, Tensor1D, Tensor1D, (tensors: Tensor[]) => void];
    const mean = tf.mul(columnSums(input), 1 / rows);
    const centred = tf.sub(input, mean) as Tensor2D;
    const variance = tf.mul(columnSums(tf.square(centred)), 1 / rows);
    movingMean.assign(tf.add(tf.mul(movingMean, momentum), tf.mul(mean, 1 - momentum)));
    movingVariance.assign(tf.add(tf.mul(movingVariance, momentum), tf.mul(variance, 1 - momentum)));
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const normalised = tf.mul(centred, inverse);
    save([normalised, tf.mul(inverse, scale)]);
    return {
      value: tf.add(tf.mul(normalised, scale), shift),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [xHat, slope] = saved as [Tensor2D, Tensor1D];
        const dShift = columnSums(dy as Tensor2D);
        const dScale = columnSums(tf.mul(dy, xHat) as Tensor2D);
        // dx = slope (dy - mean(dy) - xHat mean(dy xHat))
        const along = tf.add(tf.mul(xHat, tf.mul(dScale, 1 / rows)), tf.mul(dShift, 1 / rows));
        return [tf.mul(tf.sub(dy, along), slope), dScale, dShift];
      },
    };
  });
  return normalise(x, gamma, beta) as Tensor2D;
}
