import { expect, it } from 'vitest';
import { toHalf, toLevels } from './precision.ts';

it('halves, by hand and at the ends of the format', () => {
  expect([1, -2, 0.5, 65504, 2 ** -24].map(toHalf)).toEqual([1, -2, 0.5, 65504, 2 ** -24]);
  expect(toHalf(0.1)).toBe(0.0999755859375);
  // 2049 lies between 2048 and 2050, and the even one wins; 2051 between 2050 and 2052
  expect([2049, 2051].map(toHalf)).toEqual([2048, 2052]);
  expect([1e9, -1e9, 1e-9].map(toHalf)).toEqual([65504, -65504, 0]);
  expect(toHalf(Number.NaN)).toBeNaN();
});

it('levels of 8 bits, one scale for each column', () => {
  const found = toLevels([127, 1.27, 63.4, 0.5, 0, 0], 2);
  expect([...found].map((v) => Number(v.toFixed(5)))).toEqual([127, 1.27, 63, 0.5, 0, 0]);
  expect([...toLevels([0, 0], 1)]).toEqual([0, 0]);
});
