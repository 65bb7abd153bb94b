/** The third latent number itself. Its sign means nothing after training, so the tail of background decides which end is anomalous. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'latent-component-3',
  name: 'Latent number 3',
  formula: '± z₃',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['component3'],
  orientation: 'skewness',
  /** [n], signed. */
  compute: (_batch, { component3 }) => Float64Array.from(component3 ?? []),
};

export default score;
