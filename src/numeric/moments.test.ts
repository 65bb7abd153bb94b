import { describe, expect, it } from 'vitest';
import { moments } from './moments.ts';

describe('moments', () => {
  it('of a small sample, by hand', () => {
    const m = moments([1, 2, 3, 4, 10]);
    expect(m).toMatchObject({ count: 5, nonFinite: 0, min: 1, max: 10 });
    expect(m.mean).toBeCloseTo(4, 14);
    expect(m.variance).toBeCloseTo(10, 13);
    expect(m.skewness).toBeCloseTo(36 / 10 ** 1.5, 13);
  });
  it('keep their digits far from zero', () => {
    const near = moments([1, 2, 3, 4, 10]);
    const far = moments([1, 2, 3, 4, 10].map((x) => x + 1e9));
    expect(far.variance).toBeCloseTo(near.variance, 5);
    expect(far.skewness).toBeCloseTo(near.skewness, 5);
  });
  it('count what is not finite apart, and can select', () => {
    expect(moments([1, Number.NaN, 3, Infinity])).toMatchObject({ count: 2, nonFinite: 2, mean: 2, variance: 1, skewness: 0 });
    expect(moments([1, 100, 3], new Uint8Array([1, 0, 1]))).toMatchObject({ count: 2, mean: 2, max: 3 });
  });
  it('of nothing are not defined; of a constant there is no skewness', () => {
    expect(moments([]).mean).toBeNaN();
    expect(moments([7, 7, 7])).toMatchObject({ mean: 7, variance: 0, deviation: 0, skewness: 0 });
  });
});
