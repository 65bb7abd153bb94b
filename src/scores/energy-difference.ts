/** Light of an image that its reconstruction lacks. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'energy-difference',
  name: 'Energy difference',
  formula: 'Σ x - Σ y over the pixels, either sign',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['image'],
  orientation: 'skewness',
  /** [n], signed. Worked value: x = (1, 0), y = (0.5, 0) gives 0.5. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, { reconstruction: outputs.image as NonNullable<typeof outputs.image> }, (x, y, _mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += (x[i] as number) - (y[i] as number);
      return sum;
    }),
};

export default score;
