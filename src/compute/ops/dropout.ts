/**
 * Dropout whose mask is a function of (seed, step, place): the same on every backend and at every repetition, and different at
 * every step, which TF.js's own is not. Source: Srivastava et al., JMLR 15 (2014) 1929.
 */
import type { Tensor, Tensor1D, TensorInfo } from '@tensorflow/tfjs';
import { philox, streams } from '../../numeric/random.ts';
import { addressOf, newTensor } from '../kernels/heap.ts';
import { type SetKernels, setKernels } from '../kernels/sets.ts';
import { type Draw, perStep } from '../per-step.ts';
import { tf } from '../tf.ts';
import { philoxWgsl } from '../webgpu/philox.ts';
import { bindable } from '../webgpu/tensor-kernel.ts';
import { runFlat } from './gpu/run.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

export interface DropoutPath {
  mask(shape: readonly number[], rate: number, draw: DropoutDraw): Tensor;
}

/** Which of the endlessly many masks. */
export interface DropoutDraw {
  of: Draw;
  /** Ordinal of the dropout within the step: every layer and view has its own. */
  place: number;
}

/** A number is kept if its word is below this. */
export function keptBelow(rate: number): number {
  return Math.floor((1 - rate) * 0x100000000);
}

const composed: DropoutPath = {
  mask(shape, rate, { of, place }) {
    const length = shape.reduce((product, n) => product * n, 1);
    const limit = keptBelow(rate);
    const kept = 1 / (1 - rate);
    return perStep(shape, () => {
      const values = new Float32Array(length);
      const words = new Uint32Array(4);
      for (let i = 0; i < length; i += 4) {
        philox(i >> 2, place, of.step, 0, of.seed, streams.dropout, words);
        for (let j = 0; j < 4 && i + j < length; j++) values[i + j] = (words[j] as number) < limit ? kept : 0;
      }
      return values;
    });
  },
};

/** On the heap of the WASM backend. */
function onHeap(kernels: SetKernels): DropoutPath {
  return {
    mask(shape, rate, { of: { seed, step }, place }) {
      const length = shape.reduce((product, n) => product * n, 1);
      // whole blocks of four words are written
      const mask = tracked<Tensor>(newTensor([4 * Math.ceil(length / 4)]));
      kernels.dropoutMask(addressOf(mask), length, keptBelow(rate), 1 / (1 - rate), seed, streams.dropout, step, place);
      return tf.reshape(tf.slice(mask, 0, length), [...shape]);
    },
  };
}

/** The same words on WebGPU, for masks that one binding can hold. The draw changes at every step, so it goes in as data. */
const onGpu: DropoutPath = {
  mask(shape, rate, draw) {
    const length = shape.reduce((product, n) => product * n, 1);
    if (!bindable(length)) return composed.mask(shape, rate, draw);
    const { of, place } = draw;
    const words = perStep<Tensor1D>([4], () => Int32Array.from([of.seed, streams.dropout, of.step, place]));
    const kernel = {
      key: `dropout ${length} ${rate}`,
      code: () => dropoutCode(length, rate),
      inputs: [words],
      outputs: [shape],
    };
    return tracked(runFlat(kernel, Math.ceil(length / 4))[0] as TensorInfo);
  },
};

function dropoutCode(length: number, rate: number): string {
  return `${philoxWgsl}
fn word(i: i32) -> u32 { return bitcast<u32>(in0[i]); }
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>) {
  let block = id.x + id.y * count.x * 64u;
  let words = philox(vec4<u32>(block, word(3), word(2), 0u), vec2<u32>(word(0), word(1)));
  for (var i = 0u; i < 4u; i++) {
    if (block * 4u + i < ${length}u) { out0[block * 4u + i] = select(0.0, ${1 / (1 - rate)}, words[i] < ${keptBelow(rate)}u); }
  }
}`;
}

const paths: Paths<DropoutPath> = {
  composed,
  webgpu: () => onGpu,
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
