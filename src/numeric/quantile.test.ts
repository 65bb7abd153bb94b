import { describe, expect, it } from 'vitest';
import { median, quantileSorted, quantiles } from './quantile.ts';

describe('quantiles', () => {
  it('interpolate between order statistics as NumPy does', () => {
    expect(quantileSorted([1, 2, 4, 8], 0.25)).toBe(1.75);
    expect(quantiles([8, 1, 4, 2], [0, 0.25, 0.5, 0.9, 1])).toEqual([1, 1.75, 3, expect.closeTo(6.8, 12), 8]);
  });
  it('leave out what is not finite', () => {
    expect(median([3, Number.NaN, 1, Infinity, 2])).toBe(2);
    expect(median([1, 2])).toBe(1.5);
  });
  it('of nothing, or outside 0 to 1, are not defined', () => {
    expect(median([])).toBeNaN();
    expect(quantileSorted([1, 2], 1.5)).toBeNaN();
  });
});
