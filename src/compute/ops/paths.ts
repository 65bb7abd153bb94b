/**
 * Which implementation of an operation runs. The composed one is made of TF.js operations, works on every backend and is the
 * reference of the tests; kernels of our own stand beside it for the backends where they pay. Callers never see which one ran:
 * all give the same numbers to rounding.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/** Implementations of the parts of one operation. A kernel that does not take a shape calls the composed one itself. */
export interface Paths<P> {
  composed: P;
  /** Undefined where the kernels are not loaded (no SIMD). */
  wasm?: () => P | undefined;
  webgpu?: () => P | undefined;
}

let composedOnly = false;

export function choosePath<P>({ composed, wasm, webgpu }: Paths<P>): P {
  if (composedOnly) return composed;
  const backend = tf.getBackend();
  const own = backend === 'wasm' ? wasm : backend === 'webgpu' ? webgpu : undefined;
  return own?.() ?? composed;
}

/** Runs synchronous work with composed operations only: for tests and for the plain side of a comparison of speeds. */
export function withComposedOperations<T>(work: () => T): T {
  composedOnly = true;
  try {
    return work();
  } finally {
    composedOnly = false;
  }
}

/** A tensor that TF.js keeps track of, from what a kernel of ours made. */
export function tracked<T extends Tensor>(info: TensorInfo): T {
  return tf.engine().makeTensorFromTensorInfo(info) as T;
}
