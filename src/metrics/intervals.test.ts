import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { clopperPearson, garwood, sicError, wilson } from './intervals.ts';

describe('intervals give the values of the literature', () => {
  it.each([
    [clopperPearson(3, 10, 0.95), 0.0667395, 0.6524529],
    [clopperPearson(0, 20, 0.95), 0, 0.1684335],
    [clopperPearson(10, 1_000_000, 0.95), 4.7954e-6, 1.839028e-5],
    [clopperPearson(10, 1_000_000), 6.8913e-6, 1.4267e-5],
    [wilson(3, 10, 0.95), 0.1077913, 0.6032219],
    [garwood(0), 0, 1.84102],
    [garwood(1), 0.172754, 3.299527],
    [garwood(2), 0.708185, 4.63786],
    [garwood(3), 1.367295, 5.918186],
    [garwood(5), 2.840309, 8.382473],
    [garwood(10), 6.891306, 14.26695],
    [garwood(100), 90.01675, 111.03336],
  ])('%j', ({ low, high }, expectedLow, expectedHigh) => {
    // the last printed digit
    expect(Math.abs(low - expectedLow)).toBeLessThanOrEqual(6e-6 * expectedLow + 1e-12);
    expect(Math.abs(high - expectedHigh)).toBeLessThanOrEqual(6e-6 * expectedHigh);
  });
  it('SIC error', () => {
    expect(sicError(0.3, 5000, 0.002, 20000) / (0.3 / Math.sqrt(0.002))).toBeCloseTo(0.081879, 6);
    expect(sicError(0, 10, 0.1, 10)).toBeNaN();
  });
});

describe('intervals', () => {
  it('hold the estimate, mirror under k -> n - k, and widen with the level', () => {
    for (const interval of [clopperPearson, wilson]) {
      for (const [k, n] of [
        [0, 5],
        [1, 7],
        [3, 7],
        [40, 100],
        [999, 1000],
        [12, 12],
      ] as const) {
        const one = interval(k, n);
        const two = interval(k, n, 0.95);
        const mirrored = interval(n - k, n);
        expect(one.low).toBeLessThanOrEqual(k / n);
        expect(one.high).toBeGreaterThanOrEqual(k / n);
        expect(one.low).toBeCloseTo(1 - mirrored.high, 13);
        expect(two.low).toBeLessThanOrEqual(one.low);
        expect(two.high).toBeGreaterThanOrEqual(one.high);
      }
    }
  });
  it('of nothing are everything', () => {
    expect(clopperPearson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });
  it('refuse impossible counts', () => {
    expect(() => clopperPearson(5, 4)).toThrow(/5 of 4/);
    expect(() => garwood(-1)).toThrow(/-1/);
  });
  it('of Clopper and Pearson cover at least as often as they say, for every true efficiency', () => {
    const n = 30;
    for (const level of [0.6827, 0.95]) {
      const ends = Array.from({ length: n + 1 }, (_, k) => clopperPearson(k, n, level));
      for (let p = 0.01; p < 1; p += 0.0137) {
        let chance = (1 - p) ** n;
        let covered = 0;
        for (let k = 0; k <= n; k++) {
          if (ends[k]!.low <= p && p <= ends[k]!.high) covered += chance;
          chance *= ((n - k) / (k + 1)) * (p / (1 - p));
        }
        expect(covered).toBeGreaterThanOrEqual(level - 1e-12);
      }
    }
  });
  it('of Garwood cover a Poisson mean', () => {
    const cursor = new Cursor(6, 'sample');
    let covered = 0;
    for (let i = 0; i < 4000; i++) {
      const { low, high } = garwood(cursor.poisson(4.2));
      if (low <= 4.2 && 4.2 <= high) covered++;
    }
    expect(covered / 4000).toBeGreaterThan(0.6827 - 0.03);
  });
});
