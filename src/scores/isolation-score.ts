/** The isolation forest's score: how much sooner than usual random cuts isolate an event. */
import type { Score } from './contract.ts';

const score: Score = {
  id: 'isolation-score',
  name: 'Isolation score',
  formula: '2^(-E[h] / c(n)), h the depth at which a tree of n rows isolates the event, c(n) its expected value',
  unit: '',
  paper: { text: 'Liu, Ting and Zhou, ICDM 2008, equation 2', url: 'https://doi.org/10.1109/ICDM.2008.17' },
  needs: ['relativeDepth'],
  orientation: 'fixed',
  /** [n], from 0 to 1; 0.5 where the depth is the expected one. */
  compute: (_batch, { relativeDepth }) => Float64Array.from(relativeDepth ?? [], (depth) => 2 ** -depth),
};

export default score;
