/** Walks the reconstruction errors of a batch row by row, in double precision. Shared by all reconstruction scores. */
import type { Batch, Outputs } from '../models/contract.ts';

/** Receives the target x, the reconstruction y and the mask of row-major arrays, and where its row starts and ends. */
export type RowScore = (x: Float32Array, y: ArrayLike<number>, mask: Uint8Array, start: number, end: number) => number;

/** One number for each row [n]. The reconstruction has the width of the target. */
export function scoreRowErrors(batch: Batch, outputs: Outputs, rowScore: RowScore): Float64Array {
  const y = outputs.reconstruction;
  if (!y || y.length !== batch.rows * batch.width) {
    throw new Error(`reconstruction has ${y?.length ?? 0} numbers, the batch ${batch.rows} x ${batch.width}`);
  }
  const scores = new Float64Array(batch.rows);
  for (let row = 0; row < batch.rows; row++) {
    scores[row] = rowScore(batch.target, y, batch.mask, row * batch.width, (row + 1) * batch.width);
  }
  return scores;
}
