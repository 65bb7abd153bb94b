/** Kernels over the heap of TF.js give the same bits with one thread and with several. */
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../backend.ts';
import { attention } from '../ops/attention.ts';
import { conv2d } from '../ops/conv2d.ts';
import { maxPool } from '../ops/max-pool.ts';
import { instanceNorm, layerNorm } from '../ops/norm.ts';
import { upsampleBilinear } from '../ops/upsample.ts';
import { tf } from '../tf.ts';
import { heapKernels, threadsFor } from './heap.ts';
import { HeapTeam, withThreads } from './heap-team.ts';

const large = 2 ** 24;

/** Waits until helpers have come up; they need turns of the event loop. */
async function untilReady(threads: () => number): Promise<void> {
  for (let i = 0; i < 2000 && threads() < 2; i++) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Numbers of both signs whose sums depend on their order. */
function some(shape: number[]): Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 1013) / 500 - 1;
  return tf.tensor(values, shape);
}

/** The value of an operation and its gradients by all inputs. */
function resultsOf(shapes: number[][], operation: (...inputs: Tensor[]) => Tensor): Float32Array[] {
  return tf.tidy(() => {
    const inputs = shapes.map(some);
    const y = operation(...inputs);
    const gradients = tf.grads(operation)(inputs, some(y.shape));
    return [y, ...gradients].map((tensor) => tensor.dataSync<'float32'>().slice());
  });
}

function sameBits(a: Float32Array, b: Float32Array | undefined): boolean {
  return b !== undefined && Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

const operations: Record<string, [number[][], (...inputs: Tensor[]) => Tensor]> = {
  'a convolution in groups': [
    [[7, 13, 11, 16], [3, 3, 8, 24], [24]],
    (x, w, b) => conv2d(x as Tensor4D, w, b as Tensor, { groups: 2, activation: { activation: 'leaky-relu', slope: 0.2 } }),
  ],
  'a convolution of three channels with a stride': [
    [[9, 23, 21, 3], [5, 3, 3, 18], [18]],
    (x, w, b) => conv2d(x as Tensor4D, w, b as Tensor, { strides: [2, 1] }),
  ],
  'a convolution of many rows': [[[5, 64, 64, 4], [1, 1, 4, 8], [8]], (x, w, b) => conv2d(x as Tensor4D, w, b as Tensor)],
  'an instance norm': [[[7, 31, 29, 32], [32], [32]], (x, scale, shift) => instanceNorm(x as Tensor4D, scale, shift, 1e-3)],
  'a layer norm': [[[1500, 137], [137], [137]], (x, scale, shift) => layerNorm(x, scale, shift, 1e-5)],
  attention: [
    [
      [23, 19, 136],
      [23, 19, 136],
      [23, 19, 136],
    ],
    (q, k, v) => attention(q as Tensor3D, k as Tensor3D, v as Tensor3D, { heads: 4 }),
  ],
  'a maximum over windows': [[[5, 61, 59, 34]], (x) => maxPool(x as Tensor4D, [3, 3], [2, 2], 'same')],
  'an upsampling': [[[5, 23, 21, 34]], (x) => upsampleBilinear(x as Tensor4D)],
  'a product': [
    [
      [203, 150],
      [150, 99],
    ],
    (a, b) => tf.matMul(a, b),
  ],
};

describe('helper threads over the heap', () => {
  beforeAll(async () => {
    await startBackend('wasm');
    await untilReady(() => threadsFor(large));
  });

  it('are there, and small work is left to this thread', () => {
    expect(threadsFor(large)).toBeGreaterThan(1);
    expect(threadsFor(1000)).toBe(1);
  });

  it.each(Object.entries(operations))('%s has the same bits with one thread and with all', async (_, [shapes, operation]) => {
    const before = tf.memory().numTensors;
    const alone = await withThreads(1, () => resultsOf(shapes, operation));
    for (let i = 0; i < 2; i++) {
      const together = await withThreads(8, () => resultsOf(shapes, operation));
      expect(together.map((values, k) => sameBits(values, alone[k]))).toEqual(alone.map(() => true));
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a team over a memory of its own', () => {
  it('makes every call once, says so when one fails, and goes on afterwards', async () => {
    expect(heapKernels('heap-convolutions')).toBeDefined();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const module = await WebAssembly.compile(addingModule);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const team = new HeapTeam(memory, [{ name: 'adding', module, exports: exports as never }]);
    await untilReady(() => team.threads());
    const words = new Int32Array(memory.buffer);
    const calls = Array.from({ length: 64 }, (_, i) => [4 * i, i]);
    await withThreads(8, () => {
      for (let round = 1; round <= 300; round++) team.callAll('adding', 'add', 1, calls);
      expect([...words.subarray(0, 64)]).toEqual(Array.from({ length: 64 }, (_, i) => 300 * i));
      // the last address lies outside the memory
      expect(() =>
        team.callAll('adding', 'add', 1, [
          [0, 1],
          [4, 1],
          [65_536, 1],
        ]),
      ).toThrow();
      team.callAll('adding', 'add', 1, calls);
      expect([...words.subarray(0, 3)]).toEqual([1, 302, 602]);
    });
  });
});

/** (module (import "env" "memory" (memory 1 1 shared)) (func (export "add") (param i32 i32): the word at $0 grows by $1)) */
const addingModule = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 2, 127, 127, 0],
  ...[2, 16, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 3, 1, 1],
  ...[3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0],
  ...[10, 17, 1, 15, 0, 32, 0, 32, 0, 40, 2, 0, 32, 1, 106, 54, 2, 0, 11],
]);
