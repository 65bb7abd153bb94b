import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { sample, toy, toyLabels, toyScores } from '../testing/metric-samples.ts';
import { flaggedAt, nextThreshold, position, rank, rowReaching, scoreCounts, totalOf } from './ranking.ts';

describe('a ranking', () => {
  it('groups ties and counts from the top, by hand', () => {
    expect([...toy.threshold]).toEqual([0.9, 0.8, 0.7, 0.6, 0.5, 0.2, 0.1]);
    expect([...toy.flagged[0]!]).toEqual([0, 1, 1, 2, 4, 5, 6]);
    expect([...toy.flagged[1]!]).toEqual([1, 2, 3, 3, 4, 4, 4]);
    expect(toy.total).toEqual([6, 4]);
  });

  it('counts scores that are not finite apart, in no rate', () => {
    const scores = new Float64Array([1, Number.NaN, Infinity, 2, -Infinity, 1]);
    const r = rank(scores, new Uint8Array([0, 0, 1, 1, 1, 1]), 2);
    expect([...r.threshold]).toEqual([2, 1]);
    expect(r.total).toEqual([1, 2]);
    expect(r.nonFinite).toEqual([1, 2]);
    expect([...r.flagged[1]!]).toEqual([1, 2]);
  });

  it('equals a naive recount at any threshold, for several classes and heavy ties', () => {
    const cursor = new Cursor(3, 'sample');
    const n = 3000;
    const scores = Float64Array.from({ length: n }, () => (cursor.below(2) ? cursor.below(40) - 20 : cursor.normal() * 9));
    const label = Uint8Array.from({ length: n }, () => cursor.below(4));
    const r = rank(scores, label, 4);
    const thresholds = [...scores.slice(0, 100), ...Array.from({ length: 100 }, () => 10 * cursor.normal()), -1e9, 1e9, 0, -0];
    for (const t of thresholds) {
      for (let c = 0; c < 4; c++) {
        let recount = 0;
        for (let i = 0; i < n; i++) if (label[i] === c && scores[i]! >= t) recount++;
        expect(flaggedAt(r, c, t)).toBe(recount);
      }
      expect(flaggedAt(r, [1, 3], t)).toBe(flaggedAt(r, 1, t) + flaggedAt(r, 3, t));
    }
    expect(totalOf(r, [0, 1, 2, 3])).toBe(n);
  });

  it('ties 0 with -0', () => {
    const r = rank(new Float64Array([0, -0, 1, -1]), new Uint8Array(4), 1);
    expect([...r.threshold]).toEqual([1, 0, -1]);
    expect(flaggedAt(r, 0, -0)).toBe(3);
  });

  it('sums weights beside the counts', () => {
    const r = rank(
      toyScores,
      toyLabels,
      2,
      Float64Array.from(toyScores, (_, i) => (i === 9 ? -1 : i)),
    );
    expect([...r.weighted!.flagged[1]!]).toEqual([0, 1, 4, 4, 9, 9, 9]);
    expect(r.weighted).toMatchObject({ total: [2 + 4 + 6 + 7 + 8 - 1, 9], negative: 1 });
    expect(r.weighted!.squares[1]).toBe(0 + 1 + 9 + 25);
  });

  it('of nothing is empty, and mismatched arrays are refused', () => {
    const r = rank(new Float64Array(0), new Uint8Array(0), 2);
    expect([r.threshold.length, flaggedAt(r, 0, 0), nextThreshold(r, 3, 1)]).toEqual([0, 0, 3]);
    expect(() => rank(new Float64Array(2), new Uint8Array(3), 1)).toThrow(/2 scores/);
    expect(() => rank(new Float64Array(1), new Uint8Array([2]), 2)).toThrow(/class 2/);
  });
});

describe('a threshold', () => {
  it('flags nothing at +∞ or NaN and everything at -∞', () => {
    expect([Infinity, Number.NaN, -Infinity, 0.9, 0.85].map((t) => position(toy, t))).toEqual([0, 0, 7, 1, 1]);
  });
  it('steps one distinct score at a time and stops at the ends', () => {
    expect([1, 2, -1, -3, 99, -99, 0].map((steps) => nextThreshold(toy, 0.7, steps))).toEqual([
      0.8, 0.9, 0.6, 0.2, 0.9, 0.1, 0.7,
    ]);
  });
  it('between two scores steps to its neighbours', () => {
    expect(nextThreshold(toy, 0.75, 1)).toBe(0.8);
    expect(nextThreshold(toy, 0.75, -1)).toBe(0.7);
    expect(nextThreshold(toy, 5, -1)).toBe(0.9);
    expect(nextThreshold(toy, 5, 1)).toBe(0.9);
    expect(nextThreshold(toy, -5, 1)).toBe(0.1);
  });
  it('walks through every distinct score and back', () => {
    const walked = [0.1];
    for (let i = 0; i < 6; i++) walked.push(nextThreshold(toy, walked.at(-1)!, 1));
    expect(walked.reverse()).toEqual([...toy.threshold]);
  });
});

it('finds the first row that reaches a count', () => {
  expect([0, 1, 2, 4, 6, 7].map((count) => rowReaching(toy, 0, count))).toEqual([0, 1, 3, 4, 6, 7]);
});

it('histograms scores without the events', () => {
  const { scores, labels } = sample([3, 400, 600, 4, 5]);
  const r = rank(scores, labels, 2);
  const edges = [0.2, 0.4, 1, 1.7, 1.9];
  const h = scoreCounts(r, 1, edges);
  const inside = (low: number, high: number): number => scores.filter((s, i) => labels[i] === 1 && s >= low && s < high).length;
  expect([...h.counts]).toEqual([inside(0.2, 0.4), inside(0.4, 1), inside(1, 1.7), inside(1.7, 1.9)]);
  expect([h.underflow, h.overflow]).toEqual([inside(-1, 0.2), inside(1.9, 9)]);
});
