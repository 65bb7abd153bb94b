/** An operation with its own gradient: what every file of this folder is made of. */
import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

export interface Forward<T extends Tensor> {
  value: T;
  /** What the gradient needs of inputs and intermediate results; everything else is freed after the forward pass. */
  saved: readonly Tensor[];
  /** Gradients in the order of the inputs, from the gradient `dy` of the value. */
  gradients(dy: T, saved: Tensor[]): Tensor[];
}

/**
 * Runs `forward` without recording what happens inside and gives TF.js the gradient to use for it. Without a gradient under way
 * nothing is saved. Operations inside are called on plain tensors, so kernels of ours and of TF.js may be mixed freely.
 *
 * @param inputs those that a gradient may be asked of; at least one
 */
export function differentiable<T extends Tensor>(inputs: readonly Tensor[], forward: (inputs: Tensor[]) => Forward<T>): T {
  const run = tf.customGrad((...given: unknown[]) => {
    const save = given.at(-1) as (tensors: Tensor[]) => void;
    const { value, saved, gradients } = forward(given.slice(0, -1) as Tensor[]);
    save([...saved]);
    return { value, gradFunc: (dy: Tensor, kept: Tensor[]) => gradients(dy as T, kept) };
  });
  return run(...inputs) as T;
}
