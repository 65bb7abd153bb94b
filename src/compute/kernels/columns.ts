/** Sums and batch normalisation along the columns of matrices on the heap of TF.js's WASM backend. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { addressOf, freeTensor, heapKernels, newTensor } from './heap.ts';

interface Kernels {
  columnSums(x: number, n: number, d: number, sums: number, scratch: number): void;
  normalise(
    ...numbers: [
      ...[x: number, n: number, d: number, gamma: number, beta: number, epsilon: number],
      ...[y: number, mean: number, variance: number, inverse: number, scratch: number],
    ]
  ): void;
  normaliseBackward(
    ...numbers: [
      ...[x: number, dy: number, n: number, d: number, gamma: number, mean: number, inverse: number],
      ...[dx: number, dGamma: number, dBeta: number, scratch: number],
    ]
  ): void;
}

export interface HeapColumns {
  /** [n, d] to [d]. */
  sums(x: TensorInfo): TensorInfo;
  /** Normalised by the statistics of this batch (biased variance); `inverse` is 1 / √(variance + epsilon). All but y are [d]. */
  normalise(
    x: TensorInfo,
    gamma: TensorInfo,
    beta: TensorInfo,
    epsilon: number,
  ): { y: TensorInfo; mean: TensorInfo; variance: TensorInfo; inverse: TensorInfo };
  normaliseBackward(
    x: TensorInfo,
    dy: TensorInfo,
    gamma: TensorInfo,
    mean: TensorInfo,
    inverse: TensorInfo,
  ): { dx: TensorInfo; dGamma: TensorInfo; dBeta: TensorInfo };
}

/**
 * Sets [d] at `to` to the sum of at most 256 rows [n, d], one after another: how the shares of several threads come together, in an
 * order that does not depend on them.
 */
export function addShares(rows: number, n: number, d: number, to: number): void {
  const scratch = newTensor([d]);
  heapKernels<Kernels>('heap-columns')?.columnSums(rows, n, d, to, addressOf(scratch));
  freeTensor(scratch);
}

/** Undefined where there is no SIMD. Tensors are float32, matrices [n, d] with n above 0. */
export function heapColumns(): HeapColumns | undefined {
  const kernels = heapKernels<Kernels>('heap-columns');
  if (!kernels) return undefined;
  return {
    sums(x) {
      const [n, d] = x.shape as [number, number];
      const sums = newTensor([d]);
      const scratch = newTensor([d]);
      kernels.columnSums(addressOf(x), n, d, addressOf(sums), addressOf(scratch));
      freeTensor(scratch);
      return sums;
    },
    normalise(x, gamma, beta, epsilon) {
      const [n, d] = x.shape as [number, number];
      const y = newTensor([n, d]);
      const [mean, variance, inverse, scratch] = [newTensor([d]), newTensor([d]), newTensor([d]), newTensor([d])];
      kernels.normalise(
        ...([addressOf(x), n, d, addressOf(gamma), addressOf(beta), epsilon] as const),
        ...([addressOf(y), addressOf(mean), addressOf(variance), addressOf(inverse), addressOf(scratch)] as const),
      );
      freeTensor(scratch);
      return { y, mean, variance, inverse };
    },
    normaliseBackward(x, dy, gamma, mean, inverse) {
      const [n, d] = x.shape as [number, number];
      const [dx, dGamma, dBeta, scratch] = [newTensor([n, d]), newTensor([d]), newTensor([d]), newTensor([2, d])];
      kernels.normaliseBackward(
        ...([addressOf(x), addressOf(dy), n, d, addressOf(gamma), addressOf(mean), addressOf(inverse)] as const),
        ...([addressOf(dx), addressOf(dGamma), addressOf(dBeta), addressOf(scratch)] as const),
      );
      freeTensor(scratch);
      return { dx, dGamma, dBeta };
    },
  };
}
