/**
 * WASM's gradient of max pooling looks for the maximum starting from the smallest positive float, so a window without a
 * positive number passes no gradient back. Ours finds the maximum whatever its sign, the first of equals, as the CPU backend.
 */
import type { Tensor4D } from '@tensorflow/tfjs';
import type { Patch, Tf } from './contract.ts';
import { replaceKernel } from './kernels.ts';

type PoolingInfo = ReturnType<Tf['backend_util']['computePool2DInfo']>;

interface Attributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

export default {
  id: 'wasm-max-pool-grad',
  backend: 'wasm',
  bug: 'the gradient of sum(maxPool 2x2) at x = -16 .. -1 as [1, 4, 4, 1] is a single one at place 0 instead of ones at 5, 7, 13, 15',
  link: 'tfjs-backend-wasm 4.22.0, src/cc/kernels/MaxPoolGrad.cc: max_value starts at numeric_limits<float>::min()',
  until: 'the test finds the four ones without it',
  apply(tf) {
    replaceKernel(tf, 'wasm', 'MaxPoolGrad', () => ({ inputs, attrs }) => {
      const { dy, input } = inputs as unknown as { dy: Tensor4D; input: Tensor4D };
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Attributes;
      const info = tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode);
      return tf.tensor4d(sendToMaxima(input.dataSync<'float32'>(), dy.dataSync<'float32'>(), info), input.shape);
    });
  },
} satisfies Patch;

/** Every output's gradient goes to the input that was its window's maximum. Padding is never the maximum. */
function sendToMaxima(x: Float32Array, dy: Float32Array, info: PoolingInfo): Float32Array {
  const { batchSize, inHeight, inWidth, inChannels: channels, outHeight, outWidth } = info;
  const dx = new Float32Array(x.length);
  let out = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - info.padInfo.top;
      const firstRow = Math.max(0, top);
      const endRow = Math.min(inHeight, top + info.effectiveFilterHeight);
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        const firstColumn = Math.max(0, left);
        const endColumn = Math.min(inWidth, left + info.effectiveFilterWidth);
        for (let channel = 0; channel < channels; channel++) {
          let largest = Number.NEGATIVE_INFINITY;
          let place = -1;
          for (let i = firstRow; i < endRow; i++) {
            let at = ((image * inHeight + i) * inWidth + firstColumn) * channels + channel;
            for (let j = firstColumn; j < endColumn; j++, at += channels) {
              if ((x[at] as number) > largest) {
                largest = x[at] as number;
                place = at;
              }
            }
          }
          if (place >= 0) dx[place] = (dx[place] as number) + (dy[out] as number);
          out++;
        }
      }
    }
  }
  return dx;
}
