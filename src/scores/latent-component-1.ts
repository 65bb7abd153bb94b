/** The first latent number itself. Its sign means nothing after training, so the tail of background decides which end is anomalous. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'latent-component-1',
  name: 'Latent number 1',
  formula: '± z₁',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['component1'],
  orientation: 'skewness',
  /** [n], signed. */
  compute: (_batch, { component1 }) => Float64Array.from(component1 ?? []),
};

export default score;
