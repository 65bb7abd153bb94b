/**
 * Convolution of images with bias and activation as one operation with its own gradients. Shapes are [n, height, width, channels].
 *
 * Grouped convolution (Krizhevsky et al., NeurIPS 2012) holds one block of weights per group and nothing for the zeros outside, so
 * the number of parameters is kh kw (ci / groups) co.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import { type ActivationSpec, linear } from './activation.ts';
import { convolutionPath, unfinished } from './convolution-paths.ts';
import { differentiable } from './differentiable.ts';
import { convolutionGeometry, type Padding } from './geometry.ts';

export interface ConvolutionOptions {
  /** Down and across, or one number for both; 1 by default. */
  strides?: number | readonly [number, number];
  /** `same` by default. */
  padding?: Padding;
  groups?: number;
  activation?: ActivationSpec;
  /** True if x is data, so that no gradient of it is needed. */
  inputIsData?: boolean;
}

/**
 * y[b, i, j, o] = f(Σ x[b, i s + p - pad, j s + q - pad, c] w[p, q, c, o] + bias[o]).
 *
 * @param x [n, h, w, ci]
 * @param filter [kh, kw, ci / groups, co]; outputs of group g are the g-th block of co
 * @param bias [co], or undefined
 * @returns [n, oh, ow, co]
 * @throws Error if the shapes do not fit
 * Worked value: x = [[1, 2], [3, 4]], a filter of one 2 and bias 1 give [[3, 5], [7, 9]].
 */
export function conv2d(x: Tensor4D, filter: Tensor, bias: Tensor | undefined, options: ConvolutionOptions = {}): Tensor4D {
  const { inputIsData = false, activation = linear } = options;
  const geometry = convolutionGeometry(x.shape, filter.shape, specOf(options));
  const path = convolutionPath();
  const inputs = [...(inputIsData ? [] : [x]), filter, ...(bias ? [bias] : [])];
  return differentiable<Tensor4D>(inputs, () => {
    const y = path.forward(x, filter as Tensor4D, geometry, { bias, activation });
    return {
      value: y,
      saved: [x, filter, y],
      gradients(dy, saved) {
        const [image, weights, output] = saved as [Tensor4D, Tensor4D, Tensor4D];
        const { error, sums } = path.error(dy, output, activation, bias !== undefined);
        return [
          ...(inputIsData ? [] : [path.inputGradient(error, weights, geometry, unfinished)]),
          path.filterGradient(image, error, geometry),
          ...(sums ? [sums] : []),
        ];
      },
    };
  });
}

/**
 * The adjoint of a convolution: every input pixel adds a copy of the filter to the output, `strides` apart.
 *
 * @param x [n, h, w, ci]
 * @param filter [kh, kw, co, ci], the filter of the convolution that goes the other way
 * @param bias [co], or undefined
 * @param options groups are not known here; with `same` the output is strides times as large, with `valid` (size - 1) stride + k
 * @returns [n, oh, ow, co]
 * Worked value: x = [[2]], a 2 x 2 filter of ones and stride 2 give [[2, 2], [2, 2]].
 */
export function conv2dTranspose(
  x: Tensor4D,
  filter: Tensor,
  bias: Tensor | undefined,
  options: Omit<ConvolutionOptions, 'groups'> = {},
): Tensor4D {
  const { inputIsData = false, activation = linear } = options;
  const spec = specOf(options);
  const [images, height, width, inChannels] = x.shape;
  const [filterHeight, filterWidth, outChannels, channels] = filter.shape as [number, number, number, number];
  if (channels !== inChannels) throw new Error(`a transposed filter of ${channels} channels does not fit ${inChannels}`);
  const size = (length: number, kernel: number, stride: number) =>
    spec.padding === 'same' ? length * stride : (length - 1) * stride + Math.max(kernel, stride);
  const outShape = [images, size(height, filterHeight, spec.strides[0]), size(width, filterWidth, spec.strides[1]), outChannels];
  const geometry = convolutionGeometry(outShape, filter.shape, spec);
  const path = convolutionPath();
  const inputs = [...(inputIsData ? [] : [x]), filter, ...(bias ? [bias] : [])];
  return differentiable<Tensor4D>(inputs, () => {
    const y = path.inputGradient(x, filter as Tensor4D, geometry, { bias, activation });
    return {
      value: y,
      saved: [x, filter, y],
      gradients(dy, saved) {
        const [image, weights, output] = saved as [Tensor4D, Tensor4D, Tensor4D];
        const { error, sums } = path.error(dy, output, activation, bias !== undefined);
        return [
          ...(inputIsData ? [] : [path.forward(error, weights, geometry, unfinished)]),
          path.filterGradient(error, image, geometry),
          ...(sums ? [sums] : []),
        ];
      },
    };
  });
}

/**
 * Each channel with its own filters, then 1 x 1 across the channels: a separable convolution (Chollet, CVPR 2017), as two
 * operations.
 *
 * @param depthwise [kh, kw, c, m]: m filters for each channel; the outputs of channel c are c m ... c m + m - 1
 * @param pointwise [1, 1, c m, co]
 */
export function separableConv2d(
  x: Tensor4D,
  depthwise: Tensor,
  pointwise: Tensor,
  bias: Tensor | undefined,
  options: Omit<ConvolutionOptions, 'groups'> = {},
): Tensor4D {
  const [kernelHeight, kernelWidth, channels, multiplier] = depthwise.shape as [number, number, number, number];
  const grouped = tf.reshape(depthwise, [kernelHeight, kernelWidth, 1, channels * multiplier]);
  const middle = conv2d(x, grouped, undefined, { ...options, activation: linear, groups: channels });
  return conv2d(middle, pointwise, bias, { ...(options.activation ? { activation: options.activation } : {}) });
}

function specOf({ strides = 1, padding = 'same', groups = 1 }: ConvolutionOptions) {
  return { strides: typeof strides === 'number' ? ([strides, strides] as const) : strides, padding, groups };
}
