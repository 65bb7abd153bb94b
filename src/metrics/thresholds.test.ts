import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { sampleRanking, toy } from '../testing/metric-samples.ts';
import { flaggedAt, rank } from './ranking.ts';
import {
  calibrationEvents,
  chooseThreshold,
  confidentRank,
  conformalPValue,
  conformalRank,
  conformalThreshold,
  nextUp,
} from './thresholds.ts';

const uniform = (n: number, seed: number) => {
  const cursor = new Cursor(seed, 'sample');
  return Float64Array.from({ length: n }, () => cursor.open() + cursor.open());
};
const background = (scores: Float64Array) => rank(scores, new Uint8Array(scores.length), 2);

describe('the next number above', () => {
  it('is one unit in the last place away', () => {
    expect(nextUp(1)).toBe(1 + Number.EPSILON);
    expect(nextUp(-1)).toBe(-1 + Number.EPSILON / 2);
    expect(nextUp(0)).toBe(5e-324);
    expect(nextUp(-0)).toBe(5e-324);
    expect(nextUp(-5e-324)).toBe(-0);
    expect(nextUp(Number.MAX_VALUE)).toBe(Infinity);
    expect(nextUp(-Infinity)).toBe(-Number.MAX_VALUE);
    expect([nextUp(Infinity), nextUp(Number.NaN)]).toEqual([Infinity, Number.NaN]);
  });
});

describe('a calibrated threshold', () => {
  it.each([
    [999, 0.01, 990],
    [10_000, 1e-3, 9991],
    [99_999, 1e-5, 99_999],
    [50_000, 1e-5, 50_001],
    [1000, 0.05, 951],
  ])('of %d scores at %d uses rank %d', (n, eps, k) => {
    expect(conformalRank(n, eps)).toBe(k);
  });

  it('lies one number above the k-th smallest score, which is then not flagged', () => {
    const scores = Float64Array.from({ length: 999 }, (_, i) => i + 1);
    const found = conformalThreshold(background(scores), 0, 0.01);
    expect(found).toMatchObject({ k: 990, n: 999, threshold: nextUp(990), expected: 0.01 });
    expect(flaggedAt(background(scores), 0, nextUp(990))).toBe(9);
  });

  it('expects what the formulas say', () => {
    const found = conformalThreshold(background(uniform(1000, 1)), 0, 0.05);
    if ('refusal' in found) throw new Error(found.refusal);
    expect(found.expected).toBeCloseTo(0.04995, 5);
    expect(found.deviation).toBeCloseTo(0.0069, 4);
    expect(confidentRank(1000, 0.05, 0.9)).toBe(960);
    expect(conformalThreshold(background(uniform(1000, 1)), 0, 0.05, 0.9)).toMatchObject({
      k: 960,
      expected: expect.closeTo(0.041, 3),
    });
  });

  it('refuses a sample that is too small, and says how large it must be', () => {
    const found = conformalThreshold(background(uniform(50_000, 1)), 0, 1e-5);
    expect(found).toEqual({
      needed: 99_999,
      refusal:
        'A threshold for a background efficiency of 0.00001 needs at least 99\u202f999 background events in validation; there are 50\u202f000.',
    });
    expect([1e-2, 1e-3, 1e-4, 1e-5].map((eps) => calibrationEvents(eps))).toEqual([99, 999, 9999, 99_999]);
    for (const eps of [0.3, 0.05, 1e-2, 1e-3, 1e-4, 1e-5, 0.07]) {
      const n = calibrationEvents(eps);
      expect(conformalRank(n, eps)).toBeLessThanOrEqual(n);
      expect(conformalRank(n - 1, eps)).toBeGreaterThan(n - 1);
      const sure = calibrationEvents(eps, 0.9);
      expect(confidentRank(sure, eps, 0.9)).toBeLessThanOrEqual(sure);
      expect(confidentRank(sure - 1, eps, 0.9)).toBeGreaterThan(sure - 1);
    }
  });

  it('keeps the background efficiency of new events, on average over calibration samples', () => {
    let sum = 0;
    const fresh = background(uniform(20_000, 999));
    for (let seed = 1; seed <= 200; seed++) {
      const found = conformalThreshold(background(uniform(199, seed)), 0, 0.1);
      if ('refusal' in found) throw new Error(found.refusal);
      sum += flaggedAt(fresh, 0, found.threshold) / 20_000 / 200;
    }
    // mean 0.1, scatter 0.021/√200 from calibration and 0.0021 from the fresh sample; four of these
    expect(Math.abs(sum - 0.1)).toBeLessThan(4 * Math.hypot(0.0015, 0.0021));
  });

  it('never flags more than asked among ties', () => {
    const tied = background(uniform(2000, 5).map((s) => Math.floor(4 * s)));
    for (const eps of [0.3, 0.1, 0.03]) {
      const found = conformalThreshold(tied, 0, eps);
      if ('refusal' in found) throw new Error(found.refusal);
      expect(flaggedAt(tied, 0, found.threshold) / 2000).toBeLessThanOrEqual(eps);
    }
  });

  it('flags exactly the events whose p-value is at most ε', () => {
    const calibration = background(uniform(999, 3));
    const found = conformalThreshold(calibration, 0, 0.05);
    if ('refusal' in found) throw new Error(found.refusal);
    for (const score of uniform(2000, 4)) expect(score >= found.threshold).toBe(conformalPValue(calibration, 0, score) <= 0.05);
  });

  it('looks at background only', () => {
    const scores = new Float64Array([...uniform(300, 1), 50, 60, 70]);
    const label = Uint8Array.from(scores, (s) => (s > 10 ? 1 : 0));
    expect(conformalThreshold(rank(scores, label, 2), 0, 0.1)).toEqual(
      conformalThreshold(background(scores.slice(0, 300)), 0, 0.1),
    );
  });

  it('refuses an efficiency of 0, 1 or none', () => {
    for (const eps of [0, 1, -1, Number.NaN]) expect(conformalThreshold(toy, 0, eps)).toHaveProperty('refusal');
  });
});

describe('a rule', () => {
  it('gives its threshold on the small sample', () => {
    expect(chooseThreshold({ rule: 'value', value: 0.33 }, toy, 1, 0)).toMatchObject({ threshold: 0.33 });
    expect(chooseThreshold({ rule: 'best-f1' }, toy, 1, 0)).toMatchObject({ threshold: 0.7 });
    expect(chooseThreshold({ rule: 'best-g-mean' }, toy, 1, 0)).toMatchObject({ threshold: 0.7 });
    expect(chooseThreshold({ rule: 'signal-efficiency', value: 0.5 }, toy, 1, 0)).toMatchObject({ threshold: 0.8 });
    expect(chooseThreshold({ rule: 'background-efficiency', value: 0.3 }, toy, 1, 0)).toMatchObject({ threshold: nextUp(0.6) });
    expect(chooseThreshold({ rule: 'max-sic' }, sampleRanking([2, 50, 5000, 4, 0]), 1, 0)).toHaveProperty('threshold');
  });
  it('that cannot be met says why', () => {
    const onlyBackground = background(uniform(100, 1));
    for (const rule of [
      { rule: 'value', value: Number.NaN },
      { rule: 'background-efficiency', value: 1e-3 },
      { rule: 'signal-efficiency', value: 0.5 },
      { rule: 'best-f1' },
      { rule: 'best-g-mean' },
      { rule: 'max-sic' },
    ] as const)
      expect(chooseThreshold(rule, onlyBackground, 1, 0)).toEqual({ refusal: expect.stringMatching(/\.$/) });
  });
});
