/**
 * Copies of a row of a table, for contrastive training where nothing is known of the columns. All on standardised values [n, d].
 *
 * A copy that is the same row measured again: noise. A copy that background would not give: values of other rows, which keeps every
 * column's distribution and breaks what the columns have to do with one another; or some columns moved far out. Ours; the first
 * after the random corruption of SCARF (Bahri et al., ICLR 2022), with the opposite meaning: there the corrupted row is the same
 * row, here it is the odd one.
 */
import { type ViewDraw, viewCursor } from './views.ts';

export interface TableAugmentations {
  /** Standard deviation of the noise in units of the column's. */
  noise: number;
  /** Anomaly: each column takes its value from another row of the batch, with probability 1/2. */
  swapColumns: boolean;
  /** Anomaly: some columns are moved by 2 to 5 standard deviations. */
  moveColumns: boolean;
}

/** x + noise · normal deviate, column by column. */
export function noisyRows(x: Float32Array, width: number, noise: number, draw: ViewDraw): Float32Array {
  return changedRows(x, width, (row, target) => {
    const cursor = viewCursor(draw, row, 'physics');
    for (let column = 0; column < width; column++) target[column] = (target[column] as number) + noise * cursor.normal();
  });
}

/**
 * One of the enabled changes for each row, equally likely. At least one column changes; a batch of one row and a table of one column
 * leave nothing to swap, so their rows are moved.
 */
export function oddRows(x: Float32Array, width: number, settings: TableAugmentations, draw: ViewDraw): Float32Array {
  const rows = x.length / width;
  const canSwap = settings.swapColumns && rows > 1 && width > 1;
  return changedRows(x, width, (row, target) => {
    const cursor = viewCursor(draw, row, 'anomaly');
    const swap = canSwap && (!settings.moveColumns || cursor.below(2) === 0);
    const certain = cursor.below(width);
    for (let column = 0; column < width; column++) {
      if (column !== certain && cursor.below(2) === 0) continue;
      if (swap) {
        const other = (row + 1 + cursor.below(rows - 1)) % rows;
        target[column] = x[other * width + column] as number;
      } else {
        const side = cursor.below(2) === 0 ? 1 : -1;
        target[column] = (target[column] as number) + side * (2 + 3 * cursor.uniform());
      }
    }
  });
}

function changedRows(x: Float32Array, width: number, change: (row: number, target: Float32Array) => void): Float32Array {
  const changed = x.slice();
  for (let row = 0; row < x.length / width; row++) change(row, changed.subarray(row * width, (row + 1) * width));
  return changed;
}
