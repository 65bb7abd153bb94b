/** Squared Mahalanobis distance of the representation from training background: a second stage without training. */
import { covariance, pseudoInverse } from '../numeric/linear.ts';
import type { Score } from './contract.ts';

const score: Score = {
  id: 'representation-mahalanobis',
  name: 'Mahalanobis distance of the representation',
  formula: '(r - r̄)ᵀ C⁻¹ (r - r̄), r̄ and C of training background',
  unit: '',
  paper: { text: 'P. C. Mahalanobis, Proc. Natl. Inst. Sci. India 2 (1936) 49' },
  needs: ['representation'],
  orientation: 'fixed',
  /** r̄ [d] and the pseudo-inverse of the unbiased covariance [d x d]. */
  fit(training, { representation }) {
    const values = representation ?? new Float64Array(0);
    const d = values.length / training.rows;
    const { mean, covariance: matrix } = covariance(values, training.rows, d);
    return { mean: [...mean], inverse: [...pseudoInverse(matrix, d).inverse] };
  },
  /** [n], ≥ 0. */
  compute(batch, { representation }, state) {
    const mean = state.mean as readonly number[];
    const inverse = state.inverse as readonly number[];
    const d = mean.length;
    const values = representation ?? new Float64Array(0);
    const centred = new Float64Array(d);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      for (let i = 0; i < d; i++) centred[i] = (values[row * d + i] as number) - (mean[i] as number);
      let sum = 0;
      for (let i = 0; i < d; i++) {
        let along = 0;
        for (let j = 0; j < d; j++) along += (inverse[i * d + j] as number) * (centred[j] as number);
        sum += along * (centred[i] as number);
      }
      return sum;
    });
  },
};

export default score;
