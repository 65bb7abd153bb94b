import { expect, it } from 'vitest';
import { ams, asimov, asimovWithError } from './significance.ts';

it('gives the worked values', () => {
  expect(asimov(10, 100)).toBeCloseTo(0.9839916, 7);
  expect(asimov(5, 1)).toBeCloseTo(3.3913292, 7);
  expect(asimovWithError(10, 100, 10)).toBeCloseTo(0.6901961, 7);
  expect(ams(200, 1000)).toBeCloseTo(6.1009401, 7);
});

it('approaches s/√b and s/√(b + σ²) for a small signal, and forgets σ as it vanishes', () => {
  expect(asimov(1, 1e6) / 1e-3).toBeCloseTo(1, 5);
  expect(asimovWithError(1, 1e4, 50) / (1 / Math.sqrt(12_500))).toBeCloseTo(1, 3);
  expect(asimovWithError(10, 100, 0.01)).toBeCloseTo(asimov(10, 100), 5);
  expect([asimov(0, 5), asimovWithError(0, 5, 1), asimov(3, 0)]).toEqual([0, 0, Infinity]);
});
