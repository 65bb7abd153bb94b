import { expect, it } from 'vitest';
import { aucBar } from './auc-bar.ts';

it('places an AUC and its interval between chance and 1', () => {
  expect(aucBar(0.75, { low: 0.7, high: 0.8 })).toEqual({ at: 50, low: 40, high: 60 });
  expect(aucBar(0.75, { low: Number.NaN, high: Number.NaN })).toEqual({ at: 50, low: 50, high: 50 });
});

it('draws an AUC below chance at the end of the axis', () => {
  expect(aucBar(0.42, { low: 0.4, high: 0.44 })).toEqual({ at: 0, low: 0, high: 0 });
});
