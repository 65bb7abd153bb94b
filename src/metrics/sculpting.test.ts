import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { distanceCorrelation, jensenShannon, sculptingNullLevel } from './sculpting.ts';

describe('the Jensen-Shannon divergence', () => {
  it('has its worked value, is symmetric, 0 for equal and 1 bit for disjoint histograms', () => {
    expect(jensenShannon([0.1, 0.4, 0.5], [0.8, 0.15, 0.05])).toBeCloseTo(0.4202006, 7);
    expect(jensenShannon([0.1, 0.4, 0.5], [0.8, 0.15, 0.05]) * Math.LN2).toBeCloseTo(0.2912608, 7);
    expect(jensenShannon([80, 15, 5], [1, 4, 5])).toBeCloseTo(jensenShannon([1, 4, 5], [0.8, 0.15, 0.05]), 14);
    expect(jensenShannon([3, 0, 1], [6, 0, 2])).toBe(0);
    expect(jensenShannon([1, 0], [0, 5])).toBe(1);
    expect(jensenShannon([0, 0], [1, 1])).toBeNaN();
  });
  it('of a sample that is not sculpted stays at its null level', () => {
    const { mean, level95 } = sculptingNullLevel(30, 2000);
    expect(mean * Math.LN2).toBeCloseTo(0.0018, 4);
    expect(level95 * Math.LN2).toBeCloseTo(0.0027, 4);
    const cursor = new Cursor(2, 'sample');
    const flat = new Float64Array(30).fill(1);
    let sum = 0;
    let above = 0;
    for (let i = 0; i < 400; i++) {
      const counts = new Float64Array(30);
      for (let j = 0; j < 2000; j++) counts[cursor.below(30)]!++;
      const found = jensenShannon(counts, flat);
      sum += found / 400;
      if (found > level95) above++;
    }
    expect(sum / mean).toBeCloseTo(1, 1);
    expect(above / 400).toBeLessThan(0.09);
  });
});

describe('the distance correlation', () => {
  it('has its worked value', () => {
    const found = distanceCorrelation([1, 2, 3, 4, 5], [2, 1, 4, 3, 7]);
    expect(found.dCov2).toBeCloseTo(1.28, 12);
    expect(found.dCor2).toBeCloseTo(0.7502697, 7);
  });
  it('is 1 for a straight line, sees what correlation misses, and is not defined for a constant', () => {
    const x = [-3, -2, -1, 0, 1, 2, 3];
    expect(
      distanceCorrelation(
        x,
        x.map((v) => 5 - 2 * v),
      ).dCor2,
    ).toBeCloseTo(1, 14);
    expect(
      distanceCorrelation(
        x,
        x.map((v) => v * v),
      ).dCor2,
    ).toBeGreaterThan(0.1);
    expect(
      distanceCorrelation(
        x,
        x.map(() => 1),
      ).dCor2,
    ).toBeNaN();
  });
});
