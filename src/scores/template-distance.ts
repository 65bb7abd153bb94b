/** How far a row is from its reference, in whatever measure the model compares with. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'template-distance',
  name: 'Distance from the reference',
  formula: "the model's error measure: for templates the mean of the largest (x - t)²",
  unit: '',
  paper: { text: 'Template matching; standard practice' },
  needs: ['distance'],
  orientation: 'fixed',
  /** [n], ≥ 0; NaN where an input is missing. */
  compute: (_batch, { distance }) => Float64Array.from(distance ?? []),
};

export default score;
