/** Divergence of an event's latent Gaussians from the unit Gaussian: needs the encoder alone. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'kl-divergence',
  name: 'KL divergence',
  formula: '(1/2K) Σ (μ² + σ² − 1 − ln σ²) over the K latent numbers',
  unit: '',
  paper: { text: 'E. Govorkova et al., arXiv 2108.03986', url: 'https://arxiv.org/abs/2108.03986' },
  needs: ['latentMean', 'latentLogVar'],
  orientation: 'fixed',
  /** [n], ≥ 0. Worked value: μ = (1, 0, 0), σ = 1 gives 1/6. */
  compute(batch, { latentMean, latentLogVar }) {
    const mean = latentMean ?? new Float64Array(0);
    const logVar = latentLogVar ?? new Float64Array(0);
    const k = mean.length / Math.max(1, batch.rows);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      let sum = 0;
      for (let i = row * k; i < (row + 1) * k; i++) {
        const log = logVar[i] as number;
        sum += (mean[i] as number) ** 2 + Math.exp(log) - 1 - log;
      }
      return sum / (2 * k);
    });
  },
};

export default score;
