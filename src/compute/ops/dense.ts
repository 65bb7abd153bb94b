/** A dense layer by the kernels of the convolution, for the backend where those are the faster products. */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { bindable } from '../webgpu/tensor-kernel.ts';
import type { ActivationSpec } from './activation.ts';
import { conv2d } from './conv2d.ts';
import { choosePath } from './paths.ts';

/** Numbers of a kernel up to which a product without shared memory is the better one. */
const largestKernel = 65_536;
/** Rows that are laid side by side, as the columns of an image. */
const mostColumns = 64;

/**
 * y = f(x W + b) as a 1 x 1 convolution: bias and activation on the way out, and the gradient of W in slices of the rows.
 *
 * @param x [n, i]
 * @param kernel [i, o]
 * @returns [n, o]; undefined where TF.js's own product should run: off WebGPU, beyond 65,536 numbers in the kernel and beyond
 *   what one binding can hold
 */
export function denseAsConvolution(
  x: Tensor2D,
  kernel: Tensor,
  bias: Tensor | undefined,
  activation: ActivationSpec,
  inputIsData: boolean,
): Tensor2D | undefined {
  const [rows, inputs] = x.shape;
  const outputs = kernel.shape[1] as number;
  const chosen = choosePath({ composed: false, webgpu: () => kernel.size <= largestKernel && bindable(x.size, rows * outputs) });
  if (!chosen || rows === 0) return undefined;
  const columns = columnsFor(rows);
  const image: Tensor4D = tf.reshape(x, [rows / columns, 1, columns, inputs]);
  const y = conv2d(image, tf.reshape(kernel, [1, 1, inputs, outputs]), bias, { activation, inputIsData });
  return tf.reshape(y, [rows, outputs]);
}

/** The largest divisor of a number of rows up to 64. */
function columnsFor(rows: number): number {
  for (let columns = Math.min(rows, mostColumns); columns > 1; columns--) if (rows % columns === 0) return columns;
  return 1;
}
