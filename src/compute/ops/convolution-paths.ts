/** The three products of a convolution, by themselves: neither bias nor activation, nothing recorded. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';
import type { ConvolutionGeometry } from './geometry.ts';
import { choosePath } from './paths.ts';

export interface ConvolutionPath {
  /** y [n, oh, ow, co] of x [n, h, w, ci] and w [kh, kw, ci / groups, co]. */
  forward(x: Tensor4D, filter: Tensor4D, geometry: ConvolutionGeometry): Tensor4D;
  /** dx [n, h, w, ci], which is also the transposed convolution of dy. */
  inputGradient(dy: Tensor4D, filter: Tensor4D, geometry: ConvolutionGeometry): Tensor4D;
  /** dw [kh, kw, ci / groups, co]. */
  filterGradient(x: Tensor4D, dy: Tensor4D, geometry: ConvolutionGeometry): Tensor4D;
}

/** Of TF.js operations; one channel per group as a depthwise convolution, other groups as so many convolutions of slices. */
const composed: ConvolutionPath = {
  forward: (x, filter, geometry) => {
    if (isDepthwise(geometry))
      return tf.depthwiseConv2d(x, perChannel(filter, geometry), strides(geometry), geometry.padding) as Tensor4D;
    return inGroups(
      geometry,
      [x, 3],
      [filter, 3],
      (part, weights) => tf.conv2d(part, weights, strides(geometry), geometry.padding),
      3,
    );
  },
  inputGradient: (dy, filter, geometry) => {
    if (isDepthwise(geometry) && tf.getKernel(depthwiseInput, tf.getBackend())) {
      const { images: n, inHeight: h, inWidth: w, inChannels: c } = geometry;
      const attributes = { ...depthwiseAttributes(geometry), inputShape: [n, h, w, c] };
      return runKernel(depthwiseInput, { dy, filter: perChannel(filter, geometry) }, attributes);
    }
    const { images, inHeight, inWidth, inChannels, groups } = geometry;
    const shape: [number, number, number, number] = [images, inHeight, inWidth, inChannels / groups];
    return inGroups(
      geometry,
      [dy, 3],
      [filter, 3],
      (part, weights) => tf.conv2dTranspose(part, weights, shape, strides(geometry), geometry.padding),
      3,
    );
  },
  filterGradient: (x, dy, geometry) => {
    const { filterHeight, filterWidth, inChannels, outChannels, groups, padding } = geometry;
    if (isDepthwise(geometry) && tf.getKernel(depthwiseFilter, tf.getBackend())) {
      const wide = [filterHeight, filterWidth, inChannels, outChannels / inChannels];
      const found = runKernel(depthwiseFilter, { x, dy }, { ...depthwiseAttributes(geometry), filterShape: wide });
      return tf.reshape(found, [filterHeight, filterWidth, 1, outChannels]);
    }
    const filterShape = [filterHeight, filterWidth, inChannels / groups, outChannels / groups];
    const attributes = { strides: strides(geometry), pad: padding, dataFormat: 'NHWC', filterShape };
    return inGroups(
      geometry,
      [x, 3],
      [dy, 3],
      (part, error) => runKernel('Conv2DBackpropFilter', { x: part, dy: error }, attributes),
      3,
    );
  },
};

const depthwiseInput = 'DepthwiseConv2dNativeBackpropInput';
const depthwiseFilter = 'DepthwiseConv2dNativeBackpropFilter';

function isDepthwise({ groups, inChannels }: ConvolutionGeometry): boolean {
  return groups > 1 && groups === inChannels;
}

/** [kh, kw, 1, c m] as [kh, kw, c, m]. */
function perChannel(filter: Tensor4D, { filterHeight, filterWidth, inChannels, outChannels }: ConvolutionGeometry): Tensor4D {
  return tf.reshape(filter, [filterHeight, filterWidth, inChannels, outChannels / inChannels]);
}

function depthwiseAttributes(geometry: ConvolutionGeometry) {
  return { strides: strides(geometry), pad: geometry.padding, dilations: [1, 1] };
}

function runKernel(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor4D {
  return tf.engine().runKernel(name, inputs, attributes as never) as unknown as Tensor4D;
}

function strides({ strides: [down, across] }: ConvolutionGeometry): [number, number] {
  return [down, across];
}

/** Cuts both tensors along their axis into groups, works on each pair, and joins the results along `axis`. */
function inGroups(
  { groups }: ConvolutionGeometry,
  [a, axisA]: [Tensor4D, number],
  [b, axisB]: [Tensor4D, number],
  work: (a: Tensor4D, b: Tensor4D) => Tensor4D,
  axis: number,
): Tensor4D {
  if (groups === 1) return work(a, b);
  return tf.tidy(() => {
    const [partsA, partsB] = [tf.split(a, groups, axisA), tf.split(b, groups, axisB)];
    return tf.concat(
      partsA.map((part: Tensor, i) => work(part as Tensor4D, partsB[i] as Tensor4D)),
      axis,
    );
  });
}

export function convolutionPath(): ConvolutionPath {
  return choosePath({ composed });
}
