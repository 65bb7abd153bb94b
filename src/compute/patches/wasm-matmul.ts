/**
 * WASM multiplies matrices with XNNPACK only as they stand; with a transpose it falls into a scalar loop, up to thirty times
 * slower. Every dense layer's gradient has two transposes. Our own product takes every case; where it cannot run, moving the
 * numbers first and multiplying then is still faster.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { heapProduct } from '../kernels/products.ts';
import type { Patch } from './contract.ts';
import { replaceKernel, swapLastAxes } from './kernels.ts';

export default {
  id: 'wasm-matmul',
  backend: 'wasm',
  bug: 'matMul(a, b, true) of [512, 512] matrices runs at 0.5 GFLOP/s, matMul(transpose(a), b) at 11 to 16',
  link: 'tfjs-backend-wasm 4.22.0, src/cc/batch_mat_mul_impl.cc: `if (!transpose_a && !transpose_b && a_batch_size == 1 && b_batch_size == 1)`',
  until: 'matMul(a, b, true) is no slower than matMul(transpose(a), b) without it (the test measures both)',
  apply(tf) {
    replaceKernel(tf, 'wasm', 'BatchMatMul', (present) => (call) => {
      const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
      const { a, b } = call.inputs as { a: Tensor; b: Tensor };
      const product = heapProduct(a, b, { transposeA, transposeB });
      if (product) return product;
      if (!transposeA && !transposeB) return present(call);
      return tf.tidy(() => tf.matMul(transposeA ? swapLastAxes(tf, a) : a, transposeB ? swapLastAxes(tf, b) : b));
    });
  },
} satisfies Patch;
