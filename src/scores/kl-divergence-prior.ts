/** Divergence of an event's latent Gaussians from the prior of its model, one mean and variance for each: needs the encoder alone. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'kl-divergence-prior',
  name: 'KL divergence from the prior',
  formula: '½ Σ [σ²/v + (m − μ)²/v − 1 + ln v − ln σ²], prior of mean m and variance v',
  unit: 'nat',
  paper: { text: 'B. M. Dillon et al., SciPost Phys. 11 (2021) 061', url: 'https://doi.org/10.21468/SciPostPhys.11.3.061' },
  needs: ['priorKl'],
  orientation: 'fixed',
  /** [n], ≥ 0. */
  compute: (_batch, { priorKl }) => Float64Array.from(priorKl ?? []),
};

export default score;
