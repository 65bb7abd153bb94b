/** ReLU with a learned slope. Source: He et al., ICCV 2015. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { addressOf, newTensor } from '../kernels/heap.ts';
import { type SetKernels, setKernels, withScratch } from '../kernels/sets.ts';
import { tf } from '../tf.ts';
import { columnSums } from './column-sums.ts';
import { differentiable } from './differentiable.ts';
import { choosePath, type Paths, tracked } from './paths.ts';

interface PreluPath {
  /** x [rows, channels], alpha [channels]. */
  forward(x: Tensor2D, alpha: Tensor1D): Tensor2D;
  gradients(dy: Tensor2D, x: Tensor2D, alpha: Tensor1D): { dx: Tensor2D; dAlpha: Tensor1D };
}

const composed: PreluPath = {
  forward: (x, alpha) => tf.prelu(x as Tensor, alpha) as Tensor2D,
  gradients(dy, x, alpha) {
    const negative = tf.sub(1, tf.step(x));
    const dx = tf.mul(dy, tf.add(tf.mul(negative, tf.sub(alpha, 1)), 1)) as Tensor2D;
    return { dx, dAlpha: columnSums(tf.mul(tf.mul(dy, x), negative) as Tensor2D) };
  },
};

/** On the heap of the WASM backend. */
function onHeap(kernels: SetKernels): PreluPath {
  return {
    forward(x, alpha) {
      const y = newTensor(x.shape);
      kernels.prelu(addressOf(x), addressOf(alpha), addressOf(y), ...x.shape);
      return tracked(y);
    },
    gradients(dy, x, alpha) {
      const [dx, dAlpha] = [newTensor(x.shape), newTensor(alpha.shape)];
      const addresses = [dy, x, alpha].map(addressOf) as [number, number, number];
      withScratch(x.shape[1], (scratch) =>
        kernels.preluGradient(...addresses, addressOf(dx), addressOf(dAlpha), ...x.shape, scratch),
      );
      return { dx: tracked(dx), dAlpha: tracked(dAlpha) };
    },
  };
}

const paths: Paths<PreluPath> = {
  composed,
  wasm: () => {
    const kernels = setKernels();
    return kernels && onHeap(kernels);
  },
};

/**
 * y = x for x > 0, else alpha x, with one alpha for each number of the last axis; the gradient of alpha is Σ dy x over x ≤ 0.
 *
 * @param x [..., c]
 * @param alpha c numbers of any shape, such as [1, 1, c]
 */
export function prelu<T extends Tensor>(x: T, alpha: Tensor): T {
  const channels = x.shape.at(-1) as number;
  const path = choosePath(paths);
  const flat = (tensor: Tensor): Tensor2D => tf.reshape(tensor, [-1, channels]);
  return differentiable<T>([x, alpha], () => ({
    value: tf.reshape(path.forward(flat(x), tf.reshape(alpha, [channels])), x.shape) as unknown as T,
    saved: [x, alpha],
    gradients(dy, saved) {
      const [input, slope] = saved as [Tensor, Tensor];
      const { dx, dAlpha } = path.gradients(flat(dy), flat(input), tf.reshape(slope, [channels]));
      return [tf.reshape(dx, input.shape), tf.reshape(dAlpha, slope.shape)];
    },
  }));
}
