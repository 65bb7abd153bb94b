/**
 * Activation functions and their gradients in terms of the output, so that nothing but the output has to be kept. Piecewise ones
 * count 0 as negative.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { differentiable } from './differentiable.ts';

export type Activation = 'linear' | 'leaky-relu' | 'relu' | 'elu' | 'tanh' | 'sigmoid';

export interface ActivationSpec {
  activation: Activation;
  /** Of leaky ReLU, for negative inputs; above 0. */
  slope: number;
}

export const linear: ActivationSpec = { activation: 'linear', slope: 0 };

/** f(x), any shape; x itself if linear. Not differentiable by itself: for use inside operations. */
export function activate<T extends Tensor>(x: T, { activation, slope }: ActivationSpec): T {
  switch (activation) {
    case 'linear':
      return x;
    case 'leaky-relu':
      return tf.leakyRelu(x, slope);
    case 'relu':
      return tf.relu(x);
    case 'elu':
      return tf.elu(x);
    case 'tanh':
      return tf.tanh(x);
    case 'sigmoid':
      return tf.sigmoid(x);
  }
}

/** dy f'(x), with f' written in terms of y = f(x). */
export function activationGradient<T extends Tensor>(dy: T, y: Tensor, { activation, slope }: ActivationSpec): T {
  switch (activation) {
    case 'linear':
      return dy;
    case 'leaky-relu':
      return tf.mul(dy, tf.step(y, slope));
    case 'relu':
      return tf.mul(dy, tf.step(y));
    case 'elu':
      return tf.mul(dy, tf.add(tf.minimum(y, 0), 1));
    case 'tanh':
      return tf.mul(dy, tf.sub(1, tf.square(y)));
    case 'sigmoid':
      return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
  }
}

/** y = f(x), any shape, as one operation with its own gradient. */
export function activation<T extends Tensor>(x: T, spec: ActivationSpec): T {
  if (spec.activation === 'linear') return x;
  return differentiable<T>([x], ([input]) => {
    const y = activate(input as T, spec);
    return { value: y, saved: [y], gradients: (dy, [kept]) => [activationGradient(dy, kept as Tensor, spec)] };
  });
}
