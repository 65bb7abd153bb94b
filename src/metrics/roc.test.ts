import { describe, expect, it } from 'vitest';
import { sample, sampleRanking, toy, toyLabels, toyScores } from '../testing/metric-samples.ts';
import { rank } from './ranking.ts';
import { auc, backgroundRejectionAt, interpolatedFpr, pointAtFpr, pointAtTpr, rocCurve, tprAtFpr, weightedAuc } from './roc.ts';

describe('the curve', () => {
  it('has one point per distinct score, by hand', () => {
    const curve = rocCurve(toy, 1, 0);
    expect([...curve.threshold]).toEqual([Infinity, 0.9, 0.8, 0.7, 0.6, 0.5, 0.2, 0.1]);
    expect([...curve.fpr]).toEqual([0, 0, 1 / 6, 1 / 6, 2 / 6, 4 / 6, 5 / 6, 1]);
    expect([...curve.tpr]).toEqual([0, 1 / 4, 2 / 4, 3 / 4, 3 / 4, 1, 1, 1]);
  });

  it('leaves out scores of other classes', () => {
    const r = rank(new Float64Array([4, 3, 2, 1]), new Uint8Array([1, 2, 0, 2]), 3);
    expect([...rocCurve(r, 1, 0).threshold]).toEqual([Infinity, 4, 2]);
    expect([...rocCurve(r, [1, 2], 0).threshold]).toEqual([Infinity, 4, 3, 2, 1]);
  });

  it('rises from (0, 0) to (1, 1)', () => {
    for (const recipe of [
      [1, 300, 700, 8, 0],
      [3, 400, 600, 4, 5],
      [4, 2000, 3000, 0, 1],
    ] as const) {
      const { fpr, tpr, threshold } = rocCurve(sampleRanking(recipe), 1, 0);
      expect([fpr[0], tpr[0], fpr.at(-1), tpr.at(-1)]).toEqual([0, 0, 1, 1]);
      for (let i = 1; i < fpr.length; i++) {
        expect(fpr[i]! - fpr[i - 1]!).toBeGreaterThanOrEqual(0);
        expect(tpr[i]! - tpr[i - 1]!).toBeGreaterThanOrEqual(0);
        expect(threshold[i]!).toBeLessThan(threshold[i - 1]!);
      }
    }
  });

  it('thinned stays close to the whole on linear and logarithmic axes at once', () => {
    const r = sampleRanking([5, 20000, 80000, 6, 0]);
    const whole = rocCurve(r, 1, 0);
    const thin = rocCurve(r, 1, 0, 1500);
    expect(thin.fpr.length).toBeLessThanOrEqual(1500);
    expect([thin.fpr[0], thin.tpr[0], thin.fpr.at(-1), thin.tpr.at(-1)]).toEqual([0, 0, 1, 1]);
    // the few background events of the interesting end are all there
    const few = (curve: typeof thin): number[] => [...new Set(curve.fp.filter((fp) => fp <= 20))];
    expect(few(thin)).toEqual(few(whole));
    // every dropped point lies in the box between its kept neighbours, and that box is small on every axis
    const log = (count: number): number => Math.log(Math.max(count, 0.5));
    let outside = 0;
    let largest = 0;
    let j = 0;
    for (let i = 0; i < whole.fpr.length; i++) {
      while (thin.threshold[j + 1]! >= whole.threshold[i]!) j++;
      if (whole.threshold[i] === thin.threshold[j]) continue;
      for (const [all, kept, logLength] of [
        [whole.fp, thin.fp, Math.log(160_000)],
        [whole.tp, thin.tp, Math.log(40_000)],
      ] as const) {
        if (all[i]! < kept[j]! || all[i]! > kept[j + 1]!) outside++;
        const width = (kept[j + 1]! - kept[j]!) / kept.at(-1)!;
        largest = Math.max(largest, width, (log(kept[j + 1]!) - log(kept[j]!)) / logLength);
      }
    }
    expect(outside).toBe(0);
    expect(largest).toBeLessThan(0.01);
  });

  it('is not thinned when it is short enough', () => {
    expect(rocCurve(toy, 1, 0, 8).fpr).toHaveLength(8);
    expect(rocCurve(toy, 1, 0, 5).fpr.length).toBeLessThanOrEqual(5);
  });
});

describe('the area under the curve', () => {
  it('counts ties one half, by hand', () => {
    expect(auc(toy, 1, 0)).toBe(0.8125);
    expect(auc(rank(new Float64Array([5, 5, 5]), new Uint8Array([0, 1, 1]), 2), 1, 0)).toBe(0.5);
  });
  it('turns into 1 - AUC when the score or the classes are turned round', () => {
    const { scores, labels } = sample([3, 400, 600, 4, 5]);
    const area = auc(rank(scores, labels, 2), 1, 0);
    expect(
      auc(
        rank(
          scores.map((s) => -s),
          labels,
          2,
        ),
        1,
        0,
      ),
    ).toBeCloseTo(1 - area, 15);
    expect(auc(rank(scores, labels, 2), 0, 1)).toBeCloseTo(1 - area, 15);
  });
  it('does not change under a rising function of the score', () => {
    const { scores, labels } = sample([1, 300, 700, 8, 0]);
    expect(
      auc(
        rank(
          scores.map((s) => s ** 3 - 7),
          labels,
          2,
        ),
        1,
        0,
      ),
    ).toBe(auc(rank(scores, labels, 2), 1, 0));
  });
  it('is the trapezoid area of the curve', () => {
    const r = sampleRanking([6, 3000, 7000, 3, 64]);
    const { fpr, tpr } = rocCurve(r, 1, 0);
    let area = 0;
    for (let i = 1; i < fpr.length; i++) area += 0.5 * (fpr[i]! - fpr[i - 1]!) * (tpr[i]! + tpr[i - 1]!);
    expect(auc(r, 1, 0)).toBeCloseTo(area, 12);
  });
  it('of merged classes is the mean over them, weighted by size', () => {
    const { scores, labels } = sample([1, 300, 700, 8, 0]);
    const split = labels.map((l, i) => (l === 1 && i % 3 === 0 ? 2 : l));
    const r = rank(scores, split, 3);
    expect(auc(r, [1, 2], 0)).toBeCloseTo((200 * auc(r, 1, 0) + 100 * auc(r, 2, 0)) / 300, 14);
  });
  it('stays exact with two million events', () => {
    const n = 2_000_000;
    const scores = Float64Array.from({ length: n }, (_, i) => i);
    // even rows signal: half of the pairs, and n/2 less by the last step
    const r = rank(
      scores,
      Uint8Array.from(scores, (i) => (i % 2 === 0 ? 1 : 0)),
      2,
    );
    expect(auc(r, 1, 0)).toBe((n / 2 - 1) / n);
  });
  it('is not defined without one of the classes', () => {
    expect(auc(rank(new Float64Array([1]), new Uint8Array([0]), 2), 1, 0)).toBeNaN();
  });
  it('with weights repeats events', () => {
    const weight = Float64Array.from(toyScores, (_, i) => 1 + (i % 3));
    const repeated = [...toyScores.keys()].flatMap((i) => Array<number>(weight[i]!).fill(i));
    const counted = rank(
      Float64Array.from(repeated, (i) => toyScores[i]!),
      Uint8Array.from(repeated, (i) => toyLabels[i]!),
      2,
    );
    expect(weightedAuc(rank(toyScores, toyLabels, 2, weight), 1, 0)).toBeCloseTo(auc(counted, 1, 0), 14);
    expect(weightedAuc(toy, 1, 0)).toBe(0.8125);
  });
});

describe('reading the curve', () => {
  it('takes the largest TPR that keeps FPR at or below the wish', () => {
    expect([0, 0.1, 1 / 6, 0.2, 0.5, 1].map((eps) => tprAtFpr(toy, 1, 0, eps))).toEqual([0.25, 0.25, 0.75, 0.75, 0.75, 1]);
    expect(pointAtFpr(toy, 1, 0, 0.5)).toEqual({ threshold: 0.7, tp: 3, fp: 1, tpr: 0.75, fpr: 1 / 6 });
  });
  it('flags nothing where the first tied group is already too large', () => {
    const r = rank(new Float64Array([1, 1, 0]), new Uint8Array([1, 0, 0]), 2);
    expect(pointAtFpr(r, 1, 0, 0.1)).toEqual({ threshold: Infinity, tp: 0, fp: 0, tpr: 0, fpr: 0 });
  });
  it('meets a decimal efficiency exactly: 20 of 20 000 is 1e-3', () => {
    const n = 20_000;
    for (const [fp, eps] of [
      [20, 1e-3],
      [2, 1e-4],
      [200, 1e-2],
      [6000, 0.3],
    ] as const) {
      // a signal event tied with the background event number fp
      const scores = Float64Array.from({ length: n + 1 }, (_, i) => (i === n ? n - fp + 1 : n - i));
      const at = rank(
        scores,
        Uint8Array.from(scores, (_, i) => (i === n ? 1 : 0)),
        2,
      );
      expect(pointAtFpr(at, 1, 0, eps).fp).toBe(fp);
    }
  });
  it('takes the lowest FPR that reaches a TPR', () => {
    expect(pointAtTpr(toy, 1, 0, 0.5)).toMatchObject({ threshold: 0.8, fp: 1 });
    expect(pointAtTpr(toy, 1, 0, 0.51)).toMatchObject({ threshold: 0.7, fp: 1 });
    expect(backgroundRejectionAt(toy, 1, 0, 0.6)).toBe(6);
    expect(backgroundRejectionAt(toy, 1, 0, 0.25)).toBe(Infinity);
  });
});

describe('the background efficiency read between points', () => {
  const read = (scores: number[], labels: number[], efficiency: number) =>
    interpolatedFpr(rank(Float64Array.from(scores), Uint8Array.from(labels), 2), 1, 0, efficiency);
  it('by hand: a tie is a slope, a level stretch is read at its end', () => {
    expect(read([0.9, 0.8, 0.8, 0.7], [1, 1, 0, 0], 0.75)).toBe(0.25);
    expect(read([0.9, 0.8, 0.8, 0.7], [1, 1, 0, 0], 0.5)).toBe(0);
    expect(read([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], 0.5)).toBe(0.5);
    expect(read([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], 0.25)).toBe(0);
  });
  it('is not defined without one of the classes', () => {
    expect(read([1, 2], [1, 1], 0.4)).toBeNaN();
    expect(read([1, 2], [0, 0], 0.4)).toBeNaN();
  });
});
