/** Mean squared reconstruction error over the numbers that exist: unlike the masked error it does not count objects. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-mse-per-feature',
  name: 'Mean squared error per existing number',
  formula: 'Σ m (x - y)² / Σ m, m = 1 where the number exists',
  unit: '',
  paper: { text: 'Ours: the masked error without its dependence on multiplicity' },
  needs: ['reconstruction'],
  orientation: 'fixed',
  /** [n], ≥ 0; NaN for an event of which nothing exists. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, outputs, (x, y, mask, start, end) => {
      let sum = 0;
      let existing = 0;
      for (let i = start; i < end; i++) {
        if (mask[i] === 0) continue;
        const error = (x[i] as number) - (y[i] as number);
        sum += error * error;
        existing++;
      }
      return existing === 0 ? Number.NaN : sum / existing;
    }),
};

export default score;
