/** Squared Mahalanobis distance of the latent numbers from training background: how unusual an event looks from inside. */
import { covariance, pseudoInverse } from '../numeric/linear.ts';
import type { Score } from './contract.ts';

const score: Score = {
  id: 'latent-mahalanobis',
  name: 'Latent Mahalanobis distance',
  formula: '(z - z̄)ᵀ C⁻¹ (z - z̄), z̄ and C of training background',
  unit: '',
  paper: { text: 'P. C. Mahalanobis, Proc. Natl. Inst. Sci. India 2 (1936) 49' },
  needs: ['latent'],
  orientation: 'fixed',
  /** z̄ [k] and the inverse of the unbiased covariance [k x k]; a pseudo-inverse where a direction has no variance. */
  fit(training, { latent }) {
    const values = latent ?? new Float64Array(0);
    const k = values.length / training.rows;
    const { mean, covariance: matrix } = covariance(values, training.rows, k);
    const { inverse } = pseudoInverse(matrix, k);
    return { mean: [...mean], inverse: [...inverse] };
  },
  /** [n], ≥ 0; of k normal latent numbers it follows chi-squared with k degrees of freedom. */
  compute(batch, { latent }, state) {
    const mean = state.mean as readonly number[];
    const inverse = state.inverse as readonly number[];
    const k = mean.length;
    const values = latent ?? new Float64Array(0);
    if (values.length !== batch.rows * k) throw new Error(`${values.length} latent numbers for ${batch.rows} rows of ${k}`);
    const distances = new Float64Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        const zi = (values[row * k + i] as number) - (mean[i] as number);
        for (let j = 0; j < k; j++) {
          sum += zi * (inverse[i * k + j] as number) * ((values[row * k + j] as number) - (mean[j] as number));
        }
      }
      distances[row] = sum;
    }
    return distances;
  },
};

export default score;
