/** Light of the reconstruction alone: what a network that has never seen so much of it still restores. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'predicted-energy',
  name: 'Restored energy',
  formula: 'Σ y over the pixels, either sign',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['image'],
  orientation: 'skewness',
  /** [n]. Worked value: y = (0.5, 0.25) gives 0.75. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, { reconstruction: outputs.image as NonNullable<typeof outputs.image> }, (_x, y, _mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += y[i] as number;
      return sum;
    }),
};

export default score;
