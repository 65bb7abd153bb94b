/** What patches share: replacing one kernel of one backend, and a transpose that really moves the numbers. */
import type { KernelFunc, Rank, Tensor } from '@tensorflow/tfjs';
import type { BackendName } from '../../base/kinds.ts';
import type { Tf } from './contract.ts';

/**
 * Puts another kernel in place of TF.js's. Only this backend changes, unlike with a replaced gradient, and kernels that a
 * fused operation calls in its own gradient are reached too.
 *
 * @param make receives the present kernel
 */
export function replaceKernel(tf: Tf, backend: BackendName, name: string, make: (present: KernelFunc) => KernelFunc): void {
  const present = tf.getKernel(name, backend);
  if (!present) throw new Error(`TF.js has no kernel ${name} for ${backend}`);
  tf.unregisterKernel(name, backend);
  tf.registerKernel({ ...present, kernelFunc: make(present.kernelFunc) });
}

/** Adds a kernel that TF.js lacks. */
export function addKernel(tf: Tf, backend: BackendName, name: string, kernelFunc: KernelFunc): void {
  tf.registerKernel({ kernelName: name, backendName: backend, kernelFunc });
}

/** [..., n, m] to [..., m, n]. */
export function swapLastAxes<T extends Tensor<Rank>>(tf: Tf, x: T): T {
  const axes = x.shape.map((_, i) => i);
  const last = axes.length - 1;
  return tf.transpose(x, [...axes.slice(0, last - 1), last, last - 1]);
}
