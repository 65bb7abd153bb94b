/**
 * Outside XNNPACK, WASM's fused product works through the inner dimension in blocks of 48 and finishes every block as if it
 * were the last: the bias is added once per block, and the activation cuts partial sums. The unfused operations are right.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { KernelActivation } from '../kernels/activations.ts';
import { heapProduct } from '../kernels/products.ts';
import type { Patch, Tf } from './contract.ts';
import { replaceKernel } from './kernels.ts';

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
  activation: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'prelu' | 'leakyrelu';
  leakyreluAlpha?: number;
}

interface Inputs {
  a: Tensor;
  b: Tensor;
  bias?: Tensor;
  preluActivationWeights?: Tensor;
}

/** Activations that our own product finishes with. */
const ours: Partial<Record<Attributes['activation'], KernelActivation>> = {
  linear: 'linear',
  relu: 'relu',
  elu: 'elu',
  sigmoid: 'sigmoid',
  leakyrelu: 'leaky-relu',
};

export default {
  id: 'wasm-fused-matmul',
  backend: 'wasm',
  bug: 'ones [2, 1, 100] times ones [2, 100, 3] with bias 10 20 30 gives 130 160 190 instead of 110 120 130; the same with one matrix and a transpose',
  link: 'tfjs-backend-wasm 4.22.0, src/cc/batch_mat_mul_impl.cc, slow_batch_matmul: bias and activation inside the loop over blocks of the inner dimension',
  until: 'the test finds 110 120 130 without it',
  apply(tf) {
    replaceKernel(tf, 'wasm', '_FusedMatMul', (present) => (call) => {
      const inputs = call.inputs as unknown as Inputs;
      const attributes = call.attrs as unknown as Attributes;
      const kind = ours[attributes.activation];
      if (kind) {
        const { a, b, bias } = inputs;
        const product = heapProduct(a, b, { ...attributes, bias, activation: kind, slope: attributes.leakyreluAlpha ?? 0 });
        if (product) return product;
      }
      if (isSafe(inputs, attributes)) return present(call);
      return tf.tidy(() => {
        const product = tf.matMul(inputs.a, inputs.b, attributes.transposeA, attributes.transposeB);
        return activate(tf, inputs.bias ? tf.add(product, inputs.bias) : product, inputs, attributes);
      });
    });
  },
} satisfies Patch;

/** XNNPACK's path: one matrix each, as they stand. */
function isSafe({ a, b }: Inputs, { transposeA, transposeB }: Attributes): boolean {
  const single = (t: Tensor) => t.shape.slice(0, -2).every((n) => n === 1);
  return !transposeA && !transposeB && single(a) && single(b);
}

function activate(tf: Tf, z: Tensor, { preluActivationWeights }: Inputs, { activation, leakyreluAlpha }: Attributes): Tensor {
  switch (activation) {
    case 'linear':
      return z;
    case 'relu':
      return tf.relu(z);
    case 'relu6':
      return tf.relu6(z);
    case 'elu':
      return tf.elu(z);
    case 'sigmoid':
      return tf.sigmoid(z);
    case 'prelu':
      return tf.prelu(z, preluActivationWeights as Tensor);
    case 'leakyrelu':
      return tf.leakyRelu(z, leakyreluAlpha);
  }
}
