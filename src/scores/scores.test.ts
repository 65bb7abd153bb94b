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

describe('scores of images, by hand', () => {
  const x = [[1, 0]];
  const image = (id: string, y: number[][], of = x) => [
    ...findScore(id).compute(batchOf(of), { image: Float64Array.from(y.flat()) }, {}),
  ];
  const logits = (id: string, z: number[][]) => [
    ...findScore(id).compute(batchOf(x), { pixelLogits: Float64Array.from(z.flat()) }, {}),
  ];
  it('sums of errors and of light', () => {
    expect(image('reconstruction-sse', [[0.5, 0.5]])).toEqual([0.5]);
    expect(image('reconstruction-l1', [[0.5, 0.5]])).toEqual([1]);
    expect(image('energy-difference', [[0.5, 0]])).toEqual([0.5]);
    expect(image('predicted-energy', [[0.5, 0.25]])).toEqual([0.75]);
  });
  it('inverse Dice is 1 for the image itself, and large, not 0, where nothing overlaps', () => {
    expect(image('reconstruction-inverse-dice', [[1, 0]])).toEqual([1]);
    expect(image('reconstruction-inverse-dice', [[1, 1]])).toEqual([1.5]);
    expect(image('reconstruction-inverse-dice', [[0, 1]])).toEqual([1e6]);
  });
  it('cross-entropy comes from logits and stays finite for a certain mistake', () => {
    expect(logits('reconstruction-bce', [[0, 0]])[0]).toBeCloseTo(2 * Math.LN2, 12);
    expect(logits('reconstruction-bce', [[-800, 800]])[0]).toBeCloseTo(1600, 9);
  });
  it('hits are pixels above 0 and probabilities above one half', () => {
    expect(logits('hits-difference', [[0, 0]])).toEqual([1]);
    expect(logits('hits-difference', [[1, 1]])).toEqual([-1]);
  });
  it('each latent number is a score by itself', () => {
    const components = ['component1', 'component2', 'component3', 'component4'] as const;
    const outputs = Object.fromEntries(components.map((name, k) => [name, Float32Array.from([3 + k, -k])]));
    for (const [k, name] of components.entries()) {
      const own = findScore(`latent-component-${k + 1}`);
      expect(own).toMatchObject({ name: `Latent number ${k + 1}`, needs: [name], orientation: 'skewness' });
      expect([...own.compute(batchOf([[0], [0]]), outputs, {})]).toEqual([3 + k, -k]);
    }
    expect(findScore('latent-component-2').formula).toBe('± z₂');
  });
  it('the negative log-likelihood of two lit pixels of four with equal shares is 2 ln 4', () => {
    const outputs = { logShares: new Float32Array(4).fill(-Math.log(4)) };
    expect(findScore('reconstruction-nll').compute(batchOf([[1, 0, 1, 0]]), outputs, {})[0]).toBeCloseTo(2 * Math.log(4), 6);
  });
  it('structural dissimilarity is 0 for the image itself; of two flat images only the constant for means is left', () => {
    const shape = [3, 3, 1];
    const flat = new Array<number>(9).fill(0.5);
    const of = (y: number[]) => [
      ...findScore('reconstruction-ssim').compute({ ...batchOf([flat]), shape }, { image: Float64Array.from(y) }, {}),
    ];
    expect(of(flat)[0]).toBeCloseTo(0, 12);
    // (2 · 0.5 · 1 + c) / (0.25 + 1 + c), c = 1e-4
    expect(of(flat.map(() => 1))[0]).toBeCloseTo(1 - 1.0001 / 1.2501, 10);
  });
});

describe('histograms together, by hand', () => {
  // two histograms; the third one never changes on training background
  const histogramScores = Float64Array.from([3, 1, 7, 4, 3, 7]);
  const training = batchOf([[0], [0]]);
  const both = batchOf([[0], [0]]);
  const judged = { histogramScores: Float64Array.from([0, 2, 7, 7, 0, 9]) };
  const of = (id: string) => {
    const { fit, compute } = findScore(id);
    return [...compute(both, judged, fit?.(training, { histogramScores }) ?? {})];
  };

  it('half-normal: σ² is the mean square, 12.5 and 5', () => {
    const constant = Math.log(Math.PI / 2) + 0.5 * Math.log(12.5 * 5);
    expect(of('combined-half-normal')[0]).toBeCloseTo(constant + 4 / 10, 12);
    expect(of('combined-half-normal')[1]).toBeCloseTo(constant + 49 / 25, 12);
  });
  it('Gaussian: means 3.5 and 2, deviations 0.5 and 1', () => {
    const constant = Math.log(2 * Math.PI) + Math.log(0.5);
    expect(of('combined-gaussian')[0]).toBeCloseTo(constant + 49 / 2, 12);
    expect(of('combined-gaussian')[1]).toBeCloseTo(constant + 49 / 2 + 2, 12);
  });
  it('kernels of each: two kernels of width h times the unbiased deviation, h = 2^(-1/5)', () => {
    const log = (x: number, a: number, b: number) => {
      const width = (2 ** -0.2 * Math.abs(a - b)) / Math.SQRT2;
      const kernel = (point: number) => Math.exp(-0.5 * ((x - point) / width) ** 2) / (2 * width * Math.sqrt(2 * Math.PI));
      return Math.log(kernel(a) + kernel(b));
    };
    expect(of('combined-kernels-summed')[0]).toBeCloseTo(-log(0, 3, 4) - log(2, 1, 3), 9);
  });
  it('kernels in the plane see that both went up together in training: the same numbers apart from each other are rarer', () => {
    const n = 50;
    const along = Float64Array.from({ length: 2 * n }, (_, i) => Math.floor(i / 2) + 0.1 * ((i * 7) % 5));
    const { fit, compute } = findScore('combined-kernels');
    const state = fit?.({ ...training, rows: n }, { histogramScores: along }) ?? {};
    const [together, apart] = compute(both, { histogramScores: Float64Array.of(30, 30, 20, 40) }, state);
    expect(apart).toBeGreaterThan(together! + 5);
  });
  it('is no number where an anomaly is none, and counts no such training row', () => {
    const { fit, compute } = findScore('combined-half-normal');
    const state = fit?.({ ...training, rows: 3 }, { histogramScores: Float64Array.of(3, 1, Number.NaN, 5, 4, 3) }) ?? {};
    expect(state.scale).toEqual([Math.sqrt(12.5), Math.sqrt(5)]);
    expect([...compute(training, { histogramScores: Float64Array.of(Number.NaN, 1, 1, 1) }, state)].map(Number.isNaN)).toEqual([
      true,
      false,
    ]);
    expect(() => compute(training, { histogramScores: Float64Array.of(1) }, state)).toThrow(
      '1 anomalies for 2 rows of 2 histograms',
    );
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
    expect(() => findScore('mse', 'study.json, scores[0]')).toThrow(
      /study\.json, scores\[0\]: expected one of .*energy-difference, feature/,
    );
  });
});
