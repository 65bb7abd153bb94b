import { describe, expect, it } from 'vitest';
import { sampleRanking, toy } from '../testing/metric-samples.ts';
import { averagePrecision, bestF1, bestGMean, f1, precisionRecallCurve } from './precision-recall.ts';
import { rank } from './ranking.ts';

describe('precision and recall', () => {
  it('of the small sample, by hand', () => {
    // steps of 1/4 in recall at precision 1, 2/3, 3/4 and 4/8
    expect(averagePrecision(toy, 1, 0)).toBeCloseTo((1 + 2 / 3 + 3 / 4 + 4 / 8) / 4, 15);
    expect(averagePrecision(toy, 1, 0)).toBeCloseTo(0.7291667, 7);
    const curve = precisionRecallCurve(toy, 1, 0);
    expect([...curve.threshold]).toEqual([Infinity, 0.9, 0.8, 0.7, 0.6, 0.5]);
    expect([...curve.recall]).toEqual([0, 1 / 4, 2 / 4, 3 / 4, 3 / 4, 1]);
    expect([...curve.precision]).toEqual([1, 1, 2 / 3, 3 / 4, 3 / 5, 4 / 8]);
    expect(curve.prevalence).toBe(0.4);
  });
  it('average precision of a score that knows nothing is the prevalence', () => {
    expect(averagePrecision(rank(new Float64Array(10), new Uint8Array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), 2), 1, 0)).toBeCloseTo(
      0.3,
      15,
    );
  });
  it('average precision is the area under the steps of the curve', () => {
    const r = sampleRanking([6, 3000, 7000, 3, 64]);
    const { recall, precision } = precisionRecallCurve(r, 1, 0);
    let area = 0;
    for (let i = 1; i < recall.length; i++) area += (recall[i]! - recall[i - 1]!) * precision[i]!;
    expect(averagePrecision(r, 1, 0)).toBeCloseTo(area, 12);
  });
  it('the curve can be thinned, its end stays', () => {
    const r = sampleRanking([5, 20000, 80000, 6, 0]);
    const curve = precisionRecallCurve(r, 1, 0, 800);
    expect(curve.recall.length).toBeLessThanOrEqual(800);
    expect(curve.recall.at(-1)).toBe(1);
    for (let i = 1; i < curve.recall.length; i++) expect(curve.recall[i]!).toBeGreaterThanOrEqual(curve.recall[i - 1]!);
  });
  it('without signal there is none', () => {
    const r = rank(new Float64Array([1, 2]), new Uint8Array(2), 2);
    expect(averagePrecision(r, 1, 0)).toBeNaN();
    expect(bestF1(r, 1, 0)).toBeNull();
    expect(bestGMean(r, 1, 0)).toBeNull();
  });
});

describe('the best point', () => {
  it('by F1 and by G-mean, by hand', () => {
    expect(bestF1(toy, 1, 0)).toEqual({
      threshold: 0.7,
      tp: 3,
      fp: 1,
      tpr: 0.75,
      fpr: 1 / 6,
      f1: 0.75,
      precision: 0.75,
      recall: 0.75,
    });
    const g = bestGMean(toy, 1, 0)!;
    expect(g.threshold).toBe(0.7);
    expect(g.gMean).toBeCloseTo(Math.sqrt((3 / 4) * (5 / 6)), 15);
  });
  it('by F1 is no worse than any threshold', () => {
    const r = sampleRanking([3, 400, 600, 4, 5]);
    const found = bestF1(r, 1, 0)!;
    for (let i = 0; i < r.threshold.length; i++)
      expect(f1(r.flagged[1]![i]!, r.flagged[0]![i]!, 400)).toBeLessThanOrEqual(found.f1);
  });
});
