/** Mean squared reconstruction error in which padding and missing values count as no error. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-mse-masked',
  name: 'Masked mean squared error',
  formula: '(1/D) Σ m (x - y)², m = 1 where the number exists; grows with the number of objects',
  unit: '',
  paper: { text: 'E. Govorkova et al., Nature Mach. Intell. 4 (2022) 154, score IO', url: 'https://arxiv.org/abs/2108.03986' },
  needs: ['reconstruction'],
  orientation: 'fixed',
  /** [n], ≥ 0; division is by all D numbers, so the sum over few objects is small; 0 for an event without any. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, outputs, (x, y, mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) {
        if (mask[i] === 0) continue;
        const error = (x[i] as number) - (y[i] as number);
        sum += error * error;
      }
      return sum / (end - start);
    }),
};

export default score;
