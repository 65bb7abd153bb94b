import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { sample, sampleRanking, toy } from '../testing/metric-samples.ts';
import { delong, delongPair, hanleyMcNeil } from './auc-error.ts';
import { rank } from './ranking.ts';
import { auc } from './roc.ts';

describe('the error of an AUC', () => {
  it('by Hanley and McNeil, by hand', () => {
    expect(hanleyMcNeil(0.9, 1000, 10000)).toBeCloseTo(0.00659194, 8);
    expect(hanleyMcNeil(0.5, 100, 100)).toBeCloseTo(0.0409268, 7);
    expect(hanleyMcNeil(0.8125, 4, 6)).toBeCloseTo(0.1535641, 7);
  });
  it('by DeLong, by hand', () => {
    const found = delong(toy, 1, 0);
    expect(found.error).toBeCloseTo(0.1453365, 7);
    expect(found.varV10).toBeCloseTo(0.0480324, 7);
    expect(found.varV01).toBeCloseTo(0.0546875, 7);
  });
  it('by DeLong is the scatter of the AUC over samples', () => {
    const areas: number[] = [];
    const errors: number[] = [];
    for (let seed = 1; seed <= 300; seed++) {
      const cursor = new Cursor(seed, 'sample');
      const scores = Float64Array.from({ length: 300 }, (_, i) => cursor.normal() + (i < 100 ? 1 : 0));
      const r = rank(
        scores,
        Uint8Array.from(scores, (_, i) => (i < 100 ? 1 : 0)),
        2,
      );
      areas.push(auc(r, 1, 0));
      errors.push(delong(r, 1, 0).error);
    }
    const mean = areas.reduce((a, b) => a + b) / 300;
    const scatter = Math.sqrt(areas.reduce((s, a) => s + (a - mean) ** 2, 0) / 299);
    // 300 samples know the scatter to 4 %; three of these
    expect(errors.reduce((a, b) => a + b) / 300 / scatter).toBeCloseTo(1, 0.6);
    expect(Math.abs(errors.reduce((a, b) => a + b) / 300 / scatter - 1)).toBeLessThan(0.12);
  });
  it('needs two events of each class', () => {
    expect(delong(rank(new Float64Array([1, 0, 0]), new Uint8Array([1, 0, 0]), 2), 1, 0).error).toBeNaN();
  });
});

describe('two scores on the same events', () => {
  const { scores, labels } = sample([13, 3000, 5000, 4, 8]);
  it('a score against itself differs by nothing', () => {
    const pair = delongPair(scores, scores, labels, 1, 0);
    expect(pair.difference).toBe(0);
    expect(pair.covariance).toBeCloseTo(pair.errorA ** 2, 15);
    expect(pair.z).toBeNaN();
  });
  it('each error equals that of the score alone', () => {
    const other = sample([14, 3000, 5000, 4, 8]).scores;
    const pair = delongPair(scores, other, labels, 1, 0);
    const alone = delong(sampleRanking([13, 3000, 5000, 4, 8]), 1, 0);
    expect(pair.aucA).toBeCloseTo(alone.auc, 14);
    expect(pair.errorA).toBeCloseTo(alone.error, 14);
  });
  it('drops events without both scores, and other classes', () => {
    const a = new Float64Array([3, 2, 1, 0, Number.NaN, 9]);
    const b = new Float64Array([3, 1, 2, 0, 1, 9]);
    const pair = delongPair(a, b, new Uint8Array([1, 1, 0, 0, 1, 2]), 1, 0);
    expect(pair).toMatchObject({ dropped: 1, aucA: 1, aucB: 0.75, difference: 0.25 });
  });
});
