/** How badly a second stage restores what a first one has learned about an event. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'representation-autoencoder',
  name: 'Error on the representation',
  formula: '(1/d) Σ (r - r̂)² over the d numbers of the representation',
  unit: '',
  paper: { text: 'Dillon et al., arXiv 2301.04660', url: 'https://arxiv.org/abs/2301.04660' },
  needs: ['representation', 'restoredRepresentation'],
  orientation: 'fixed',
  /** [n], ≥ 0. */
  compute(batch, { representation, restoredRepresentation }) {
    const r = representation ?? new Float64Array(0);
    const restored = restoredRepresentation ?? new Float64Array(0);
    const d = r.length / Math.max(1, batch.rows);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      let sum = 0;
      for (let i = row * d; i < (row + 1) * d; i++) sum += ((r[i] as number) - (restored[i] as number)) ** 2;
      return sum / d;
    });
  },
};

export default score;
