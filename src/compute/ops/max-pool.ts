/** Maximum pooling whose gradient is right for negative maxima on every backend. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { addressOf, newTensor } from '../kernels/heap.ts';
import { type SetKernels, setKernels } from '../kernels/sets.ts';
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
function onHeap(kernels: SetKernels): MaxPoolPath {
  return {
    forward: composed.forward,
    gradient(dy, x, _y, geometry) {
      const dx = newTensor(x.shape);
      const { outHeight, outWidth, filterHeight, filterWidth, strides, padTop, padLeft } = geometry;
      const sizes = [outHeight, outWidth, filterHeight, filterWidth, ...strides, padTop, padLeft] as const;
      kernels.maxPoolGradient(addressOf(dy), addressOf(x), addressOf(dx), ...x.shape, ...sizes);
      return tracked(dx);
    },
  };
}

const paths: Paths<MaxPoolPath> = {
  composed,
  wasm: () => {
    const kernels = setKernels();
    return kernels && onHeap(kernels);
  },
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
