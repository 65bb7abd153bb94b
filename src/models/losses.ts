/**
 * Losses of a batch, each one operation with its own gradient: fewer passes over [n, d] than the composed form,
 * and a loss of the largest errors that TF.js has no gradient for.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../compute/tf.ts';

type Save = (tensors: Tensor[]) => void;

/**
 * Mean over the batch of (1/D) Σ m (y - t)², the mask m being 1 everywhere if it is left out. Division is by all D numbers,
 * so a masked loss grows with the number of objects. Gradient with respect to y only: 2 m (y - t) / (n D).
 */
export function meanSquaredError(y: Tensor2D, target: Tensor2D, mask?: Tensor2D): Scalar {
  const size = y.size;
  return reduceError(y, (prediction, save) => {
    const error = difference(prediction, target, mask);
    save([error]);
    return {
      value: tf.mul(tf.sum(tf.square(error)), 1 / size),
      gradFunc: (dy, [saved]) => tf.mul(saved as Tensor, tf.mul(dy, 2 / size)),
    };
  });
}

/** Mean over the batch of (1/D) Σ m |y - t|; the gradient at y = t is 0. */
export function meanAbsoluteError(y: Tensor2D, target: Tensor2D, mask?: Tensor2D): Scalar {
  const size = y.size;
  return reduceError(y, (prediction, save) => {
    const error = difference(prediction, target, mask);
    save([error]);
    return {
      value: tf.mul(tf.sum(tf.abs(error)), 1 / size),
      gradFunc: (dy, [saved]) => tf.mul(tf.sign(saved as Tensor), tf.mul(dy, 1 / size)),
    };
  });
}

/** `largestSquaredErrors` with ten. Worked value: squared errors 0.001, 0.002, ..., 0.100 give 0.0955. */
export function topTenSquaredError(y: Tensor2D, target: Tensor2D, mask?: Tensor2D): Scalar {
  return largestSquaredErrors(y, target, 10, mask);
}

/**
 * Mean over the batch of the mean of the `count` largest m (y - t)² of a row (of all D if there are fewer); exactly so many are
 * taken where some are equal. Which ones they are counts as constant in the gradient.
 */
export function largestSquaredErrors(y: Tensor2D, target: Tensor2D, count: number, mask?: Tensor2D): Scalar {
  const [rows, width] = y.shape;
  const taken = Math.min(count, width);
  return reduceError(y, (prediction, save) => {
    const error = difference(prediction, target, mask);
    const { values, indices } = tf.topk(tf.square(error), taken);
    const chosen = tf.sum(tf.oneHot(indices, width), 1);
    save([tf.mul(error, chosen)]);
    return {
      value: tf.mul(tf.sum(values), 1 / (rows * taken)),
      gradFunc: (dy, [saved]) => tf.mul(saved as Tensor, tf.mul(dy, 2 / (rows * taken))),
    };
  });
}

/**
 * Mean over events of ln(1 + exp(z)) - y z, z the log-odds [n, 1] and y 0 or 1 [n, 1]; gradient (sigmoid(z) - y) / n.
 * Worked value: z = 0 gives ln 2.
 */
export function binaryCrossEntropy(logOdds: Tensor2D, truth: Tensor2D): Scalar {
  const size = logOdds.size;
  const loss = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [Tensor, (tensors: Tensor[]) => void];
    save([tf.sub(tf.sigmoid(z), truth)]);
    return {
      value: tf.mul(tf.sum(tf.sub(tf.softplus(z), tf.mul(truth, z))), 1 / size),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0] as Tensor, tf.mul(dy, 1 / size)),
    };
  });
  return loss(logOdds) as Scalar;
}

/**
 * Mean over the batch of -Σ [x ln p + (1 - x) ln (1 - p)], p = 1 / (1 + exp(-logit)), computed from the logits [n, d] so that no
 * logarithm is taken of a rounded 0. Targets from 0 to 1 [n, d]; those between have a least value above 0. Gradient (p - x) / n.
 * Worked value: logits of 0 give d ln 2.
 */
export function summedCrossEntropy(logits: Tensor2D, target: Tensor2D): Scalar {
  const rows = logits.shape[0];
  return reduceError(logits, (given, save) => {
    save([tf.sub(tf.sigmoid(given), target)]);
    return {
      value: tf.mul(tf.sum(tf.sub(tf.softplus(given), tf.mul(target, given))), 1 / rows),
      gradFunc: (dy, [saved]) => tf.mul(saved as Tensor, tf.mul(dy, 1 / rows)),
    };
  });
}

function difference(y: Tensor2D, target: Tensor2D, mask: Tensor2D | undefined): Tensor2D {
  const error = tf.sub(y, target);
  return (mask ? tf.mul(error, mask) : error) as Tensor2D;
}

function reduceError(
  y: Tensor2D,
  reduce: (y: Tensor2D, save: Save) => { value: Tensor; gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor },
): Scalar {
  return tf.customGrad((...args: unknown[]) => reduce(args[0] as Tensor2D, args[1] as Save))(y) as Scalar;
}
