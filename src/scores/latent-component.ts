/**
 * Each latent number by itself: a trigger needs the encoder alone for it. Its sign means nothing after training, so the tail of
 * background decides which end is anomalous.
 */
import type { Score } from './contract.ts';

const component = (k: 1 | 2 | 3 | 4): Score => ({
  id: `latent-component-${k}`,
  name: `Latent number ${k}`,
  formula: `± z${'₁₂₃₄'[k - 1]}`,
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: [`component${k}`],
  orientation: 'skewness',
  /** [n], signed. */
  compute: (_batch, outputs) => Float64Array.from(outputs[`component${k}`] ?? []),
});

export default [component(1), component(2), component(3), component(4)];
