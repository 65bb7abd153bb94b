/** Absolute reconstruction error of an image, summed over its pixels. The code of CoDAE calls 16.118 times this its cross-entropy. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-l1',
  name: 'Summed absolute error',
  formula: 'Σ |x - y| over the pixels',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['image'],
  orientation: 'fixed',
  /** [n], ≥ 0. Worked value: x = (1, 0), y = (0.5, 0.5) gives 1. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, { reconstruction: outputs.image as NonNullable<typeof outputs.image> }, (x, y, _mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += Math.abs((x[i] as number) - (y[i] as number));
      return sum;
    }),
};

export default score;
