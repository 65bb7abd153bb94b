import { describe, expect, it } from 'vitest';
import { sample, toy } from '../testing/metric-samples.ts';
import { confusionAt, ratesOf } from './confusion.ts';
import { rank } from './ranking.ts';

describe('the confusion matrix', () => {
  it('of the small sample, by hand', () => {
    expect(confusionAt(toy, 1, 0, 0.7)).toEqual({ truePositives: 3, falsePositives: 1, trueNegatives: 5, falseNegatives: 1 });
    expect(confusionAt(toy, 1, 0, 0.5)).toEqual({ truePositives: 4, falsePositives: 4, trueNegatives: 2, falseNegatives: 0 });
  });
  it('agrees with a recount of the scores', () => {
    const { scores, labels } = sample([3, 400, 600, 4, 5]);
    const r = rank(scores, labels, 2);
    for (const t of [0.2, 0.6, 0.61, 1.4, 9]) {
      const count = (label: number, flagged: boolean): number =>
        scores.filter((s, i) => labels[i] === label && s >= t === flagged).length;
      expect(confusionAt(r, 1, 0, t)).toEqual({
        truePositives: count(1, true),
        falsePositives: count(0, true),
        trueNegatives: count(0, false),
        falseNegatives: count(1, false),
      });
    }
  });
});

describe('rates', () => {
  it('carry their intervals', () => {
    const rates = ratesOf({ truePositives: 3, falsePositives: 10, trueNegatives: 10, falseNegatives: 7 }, { level: 0.95 });
    expect(rates.signalEfficiency).toMatchObject({ value: 0.3, k: 3, n: 10 });
    expect(rates.signalEfficiency.low).toBeCloseTo(0.0667395, 7);
    expect(rates.signalEfficiency.high).toBeCloseTo(0.6524529, 7);
    expect(rates.missRate).toMatchObject({ value: 0.7, k: 7, n: 10, low: 1 - rates.signalEfficiency.high });
    expect(rates.backgroundEfficiency.value).toBe(0.5);
    expect(rates.precision.value).toBeCloseTo(3 / 13, 15);
    expect(rates.prevalence).toBeCloseTo(10 / 30, 15);
    expect(rates.f1).toBeCloseTo(6 / 23, 15);
  });
  it('without events are not defined, their interval is everything', () => {
    const rates = ratesOf({ truePositives: 0, falsePositives: 0, trueNegatives: 5, falseNegatives: 0 }, { method: 'wilson' });
    expect(rates.signalEfficiency).toMatchObject({ value: Number.NaN, low: 0, high: 1 });
    expect(rates.precision.value).toBeNaN();
    expect(rates.f1).toBeNaN();
  });
});
