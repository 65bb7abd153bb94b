/**
 * What models of images share: the check of the shape, and a forward pass over some images at a time, because the features of a
 * convolution are many times as large as the image.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { Problem } from '../base/problem.ts';
import { tf } from '../compute/tf.ts';
import { compilesOnly } from '../compute/webgpu/tensor-kernel.ts';
import type { Batch, Matrix, ModelInput } from './contract.ts';

/** Rows, columns and channels of an image. @throws Problem for anything but images with sides of at least `least` pixels */
export function imageShape({ shape }: ModelInput, model: string, least = 4): [number, number, number] {
  const [height, width, channels = 1] = shape;
  if (shape.length >= 2 && shape.length <= 3 && Math.min(height as number, width as number) >= least)
    return [height as number, width as number, channels];
  throw new Problem({
    where: `model "${model}"`,
    expected: `images of at least ${least} x ${least} pixels`,
    found: `rows of shape (${shape.join(', ')})`,
    fix: 'Choose a model for tables or histograms, or larger images',
  });
}

/**
 * Runs a function over blocks of rows and puts its answers together in host memory.
 *
 * @param names of what `run` gives
 * @param rowsAtOnce rows of a block
 * @param run gives a tensor [count, ...] of each name for the rows [start, start + count) of the batch; called in a tidy
 * @returns [rows, k] of each name; empty if there are no rows
 */
export async function inBlocks<Name extends string>(
  names: readonly Name[],
  rows: number,
  rowsAtOnce: number,
  run: (start: number, count: number) => Readonly<Record<Name, Tensor>>,
): Promise<Record<Name, Float32Array>> {
  const whole = new Map<Name, Float32Array>(names.map((name) => [name, new Float32Array(0)]));
  const rest = rows % rowsAtOnce;
  // the first read ends the pass, so the last block, whose kernels may be others, is looked at before
  if (compilesOnly() && rest > 0) tf.tidy(() => void run(rows - rest, rest));
  for (let start = 0; start < rows; start += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - start);
    const tensors = tf.tidy(() => {
      const made = run(start, count);
      return names.map((name) => made[name]);
    });
    try {
      const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
      for (const [i, name] of names.entries()) {
        const part = values[i] as Float32Array;
        const width = part.length / count;
        if (start === 0) whole.set(name, new Float32Array(rows * width));
        whole.get(name)?.set(part, start * width);
      }
    } finally {
      tf.dispose(tensors);
    }
  }
  return Object.fromEntries(whole) as Record<Name, Float32Array>;
}

/** Model input of some rows of a batch, [count, width]. */
export function rowsAsTensor({ x, width }: Batch, start: number, count: number): Tensor2D {
  return tf.tensor2d(x.subarray(start * width, (start + count) * width), [count, width]);
}

/** Rows of a host matrix [n, width] as a tensor. */
export function matrixRows(values: Matrix, width: number, start: number, count: number): Tensor2D {
  return tf.tensor2d(Float32Array.from(values.subarray(start * width, (start + count) * width)), [count, width]);
}
