/**
 * The networks that are no stack of TF.js's own layers, in operations of TF.js and nothing else: the plain side of the comparison.
 * Written as somebody would who has only TF.js; weights come in the order in which the model lists them.
 */
import type { Scalar, Tensor, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { tf } from '../../src/compute/tf.ts';
import type { SetEncoderSpec } from '../../src/models/anomaly-clr-network.ts';
import type { ImageLayerSpec } from '../../src/models/image-network.ts';

/** Hands weights out one after another. */
function supply(variables: readonly Variable[]): () => Tensor {
  let next = 0;
  return () => variables[next++] as Tensor;
}

/** @param numbers [n, k] of a stack that is conditioned on them */
export function plainImage(specs: readonly ImageLayerSpec[], variables: readonly Variable[], numbers?: Tensor2D) {
  return (x: Tensor4D): Tensor => stack(specs, supply(variables), x, numbers);
}

function stack(specs: readonly ImageLayerSpec[], weight: () => Tensor, x: Tensor, numbers?: Tensor2D): Tensor {
  return specs.reduce((value, spec) => layer(spec, weight, value as Tensor4D, numbers), x);
}

function layer(spec: ImageLayerSpec, weight: () => Tensor, x: Tensor4D, numbers?: Tensor2D): Tensor {
  switch (spec.kind) {
    case 'conv':
      return tf.add(groupedConvolution(x, weight() as Tensor4D, [...spec.strides], spec.groups), weight());
    case 'conv-transpose': {
      const [n, h, w] = x.shape;
      const shape: [number, number, number, number] = [n, h * spec.strides[0], w * spec.strides[1], spec.filters];
      return tf.add(tf.conv2dTranspose(x, weight() as Tensor4D, shape, [...spec.strides], 'same'), weight());
    }
    case 'dense':
      return tf.add(tf.matMul(x as Tensor as Tensor2D, weight() as Tensor2D), weight());
    case 'flatten':
      return tf.reshape(x, [x.shape[0], -1]);
    case 'max-pool':
      return tf.maxPool(x, [...spec.size], [...spec.strides], 'same');
    case 'upsample':
      return doubled(doubled(x, 1), 2);
    case 'crop': {
      const [rows, columns] = [spec.rows, spec.columns];
      const size = [x.shape[0], x.shape[1] - rows[0] - rows[1], x.shape[2] - columns[0] - columns[1], x.shape[3]] as const;
      return tf.slice(x, [0, rows[0], columns[0], 0], [...size]);
    }
    case 'instance-norm': {
      const { mean, variance } = tf.moments(x, [1, 2], true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, spec.epsilon))), weight()), weight());
    }
    case 'activation':
      return spec.activation === 'relu' ? tf.relu(x) : tf.leakyRelu(x, spec.slope);
    case 'residual':
      return tf.add(x, stack(spec.layers, weight, x, numbers));
    case 'condition': {
      const plane = planes(numbers as Tensor2D, x);
      return tf.mul(x, tf.add(tf.conv2d(plane, weight() as Tensor4D, 1, 'same'), weight()));
    }
    default:
      throw new Error(`no reference network has ${spec.kind}`);
  }
}

/**
 * Bilinear upsampling by two along one axis. `tf.image.resizeBilinear` with half-pixel centres has the same values, but its gradient
 * is that without them, on every backend of 4.22: 6 17 38 75 for 2 x 2 pixels to 4 x 4 weighted by 1 to 16, instead of 16.5 23.5 44.5 51.5.
 */
function doubled(x: Tensor4D, axis: 1 | 2): Tensor4D {
  const length = x.shape[axis];
  const part = (from: number, count: number) => {
    const [begin, size] = [[0, 0, 0, 0], [...x.shape]] as [[number, number, number, number], [number, number, number, number]];
    begin[axis] = from;
    size[axis] = count;
    return tf.slice(x, begin, size);
  };
  const before = tf.concat([part(0, 1), part(0, length - 1)], axis);
  const after = tf.concat([part(1, length - 1), part(length - 1, 1)], axis);
  const mixed = [before, after].map((other) => tf.add(tf.mul(x, 0.75), tf.mul(other, 0.25)));
  const shape = [...x.shape] as [number, number, number, number];
  shape[axis] = 2 * length;
  return tf.reshape(tf.stack(mixed, axis + 1), shape);
}

function groupedConvolution(x: Tensor4D, kernel: Tensor4D, strides: [number, number], groups: number): Tensor {
  if (groups === 1) return tf.conv2d(x, kernel, strides, 'same');
  const kernels = tf.split(kernel, groups, 3) as Tensor4D[];
  const parts = tf.split(x, groups, 3) as Tensor4D[];
  return tf.concat(
    parts.map((part, i) => tf.conv2d(part, kernels[i] as Tensor4D, strides, 'same')),
    3,
  );
}

/** The numbers spread over the image, then its x and y from -1 to 1. */
function planes(numbers: Tensor2D, image: Tensor4D): Tensor4D {
  const [n, h, w] = image.shape;
  const spread = tf.tile(tf.reshape(numbers, [n, 1, 1, -1]), [1, h, w, 1]);
  const x = tf.tile(tf.reshape(tf.linspace(-1, 1, w), [1, 1, w, 1]), [n, h, 1, 1]);
  const y = tf.tile(tf.reshape(tf.linspace(-1, 1, h), [1, h, 1, 1]), [n, 1, w, 1]);
  return tf.concat([spread, x, y], 3) as Tensor4D;
}

/** Transformer over sets, masked sum, head: events [n, t, numbers] and mask [n, t] to [n, width]. */
export function plainSetEncoder(spec: SetEncoderSpec, variables: readonly Variable[]) {
  const { width: d, heads, blocks, headLayers } = spec;
  const drop = <T extends Tensor>(x: T): T => (spec.dropout > 0 ? (tf.dropout(x, spec.dropout) as T) : x);
  return (events: Tensor3D, mask: Tensor2D): Tensor2D => {
    const weight = supply(variables);
    const [n, t, numbers] = events.shape;
    const linear = (x: Tensor): Tensor2D => tf.add(tf.matMul(x as Tensor2D, weight() as Tensor2D), weight());
    const norm = (x: Tensor, scale: Tensor, shift: Tensor): Tensor => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), shift);
    };
    const absent = tf.mul(tf.sub(tf.reshape(mask, [n, 1, 1, t]), 1), 1e9);
    const byHead = (x: Tensor): Tensor4D => tf.transpose(tf.reshape(x, [n, t, heads, d / heads]), [0, 2, 1, 3]);
    let x: Tensor = linear(tf.reshape(events, [n * t, numbers]));
    for (let block = 0; block < blocks; block++) {
      const [q, k, v] = tf.split(linear(x), 3, 1).map(byHead) as [Tensor4D, Tensor4D, Tensor4D];
      const logits = tf.add(tf.div(tf.matMul(q, k, false, true), Math.sqrt(d / heads)), absent);
      const found = tf.transpose(tf.matMul(drop(tf.softmax(logits)), v), [0, 2, 1, 3]);
      const attended = drop(linear(tf.reshape(found, [n * t, d])));
      const [w1, b1, w2, b2] = [weight(), weight(), weight(), weight()] as [Tensor2D, Tensor, Tensor2D, Tensor];
      x = norm(tf.add(x, attended), weight(), weight());
      const hidden = drop(tf.relu(tf.add(tf.matMul(x as Tensor2D, w1), b1)) as Tensor2D);
      x = norm(tf.add(x, drop(tf.add(tf.matMul(hidden, w2), b2))), weight(), weight());
    }
    let row: Tensor = tf.sum(tf.mul(tf.reshape(x, [n, t, d]), tf.reshape(mask, [n, t, 1])), 1);
    for (let layer = 0; layer < headLayers; layer++) row = linear(tf.relu(row));
    return row as Tensor2D;
  };
}

/** AnomCLR+: mean of -(s(z, z') - s(z, z*)) / tau over events, s the cosine. */
export function plainContrast(z: Tensor2D, physics: Tensor2D, anomaly: Tensor2D, tau: number): Scalar {
  const unit = (x: Tensor2D) => tf.div(x, tf.norm(x, 2, 1, true));
  const cosine = (other: Tensor2D) => tf.sum(tf.mul(unit(z), unit(other)), 1);
  return tf.div(tf.mean(tf.sub(cosine(anomaly), cosine(physics))), tau);
}
