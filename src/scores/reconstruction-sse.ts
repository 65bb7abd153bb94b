/** Squared reconstruction error of an image, summed over its pixels: more light has more to be wrong about. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-sse',
  name: 'Summed squared error',
  formula: 'Σ (x - y)² over the pixels',
  unit: '',
  paper: {
    text: 'T. Heimel et al., QCD or What?, SciPost Phys. 6 (2019) 030',
    url: 'https://doi.org/10.21468/SciPostPhys.6.3.030',
  },
  needs: ['image'],
  orientation: 'fixed',
  /** [n], ≥ 0. Worked value: x = (1, 0), y = (0.5, 0.5) gives 0.5. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, { reconstruction: outputs.image as NonNullable<typeof outputs.image> }, (x, y, _mask, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += ((x[i] as number) - (y[i] as number)) ** 2;
      return sum;
    }),
};

export default score;
