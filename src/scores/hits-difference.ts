/** Lit pixels that the reconstruction does not light: a pixel counts as restored where its probability is above one half. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'hits-difference',
  name: 'Hits difference',
  formula: '#{x > 0} - #{y > 1/2}, either sign',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['pixelLogits'],
  orientation: 'skewness',
  /** [n], signed whole numbers, so many events tie. Of a network that lights nothing it is the number of hits itself. */
  compute: (batch, outputs) =>
    scoreRowErrors(
      batch,
      { reconstruction: outputs.pixelLogits as NonNullable<typeof outputs.pixelLogits> },
      (x, logit, _mask, start, end) => {
        let count = 0;
        for (let i = start; i < end; i++) count += Number((x[i] as number) > 0) - Number((logit[i] as number) > 0);
        return count;
      },
    ),
};

export default score;
