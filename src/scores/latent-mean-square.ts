/** Squared distance of an event's latent means from zero: the cheapest score of a variational encoder. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'latent-mean-square',
  name: 'Latent mean squared',
  formula: 'Σ μ² over the latent numbers',
  unit: '',
  paper: { text: 'E. Govorkova et al., arXiv 2108.03986', url: 'https://arxiv.org/abs/2108.03986' },
  needs: ['latentMean'],
  orientation: 'fixed',
  /** [n], ≥ 0. Worked value: μ = (1, 2, 0) gives 5. */
  compute(batch, { latentMean }) {
    const mean = latentMean ?? new Float64Array(0);
    const k = mean.length / Math.max(1, batch.rows);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      let sum = 0;
      for (let i = row * k; i < (row + 1) * k; i++) sum += (mean[i] as number) ** 2;
      return sum;
    });
  },
};

export default score;
