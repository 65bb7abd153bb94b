/** Divergence of an event's relaxed one-hot posterior from the mixture that was learned beside it: needs the large encoder alone. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'categorical-kl',
  name: 'Categorical KL divergence',
  formula: 'mean over draws of Σ over cells of ln q(z) − ln p(z)',
  unit: 'nat',
  paper: { text: 'L. Anzalone et al., arXiv 2306.12955', url: 'https://arxiv.org/abs/2306.12955' },
  needs: ['categoricalKl'],
  orientation: 'fixed',
  /** [n]; the estimate of a number ≥ 0 from a fixed set of draws, the same for every event. */
  compute: (_batch, { categoricalKl }) => Float64Array.from(categoricalKl ?? []),
};

export default score;
