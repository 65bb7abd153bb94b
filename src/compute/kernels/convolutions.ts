/** Convolutions on the heap of TF.js's WASM backend. XNNPACK has the forward one; by the filter TF.js has none, by the input a scalar loop. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { activationNumbers, type KernelActivation } from './activations.ts';
import { addressOf, freeTensor, heapKernels, newTensor } from './heap.ts';

type Sizes = [
  ...[n: number, h: number, w: number, c: number, oh: number, ow: number, o: number, kh: number, kw: number],
  ...[sy: number, sx: number, top: number, left: number, groups: number],
];
type Tail<T extends number[]> = T extends [number, ...infer Rest extends number[]] ? Rest : never;

interface Kernels {
  scratchBytes(...sizes: Tail<Sizes>): number;
  forward(
    ...numbers: [x: number, filter: number, bias: number, y: number, ...Sizes, activation: number, slope: number, scratch: number]
  ): void;
  inputGradient(
    ...numbers: [
      dy: number,
      filter: number,
      bias: number,
      dx: number,
      ...Sizes,
      activation: number,
      slope: number,
      scratch: number,
    ]
  ): void;
  filterGradient(...numbers: [x: number, dy: number, dw: number, ...Sizes, scratch: number]): void;
  errorAndSums(
    ...numbers: [
      ...[dy: number, y: number, rows: number, columns: number, activation: number, slope: number],
      ...[error: number, sums: number, scratch: number],
    ]
  ): void;
}

/** What the kernels need to know; `ConvolutionGeometry` of the operations has it. */
export interface HeapConvolutionShape {
  images: number;
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  filterHeight: number;
  filterWidth: number;
  strides: readonly [number, number];
  padTop: number;
  padLeft: number;
  groups: number;
}

/** Bias and activation on the way out. */
export interface HeapFinish {
  bias: TensorInfo | undefined;
  activation: KernelActivation;
  slope: number;
}

export interface HeapConvolutions {
  forward(x: TensorInfo, filter: TensorInfo, shape: HeapConvolutionShape, finish: HeapFinish): TensorInfo;
  inputGradient(dy: TensorInfo, filter: TensorInfo, shape: HeapConvolutionShape, finish: HeapFinish): TensorInfo;
  /** [kh, kw, ci / groups, co] */
  filterGradient(x: TensorInfo, dy: TensorInfo, shape: HeapConvolutionShape): TensorInfo;
  /** dy f'(y) and, if asked for, its sums over everything but the last axis. */
  error(
    dy: TensorInfo,
    y: TensorInfo,
    finish: { activation: KernelActivation; slope: number },
    withSums: boolean,
  ): { error: TensorInfo; sums: TensorInfo | undefined };
}

/** Undefined where there is no SIMD. All tensors are float32. */
export function heapConvolutions(): HeapConvolutions | undefined {
  const kernels = heapKernels<Kernels>('heap-convolutions');
  if (!kernels) return undefined;
  const scratchFor = (sizes: Sizes) => newTensor([kernels.scratchBytes(...(sizes.slice(1) as Tail<Sizes>)) / 4]);
  return {
    forward(x, filter, shape, { bias, activation, slope }) {
      const sizes = sizesOf(shape);
      const y = newTensor([shape.images, shape.outHeight, shape.outWidth, shape.outChannels]);
      const scratch = scratchFor(sizes);
      const addresses = [addressOf(x), addressOf(filter), bias ? addressOf(bias) : 0, addressOf(y)] as const;
      kernels.forward(...addresses, ...sizes, activationNumbers[activation], slope, addressOf(scratch));
      freeTensor(scratch);
      return y;
    },
    inputGradient(dy, filter, shape, { bias, activation, slope }) {
      const sizes = sizesOf(shape);
      const dx = newTensor([shape.images, shape.inHeight, shape.inWidth, shape.inChannels]);
      const scratch = scratchFor(sizes);
      const addresses = [addressOf(dy), addressOf(filter), bias ? addressOf(bias) : 0, addressOf(dx)] as const;
      kernels.inputGradient(...addresses, ...sizes, activationNumbers[activation], slope, addressOf(scratch));
      freeTensor(scratch);
      return dx;
    },
    filterGradient(x, dy, shape) {
      const sizes = sizesOf(shape);
      const { filterHeight, filterWidth, inChannels, groups, outChannels } = shape;
      const dw = newTensor([filterHeight, filterWidth, inChannels / groups, outChannels]);
      const scratch = scratchFor(sizes);
      kernels.filterGradient(addressOf(x), addressOf(dy), addressOf(dw), ...sizes, addressOf(scratch));
      freeTensor(scratch);
      return dw;
    },
    error(dy, y, { activation, slope }, withSums) {
      const columns = y.shape.at(-1) as number;
      const rows = y.shape.slice(0, -1).reduce((product, size) => product * size, 1);
      const linear = activation === 'linear';
      const error = linear ? dy : newTensor(y.shape);
      const sums = withSums ? newTensor([columns]) : undefined;
      const scratch = newTensor([columns]);
      if (!linear || sums) {
        kernels.errorAndSums(
          ...([addressOf(dy), addressOf(y), rows, columns, activationNumbers[activation], slope] as const),
          ...([linear ? 0 : addressOf(error), sums ? addressOf(sums) : 0, addressOf(scratch)] as const),
        );
      }
      freeTensor(scratch);
      return { error, sums };
    },
  };
}

function sizesOf(shape: HeapConvolutionShape): Sizes {
  return [
    ...([
      shape.images,
      shape.inHeight,
      shape.inWidth,
      shape.inChannels,
      shape.outHeight,
      shape.outWidth,
      shape.outChannels,
    ] as const),
    ...([shape.filterHeight, shape.filterWidth, ...shape.strides, shape.padTop, shape.padLeft, shape.groups] as const),
  ];
}
