/**
 * The Gaussian latent layer of variational autoencoders: noise from our own generator, the reparameterised draw, and its divergence
 * from a unit Gaussian. Source: Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014, section 2.4 and appendix B.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { type Draw, perStep } from '../compute/per-step.ts';
import { tf } from '../compute/tf.ts';
import { Cursor } from '../numeric/random.ts';

/**
 * Normal deviates [rows, width] of one step: row i has a cursor of its own (stream `noise`, index i), so that they do not depend on
 * the backend or on the order of work.
 */
export function latentNoise(rows: number, width: number, seed: number, step: number): Float32Array {
  const noise = new Float32Array(rows * width);
  const cursor = new Cursor(seed, 'noise', step);
  for (let row = 0; row < rows; row++) {
    cursor.moveTo(row);
    for (let k = 0; k < width; k++) noise[row * width + k] = cursor.normal();
  }
  return noise;
}

/** z = mu + exp(logVar / 2) eps [n, k]; eps as `latentNoise` gives it. Call it in a tidy. */
export function drawLatent(mean: Tensor2D, logVar: Tensor2D, draw: Draw): Tensor2D {
  const [rows, width] = mean.shape;
  const eps = perStep<Tensor2D>([rows, width], () => latentNoise(rows, width, draw.seed, draw.step));
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVar, 0.5)), eps)) as Tensor2D;
}

/**
 * Mean over events and latent numbers of (mu² + exp(logVar) - 1 - logVar) / 2, as the 40 MHz code has it (the sum over latent
 * numbers is k times that). Worked value: mu = (1, 0, 0), logVar = 0 gives 1/6. Gradients: mu / (n k) and (exp(logVar) - 1) / (2 n k).
 */
export function klToUnitGaussian(mean: Tensor2D, logVar: Tensor2D): Scalar {
  const size = mean.size;
  const divergence = tf.customGrad((...args: unknown[]) => {
    const [mu, log, save] = args as [Tensor, Tensor, (tensors: Tensor[]) => void];
    const variance = tf.exp(log);
    save([mu, variance]);
    const terms = tf.sub(tf.sub(tf.add(tf.square(mu), variance), 1), log);
    return {
      value: tf.mul(tf.sum(terms), 0.5 / size),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedMu, savedVariance] = saved as [Tensor, Tensor];
        const scale = tf.mul(dy, 1 / size);
        return [tf.mul(savedMu, scale), tf.mul(tf.sub(savedVariance, 1), tf.mul(scale, 0.5))];
      },
    };
  });
  return divergence(mean, logVar) as Scalar;
}
