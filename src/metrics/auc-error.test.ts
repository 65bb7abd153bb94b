import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { sample, sampleRanking, toy } from '../testing/metric-samples.ts';
import { aucInterval, aucSigma, delong, delongPair, hanleyMcNeil, separationBound } from './auc-error.ts';
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

describe('the interval of an AUC', () => {
  const events = { signalEvents: 10, backgroundEvents: 500 };
  it('is one error to each side, within 0 and 1', () => {
    expect(aucInterval({ auc: 0.75, aucError: 0.125, ...events })).toEqual({ low: 0.625, high: 0.875 });
    expect(aucInterval({ auc: 0.99, aucError: 0.02, ...events })).toEqual({ low: 0.97, high: 1 });
    expect(aucSigma({ auc: 0.99, aucError: 0.02, ...events })).toBe(0.02);
  });
  it('has a bound where the classes are parted and no error is known', () => {
    expect(separationBound(10, 500)).toBeCloseTo(0.1586552539 ** 0.1, 9);
    expect(separationBound(1000, 300)).toBeCloseTo(0.9939, 4);
    expect(separationBound(0, 5)).toBe(0);
    const parted = delong(rank(new Float64Array([3, 2, 1, 0]), new Uint8Array([1, 1, 0, 0]), 2), 1, 0);
    expect(parted).toMatchObject({ auc: 1, error: 0 });
    const { low, high } = aucInterval({ auc: 1, aucError: 0, ...events });
    expect([low, high]).toEqual([separationBound(10, 500), 1]);
    expect(aucSigma({ auc: 1, aucError: 0, ...events })).toBe(1 - low);
    expect(aucInterval({ auc: 0, aucError: 0, ...events })).toEqual({ low: 0, high: 1 - low });
  });
  it('covers: at the bound itself, worst-case classes are parted as rarely as stated, usual ones more rarely', () => {
    const few = 6;
    const bound = separationBound(few, 40);
    const trials = 20_000;
    const partedShare = (draw: (cursor: Cursor, signal: boolean) => number): number => {
      const cursor = new Cursor(1, 'sample');
      let parted = 0;
      for (let trial = 0; trial < trials; trial++) {
        let low = Number.POSITIVE_INFINITY;
        let high = Number.NEGATIVE_INFINITY;
        for (let i = 0; i < few; i++) low = Math.min(low, draw(cursor, true));
        for (let i = 0; i < 40; i++) high = Math.max(high, draw(cursor, false));
        if (low > high) parted++;
      }
      return parted / trials;
    };
    // background always 0, signal above it with probability A: A^m exactly
    const worst = partedShare((cursor, signal) => (signal ? (cursor.uniform() < bound ? 1 : -1) : 0));
    expect(Math.abs(worst - 0.1586552539)).toBeLessThan(4 * Math.sqrt((0.16 * 0.84) / trials));
    // two normal classes of the same AUC: Phi(d / sqrt 2) = A; d = 1.41421 * z
    const z = 0.636; // Phi(0.636) = 0.7376, just above the bound of 6 pairs, 0.7358
    expect(partedShare((cursor, signal) => cursor.normal() + (signal ? Math.SQRT2 * z : 0))).toBeLessThan(0.1586);
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
