/**
 * Relaxed one-hot numbers: K shares above 0 that sum to 1, close to one class or spread out as their temperature says. Noise from
 * our own generator, the reparameterised draw, and the divergence of a posterior of many cells from a mixture of such densities.
 * All works with y = ln z, in which a share that is nearly 0 keeps its digits.
 *
 * Source: Maddison, Mnih and Teh, The Concrete Distribution, ICLR 2017, arXiv 1611.00712, definition 1 and appendix C.3; Jang, Gu
 * and Poole, ICLR 2017, arXiv 1611.01144.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { differentiable } from '../compute/ops/differentiable.ts';
import { tf } from '../compute/tf.ts';
import { Cursor } from '../numeric/random.ts';

/** Noise of some draws of `cells` relaxed one-hot numbers with `classes` classes, for each of some rows. */
export interface RelaxedNoise {
  /** [draws, rows, cells, classes] standard Gumbel deviates g. */
  gumbel: Float32Array;
  /** [draws, rows, cells] Σₖ ln softmax(-g)ₖ: the part of the density of the draw that depends on the noise alone. */
  density: Float32Array;
}

/**
 * Row i has a cursor of its own (stream `noise`, index i), so that its numbers depend neither on the other rows nor on the backend.
 * g = -ln E with E = -ln u, u uniform in (0, 1).
 */
export function relaxedNoise(
  draws: number,
  rows: number,
  cells: number,
  classes: number,
  seed: number,
  step: number,
): RelaxedNoise {
  const gumbel = new Float32Array(draws * rows * cells * classes);
  const density = new Float32Array(draws * rows * cells);
  const cursor = new Cursor(seed, 'noise', step);
  for (let row = 0; row < rows; row++) {
    cursor.moveTo(row);
    for (let draw = 0; draw < draws; draw++) {
      for (let cell = 0; cell < cells; cell++) {
        const at = (draw * rows + row) * cells + cell;
        let sum = 0;
        let logs = 0;
        for (let k = 0; k < classes; k++) {
          const waiting = -Math.log(cursor.open());
          sum += waiting;
          logs += Math.log(waiting);
          gumbel[at * classes + k] = -Math.log(waiting);
        }
        density[at] = logs - classes * Math.log(sum);
      }
    }
  }
  return { gumbel, density };
}

/**
 * y = ln z = log softmax((l + g) / τ), [draws, n, cells, K].
 *
 * @param logits l [n, cells, K]
 * @param temperature τ > 0 [n, cells]
 * @param gumbel g [draws, n or 1, cells, K]
 */
export function relaxedDraw(logits: Tensor, temperature: Tensor, gumbel: Tensor4D): Tensor4D {
  const noisy = tf.add(tf.expandDims(logits, 0), gumbel);
  return tf.logSoftmax(tf.div(noisy, tf.expandDims(tf.expandDims(temperature, 0), -1)), -1) as Tensor4D;
}

/** Weights of a mixture of relaxed one-hot densities with equal shares: a prior for each cell. */
export interface RelaxedMixture {
  /** [C, cells, K] */
  logits: Tensor;
  /** One for each of the C components, the same in all cells; above 0. */
  temperatures: readonly number[];
}

/**
 * Estimate of the divergence of the posterior from the prior [n], in nats: the mean over draws of Σ over cells of ln q(z) - ln p(z).
 *
 * With y = ln z the density of one component with logits l and temperature τ is, up to terms that q and p share,
 * (K - 1) ln τ + Σₖ ln softmax(l - τ y)ₖ. For the posterior's own draw l - τ y is -g up to a constant, so its sum is `density`, to
 * the last digit and without a gradient. The mixture is ln p = logsumexp over components - ln C.
 *
 * Worked value: a posterior that is the prior's only component has 0 for every draw. It may be negative for few draws; its
 * expectation is not.
 *
 * @param y as `relaxedDraw` gives it
 * @param density as `relaxedNoise` gives it [draws, n or 1, cells]
 * @param temperature of the posterior [n, cells]
 */
export function relaxedDivergence(y: Tensor4D, density: Tensor, temperature: Tensor, prior: RelaxedMixture): Tensor {
  const classes = y.shape[3];
  const posterior = tf.add(tf.mul(tf.log(temperature), classes - 1), density);
  const components = tf.unstack(prior.logits).map((logits, c) => {
    const t = prior.temperatures[c] as number;
    const sums = summedLogSoftmax(tf.sub(logits, tf.mul(y, t)) as Tensor4D);
    return tf.add(sums, (classes - 1) * Math.log(t));
  });
  const mixture = tf.sub(tf.logSumExp(tf.stack(components, -1), -1), Math.log(components.length));
  return tf.mean(tf.sum(tf.sub(posterior, mixture), -1), 0);
}

/** Σₖ ln softmax(a)ₖ over the last axis, [..., K] to [...]; gradient 1 - K softmax(a). Worked value: K equal numbers give -K ln K. */
export function summedLogSoftmax(a: Tensor): Tensor {
  return differentiable<Tensor>([a], ([given]) => {
    const logs = tf.logSoftmax(given as Tensor2D, -1);
    return {
      value: tf.sum(logs, -1),
      saved: [logs],
      gradients: (dy, [kept]) => {
        const classes = (kept as Tensor).shape.at(-1) as number;
        return [tf.mul(tf.expandDims(dy, -1), tf.sub(1, tf.mul(tf.exp(kept as Tensor), classes)))];
      },
    };
  });
}
