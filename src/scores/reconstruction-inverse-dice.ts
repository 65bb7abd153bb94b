/** How little an image and its reconstruction overlap, for their size: of the scores of a reconstruction the one that counts light least. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

/** Stands for infinity, so that such an event has a rank. */
const LARGEST = 1e6;

const score: Score = {
  id: 'reconstruction-inverse-dice',
  name: 'Inverse Dice',
  formula: '(Σ x² + Σ y²) / (2 Σ x y) over the pixels',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['image'],
  orientation: 'fixed',
  /** [n], ≥ 1 for pixels from 0 up, 1 at y = x. Where nothing overlaps, 1e6: the least alike of all. Worked value: x = (1, 0), y = (1, 1) gives 1.5. */
  compute: (batch, outputs) =>
    scoreRowErrors(batch, { reconstruction: outputs.image as NonNullable<typeof outputs.image> }, (x, y, _mask, start, end) => {
      let squares = 0;
      let overlap = 0;
      for (let i = start; i < end; i++) {
        squares += (x[i] as number) ** 2 + (y[i] as number) ** 2;
        overlap += 2 * (x[i] as number) * (y[i] as number);
      }
      return overlap > 0 ? Math.min(LARGEST, squares / overlap) : LARGEST;
    }),
};

export default score;
