import { describe, expect, it } from 'vitest';
import { sampleRanking, toy } from '../testing/metric-samples.ts';
import { maxSic, sic, sicCurve } from './sic.ts';

describe('significance improvement', () => {
  it('of the small sample, by hand', () => {
    const curve = sicCurve(toy, 1, 0, { minFalsePositives: 1 });
    expect([...curve.threshold]).toEqual([0.8, 0.7, 0.6, 0.5, 0.2, 0.1]);
    expect([...curve.sic.slice(0, 4)]).toEqual([1.224745, 1.837117, 1.299038, 1.224745].map((v) => expect.closeTo(v, 6)));
    expect(maxSic(toy, 1, 0, 1)).toMatchObject({ threshold: 0.7, fp: 1, sic: expect.closeTo(1.837117, 6) });
  });
  it('ends where fewer than 25 background events are left', () => {
    expect(maxSic(toy, 1, 0)).toBeNull();
    expect(sicCurve(toy, 1, 0).sic).toHaveLength(0);
    const r = sampleRanking([2, 50, 5000, 4, 0]);
    const curve = sicCurve(r, 1, 0);
    expect(curve.fp[0]).toBe(25);
    const found = maxSic(r, 1, 0)!;
    expect(found.fp).toBeGreaterThanOrEqual(25);
    expect(found.sic).toBe(Math.max(...curve.sic));
    expect(found.error).toBeGreaterThan(0);
  });
  it('is 1 where nothing is cut, and not defined at zero background', () => {
    expect(sicCurve(toy, 1, 0, { minFalsePositives: 1 }).sic.at(-1)).toBe(1);
    expect(sic(0.5, 0)).toBeNaN();
  });
});
