/** Sizes and padding of a convolution over images [n, height, width, channels]. */

export type Padding = 'same' | 'valid';

export interface ConvolutionSpec {
  strides: readonly [number, number];
  padding: Padding;
  /** Channels in and out are divided into so many blocks; a block of outputs sees its own block of inputs only. */
  groups: number;
}

export interface ConvolutionGeometry extends ConvolutionSpec {
  images: number;
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  filterHeight: number;
  filterWidth: number;
  /** Rows of zeros above and columns of zeros to the left of the image. */
  padTop: number;
  padLeft: number;
}

/**
 * Geometry of a convolution. With `same` there are ⌈size / stride⌉ outputs along an axis, and where the padding is odd the larger
 * half comes last, as in TensorFlow; with `valid` there is no padding.
 *
 * @param input [n, h, w, ci]
 * @param filter [kh, kw, ci / groups, co]
 * @throws Error if channels and groups do not fit, or the filter is larger than the image
 */
export function convolutionGeometry(
  input: readonly number[],
  filter: readonly number[],
  { strides, padding, groups }: ConvolutionSpec,
): ConvolutionGeometry {
  const [images, inHeight, inWidth, inChannels] = input as [number, number, number, number];
  const [filterHeight, filterWidth, channelsPerGroup, outChannels] = filter as [number, number, number, number];
  if (channelsPerGroup * groups !== inChannels || outChannels % groups !== 0)
    throw new Error(`a filter [${filter.join(', ')}] in ${groups} groups does not fit ${inChannels} channels`);
  const [outHeight, padTop] = along(inHeight, filterHeight, strides[0], padding);
  const [outWidth, padLeft] = along(inWidth, filterWidth, strides[1], padding);
  if (outHeight < 1 || outWidth < 1)
    throw new Error(`a filter of ${filterHeight} x ${filterWidth} is larger than the image, ${inHeight} x ${inWidth}`);
  return {
    ...{ strides, padding, groups, images, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels },
    ...{ filterHeight, filterWidth, padTop, padLeft },
  };
}

/** Outputs along one axis and the zeros before it. */
function along(size: number, filter: number, stride: number, padding: Padding): [outputs: number, before: number] {
  if (padding === 'valid') return [Math.floor((size - filter) / stride) + 1, 0];
  const outputs = Math.ceil(size / stride);
  return [outputs, Math.floor(Math.max(0, (outputs - 1) * stride + filter - size) / 2)];
}
