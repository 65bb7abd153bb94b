/** Maximum pooling whose gradient is right for negative maxima on every backend. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { differentiable } from './differentiable.ts';
import { type ConvolutionGeometry, convolutionGeometry, type Padding } from './geometry.ts';
import { choosePath, type Paths } from './paths.ts';

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

const paths: Paths<MaxPoolPath> = { composed };

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
