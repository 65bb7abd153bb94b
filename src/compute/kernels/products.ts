/**
 * Matrix products on the heap of TF.js's WASM backend, in every combination of transposes, with bias and activation. XNNPACK
 * serves only one matrix each without a transpose; everything else there is a scalar loop.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { activationNumbers, type KernelActivation } from './activations.ts';
import { addressOf, callAll, freeTensor, heapKernels, newTensor, threadsFor } from './heap.ts';

interface Products {
  scratchBytes(k: number, n: number): number;
}

/** Rows of C below which a part is not worth packing B for. */
const rowsPerPart = 32;

export interface ProductOptions {
  transposeA?: boolean | undefined;
  transposeB?: boolean | undefined;
  /** [n], added to every row. */
  bias?: TensorInfo | undefined;
  activation?: KernelActivation;
  /** Of leaky ReLU. */
  slope?: number;
}

/**
 * op(A) op(B) of float32 tensors [..., m, k] and [..., k, n]; with `transposeA` A is [..., k, m], with `transposeB` B is
 * [..., n, k]. The batch dimensions agree, or one side has a single matrix that serves all of the other's.
 *
 * @returns a new tensor [..., m, n]; undefined outside these shapes, for empty tensors, and where there is no SIMD
 */
export function heapProduct(a: TensorInfo, b: TensorInfo, options: ProductOptions = {}): TensorInfo | undefined {
  const { transposeA = false, transposeB = false, bias, activation = 'linear', slope = 0 } = options;
  const kernels = heapKernels<Products>('heap-products');
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [inner, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  const outerA = a.shape.slice(0, -2);
  const outerB = b.shape.slice(0, -2);
  const [countA, countB] = [tf.util.sizeFromShape(outerA), tf.util.sizeFromShape(outerB)];
  if (!kernels || inner !== k || m * k * n === 0 || countA * countB === 0) return undefined;
  if (outerA.join() !== outerB.join() && countA !== 1 && countB !== 1) return undefined;
  if ([a, b, ...(bias ? [bias] : [])].some(({ dtype }) => dtype !== 'float32')) return undefined;
  if (bias && tf.util.sizeFromShape(bias.shape) !== n) return undefined;
  const outer = countA > countB || (countA === countB && outerA.length >= outerB.length) ? outerA : outerB;
  const out = newTensor([...outer, m, n]);
  const [atA, atB, atC] = [addressOf(a), addressOf(b), addressOf(out)];
  const work = m * k * n;
  // a part packs the whole of B once more, so there are no more parts than threads
  const parts = Math.min(Math.ceil(m / rowsPerPart), threadsFor(work));
  // whole tiles of four rows
  const start = (part: number) => Math.min(m, 4 * Math.floor((part * Math.ceil(m / 4)) / parts));
  const scratchNumbers = Math.ceil(kernels.scratchBytes(k, n) / 64) * 16;
  const scratch = newTensor([parts * scratchNumbers]);
  const finish = [bias ? addressOf(bias) : 0, activationNumbers[activation], slope] as const;
  for (let i = 0; i < Math.max(countA, countB); i++) {
    const [one, two, three] = [
      atA + (countA === 1 ? 0 : 4 * i * m * k),
      atB + (countB === 1 ? 0 : 4 * i * k * n),
      atC + 4 * i * m * n,
    ];
    const calls = Array.from({ length: parts }, (_, part) => {
      const first = start(part);
      return [
        ...[one + 4 * first * (transposeA ? 1 : k), Number(transposeA), two, Number(transposeB), three + 4 * first * n],
        ...[start(part + 1) - first, m, k, n, ...finish, addressOf(scratch) + 4 * part * scratchNumbers],
      ];
    });
    callAll('heap-products', 'product', work, calls);
  }
  freeTensor(scratch);
  return out;
}
