/** Mean of the N largest squared reconstruction errors of a row: a fault in a few bins or cells is not averaged away. For any N. */
import { topErrorsId, topErrorsName, topErrorsOf, topErrorsWords } from '../base/top-errors.ts';
import { clearLargest, keepLargest, meanOfLargest } from '../numeric/largest.ts';
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

/**
 * The score `reconstruction-mse-top<N>` [n], ≥ 0; of rows with fewer than N numbers all are taken; NaN where an input is missing.
 * The cells of an image count like the bins of a histogram. Worked value: squared errors 0.001, 0.002, ..., 0.100 and N = 10
 * give 0.0955.
 */
export function meanOfTopErrors(n: number): Score {
  return {
    id: topErrorsId(n),
    name: topErrorsName(n),
    formula: n === 1 ? 'largest (x - y)²' : topErrorsWords(n, '(x - y)²'),
    unit: '',
    paper: { text: 'Data quality monitoring at CMS: loss and score of the histogram autoencoders' },
    needs: ['reconstruction'],
    orientation: 'fixed',
    compute: (batch, outputs) => {
      const largest = new Float64Array(Math.min(n, batch.width));
      return scoreRowErrors(batch, outputs, (x, y, _mask, start, end) => {
        clearLargest(largest);
        for (let i = start; i < end; i++) {
          const error = (x[i] as number) - (y[i] as number);
          const square = error * error;
          if (Number.isNaN(square)) return Number.NaN;
          keepLargest(largest, square);
        }
        return meanOfLargest(largest);
      });
    },
  };
}

/** The score that an id of this form names, N from 1 to 99,999; undefined for any other id. */
export function topErrorsNamed(id: string): Score | undefined {
  const n = topErrorsOf(id);
  return n === undefined ? undefined : meanOfTopErrors(n);
}
