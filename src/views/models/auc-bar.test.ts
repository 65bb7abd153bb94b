import { expect, it } from 'vitest';
import { aucBar } from './auc-bar.ts';

it('places an AUC and its error between chance and 1', () => {
  expect(aucBar(0.75, 0.05)).toEqual({ at: 50, low: 40, high: 60 });
  expect(aucBar(0.75, Number.NaN)).toEqual({ at: 50, low: 50, high: 50 });
});

it('draws an AUC below chance at the end of the axis', () => {
  expect(aucBar(0.42, 0.02)).toEqual({ at: 0, low: 0, high: 0 });
});
