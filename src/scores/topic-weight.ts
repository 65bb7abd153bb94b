/** Share of each topic by itself. Which topic is which, and whether more of it is odd, differs from seed to seed, so background's tail decides. */
import type { Score } from './contract.ts';

const topic = (k: 1 | 2 | 3 | 4): Score => ({
  id: `topic-weight-${k}`,
  name: `Share of topic ${k}`,
  formula: `± softmax(μ)${'₁₂₃₄'[k - 1]}`,
  unit: '',
  paper: { text: 'B. M. Dillon et al., SciPost Phys. 11 (2021) 061', url: 'https://doi.org/10.21468/SciPostPhys.11.3.061' },
  needs: [`topic${k}`],
  orientation: 'skewness',
  /** [n], from 0 to 1 before the sign. */
  compute: (_batch, outputs) => Float64Array.from(outputs[`topic${k}`] ?? []),
});

export default [topic(1), topic(2), topic(3), topic(4)];
