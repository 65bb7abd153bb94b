/**
 * Images twice as high and wide. TF.js's bilinear resize takes pixel centres into account forwards but not in its gradient, and its
 * nearest resize has a wrong gradient on the CPU backend for more than one image, so both are written out here.
 */
import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs';
import { addressOf, newTensor, partsOf } from '../kernels/heap.ts';
import { callSets, setKernels } from '../kernels/sets.ts';
import { tf } from '../tf.ts';
import { bindable } from '../webgpu/tensor-kernel.ts';
import { differentiable } from './differentiable.ts';
import { runFlat } from './gpu/run.ts';
import { upsampleCode, upsampleGradientCode } from './gpu/upsample.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

export interface BilinearPath {
  forward(x: Tensor4D): Tensor4D;
  /** The transpose of `forward`. */
  gradient(dy: Tensor4D): Tensor4D;
}

const composed: BilinearPath = {
  forward: (x) => stretch(stretch(x, 1), 2),
  gradient: (dy) => squeeze(squeeze(dy, 2), 1),
};

/** On the heap of the WASM backend. */
const onHeap: BilinearPath = {
  forward(x) {
    const [n, h, w, c] = x.shape;
    const y = newTensor([n, 2 * h, 2 * w, c]);
    imageByImage('upsample', x, y, [h, w, c]);
    return tracked(y);
  },
  gradient(dy) {
    const [n, height, width, c] = dy.shape;
    const dx = newTensor([n, height / 2, width / 2, c]);
    imageByImage('upsampleGradient', dy, dx, [height / 2, width / 2, c]);
    return tracked(dx);
  },
};

function imageByImage(
  name: 'upsample' | 'upsampleGradient',
  from: Tensor4D,
  to: TensorInfo,
  [h, w, c]: readonly [number, number, number],
): void {
  const [n] = from.shape;
  const [source, target] = [addressOf(from), addressOf(to)];
  const size = 4 * h * w * c;
  const [read, written] = name === 'upsample' ? [size, 4 * size] : [4 * size, size];
  const work = 4 * n * size;
  const calls = partsOf(n, work).map(
    ({ first, count }) => [source + first * read, target + first * written, count, h, w, c] as const,
  );
  callSets(name, work, calls);
}

/** On WebGPU, for tensors that one binding can hold. */
const onGpu: BilinearPath = {
  forward(x) {
    const [n, h, w, c] = x.shape;
    if (!bindable(4 * x.size)) return composed.forward(x);
    const kernel = {
      key: `upsample ${x.shape}`,
      code: () => upsampleCode(x.shape),
      inputs: [x],
      outputs: [[n, 2 * h, 2 * w, c]],
    };
    return tracked(runFlat(kernel, 4 * x.size)[0] as TensorInfo);
  },
  gradient(dy) {
    const [n, height, width, c] = dy.shape;
    if (!bindable(dy.size)) return composed.gradient(dy);
    const shape = [n, height / 2, width / 2, c] as const;
    const kernel = { key: `upsample-gradient ${shape}`, code: () => upsampleGradientCode(shape), inputs: [dy], outputs: [shape] };
    return tracked(runFlat(kernel, dy.size / 4)[0] as TensorInfo);
  },
};

const paths: Paths<BilinearPath> = {
  composed,
  webgpu: () => onGpu,
  wasm: () => setKernels() && onHeap,
};

/**
 * Twice the size, by bilinear interpolation between pixel centres: along an axis out[2i] = 0.25 x[i-1] + 0.75 x[i] and
 * out[2i+1] = 0.75 x[i] + 0.25 x[i+1], the edges standing for what lies outside.
 *
 * @param x [n, h, w, c]
 * @returns [n, 2h, 2w, c]
 * Worked value: [a, b] becomes [a, 0.75 a + 0.25 b, 0.25 a + 0.75 b, b].
 */
export function upsampleBilinear(x: Tensor4D): Tensor4D {
  const path = choosePath(paths);
  return differentiable<Tensor4D>([x], () => ({ value: path.forward(x), saved: [], gradients: (dy) => [path.gradient(dy)] }));
}

/**
 * Every pixel as a block of `factors` equal pixels; the gradient is the sum over the block.
 *
 * @param x [n, h, w, c]
 * @param factors down and across
 */
export function upsampleNearest(x: Tensor4D, factors: readonly [number, number]): Tensor4D {
  const [n, h, w, c] = x.shape;
  const [down, across] = factors;
  return differentiable<Tensor4D>([x], () => {
    // one axis after the other: TF.js 4.22 tiles five axes on WebGPU by reading them back synchronously (dist/kernels/Tile.js)
    const wide = tf.tile(tf.reshape(x, [n * h * w, 1, c]), [1, across, 1]);
    const high = tf.tile(tf.reshape(wide, [n * h, 1, w * across * c]), [1, down, 1]);
    return {
      value: tf.reshape(high, [n, h * down, w * across, c]),
      saved: [],
      gradients: (dy) => {
        const rows = tf.reshape(dy, [n * h, down, w * across * c]);
        const columns = tf.reshape(tf.sum(rows, 1), [n * h * w, across, c]);
        return [tf.reshape(tf.sum(columns, 1), [n, h, w, c])];
      },
    };
  });
}

/** Doubles one axis (1 or 2). */
function stretch(x: Tensor4D, axis: number): Tensor4D {
  const near = tf.mul(x, 0.75);
  const even = tf.add(near, tf.mul(shifted(x, axis, 1), 0.25));
  const odd = tf.add(near, tf.mul(shifted(x, axis, -1), 0.25));
  const shape = x.shape.slice();
  shape[axis] = 2 * (shape[axis] as number);
  return tf.reshape(tf.stack([even, odd], axis + 1), shape as [number, number, number, number]);
}

/** The transpose of `stretch`. */
function squeeze(dy: Tensor4D, axis: number): Tensor4D {
  const shape: number[] = dy.shape.slice();
  shape.splice(axis, 1, (shape[axis] as number) / 2, 2);
  const [even, odd] = tf.unstack(tf.reshape(dy, shape), axis + 1) as [Tensor4D, Tensor4D];
  const near = tf.mul(tf.add(even, odd), 0.75);
  // x[i] is also in out[2i + 2] and out[2i - 1]; at the edges it stands for its missing neighbour too
  const after = shiftedWith(even, odd, axis, -1);
  const before = shiftedWith(odd, even, axis, 1);
  return tf.add(near, tf.mul(tf.add(after, before), 0.25));
}

/** Neighbours along an axis: with 1 those before, with -1 those after; the edge repeats itself. */
function shifted(x: Tensor4D, axis: number, by: 1 | -1): Tensor4D {
  return shiftedWith(x, x, axis, by);
}

/** The same, taking what comes in at the edge from `edge`. */
function shiftedWith(x: Tensor4D, edge: Tensor4D, axis: number, by: 1 | -1): Tensor4D {
  const length = x.shape[axis] as number;
  const part = (from: Tensor4D, start: number, size: number): Tensor4D => {
    const begin: [number, number, number, number] = [0, 0, 0, 0];
    const sizes: [number, number, number, number] = [...x.shape];
    begin[axis] = start;
    sizes[axis] = size;
    return tf.slice(from, begin, sizes);
  };
  if (length === 1) return edge;
  return by === 1
    ? (tf.concat([part(edge, 0, 1), part(x, 0, length - 1)], axis) as Tensor4D)
    : (tf.concat([part(x, 1, length - 1), part(edge, length - 1, 1)], axis) as Tensor4D);
}
