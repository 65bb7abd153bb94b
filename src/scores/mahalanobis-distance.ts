/** Squared Mahalanobis distance from training background, as the model of that name gives it. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'mahalanobis-distance',
  name: 'Mahalanobis distance',
  formula: '(x - x̄)ᵀ C⁻¹ (x - x̄), x̄ and C of training background',
  unit: '',
  paper: { text: 'P. C. Mahalanobis, Proc. Natl. Inst. Sci. India 2 (1936) 49' },
  needs: ['mahalanobis'],
  orientation: 'fixed',
  /** [n], ≥ 0. */
  compute: (_batch, { mahalanobis }) => Float64Array.from(mahalanobis ?? []),
};

export default score;
