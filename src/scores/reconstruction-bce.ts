/** Cross-entropy of an image beside the probabilities that were restored for its pixels, from their logits. */
import type { Score } from './contract.ts';
import { scoreRowErrors } from './errors.ts';

const score: Score = {
  id: 'reconstruction-bce',
  name: 'Cross-entropy',
  formula: '-Σ [x ln y + (1 - x) ln (1 - y)] over the pixels',
  unit: '',
  paper: {
    text: 'L. Anzalone et al., arXiv 2306.12955',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  needs: ['pixelLogits'],
  orientation: 'fixed',
  /** [n] in nats, ≥ 0 for pixels from 0 to 1. Worked value: logits of 0 give D ln 2. */
  compute: (batch, outputs) =>
    scoreRowErrors(
      batch,
      { reconstruction: outputs.pixelLogits as NonNullable<typeof outputs.pixelLogits> },
      (x, logit, _mask, start, end) => {
        let sum = 0;
        for (let i = start; i < end; i++) {
          const z = logit[i] as number;
          // ln (1 + exp z) without overflow
          sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (x[i] as number) * z;
        }
        return sum;
      },
    ),
};

export default score;
