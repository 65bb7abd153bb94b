/** The fourth latent number itself. Its sign means nothing after training, so the tail of background decides which end is anomalous. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'latent-component-4',
  name: 'Latent number 4',
  formula: '± z₄',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['component4'],
  orientation: 'skewness',
  /** [n], signed. */
  compute: (_batch, { component4 }) => Float64Array.from(component4 ?? []),
};

export default score;
