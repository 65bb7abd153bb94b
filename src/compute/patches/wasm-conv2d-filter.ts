/**
 * WASM has no kernel for the gradient of a convolution with respect to its filter, so no convolution can be trained on it.
 * The gradient is a matrix product: for every place (i, j) in the filter, the input seen through that place [ci, n] times the
 * arriving gradient [n, co], where n counts the output's pixels of all images. All places are stacked into one product.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { Patch, Tf } from './contract.ts';
import { addKernel, swapLastAxes } from './kernels.ts';

type ConvolutionInfo = ReturnType<Tf['backend_util']['computeConv2DInfo']>;

interface Attributes {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number;
  dataFormat: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  filterShape: [number, number, number, number];
}

/** Stacked views of the input in one product, in numbers (128 MiB); beyond that the images are taken in portions. */
const largestProduct = 2 ** 25;

export default {
  id: 'wasm-conv2d-filter',
  backend: 'wasm',
  bug: "training any convolution throws: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'",
  link: 'https://github.com/tensorflow/tfjs/issues/8474',
  until: 'TF.js registers Conv2DBackpropFilter for wasm (registering it twice then fails the test)',
  apply(tf) {
    addKernel(tf, 'wasm', 'Conv2DBackpropFilter', ({ inputs, attrs }) => {
      const { x, dy } = inputs as unknown as { x: Tensor4D; dy: Tensor4D };
      const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs as unknown as Attributes;
      if (dataFormat !== 'NHWC') throw new Error(`the filter gradient on wasm takes NHWC only, not ${dataFormat}`);
      const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
      return tf.tidy(() => filterGradient(tf, x, dy, info));
    });
  },
} satisfies Patch;

function filterGradient(tf: Tf, x: Tensor4D, dy: Tensor4D, info: ConvolutionInfo): Tensor4D {
  const numbersPerImage = info.outHeight * info.outWidth * info.filterHeight * info.filterWidth * info.inChannels;
  const portion = Math.max(1, Math.floor(largestProduct / numbersPerImage));
  let sum: Tensor | undefined;
  for (let from = 0; from < info.batchSize; from += portion) {
    const images = Math.min(portion, info.batchSize - from);
    const all = images === info.batchSize;
    const part = portionGradient(
      tf,
      all ? x : tf.slice(x, [from, 0, 0, 0], [images, -1, -1, -1]),
      all ? dy : tf.slice(dy, [from, 0, 0, 0], [images, -1, -1, -1]),
      info,
    );
    sum = sum ? tf.add(sum, part) : part;
  }
  return tf.reshape(sum as Tensor, info.filterShape) as Tensor4D;
}

/** [kh kw ci, co] */
function portionGradient(tf: Tf, x: Tensor4D, dy: Tensor4D, info: ConvolutionInfo): Tensor {
  const { top, bottom, left, right } = info.padInfo;
  const padded = tf.pad4d(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const views: Tensor[] = [];
  for (let i = 0; i < info.filterHeight; i++) {
    for (let j = 0; j < info.filterWidth; j++) {
      views.push(swapLastAxes(tf, tf.reshape(viewThrough(tf, padded, i, j, info), [-1, info.inChannels])));
    }
  }
  return tf.matMul(tf.concat(views, 0), tf.reshape(dy, [-1, info.outChannels]));
}

/** What the filter's place (i, j) sees of the padded input, [images, outHeight, outWidth, ci]. */
function viewThrough(tf: Tf, padded: Tensor4D, i: number, j: number, info: ConvolutionInfo): Tensor4D {
  const { strideHeight, strideWidth, outHeight, outWidth } = info;
  const height = (outHeight - 1) * strideHeight + 1;
  const width = (outWidth - 1) * strideWidth + 1;
  if (strideHeight === 1 && strideWidth === 1) return tf.slice(padded, [0, i, j, 0], [-1, height, width, -1]);
  const [images, , , channels] = padded.shape;
  return tf.stridedSlice(
    padded,
    [0, i, j, 0],
    [images, i + height, j + width, channels],
    [1, strideHeight, strideWidth, 1],
  ) as Tensor4D;
}
