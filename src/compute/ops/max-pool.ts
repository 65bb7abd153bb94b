/** Maximum pooling whose gradient is right for negative maxima on every backend. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { addressOf, newTensor, partsOf } from '../kernels/heap.ts';
import { callSets, setKernels } from '../kernels/sets.ts';
import { tf } from '../tf.ts';
import { differentiable } from './differentiable.ts';
import { type ConvolutionGeometry, convolutionGeometry, type Padding } from './geometry.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

export interface MaxPoolPath {
  forward(x: Tensor4D, geometry: ConvolutionGeometry): Tensor4D;
  gradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, geometry: ConvolutionGeometry): Tensor4D;
}

const composed: MaxPoolPath = {
  forward: (x, { filterHeight, filterWidth, strides: [down, across], padding }) =>
    tf.maxPool(x, [filterHeight, filterWidth], [down, across], padding),
  gradient: (dy, x, y, { filterHeight, filterWidth, strides, padding }) =>
    tf.engine().runKernel('MaxPoolGrad', { dy, input: x, output: y } as never, {
      ...{ filterSize: [filterHeight, filterWidth], strides: [...strides], pad: padding },
    }) as unknown as Tensor4D,
};

/** The gradient on the heap of the WASM backend; TF.js's loses windows whose maximum is not positive. */
const onHeap: MaxPoolPath = {
  forward: composed.forward,
  gradient(dy, x, _y, geometry) {
    const dx = newTensor(x.shape);
    const { images, outHeight, outWidth, filterHeight, filterWidth, strides, padTop, padLeft } = geometry;
    const [, h, w, c] = x.shape;
    const sizes = [outHeight, outWidth, filterHeight, filterWidth, strides[0], strides[1], padTop, padLeft] as const;
    const [errors, from, to] = [addressOf(dy), addressOf(x), addressOf(dx)];
    const [size, outSize] = [4 * h * w * c, 4 * outHeight * outWidth * c];
    const work = dy.size * filterHeight * filterWidth;
    const calls = partsOf(images, work).map(
      ({ first, count }) => [errors + first * outSize, from + first * size, to + first * size, count, h, w, c, ...sizes] as const,
    );
    callSets('maxPoolGradient', work, calls);
    return tracked(dx);
  },
};

const paths: Paths<MaxPoolPath> = {
  composed,
  wasm: () => setKernels() && onHeap,
};

/**
 * The largest number of each window and channel. Padding is never the largest. Where several are equal, which one of them gets the
 * gradient depends on the backend.
 *
 * @param x [n, h, w, c]
 * @param window rows and columns
 */
export function maxPool(
  x: Tensor4D,
  window: readonly [number, number],
  strides: readonly [number, number] = window,
  padding: Padding = 'valid',
): Tensor4D {
  const channels = x.shape[3];
  const geometry = convolutionGeometry(x.shape, [...window, 1, channels], { strides, padding, groups: channels });
  const path = choosePath(paths);
  return differentiable<Tensor4D>([x], () => {
    const y = path.forward(x, geometry);
    return {
      value: y,
      saved: [x, y],
      gradients: (dy, saved: Tensor[]) => [path.gradient(dy, saved[0] as Tensor4D, saved[1] as Tensor4D, geometry)],
    };
  });
}
