/** Mean squared reconstruction error over all D numbers of a row, padding included. Of a PCA this is the residual. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-mse',
  name: 'Mean squared error',
  formula: '(1/D) Σ (x - y)²',
  unit: '',
  paper: { text: 'Standard score of an autoencoder; of a PCA it is the residual' },
  needs: ['reconstruction'],
  orientation: 'fixed',
  /** [n], ≥ 0; NaN where an input is missing. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, outputs, (x, y, _mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) {
        const error = (x[i] as number) - (y[i] as number);
        sum += error * error;
      }
      return sum / (end - start);
    }),
};

export default score;
