import { expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { freeRun } from '../testing/fixtures.ts';
import { scoredOf } from './evaluate.ts';
import { loadSampleData } from './load.ts';
import { prepare } from './prepare.ts';
import { priceOf } from './price.ts';
import { runModel } from './run-model.ts';

it('prices a score by precision and by network, and leaves the model as it was', async () => {
  await startBackend('wasm');
  const prepared = prepare(loadSampleData({ sample: 'electron-photon-images', events: 240, params: { signalShare: 0.4 } }));
  const choice = {
    model: 'image-autoencoder',
    preset: 'offshell-strided',
    params: { filters: [4], latent: 2 },
    seed: 1,
    epochs: 1,
  };
  const run = await runModel(prepared, choice, { control: freeRun, backend: 'wasm' });
  const price = await priceOf(prepared, run, 'latent-mahalanobis');
  const numbers = run.weights.reduce((sum, { values }) => sum + values.length, 0);
  const [whole, half, levels] = price.precisions;
  expect([whole?.bytes, half?.bytes]).toEqual([4 * numbers, 2 * numbers]);
  expect(levels!.bytes).toBeLessThan(2 * numbers);
  expect(levels!.bytes).toBeGreaterThan(numbers);
  // 11 bits leave the order of nearly all events, and the whole precision is what the run itself scored
  expect(Math.abs(half!.aucs[0]!.auc - whole!.aucs[0]!.auc)).toBeLessThan(0.02);
  expect(price.parts.map(({ name, needed }) => [name, needed])).toEqual([
    ['encoder', true],
    ['decoder', false],
  ]);
  expect(price.parts.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(run.detector.parameters);
  for (const { timings } of price.parts) {
    expect(timings.map(({ batch }) => batch)).toEqual([1, 256]);
    for (const { median, percentile99 } of timings) expect(percentile99).toBeGreaterThanOrEqual(median);
  }
  expect((await run.detector.weights()).map(({ values }) => [...values])).toEqual(run.weights.map(({ values }) => [...values]));
  expect(scoredOf(run, 'latent-mahalanobis').test.length).toBe(price.events);
  run.detector.dispose();
});
