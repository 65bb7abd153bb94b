/**
 * Batch normalisation as one operation with its own gradient, for training steps. TF.js composes it, and its gradient, of some
 * sixty small operations; this is about twenty, and on WASM two kernels. The network itself holds an ordinary TF.js layer, so what is saved and exported
 * is the ordinary layer, and scoring uses it with its moving statistics.
 *
 * Source: Ioffe and Szegedy, ICML 2015, algorithm 1 and the gradients of section 3.
 */
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { heapColumns } from '../../compute/kernels/columns.ts';
import { columnSums } from '../../compute/ops/column-sums.ts';
import { differentiable, type Forward } from '../../compute/ops/differentiable.ts';
import { choosePath, type Paths, tracked } from '../../compute/ops/paths.ts';
import { tf } from '../../compute/tf.ts';

export interface BatchNormVariables {
  gamma: Variable;
  /** 0 if absent: normalisation with a scale alone. */
  beta?: Variable | undefined;
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
  const update = (mean: Tensor, variance: Tensor) => {
    movingMean.assign(tf.add(tf.mul(movingMean, momentum), tf.mul(mean, 1 - momentum)));
    movingVariance.assign(tf.add(tf.mul(movingVariance, momentum), tf.mul(variance, 1 - momentum)));
  };
  const path = choosePath(paths);
  return differentiable<Tensor2D>([x, gamma, beta ?? tf.zeros(gamma.shape)], ([input, scale, shift]) =>
    path(input as Tensor2D, scale as Tensor1D, shift as Tensor1D, epsilon, update),
  );
}

/** `update` is told the statistics of the batch. */
type BatchNorm = (
  x: Tensor2D,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
  update: (mean: Tensor, variance: Tensor) => void,
) => Forward<Tensor2D>;

const composed: BatchNorm = (x, gamma, beta, epsilon, update) => {
  const share = 1 / x.shape[0];
  const mean = tf.mul(columnSums(x), share);
  const centred = tf.sub(x, mean) as Tensor2D;
  const variance = tf.mul(columnSums(tf.square(centred)), share);
  update(mean, variance);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalised = tf.mul(centred, inverse) as Tensor2D;
  return {
    value: tf.add(tf.mul(normalised, gamma), beta),
    saved: [normalised, tf.mul(inverse, gamma)],
    gradients(dy, saved) {
      const [xHat, slope] = saved as [Tensor2D, Tensor1D];
      const dShift = columnSums(dy);
      const dScale = columnSums(tf.mul(dy, xHat) as Tensor2D);
      // dx = slope (dy - mean(dy) - xHat mean(dy xHat))
      const along = tf.add(tf.mul(xHat, tf.mul(dScale, share)), tf.mul(dShift, share));
      return [tf.mul(tf.sub(dy, along), slope), dScale, dShift];
    },
  };
};

const paths: Paths<BatchNorm> = {
  composed,
  wasm() {
    const kernels = heapColumns();
    if (!kernels) return undefined;
    return (x, gamma, beta, epsilon, update) => {
      const found = kernels.normalise(x, gamma, beta, epsilon);
      const [y, mean, variance, inverse] = [found.y, found.mean, found.variance, found.inverse].map((info) => tracked(info));
      update(mean as Tensor, variance as Tensor);
      return {
        value: y as Tensor2D,
        saved: [x, gamma, mean as Tensor, inverse as Tensor],
        gradients(dy, saved) {
          const [input, scale, centre, factor] = saved as [Tensor, Tensor, Tensor, Tensor];
          const { dx, dGamma, dBeta } = kernels.normaliseBackward(input, dy, scale, centre, factor);
          return [dx, dGamma, dBeta].map((info) => tracked(info));
        },
      };
    };
  },
};
