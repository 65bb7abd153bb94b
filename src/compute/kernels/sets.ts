/** The functions of `assembly/heap-sets.ts`, for the operations that use them. All addresses are of float32 numbers. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { addressOf, callAll, freeTensor, heapKernels, newTensor } from './heap.ts';

type Norm = [rows: number, channels: number];
type InstanceShape = [blocks: number, places: number, channels: number];
type Finish = [activation: number, slope: number];
type Gradient = [dy: number, x: number, y: number, scale: number, statistics: number, dx: number, dScale: number, dShift: number];
type AttentionShape = [n: number, queries: number, keys: number, heads: number, width: number];
type Image = [n: number, h: number, w: number, c: number];

export interface SetKernels {
  layerNorm(
    ...numbers: [x: number, scale: number, shift: number, y: number, statistics: number, ...Norm, epsilon: number, ...Finish]
  ): void;
  layerNormGradient(...numbers: [...Gradient, ...Norm, ...Finish, scratch: number]): void;
  instanceNorm(
    ...numbers: [
      x: number,
      scale: number,
      shift: number,
      y: number,
      statistics: number,
      ...InstanceShape,
      epsilon: number,
      ...Finish,
      scratch: number,
    ]
  ): void;
  instanceNormGradient(...numbers: [...Gradient, ...InstanceShape, ...Finish, scratch: number]): void;
  attention(
    ...numbers: [
      ...[q: number, k: number, v: number, bias: number, keep: number, out: number, weights: number],
      ...AttentionShape,
    ]
  ): void;
  attentionGradient(
    ...numbers: [
      ...[dout: number, q: number, k: number, v: number, weights: number, keep: number, dq: number, dk: number, dv: number],
      ...AttentionShape,
      scratch: number,
    ]
  ): void;
  dropoutMask(
    ...numbers: [
      to: number,
      length: number,
      limit: number,
      kept: number,
      seed: number,
      stream: number,
      step: number,
      place: number,
    ]
  ): void;
  upsample(...numbers: [x: number, y: number, ...Image]): void;
  upsampleGradient(...numbers: [dy: number, dx: number, ...Image]): void;
  prelu(...numbers: [x: number, alpha: number, y: number, ...Norm]): void;
  preluGradient(...numbers: [dy: number, x: number, alpha: number, dx: number, dAlpha: number, ...Norm, scratch: number]): void;
  maxPoolGradient(
    ...numbers: [
      ...[dy: number, x: number, dx: number, ...Image, oh: number, ow: number, kh: number, kw: number],
      ...[sy: number, sx: number, top: number, left: number],
    ]
  ): void;
}

/** A function once for each list of numbers, with helper threads where they pay; see `callAll`. */
export function callSets<N extends keyof SetKernels>(
  name: N,
  work: number,
  lists: readonly Readonly<Parameters<SetKernels[N]>>[],
): void {
  callAll('heap-sets', name, work, lists);
}

/** Undefined where there is no SIMD. */
export function setKernels(): SetKernels | undefined {
  return heapKernels<SetKernels>('heap-sets');
}

/** Runs work with the address of so many numbers of scratch memory. */
export function withScratch(numbers: number, work: (address: number) => void): void {
  const scratch: TensorInfo = newTensor([numbers]);
  work(addressOf(scratch));
  freeTensor(scratch);
}
