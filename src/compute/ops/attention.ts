/**
 * Masked softmax attention of several heads as one operation with its own gradient. Projections are dense layers outside.
 *
 * Source: Vaswani et al., NeurIPS 2017, section 3.2.
 */
import type { Tensor, Tensor3D, Tensor4D, TensorInfo } from '@tensorflow/tfjs';
import { addressOf, newTensor, partsOf } from '../kernels/heap.ts';
import { callSets, setKernels, withScratch } from '../kernels/sets.ts';
import { tf } from '../tf.ts';
import { bindable } from '../webgpu/tensor-kernel.ts';
import { differentiable } from './differentiable.ts';
import { attentionCode, keyGradientCode, mostKeys, queryGradientCode } from './gpu/attention.ts';
import { runFlat } from './gpu/run.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

/** Added to the logits of absent keys. Finite, so that a row without any key gives the plain mean and never NaN. */
const ABSENT = -1e9;

export interface AttentionShape {
  events: number;
  queries: number;
  keys: number;
  heads: number;
  /** Width of one head. */
  width: number;
}

export interface AttentionPath {
  /**
   * @param q [n, queries, heads width], k and v [n, keys, heads width]
   * @param bias added to the logits of each key, [n, keys], or undefined
   * @param keep multiplies the weights, [n, heads, queries, keys], or undefined
   * @returns out [n, queries, heads width] and the weights before `keep`, [n, heads, queries, keys]
   */
  forward(
    q: Tensor3D,
    k: Tensor3D,
    v: Tensor3D,
    bias: Tensor | undefined,
    keep: Tensor | undefined,
    shape: AttentionShape,
  ): { out: Tensor3D; weights: Tensor4D };
  /** Gradients of q, k and v. */
  gradients(
    dout: Tensor3D,
    q: Tensor3D,
    k: Tensor3D,
    v: Tensor3D,
    weights: Tensor4D,
    keep: Tensor | undefined,
    shape: AttentionShape,
  ): Tensor[];
}

const composed: AttentionPath = {
  forward(q, k, v, bias, keep, shape) {
    const { events, queries, keys, heads, width } = shape;
    const products: Tensor4D = tf.matMul(apart(q, queries, shape), apart(k, keys, shape), false, true);
    const logits = tf.mul(products, 1 / Math.sqrt(width));
    const masked: Tensor = bias ? tf.add(logits, tf.reshape(bias, [events, 1, 1, keys])) : logits;
    const weights = tf.softmax(masked as Tensor4D);
    const out: Tensor4D = tf.matMul(keep ? (tf.mul(weights, keep) as Tensor4D) : weights, apart(v, keys, shape));
    return { out: together(out, queries, heads * width), weights };
  },
  gradients(dout, q, k, v, weights, keep, shape) {
    const { queries, keys, heads, width } = shape;
    const d = apart(dout, queries, shape);
    const kept = keep ? (tf.mul(weights, keep) as Tensor4D) : weights;
    const dv: Tensor4D = tf.matMul(kept, d, true, false);
    const dKept: Tensor4D = tf.matMul(d, apart(v, keys, shape), false, true);
    const dWeights = keep ? tf.mul(dKept, keep) : dKept;
    const along = tf.sum(tf.mul(dWeights, weights), -1, true);
    const dLogits = tf.mul(tf.mul(weights, tf.sub(dWeights, along)), 1 / Math.sqrt(width)) as Tensor4D;
    const dq: Tensor4D = tf.matMul(dLogits, apart(k, keys, shape));
    const dk: Tensor4D = tf.matMul(dLogits, apart(q, queries, shape), true, false);
    return [together(dq, queries, heads * width), together(dk, keys, heads * width), together(dv, keys, heads * width)];
  },
};

/** [n, t, heads width] to [n, heads, t, width]. */
function apart(x: Tensor3D, length: number, { events, heads, width }: AttentionShape): Tensor4D {
  const parts: Tensor4D = tf.reshape(x, [events, length, heads, width]);
  return tf.transpose(parts, [0, 2, 1, 3]);
}

/** [n, heads, t, width] to [n, t, heads width]. */
function together(x: Tensor4D, length: number, width: number): Tensor3D {
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [-1, length, width]);
}

/** On the heap of the WASM backend, for every shape, some events at a time. */
const onHeap: AttentionPath = {
  forward(q, k, v, bias, keep, shape) {
    const { events, queries, keys, heads, width } = shape;
    const out = newTensor(q.shape);
    const weights = newTensor([events, heads, queries, keys]);
    const at = addressesOf(shape, { q, k, v, bias, keep, weights, out });
    const work = workOf(shape);
    const calls = partsOf(events, work).map(({ first, count }) => {
      const from = at(first);
      return [
        ...([from.q, from.k, from.v, from.bias, from.keep, from.out, from.weights] as const),
        ...([count, queries, keys, heads, width] as const),
      ] as const;
    });
    callSets('attention', work, calls);
    return { out: tracked(out), weights: tracked(weights) };
  },
  gradients(dout, q, k, v, weights, keep, shape) {
    const { events, queries, keys, heads, width } = shape;
    const [dq, dk, dv] = [newTensor(q.shape), newTensor(k.shape), newTensor(v.shape)];
    const at = addressesOf(shape, { q, k, v, bias: undefined, keep, weights, out: dout });
    const atGradients = addressesOf(shape, { q: dq, k: dk, v: dv, bias: undefined, keep: undefined, weights, out: dout });
    const work = 2 * workOf(shape);
    const parts = partsOf(events, work);
    withScratch(parts.length * keys, (scratch) => {
      const calls = parts.map(({ first, count }, i) => {
        const [from, to] = [at(first), atGradients(first)];
        return [
          ...([from.out, from.q, from.k, from.v, from.weights, from.keep, to.q, to.k, to.v] as const),
          ...([count, queries, keys, heads, width, scratch + 4 * i * keys] as const),
        ] as const;
      });
      callSets('attentionGradient', work, calls);
    });
    return [tracked(dq), tracked(dk), tracked(dv)];
  },
};

interface Attended<T> {
  q: T;
  k: T;
  v: T;
  out: T;
  weights: T;
  /** Undefined, or address 0, if there is none. */
  bias: T;
  keep: T;
}

/** Addresses of an event's numbers. */
function addressesOf(
  { queries, keys, heads, width }: AttentionShape,
  tensors: Attended<TensorInfo | undefined>,
): (event: number) => Attended<number> {
  const [asked, known, pairs] = [queries * heads * width, keys * heads * width, heads * queries * keys];
  const of = (tensor: TensorInfo | undefined, size: number) => {
    const address = tensor ? addressOf(tensor) : 0;
    return (event: number) => (tensor ? address + 4 * event * size : 0);
  };
  const [q, k, v] = [of(tensors.q, asked), of(tensors.k, known), of(tensors.v, known)];
  const [out, weights, bias, keep] = [
    of(tensors.out, asked),
    of(tensors.weights, pairs),
    of(tensors.bias, keys),
    of(tensors.keep, pairs),
  ];
  return (event) => ({
    ...{ q: q(event), k: k(event), v: v(event), out: out(event), weights: weights(event) },
    ...{ bias: bias(event), keep: keep(event) },
  });
}

/** Multiplications of a forward pass. */
function workOf({ events, queries, keys, heads, width }: AttentionShape): number {
  return 2 * events * queries * keys * heads * width;
}

/** On WebGPU, for at most `mostKeys` keys and tensors that one binding can hold. */
const onGpu: AttentionPath = {
  forward(q, k, v, bias, keep, shape) {
    const { events, queries, keys, heads } = shape;
    if (!onGpuFits(shape)) return composed.forward(q, k, v, bias, keep, shape);
    const kernel = {
      key: `attention ${keyOf(shape)} ${bias !== undefined} ${keep !== undefined}`,
      code: () => attentionCode(shape, bias !== undefined, keep !== undefined),
      inputs: [q, k, v, ...(bias ? [bias] : []), ...(keep ? [keep] : [])],
      outputs: [q.shape, [events, heads, queries, keys]],
    };
    const [out, weights] = runFlat(kernel, events * heads * queries).map((info) => tracked<Tensor>(info));
    return { out: out as Tensor3D, weights: weights as Tensor4D };
  },
  gradients(dout, q, k, v, weights, keep, shape) {
    const { events, queries, keys, heads } = shape;
    if (!onGpuFits(shape)) return composed.gradients(dout, q, k, v, weights, keep, shape);
    const kept = keep ? [keep] : [];
    const ofQuery = {
      key: `query-gradient ${keyOf(shape)} ${kept.length}`,
      code: () => queryGradientCode(shape, keep !== undefined),
      inputs: [dout, k, v, weights, ...kept],
      outputs: [q.shape, weights.shape],
    };
    const [dq, slopes] = runFlat(ofQuery, events * heads * queries).map((info) => tracked<Tensor>(info)) as [Tensor, Tensor];
    const ofKey = {
      key: `key-gradient ${keyOf(shape)} ${kept.length}`,
      code: () => keyGradientCode(shape, keep !== undefined),
      inputs: [dout, q, weights, slopes, ...kept],
      outputs: [k.shape, v.shape],
    };
    return [dq, ...runFlat(ofKey, events * heads * keys).map((info) => tracked<Tensor>(info))];
  },
};

function onGpuFits({ events, queries, keys, heads, width }: AttentionShape): boolean {
  const wide = heads * width;
  return keys <= mostKeys && bindable(events * heads * queries * keys, events * queries * wide, events * keys * wide);
}

function keyOf(shape: AttentionShape): string {
  return Object.values(shape).join(' ');
}

const paths: Paths<AttentionPath> = {
  composed,
  webgpu: () => onGpu,
  wasm: () => setKernels() && onHeap,
};

export interface AttentionOptions {
  /** Divides the width of q, k and v. */
  heads: number;
  /** [n, keys], 1 for a key that exists and 0 for padding; its logits get -1e9. Not differentiated. */
  mask?: Tensor;
  /** [n, keys], added to the logits beside the mask; not differentiated. */
  bias?: Tensor;
  /** Multiplies the softmax, [n, heads, queries, keys]: 0 or 1 / (1 - rate) for dropout. */
  keep?: Tensor;
}

/**
 * softmax(q kᵀ / √(d / heads) + mask) v, per event and head.
 *
 * @param q [n, queries, d]
 * @param k [n, keys, d]
 * @param v [n, keys, d]
 * @returns [n, queries, d], heads side by side. The output of an absent query means nothing; the caller multiplies it by the mask.
 * @throws Error if the heads do not divide d
 * Worked value: equal keys give the mean of the values whose key exists.
 */
export function attention(q: Tensor3D, k: Tensor3D, v: Tensor3D, { heads, mask, bias, keep }: AttentionOptions): Tensor3D {
  const [events, queries, d] = q.shape;
  if (d % heads !== 0) throw new Error(`${heads} heads do not divide a width of ${d}`);
  const shape: AttentionShape = { events, queries, keys: k.shape[1], heads, width: d / heads };
  const path = choosePath(paths);
  return differentiable<Tensor3D>([q, k, v], () => {
    const absent = mask ? tf.mul(tf.sub(1, mask), ABSENT) : undefined;
    const added = absent && bias ? tf.add(absent, bias) : (absent ?? bias);
    const { out, weights } = path.forward(q, k, v, added, keep, shape);
    return {
      value: out,
      saved: [q, k, v, weights, ...(keep ? [keep] : [])],
      gradients(dout, saved) {
        const [query, key, value, kept, dropped] = saved as [Tensor3D, Tensor3D, Tensor3D, Tensor4D, Tensor | undefined];
        return path.gradients(dout, query, key, value, kept, dropped, shape);
      },
    };
  });
}
