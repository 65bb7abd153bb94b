/** Mean of the ten largest squared reconstruction errors of a row: a fault in a few bins is not averaged away. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const TAKEN = 10;

const score: Score = {
  id: 'reconstruction-mse-top10',
  name: 'Mean of the ten largest squared errors',
  formula: 'mean of the ten largest (x - y)²',
  unit: '',
  paper: { text: 'Data quality monitoring at CMS: loss and score of the histogram autoencoders' },
  needs: ['reconstruction'],
  orientation: 'fixed',
  /** [n], ≥ 0; of rows with fewer than ten numbers all are taken; NaN where an input is missing. */
  compute: (batch, outputs) => {
    const largest = new Float64Array(Math.min(TAKEN, batch.width));
    return scoreRowErrors(batch, outputs, (x, y, _mask, start, end) => {
      largest.fill(-1); // below every square, and rising from the first place to the last
      for (let i = start; i < end; i++) {
        const error = (x[i] as number) - (y[i] as number);
        const square = error * error;
        if (Number.isNaN(square)) return Number.NaN;
        if (square > (largest[0] as number)) insert(largest, square);
      }
      return largest.reduce((sum, square) => sum + square, 0) / largest.length;
    });
  },
};

/** Drops the smallest, at the first place, and puts `value` where it belongs. */
function insert(rising: Float64Array, value: number): void {
  let place = 0;
  while (place + 1 < rising.length && (rising[place + 1] as number) < value) {
    rising[place] = rising[place + 1] as number;
    place++;
  }
  rising[place] = value;
}

export default score;
