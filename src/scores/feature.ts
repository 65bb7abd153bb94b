/** The cut variable itself: a physics number such as HT, larger counting as more anomalous. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'feature',
  name: 'Cut variable',
  formula: 'the quantity itself; larger is more anomalous',
  // the detector's `feature` says whether it is in GeV or a pure number
  unit: '',
  paper: { text: 'Standard practice' },
  needs: ['feature'],
  orientation: 'fixed',
  /** [n] in the unit of the quantity; NaN where it is missing. */
  compute: (_batch, outputs) => Float64Array.from(outputs.feature ?? []),
};

export default score;
