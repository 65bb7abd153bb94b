/**
 * How unlikely the lit pixels are under the shares that a topic model expects. Every lit pixel adds to it, so on masks it mostly
 * counts them.
 */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'reconstruction-nll',
  name: 'Negative log-likelihood',
  formula: '−Σ x ln y, y the expected shares of the pixels, Σ y = 1',
  unit: 'nat',
  paper: { text: 'B. M. Dillon et al., SciPost Phys. 11 (2021) 061', url: 'https://doi.org/10.21468/SciPostPhys.11.3.061' },
  needs: ['logShares'],
  orientation: 'fixed',
  /** [n], ≥ 0 for pixels ≥ 0. Worked value: two lit pixels of four, all shares equal, give 2 ln 4. */
  compute({ rows, width, target }, { logShares }) {
    const logs = logShares ?? new Float32Array(0);
    return Float64Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let i = row * width; i < (row + 1) * width; i++) sum -= (target[i] as number) * (logs[i] as number);
      return sum;
    });
  },
};

export default score;
