/** What a supervised reference believes, as log-odds: probabilities near 0 and 1 would tie in single precision. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'signal-probability',
  name: 'Log-odds of signal',
  formula: 'ln(p / (1 − p)), p the probability of not being background',
  unit: '',
  paper: { text: 'Standard practice' },
  needs: ['logits'],
  orientation: 'fixed',
  /**
   * [n]. One logit per event is the log-odds itself; of several the first is background's, and the score is
   * ln Σ exp(others) - first. Worked value: logits (0, 0, 0) give ln 2.
   */
  compute(batch, { logits }) {
    const values = logits ?? new Float64Array(0);
    const classes = values.length / Math.max(1, batch.rows);
    if (classes === 1) return Float64Array.from(values);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      const others = values.subarray(row * classes + 1, (row + 1) * classes);
      let top = Number.NEGATIVE_INFINITY;
      for (const value of others) top = Math.max(top, value);
      let sum = 0;
      for (const value of others) sum += Math.exp(value - top);
      return top + Math.log(sum) - (values[row * classes] as number);
    });
  },
};

export default score;
