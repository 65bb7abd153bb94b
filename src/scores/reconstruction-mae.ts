/** Mean absolute reconstruction error over all D numbers of a row, padding included; less ruled by one large error. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-mae',
  name: 'Mean absolute error',
  formula: '(1/D) Σ |x - y|',
  unit: '',
  paper: { text: 'Standard score of an autoencoder' },
  needs: ['reconstruction'],
  orientation: 'fixed',
  /** [n], ≥ 0; NaN where an input is missing. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, outputs, (x, y, _mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += Math.abs((x[i] as number) - (y[i] as number));
      return sum / (end - start);
    }),
};

export default score;
