/** What a study says about a score: its axis, and the operating point that a threshold rule gives. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { flaggedAt, totalOf } from '../metrics/ranking.ts';
import { conformalThreshold } from '../metrics/thresholds.ts';
import { rankingsOf, resultsOf, scoredOf, scoreViewOf } from './evaluate.ts';
import { loadSampleData } from './load.ts';
import { prepare } from './prepare.ts';
import { runModel } from './run-model.ts';

const quiet = { waitWhilePaused: () => Promise.resolve(), stopRequested: false, onProgress: () => undefined };
const prepared = prepare(loadSampleData({ sample: 'collider-events', events: 3000 }));
const cut = (preset: string) =>
  runModel(prepared, { model: 'feature-cut', preset, seed: 1 }, { control: quiet, backend: 'wasm' });

beforeAll(async () => {
  await startBackend('wasm');
});

describe('the axis of a score', () => {
  it('of the cut variable carries the name and unit of its quantity', async () => {
    expect(scoreViewOf(prepared, await cut('ht'), 'feature')).toMatchObject({ score: 'feature', name: 'HT', unit: 'GeV' });
    expect(scoreViewOf(prepared, await cut('multiplicity'), 'feature')).toMatchObject({ name: 'number of objects', unit: '' });
  });
  it('of every other score carries the name of the score', async () => {
    const pca = await runModel(prepared, { model: 'pca', seed: 1 }, { control: quiet, backend: 'wasm' });
    expect(scoreViewOf(prepared, pca, 'reconstruction-mse').name).toBe(scoredOf(pca, 'reconstruction-mse').score.name);
  });
});

describe('the operating point of a study', () => {
  it('is calibrated on validation and measured on test', async () => {
    const run = await cut('met');
    const { test, validation } = rankingsOf(prepared, scoredOf(run, 'feature'));
    const calibrated = conformalThreshold(validation, prepared.background, 0.1);
    const threshold = 'threshold' in calibrated ? calibrated.threshold : Number.NaN;
    for (const result of resultsOf(prepared, run, { rule: 'background-efficiency', value: 0.1 })) {
      const signal = prepared.dataset.classes.findIndex((c) => c.name === result.signal);
      const falsePositives = flaggedAt(test, prepared.background, threshold);
      const truePositives = flaggedAt(test, signal, threshold);
      expect(result.operatingPoint).toMatchObject({
        threshold,
        backgroundEfficiency: falsePositives / totalOf(test, prepared.background),
        signalEfficiency: truePositives / totalOf(test, signal),
        confusion: { truePositives, falsePositives, falseNegatives: totalOf(test, signal) - truePositives },
      });
    }
  });
  it('is refused in words where validation is too small, and absent without a rule', async () => {
    const run = await cut('met');
    const [refused] = resultsOf(prepared, run, { rule: 'background-efficiency', value: 1e-5 });
    expect(refused?.operatingPoint).toEqual({ refusal: expect.stringMatching(/needs at least/) });
    expect(resultsOf(prepared, run)[0]).not.toHaveProperty('operatingPoint');
  });
});
