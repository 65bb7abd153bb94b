/** Mean distance to the nearest events of a bank of training background. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'neighbour-distance',
  name: 'Mean distance to the nearest neighbours',
  formula: '(1/k) Σ |x - b|, over the k events b of the bank nearest to x',
  unit: '',
  paper: { text: 'Angiulli and Pizzuti, PKDD 2002', url: 'https://doi.org/10.1007/3-540-45681-3_2' },
  needs: ['neighbourDistances'],
  orientation: 'fixed',
  /** [n], ≥ 0, in units of the scaled input. */
  compute(batch, { neighbourDistances }) {
    const distances = neighbourDistances ?? new Float64Array(0);
    const k = distances.length / Math.max(1, batch.rows);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += distances[row * k + i] as number;
      return sum / k;
    });
  },
};

export default score;
