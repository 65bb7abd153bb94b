/**
 * Matrix products on the heap of TF.js's WASM backend, in every combination of transposes, with bias and activation. XNNPACK
 * serves only one matrix each without a transpose; everything else there is a scalar loop.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { activationNumbers, type KernelActivation } from './activations.ts';
import { addressOf, freeTensor, heapKernels, newTensor } from './heap.ts';

interface Products {
  scratchBytes(k: number, n: number): number;
  product(
    ...numbers: [
      ...[a: number, transposeA: boolean, b: number, transposeB: boolean, c: number, m: number, k: number, n: number],
      ...[bias: number, activation: number, slope: number, scratch: number],
    ]
  ): void;
}

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
  const scratch = newTensor([kernels.scratchBytes(k, n) / 4]);
  const [atA, atB, atC] = [addressOf(a), addressOf(b), addressOf(out)];
  for (let i = 0; i < Math.max(countA, countB); i++) {
    kernels.product(
      atA + (countA === 1 ? 0 : 4 * i * m * k),
      transposeA,
      atB + (countB === 1 ? 0 : 4 * i * k * n),
      transposeB,
      atC + 4 * i * m * n,
      m,
      k,
      n,
      bias ? addressOf(bias) : 0,
      activationNumbers[activation],
      slope,
      addressOf(scratch),
    );
  }
  freeTensor(scratch);
  return out;
}
