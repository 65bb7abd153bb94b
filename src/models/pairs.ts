/**
 * What siamese networks share: the distance of two embeddings, the small network that turns it into log-odds of "the same", and the
 * losses of pairs of which it is known whether they are the same.
 *
 * Sources: Bromley et al., NIPS 1993; contrastive loss: Hadsell, Chopra and LeCun, CVPR 2006, equation 4.
 */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../compute/tf.ts';
import { binaryCrossEntropy } from './losses.ts';
import { buildNetwork, type LayerSpec, type Network } from './network.ts';

/** Least square of a distance: the root has no slope at 0. */
export const LEAST_SQUARE = 1e-7;

/** √max(Σ (a - b)², 1e-7) of each pair of rows [n, d] -> [n, 1]. */
export function distances(a: Tensor2D, b: Tensor2D): Tensor2D {
  return tf.sqrt(tf.maximum(tf.sum(tf.square(tf.sub(a, b)), 1, true), LEAST_SQUARE)) as Tensor2D;
}

/** Batch normalisation as Keras has it. */
export const pairNorm = { kind: 'batch-norm', momentum: 0.99, epsilon: 1e-3 } as const satisfies LayerSpec;

/** A distance [n, 1] to the log-odds that both are the same [n, 1]: batch normalisation and one dense number, 6 parameters. */
export function similarityNetwork(seed: number, ordinal: number): Network {
  const dense: LayerSpec = { kind: 'dense', units: 1, bias: true, initialiser: 'glorot-uniform' };
  return buildNetwork(1, [pairNorm, dense], { seed, ordinal, inputIsData: false });
}

/**
 * - `bce`: mean binary cross-entropy of the log-odds.
 * - `mae`: mean |p - y|, p = 1 / (1 + exp(-log-odds)). Where p is near 0 or 1 it counts wrong pairs and has hardly a gradient.
 * - `contrastive`: mean of y d² + (1 - y) max(0, margin - d)², of the distance itself; no similarity is learned.
 */
export type PairLoss = 'bce' | 'mae' | 'contrastive';

/**
 * @param distance [n, 1]
 * @param truth [n, 1] 1 for the same, 0 for not the same
 * @param logOdds asked for where the loss needs it
 * Worked values: log-odds 0 give ln 2 (`bce`) and 1/2 (`mae`); distances 0.5 (same) and 0.25 (not) with margin 1 give
 * (0.25 + 0.5625) / 2.
 */
export function lossOfPairs(
  kind: PairLoss,
  distance: Tensor2D,
  truth: Tensor2D,
  margin: number,
  logOdds: (distance: Tensor2D) => Tensor2D,
): Scalar {
  switch (kind) {
    case 'bce':
      return binaryCrossEntropy(logOdds(distance), truth);
    case 'mae': {
      // |p - y| = y + (1 - 2y) p for y = 0 and 1
      const p = tf.sigmoid(logOdds(distance));
      return tf.mean(tf.add(truth, tf.mul(tf.sub(1, tf.mul(truth, 2)), p)));
    }
    case 'contrastive': {
      const near = tf.mul(truth, tf.square(distance));
      const far = tf.mul(tf.sub(1, truth), tf.square(tf.relu(tf.sub(margin, distance))));
      return tf.mean(tf.add(near, far));
    }
  }
}
