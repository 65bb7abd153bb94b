/** Runs a network over many rows some at a time, so that what it keeps of each row on the way never exists for all of them at once. */
import type { Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../compute/tf.ts';
import { compilesOnly } from '../compute/webgpu/tensor-kernel.ts';
import type { Matrix } from './contract.ts';

/**
 * @param x [n, width], row-major
 * @param run rows [m, width] to outputs [m, k] each, inside a tidy
 * @param rowsAtOnce most rows of one call
 * @returns the outputs of all rows [n, k], one array per output; empty ones for no rows
 */
export async function inBlocks<const Names extends readonly string[]>(
  x: Matrix,
  width: number,
  rowsAtOnce: number,
  names: Names,
  run: (x: Tensor2D) => readonly Tensor2D[],
): Promise<Record<Names[number], Float32Array>> {
  const rows = x.length / width;
  const whole = names.map(() => new Float32Array(0));
  const rest = rows % rowsAtOnce;
  // the first read ends the pass, so the last block, whose kernels may be others, is looked at before
  if (compilesOnly() && rest > 0) tf.tidy(() => void run(tf.zeros([rest, width])));
  for (let start = 0; start < rows; start += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - start);
    const part = Float32Array.from(x.subarray(start * width, (start + count) * width));
    const tensors = tf.tidy(() => run(tf.tensor2d(part, [count, width])) as Tensor2D[]);
    try {
      const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
      for (const [i, value] of values.entries()) {
        const k = value.length / count;
        if (start === 0) whole[i] = new Float32Array(rows * k);
        (whole[i] as Float32Array).set(value, start * k);
      }
    } finally {
      tf.dispose(tensors);
    }
  }
  return Object.fromEntries(names.map((name, i) => [name, whole[i]])) as Record<Names[number], Float32Array>;
}
