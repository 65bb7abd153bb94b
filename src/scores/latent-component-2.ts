/** The second latent number itself. Its sign means nothing after training, so the tail of background decides which end is anomalous. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'latent-component-2',
  name: 'Latent number 2',
  formula: '± z₂',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['component2'],
  orientation: 'skewness',
  /** [n], signed. */
  compute: (_batch, { component2 }) => Float64Array.from(component2 ?? []),
};

export default score;
