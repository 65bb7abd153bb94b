/** Adam on the heap of TF.js's WASM backend. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { addressOf, heapKernels, newTensor } from './heap.ts';

interface Kernels {
  step(
    ...numbers: [
      ...[from: number, to: number, m: number, v: number, largest: number, gradient: number, n: number],
      ...[beta1: number, rest1: number, beta2: number, rest2: number, rate: number, epsilon: number, keep: number],
    ]
  ): void;
}

export interface AdamFactors {
  beta1: number;
  beta2: number;
  /** With the bias corrections folded in. */
  rate: number;
  epsilon: number;
  /** 1 - learning rate · weight decay. */
  keep: number;
}

/**
 * A new tensor with the variable's next values. Moments are flat lists of all variables, updated in place; this one's begin at
 * `offset`. Nobody else may hold them.
 */
export type HeapAdamKernel = (
  variable: TensorInfo & { size: number },
  gradient: TensorInfo,
  moments: { first: TensorInfo; second: TensorInfo; largest: TensorInfo | undefined },
  offset: number,
  factors: AdamFactors,
) => TensorInfo;

/** Undefined where there is no SIMD. */
export function heapAdam(): HeapAdamKernel | undefined {
  const kernels = heapKernels<Kernels>('heap-optimiser');
  if (!kernels) return undefined;
  return (variable, gradient, { first, second, largest }, offset, { beta1, beta2, rate, epsilon, keep }) => {
    const next = newTensor(variable.shape);
    const at = 4 * offset;
    kernels.step(
      ...([addressOf(variable), addressOf(next), addressOf(first) + at, addressOf(second) + at] as const),
      ...([largest ? addressOf(largest) + at : 0, addressOf(gradient), variable.size] as const),
      ...([beta1, 1 - beta1, beta2, 1 - beta2, rate, epsilon, keep] as const),
    );
    return next;
  };
}
