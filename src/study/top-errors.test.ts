/** A score that is asked for after the training: the N largest errors of images and of histograms, and of nothing else. */
import { expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { freeRun } from '../testing/fixtures.ts';
import { resultsOf } from './evaluate.ts';
import { loadSampleData } from './load.ts';
import { batchFor, prepare } from './prepare.ts';
import { runModel, withScore } from './run-model.ts';

it.each([
  ['electron-photon-images', 'image-autoencoder', 3],
  ['tracker-histograms', 'histogram-autoencoder', 37],
] as const)(
  '%s: the largest errors of a finished run of %s',
  async (sample, model, n) => {
    await startBackend('wasm');
    const prepared = prepare(loadSampleData({ sample, events: 500, seed: 1 }));
    const run = await runModel(
      prepared,
      { model, seed: 1, epochs: 1, params: { batchSize: 32 } },
      { control: freeRun, backend: 'wasm' },
    );
    const id = `reconstruction-mse-top${n}`;
    expect(run.scored.has(id)).toBe(false);
    const told = { ...run, training: { ...run.training!, remarks: ['something of how it was trained'] } };
    const wider = await withScore(prepared, told, id);
    expect(wider.warnings).toContain('something of how it was trained');
    expect([...wider.scored.keys()]).toEqual([...run.scored.keys(), id]);
    expect(await withScore(prepared, wider, id)).toBe(wider);

    const { test } = prepared.split;
    const batch = batchFor(prepared, run.detector, test);
    const y = (await run.detector.forward(batch)).reconstruction!;
    const { width } = batch;
    const left = wider.scored.get(id)!.all?.test ?? wider.scored.get(id)!.test;
    for (const i of [0, 7, test.length - 1]) {
      const squares = Array.from({ length: width }, (_, k) => (batch.target[i * width + k]! - y[i * width + k]!) ** 2);
      const largest = squares.sort((a, b) => b - a).slice(0, n);
      expect(left[i]! / (largest.reduce((sum, square) => sum + square, 0) / n)).toBeCloseTo(1, 10);
    }
    expect(resultsOf(prepared, wider).some(({ score }) => score === id)).toBe(true);
    await expect(withScore(prepared, run, 'feature')).rejects.toThrow(/expected one of .*reconstruction-mse/);
    run.detector.dispose();
  },
  60_000,
);
