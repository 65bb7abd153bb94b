/** Convolutions on the heap of TF.js's WASM backend. XNNPACK has the forward one; by the filter TF.js has none, by the input a scalar loop. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { activationNumbers, type KernelActivation } from './activations.ts';
import { addShares } from './columns.ts';
import { addressOf, callAll, freeTensor, heapKernels, mostCalls, newTensor, partsOf } from './heap.ts';

type Sizes = [
  ...[n: number, h: number, w: number, c: number, oh: number, ow: number, o: number, kh: number, kw: number],
  ...[sy: number, sx: number, top: number, left: number, groups: number],
];
type Tail<T extends number[]> = T extends [number, ...infer Rest extends number[]] ? Rest : never;

const module = 'heap-convolutions';

interface Kernels {
  scratchBytes(...sizes: Tail<Sizes>): number;
}

/** Images whose share of the gradient by a filter is added up by itself; the shares are then added in order. */
const mostShares = 8;
/** Numbers of all shares together. */
const mostShareNumbers = 2 ** 22;
/** What a number of an error costs, in multiplications. */
const workPerNumber = 8;
/** Rows of an error that are added up by themselves; a multiple of the kernel's own portion. */
const rowsPerShare = 2 ** 14;

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
  const kernels = heapKernels<Kernels>(module);
  if (!kernels) return undefined;
  /** Scratch memory for each of some calls. */
  const scratchFor = (sizes: Sizes, calls: number) => {
    const numbers = Math.ceil(kernels.scratchBytes(...(sizes.slice(1) as Tail<Sizes>)) / 64) * 16;
    const tensor = newTensor([calls * numbers]);
    const address = addressOf(tensor);
    return { at: (call: number) => address + 4 * call * numbers, free: () => freeTensor(tensor) };
  };
  /** `forward` and `inputGradient`, some images at a time. */
  const correlate = (
    name: 'forward' | 'inputGradient',
    from: TensorInfo,
    to: TensorInfo,
    filter: TensorInfo,
    shape: HeapConvolutionShape,
    { bias, activation, slope }: HeapFinish,
  ) => {
    const [images, ...sizes] = sizesOf(shape);
    const work = workOf(shape);
    const parts = partsOf(images, work);
    const scratch = scratchFor([images, ...sizes], parts.length);
    const [source, target] = [slicesOf(from, images), slicesOf(to, images)];
    const [weights, shift] = [addressOf(filter), bias ? addressOf(bias) : 0];
    const calls = parts.map(({ first, count }, i) => [
      ...[source(first), weights, shift, target(first)],
      ...[count, ...sizes, activationNumbers[activation], slope, scratch.at(i)],
    ]);
    callAll(module, name, work, calls);
    scratch.free();
  };
  return {
    forward(x, filter, shape, finish) {
      const y = newTensor([shape.images, shape.outHeight, shape.outWidth, shape.outChannels]);
      correlate('forward', x, y, filter, shape, finish);
      return y;
    },
    inputGradient(dy, filter, shape, finish) {
      const dx = newTensor([shape.images, shape.inHeight, shape.inWidth, shape.inChannels]);
      correlate('inputGradient', dy, dx, filter, shape, finish);
      return dx;
    },
    filterGradient(x, dy, shape) {
      const [images, ...sizes] = sizesOf(shape);
      const { filterHeight, filterWidth, inChannels, groups, outChannels } = shape;
      const dw = newTensor([filterHeight, filterWidth, inChannels / groups, outChannels]);
      const size = (filterHeight * filterWidth * inChannels * outChannels) / groups;
      // by the shape alone, so that the sum is the same with any number of threads
      const shares = Math.max(1, Math.min(mostShares, images, Math.floor(mostShareNumbers / size)));
      const sums = shares > 1 ? newTensor([shares, size]) : dw;
      const scratch = scratchFor([images, ...sizes], shares);
      const [source, errors, to] = [slicesOf(x, images), slicesOf(dy, images), addressOf(sums)];
      const start = (share: number) => Math.floor((share * images) / shares);
      const calls = Array.from({ length: shares }, (_, i) => [
        ...[source(start(i)), errors(start(i)), to + 4 * i * size],
        ...[start(i + 1) - start(i), ...sizes, scratch.at(i)],
      ]);
      callAll(module, 'filterGradient', workOf(shape), calls);
      scratch.free();
      if (shares > 1) {
        addShares(to, shares, size, addressOf(dw));
        freeTensor(sums);
      }
      return dw;
    },
    error(dy, y, { activation, slope }, withSums) {
      const columns = y.shape.at(-1) as number;
      const rows = y.shape.slice(0, -1).reduce((product, size) => product * size, 1);
      const linear = activation === 'linear';
      const error = linear ? dy : newTensor(y.shape);
      const sums = withSums ? newTensor([columns]) : undefined;
      if (linear && !sums) return { error, sums };
      const shares = Math.max(1, Math.min(mostCalls, Math.ceil(rows / rowsPerShare)));
      const parts = newTensor([shares, 2, columns]);
      const start = (share: number) => Math.floor((share * rows) / shares);
      const calls = Array.from({ length: shares }, (_, i) => {
        const at = 4 * start(i) * columns;
        return [
          ...[addressOf(dy) + at, addressOf(y) + at, start(i + 1) - start(i), columns, activationNumbers[activation], slope],
          ...[linear ? 0 : addressOf(error) + at, sums ? addressOf(parts) + 4 * i * columns : 0],
          addressOf(parts) + 4 * (shares + i) * columns,
        ];
      });
      callAll(module, 'errorAndSums', workPerNumber * rows * columns, calls);
      if (sums) addShares(addressOf(parts), shares, columns, addressOf(sums));
      freeTensor(parts);
      return { error, sums };
    },
  };
}

/** Multiplications of any of the three. */
function workOf({
  images,
  outHeight,
  outWidth,
  outChannels,
  filterHeight,
  filterWidth,
  inChannels,
  groups,
}: HeapConvolutionShape) {
  return (images * outHeight * outWidth * outChannels * filterHeight * filterWidth * inChannels) / groups;
}

/** Address of the i-th of `count` equal slices of a tensor. */
function slicesOf(tensor: TensorInfo, count: number): (i: number) => number {
  const address = addressOf(tensor);
  const bytes = (4 * tensor.shape.reduce((product, size) => product * size, 1)) / count;
  return (i) => address + i * bytes;
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
