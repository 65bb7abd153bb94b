import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import { findScore, scoresFor } from '../scores/registry.ts';
import { fixture, freeRun, rankAbove } from '../testing/fixtures.ts';
import { train } from '../training/loop.ts';
import { fitScores, scoreAll } from '../training/score.ts';
import type { Batch, Detector, ModelInput } from './contract.ts';
import { buildDetector, cellsOf, defaultScoreOn, outputsOn } from './per-histogram.ts';
import { findModel } from './registry.ts';

// two histograms of different width; in the anomalies only the second one has a fault
const first = fixture('histograms', 40, 300, 1);
const second = fixture('histograms', 24, 300, 2);
const width = 64;
const side = (a: Float32Array, b: Float32Array) => {
  const rows = Math.min(a.length / 40, b.length / 24);
  const values = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    values.set(a.subarray(row * 40, (row + 1) * 40), row * width);
    values.set(b.subarray(row * 24, (row + 1) * 24), row * width + 40);
  }
  return values;
};
const input: ModelInput = {
  kind: 'histograms',
  shape: [width],
  width,
  features: [...first.input.features, ...second.input.features].map((feature, i) => ({ ...feature, name: `number ${i}` })),
  parts: [
    { name: 'first', low: 0, high: 1, start: 0, cells: 40 },
    { name: 'second', low: 0, high: 1, start: 40, cells: 24 },
  ],
};
const background = side(first.background, second.background);
const anomalies = side(first.background, second.anomalies);

function batchOf(raw: Float32Array): Batch {
  const rows = raw.length / width;
  const x = raw.slice();
  for (let row = 0; row < rows; row++) {
    for (const { start, cells } of input.parts!) {
      const own = x.subarray(row * width + start, row * width + start + cells);
      const sum = own.reduce((total, value) => total + value, 0) || 1;
      own.forEach((value, i) => {
        own[i] = value / sum;
      });
    }
  }
  const mask = new Uint8Array(x.length).fill(1);
  return { rows, width, raw, rawWidth: width, rawFeatures: input.features, x, target: x, mask };
}

const built = (id: string, preset: string, changes: Params = {}): Detector => {
  const model = findModel(id);
  return buildDetector(model, input, checkParams(model.params, { ...model.presets[preset]!.params, ...changes }, 'test'), 1);
};

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

describe('a model for each histogram', () => {
  it('leaves a row of one histogram, and models that restore nothing, to the model itself', () => {
    const model = findModel('pca');
    expect(outputsOn(model, first.input)).toEqual(model.outputs);
    expect(defaultScoreOn(model, first.input)).toBe(model.defaultScore);
    expect(outputsOn(findModel('mahalanobis'), input)).toEqual(findModel('mahalanobis').outputs);
    expect(outputsOn(findModel('nearest-template'), input)).toEqual(['histogramScores', 'reconstruction']);
    expect(defaultScoreOn(model, input)).toBe('combined-half-normal');
    expect(scoresFor(outputsOn(model, input)).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['combined-gaussian', 'combined-half-normal', 'combined-kernels', 'combined-kernels-summed']),
    );
    expect(scoresFor(model.outputs).some(({ id }) => id.startsWith('combined'))).toBe(false);
  });

  it('is that model on the cells of each, number for number', async () => {
    const all = batchOf(background);
    const whole = built('pca', 'histogram-1');
    whole.fit?.(all);
    const outputs = await whole.forward(all);
    expect(whole.parameters).toBe(2 * 40 + 2 * 24);
    for (const [k, part] of input.parts!.entries()) {
      const own = cellsOf(all, part);
      const model = findModel('pca');
      const alone = model.build(
        [first, second][k]!.input,
        checkParams(model.params, model.presets['histogram-1']!.params, 'test'),
        1,
      );
      alone.fit?.(own);
      const given = await alone.forward(own);
      expect([...cellsOf({ ...all, x: Float32Array.from(outputs.reconstruction!), target: all.target }, part).x]).toEqual([
        ...Float32Array.from(given.reconstruction!),
      ]);
      const wanted = findScore('reconstruction-mse-top10').compute(own, given, {});
      expect([...wanted.keys()].map((row) => outputs.histogramScores![row * 2 + k])).toEqual([...wanted]);
      expect([...wanted.keys()].map((row) => outputs.latent![row * 2 + k])).toEqual([...given.latent!]);
    }
  });

  it.each([
    ['pca', 'histogram-1', {}],
    ['nearest-template', 'mean-10', {}],
    ['histogram-autoencoder', 'double', { epochs: 4, secondEpochs: 3, batchSize: 50 }],
    ['lstm-autoencoder', 'lstm-10-3', { epochs: 2, batchSize: 50 }],
  ] as const)(
    '%s finds faults in one histogram of two with every combined score, and comes back from its weights',
    async (id, preset, changes) => {
      const detector = built(id, preset, changes);
      const training = batchOf(background);
      if (detector.fit) detector.fit(training);
      else {
        const { history } = await train(detector, { training, validation: null }, freeRun, 1);
        expect([...new Set(history.map(({ stage }) => stage))]).toEqual(detector.stages.map((_, k) => k));
        expect(detector.stages.map(({ name }) => name.split(':')[0])).toEqual(
          id === 'lstm-autoencoder' ? ['first', 'second'] : ['first', 'first', 'second', 'second'],
        );
      }
      const combined = scoresFor(detector.outputs!).filter(({ needs }) => needs.includes('histogramScores'));
      const requests = await fitScores(detector, combined, training);
      const [bad, good] = [batchOf(anomalies), training];
      const onBad = await scoreAll(detector, requests, [bad]);
      const onGood = await scoreAll(detector, requests, [good]);
      for (const [i, { score, state }] of requests.entries()) {
        expect(rankAbove(onBad[i]!, onGood[i]!), score.id).toBeGreaterThan(0.9);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }
      const twin = built(id, preset, changes);
      twin.setWeights(await detector.weights());
      expect(await scoreAll(twin, requests, [bad])).toEqual(onBad);
      twin.dispose();
      detector.dispose();
    },
  );
});
