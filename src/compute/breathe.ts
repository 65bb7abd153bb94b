/**
 * What a training loop of our own needs beside a model: a way to let messages in, and gradients of a fixed list of variables.
 */
import type { NamedTensorMap, Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import { tf } from './tf.ts';

/**
 * Resolves after the messages that are already waiting have been handled. It uses a MessageChannel: animation frames stop and
 * timers are slowed down to one a second in a hidden tab, and training must go on there.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/**
 * Loss and its gradients, in the order of `variables`. The caller disposes all of them; nothing else is left over.
 *
 * @param loss makes a scalar from the variables; what it allocates on the way is freed
 * @throws Error if a variable does not take part in the loss, because a gradient of nothing hides a mistake in the model
 */
export function stepGradients(loss: () => Scalar, variables: readonly Variable[]): { loss: Scalar; gradients: Tensor[] } {
  // TF.js keeps gradients by name; variables that were made without one get unique names, so a clash means one listed twice.
  const { value, grads } = tf.tidy(() => {
    const found = tf.variableGrads(loss, variables as Variable[]);
    return found as { value: Scalar; grads: NamedTensorMap };
  });
  const gradients = variables.map((variable) => grads[variable.name]);
  const missing = variables.filter((_, i) => gradients[i] === undefined || gradients[i] === null);
  if (missing.length > 0) {
    tf.dispose([value, grads]);
    throw new Error(`no gradient for ${missing.map((v) => v.name).join(', ')}`);
  }
  return { loss: value, gradients: gradients as Tensor[] };
}
