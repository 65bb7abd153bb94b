import { describe, expect, it } from 'vitest';
import type { Batch } from '../models/contract.ts';
import { orientationSign, skewness } from './orient.ts';
import { findScore, scores, scoresFor } from './registry.ts';

function batchOf(target: number[][], mask?: number[][]): Batch {
  const width = target[0]?.length ?? 0;
  const x = Float32Array.from(target.flat());
  return {
    rows: target.length,
    width,
    raw: x,
    rawWidth: width,
    rawFeatures: [],
    x,
    target: x,
    mask: mask ? Uint8Array.from(mask.flat()) : new Uint8Array(x.length).fill(1),
  };
}

const score = (id: string, batch: Batch, reconstruction: number[][]) => [
  ...findScore(id).compute(batch, { reconstruction: Float64Array.from(reconstruction.flat()) }, {}),
];

describe('reconstruction scores, by hand', () => {
  // errors 1, -2, 3, 0 and 0.5 of which the last two are padding
  const batch = batchOf([[1, 2, 3, 0, 0]], [[1, 1, 1, 0, 0]]);
  const y = [[0, 4, 0, 0, -0.5]];

  it('mean squared error counts all numbers', () => {
    expect(score('reconstruction-mse', batch, y)[0]).toBe((1 + 4 + 9 + 0.25) / 5);
  });
  it('the masked error leaves padding out of the sum and keeps D below it', () => {
    expect(score('reconstruction-mse-masked', batch, y)[0]).toBe(14 / 5);
  });
  it('the error per existing number divides by what exists', () => {
    expect(score('reconstruction-mse-per-feature', batch, y)[0]).toBeCloseTo(14 / 3, 12);
  });
  it('is no number for an event of which nothing exists', () => {
    expect(score('reconstruction-mse-per-feature', batchOf([[0, 0]], [[0, 0]]), [[1, 1]])).toEqual([Number.NaN]);
  });
  it('mean absolute error', () => {
    expect(score('reconstruction-mae', batch, y)[0]).toBe(6.5 / 5);
  });
  it('the ten largest of 0.001, 0.002, ..., 0.100 have mean 0.0955', () => {
    const squares = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1).map((n) => n / 1000);
    const zeros = batchOf([new Array<number>(100).fill(0)]);
    expect(score('reconstruction-mse-top10', zeros, [squares.map(Math.sqrt)])[0]).toBeCloseTo(0.0955, 12);
  });
  it('the ten largest of three are all three', () => {
    expect(score('reconstruction-mse-top10', batchOf([[1, 2, 3]]), [[0, 0, 0]])[0]).toBeCloseTo(14 / 3, 12);
  });
  it('N is free: the largest one, two or all of four, of the cells of an image as of the bins of a histogram', () => {
    const four = batchOf([[0, 0, 0, 0]]);
    const means = [1, 2, 4, 400].map((n) => score(`reconstruction-mse-top${n}`, four, [[1, -4, 3, 2]])[0]);
    expect(means).toEqual([16, 12.5, 7.5, 7.5]);
    for (const id of ['reconstruction-mse-top0', 'reconstruction-mse-top', 'reconstruction-mse-top1.5']) {
      expect(() => findScore(id)).toThrow(/or reconstruction-mse-top<N>/);
    }
  });
  it('refuses a reconstruction of another width', () => {
    expect(() => score('reconstruction-mse', batch, [[1, 2]])).toThrow('reconstruction has 2 numbers');
  });
});

describe('latent Mahalanobis distance', () => {
  it('is the squared distance in units of the spread', () => {
    const mahalanobis = findScore('latent-mahalanobis');
    // variances (unbiased) 2 and 8, no correlation: corners of a rectangle around (1, 2)
    const root = Math.sqrt(1.5);
    const latent = Float64Array.from([
      1 - root,
      2 - 2 * root,
      1 + root,
      2 - 2 * root,
      1 - root,
      2 + 2 * root,
      1 + root,
      2 + 2 * root,
    ]);
    const batch = batchOf([[0], [0], [0], [0]]);
    const state = mahalanobis.fit?.(batch, { latent }) ?? {};
    const scored = mahalanobis.compute(batchOf([[0], [0]]), { latent: Float64Array.from([1, 2, 3, 2]) }, state);
    expect(scored[0]).toBeCloseTo(0, 12);
    expect(scored[1]).toBeCloseTo(2, 10);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('ignores a latent number that never changes on background', () => {
    const mahalanobis = findScore('latent-mahalanobis');
    const latent = Float64Array.from([-1, 5, 1, 5, -1, 5, 1, 5]);
    const state = mahalanobis.fit?.(batchOf([[0], [0], [0], [0]]), { latent }) ?? {};
    const scored = mahalanobis.compute(batchOf([[0]]), { latent: Float64Array.from([2, 7]) }, state);
    expect(scored[0]).toBeCloseTo(3, 10);
  });
});

describe('orientation', () => {
  it('skewness of 0, 0, 3 is 1 / √2, and of its mirror image the negative', () => {
    expect(skewness([0, 0, 3])).toBeCloseTo(Math.SQRT1_2, 14);
    expect(skewness([0, 0, -3])).toBeCloseTo(-Math.SQRT1_2, 14);
    expect(skewness([1, 1, 1])).toBe(0);
    expect(skewness([0, Number.NaN, 0, 3])).toBeCloseTo(Math.SQRT1_2, 14);
  });
  it('turns only scores whose sign is arbitrary', () => {
    expect(orientationSign({ orientation: 'skewness' }, [0, 0, -3])).toBe(-1);
    expect(orientationSign({ orientation: 'skewness' }, [0, 0, 3])).toBe(1);
    expect(orientationSign({ orientation: 'fixed' }, [0, 0, -3])).toBe(1);
  });
});

describe('the registry of scores', () => {
  it('offers a score where its needs are met', () => {
    expect(scoresFor(['feature']).map(({ id }) => id)).toEqual(['feature']);
    expect(scoresFor(['reconstruction', 'latent']).map(({ id }) => id)).toEqual([
      'latent-mahalanobis',
      'reconstruction-mae',
      'reconstruction-mse',
      'reconstruction-mse-masked',
      'reconstruction-mse-per-feature',
      'reconstruction-mse-top10',
    ]);
  });
  it.each(scores.map((entry) => [entry.id, entry] as const))('%s is complete', (id, entry) => {
    expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(entry.needs.length).toBeGreaterThan(0);
    expect(entry.formula && entry.name && entry.paper.text).toBeTruthy();
  });
  it('says which names exist', () => {
    expect(() => findScore('mse', 'study.json, scores[0]')).toThrow(/study\.json, scores\[0\]: expected one of feature/);
  });
});
