/**
 * The operations of `compute/ops/` once more in ordinary operations of TF.js, differentiated by TF.js: what our gradients must agree
 * with. Nothing here is shared with the kernels or the hand-written gradients that are judged.
 */
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../compute/tf.ts';
import type { OperationOptions } from './operations.ts';

type Inputs = Record<string, Tensor>;

export const plainOperations: Record<string, (inputs: Inputs, options: OperationOptions) => Tensor> = {
  conv2d: ({ x, filter, bias }, o) => plainActivation(tf.add(convolution(x as Tensor4D, filter as Tensor4D, o), bias!), o),
  conv2dTranspose: ({ x, filter, bias }, o) => {
    const [n, h, w] = x!.shape as [number, number, number];
    const [kh, kw, out] = filter!.shape as [number, number, number];
    const [down, across] = o.strides!;
    const { padding = 'same' } = o;
    const size = (length: number, kernel: number, stride: number) =>
      padding === 'same' ? length * stride : (length - 1) * stride + Math.max(kernel, stride);
    const shape: [number, number, number, number] = [n, size(h, kh, down), size(w, kw, across), out];
    const y = tf.conv2dTranspose(x as Tensor4D, filter as Tensor4D, shape, o.strides!, padding);
    return plainActivation(tf.add(y, bias!), o);
  },
  separableConv2d: ({ x, depthwise, pointwise, bias }, o) => {
    const each = tf.depthwiseConv2d(x as Tensor4D, depthwise as Tensor4D, o.strides!, o.padding!) as Tensor4D;
    return plainActivation(tf.add(tf.conv2d(each, pointwise as Tensor4D, 1, 'same'), bias!), o);
  },
  maxPool: ({ x }, { window, strides, padding }) => tf.maxPool(x as Tensor4D, window!, strides!, padding!),
  upsampleBilinear: ({ x }) => alongBoth(x as Tensor4D, bilinear),
  upsampleNearest: ({ x }, { factors }) => {
    const [down, across] = factors!;
    const repeat = (factor: number) => (length: number) =>
      Array.from({ length: factor * length }, (_, to) =>
        Array.from({ length }, (_, from) => Number(Math.floor(to / factor) === from)),
      );
    return alongBoth(x as Tensor4D, repeat(down), repeat(across));
  },
  layerNorm: ({ x, scale, shift }, o) => normalised(x!, scale!, shift!, [x!.rank - 1], o),
  instanceNorm: ({ x, scale, shift }, o) => normalised(x!, scale!, shift!, [1, 2], o),
  attention: ({ q, k, v, mask, bias, keep }, { heads }) => {
    const apart = (t: Tensor): Tensor4D => {
      const [n, length, d] = t.shape as [number, number, number];
      return tf.transpose(tf.reshape(t, [n, length, heads!, d / heads!]), [0, 2, 1, 3]);
    };
    const [events, queries, d] = q!.shape as [number, number, number];
    const keys = k!.shape[1]!;
    const products: Tensor = tf.matMul(apart(q!), apart(k!), false, true);
    let logits: Tensor = tf.div(products, Math.sqrt(d / heads!));
    if (mask) logits = tf.add(logits, tf.reshape(tf.mul(tf.sub(mask, 1), 1e9), [events, 1, 1, keys]));
    if (bias) logits = tf.add(logits, tf.reshape(bias, [events, 1, 1, keys]));
    const weights = tf.softmax(logits);
    const found: Tensor = tf.matMul((keep ? tf.mul(weights, keep) : weights) as Tensor3D, apart(v!) as Tensor as Tensor3D);
    return tf.reshape(tf.transpose(found, [0, 2, 1, 3]), [events, queries, d]);
  },
  gelu: ({ x }) => tf.mul(tf.mul(x!, 0.5), tf.add(1, tf.erf(tf.div(x!, Math.SQRT2)))),
  prelu: ({ x, alpha }) => tf.add(tf.relu(x!), tf.mul(alpha!, tf.minimum(x!, 0))),
  contrastiveLoss: ({ z, zPhysics }, { tau }) => {
    const [a, b] = [unit(z!), unit(zPhysics!)];
    return tf.add(tf.div(tf.neg(tf.mean(products(a, b))), tau!), tf.mean(logSums(a, b, tau!)));
  },
  anomalyContrastiveLoss: ({ z, zPhysics, zAnomaly }, { tau }) => {
    const [a, b, c] = [unit(z!), unit(zPhysics!), unit(zAnomaly!)];
    const attraction = tf.div(tf.mean(tf.sub(products(a, c), products(a, b))), tau!);
    return tf.add(attraction, tf.mean(logSums(a, b, tau!)));
  },
  anomalyContrastivePlusLoss: ({ z, zPhysics, zAnomaly }, { tau }) => {
    const [a, b, c] = [unit(z!), unit(zPhysics!), unit(zAnomaly!)];
    return tf.div(tf.mean(tf.sub(products(a, c), products(a, b))), tau!);
  },
};

/** f(x) in operations of TF.js alone, for what a kernel is compared with; x itself for any other name. */
export function plainActivation<T extends Tensor>(
  x: T,
  { activation, slope }: Pick<OperationOptions, 'activation' | 'slope'>,
): T {
  switch (activation) {
    case 'relu':
      return tf.relu(x);
    case 'leaky-relu':
      return tf.leakyRelu(x, slope);
    case 'elu':
      return tf.elu(x);
    case 'tanh':
      return tf.tanh(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    default:
      return x;
  }
}

function convolution(
  x: Tensor4D,
  filter: Tensor4D,
  { strides = [1, 1], padding = 'same', groups = 1 }: OperationOptions,
): Tensor {
  // TF.js differentiates no split into one part
  if (groups === 1) return tf.conv2d(x, filter, strides, padding);
  const [filters, parts] = [tf.split(filter, groups, 3) as Tensor4D[], tf.split(x, groups, 3) as Tensor4D[]];
  return tf.concat(
    parts.map((part, i) => tf.conv2d(part, filters[i]!, strides, padding)),
    3,
  );
}

function normalised(x: Tensor, scale: Tensor, shift: Tensor, axes: number[], o: OperationOptions): Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return plainActivation(tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, o.epsilon!))), scale), shift), o);
}

/** Weights of two neighbours at a quarter and three quarters of a pixel; the edge stands for what lies beyond it. */
function bilinear(length: number): number[][] {
  return Array.from({ length: 2 * length }, (_, to) => {
    const row = new Array<number>(length).fill(0);
    const place = (to + 0.5) / 2 - 0.5;
    const below = Math.floor(place);
    for (const [pixel, weight] of [
      [below, 1 - (place - below)],
      [below + 1, place - below],
    ] as const) {
      const inside = Math.min(length - 1, Math.max(0, pixel));
      row[inside] = row[inside]! + weight;
    }
    return row;
  });
}

/** A linear map along the height and one along the width, as matrix products. */
function alongBoth(x: Tensor4D, down: (length: number) => number[][], across = down): Tensor {
  const [n, h, w, c] = x.shape;
  const [rows, columns] = [down(h), across(w)];
  const along = (matrix: number[][], of: Tensor, outer: number, inner: number): Tensor => {
    const length = matrix[0]!.length;
    const parts: Tensor2D = tf.reshape(tf.transpose(tf.reshape(of, [outer, length, inner]), [1, 0, 2]), [length, outer * inner]);
    const mapped: Tensor = tf.matMul(tf.tensor2d(matrix), parts);
    return tf.transpose(tf.reshape(mapped, [matrix.length, outer, inner]), [1, 0, 2]);
  };
  const tall = along(rows, x, n, w * c);
  return tf.reshape(along(columns, tall, n * rows.length, c), [n, rows.length, columns.length, c]);
}

function unit(z: Tensor): Tensor {
  return tf.div(z, tf.sqrt(tf.sum(tf.square(z), 1, true)));
}

function products(a: Tensor, b: Tensor): Tensor {
  return tf.sum(tf.mul(a, b), 1);
}

/** log Σ exp(s / tau) over all rows of [a; b] but those of the same event. */
function logSums(a: Tensor, b: Tensor, tau: number): Tensor {
  const rows = tf.concat([a, b], 0) as Tensor2D;
  const same: Tensor = tf.tile(tf.eye(a.shape[0]!), [2, 2]);
  const similarities: Tensor = tf.matMul(rows, rows, false, true);
  return tf.logSumExp(tf.sub(tf.div(similarities, tau), tf.mul(same, 1e9)), 1);
}
