/**
 * Dropout whose mask is a function of (seed, step, place): the same on every backend and at every repetition, and different at
 * every step, which TF.js's own is not. Source: Srivastava et al., JMLR 15 (2014) 1929.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { philox, streams } from '../../numeric/random.ts';
import { addressOf, newTensor } from '../kernels/heap.ts';
import { type SetKernels, setKernels } from '../kernels/sets.ts';
import { tf } from '../tf.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

export interface DropoutPath {
  mask(shape: readonly number[], rate: number, draw: DropoutDraw): Tensor;
}

/** Which of the endlessly many masks. */
export interface DropoutDraw {
  seed: number;
  step: number;
  /** Ordinal of the dropout within the step: every layer and view has its own. */
  place: number;
}

/** A number is kept if its word is below this. */
export function keptBelow(rate: number): number {
  return Math.floor((1 - rate) * 0x100000000);
}

const composed: DropoutPath = {
  mask(shape, rate, { seed, step, place }) {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    const words = new Uint32Array(4);
    const limit = keptBelow(rate);
    const kept = 1 / (1 - rate);
    for (let i = 0; i < values.length; i += 4) {
      philox(i >> 2, place, step, 0, seed, streams.dropout, words);
      for (let j = 0; j < 4 && i + j < values.length; j++) values[i + j] = (words[j] as number) < limit ? kept : 0;
    }
    return tf.tensor(values, [...shape]);
  },
};

/** On the heap of the WASM backend. */
function onHeap(kernels: SetKernels): DropoutPath {
  return {
    mask(shape, rate, { seed, step, place }) {
      const length = shape.reduce((product, n) => product * n, 1);
      // whole blocks of four words are written
      const mask = tracked<Tensor>(newTensor([4 * Math.ceil(length / 4)]));
      kernels.dropoutMask(addressOf(mask), length, keptBelow(rate), 1 / (1 - rate), seed, streams.dropout, step, place);
      return tf.reshape(tf.slice(mask, 0, length), [...shape]);
    },
  };
}

const paths: Paths<DropoutPath> = {
  composed,
  wasm: () => {
    const kernels = setKernels();
    return kernels && onHeap(kernels);
  },
};

/**
 * 1 / (1 - rate) with probability 1 - rate, else 0.
 *
 * @param rate from 0 to below 1
 */
export function dropoutMask(shape: readonly number[], rate: number, draw: DropoutDraw): Tensor {
  return tf.tidy(() => choosePath(paths).mask(shape, rate, draw));
}

/** x times a mask of its shape; x itself for rate 0. */
export function dropout<T extends Tensor>(x: T, rate: number, draw: DropoutDraw): T {
  return rate === 0 ? x : (tf.mul(x, dropoutMask(x.shape, rate, draw)) as T);
}
