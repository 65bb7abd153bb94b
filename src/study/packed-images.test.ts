/** Images that lie in memory as 8 or 16 bits, or without their zeros: the same numbers as from float32, in a fraction of the room. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import type { Dataset } from '../data/dataset.ts';
import { findDuplicates } from '../data/duplicates.ts';
import { PackedNumbers } from '../numeric/packed.ts';
import { createEngine } from '../worker/engine.ts';
import { imageClassesOf } from './image-look.ts';
import { leakageOf } from './leakage.ts';
import { loadSampleData } from './load.ts';
import { eventViewOf } from './look.ts';
import { prepare } from './prepare.ts';
import { runModel } from './run-model.ts';

const split = { by: 'event', train: 0.6, validation: 0.2, test: 0.2, seed: 1 } as const;
const control = { waitWhilePaused: async () => {}, stopRequested: false, onProgress: () => {} };

const detector = { sample: 'detector-images', events: 100, seed: 1 };

/** The same with all numbers as float32, which is how everything but images lies in memory. */
const plain = (dataset: Dataset): Dataset => ({ ...dataset, values: dataset.values.slice() });

beforeAll(() => startBackend('wasm'));
afterAll(() => tf.disposeVariables());

describe.each([
  ['counts of 1/64 GeV', 'uint16', loadSampleData({ ...detector, params: { signalShare: 0.7 } })],
  ['masks', 'uint8', loadSampleData({ ...detector, params: { signalShare: 0.7, channels: 'mask' } })],
  ['pixels that are not 0', 'sparse', loadSampleData({ sample: 'electron-photon-images', events: 100, seed: 1 })],
] as const)('images as %s', (_, packing, dataset) => {
  const [small, large] = [prepare(dataset, split), prepare(plain(dataset), split)];

  it('lie packed, and give the same looks, counts and lessons as float32', () => {
    expect(dataset.values instanceof PackedNumbers && dataset.values.packing).toBe(packing);
    expect(imageClassesOf(small)).toEqual(imageClassesOf(large));
    expect(leakageOf(small, 'right')).toEqual(leakageOf(large, 'right'));
    const duplicates = (data: Dataset) => [...findDuplicates(data, small.split)].at(-1);
    expect(duplicates(dataset)).toEqual(duplicates(plain(dataset)));
  });

  it.each([
    ['image-autoencoder', 'offshell-strided', { epochs: 1, batchSize: 8, scaling: 'over-maximum' }],
    ['pca', 'pixels-10', {}],
    ['feature-cut', 'entropy', {}],
  ] as const)('train and score %s to the same numbers', async (model, preset, params) => {
    const choice = { model, preset, params, seed: 1 };
    const runs = [];
    for (const prepared of [small, large]) runs.push(await runModel(prepared, choice, { control, backend: 'wasm' }));
    const [a, b] = runs;
    if (!a || !b) throw new Error('two runs were to be made');
    try {
      expect(a.training?.history).toEqual(b.training?.history);
      for (const [id, { validation, test }] of b.scored) {
        expect(a.scored.get(id)?.validation, id).toEqual(validation);
        expect(a.scored.get(id)?.test, id).toEqual(test);
      }
      const row = small.split.test[0] as number;
      expect(await eventViewOf(small, a, row)).toEqual(await eventViewOf(large, b, row));
    } finally {
      a.detector.dispose();
      b.detector.dispose();
    }
  });
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** Bytes of all array buffers that somebody holds. */
  const held = async (): Promise<number> => {
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      collect();
    }
    return process.memoryUsage().arrayBuffers;
  };

  it.each([
    ['all', 12_528, 2, '16-bit counts of 1/64, exact'],
    ['mask', 4176, 1, '8-bit whole numbers, exact'],
  ])('%s: as many bytes as the pixels need, and none when the data are closed', async (channels, pixels, bytes, words) => {
    const engine = createEngine();
    const load = (events: number) =>
      engine.loadSample({ sample: 'detector-images', events, seed: 1, params: { channels } }, split, () => {});
    await load(10);
    const before = await held();
    const data = await load(400);
    const stack = 400 * pixels * bytes;
    const after = await held();
    expect(data.packing).toBe(words);
    expect(data.bytes / stack).toBeGreaterThan(0.999);
    expect(data.bytes / stack).toBeLessThan(1.01);
    expect(after - before).toBeGreaterThan(0.9 * stack);
    expect(after - before).toBeLessThan(1.1 * stack);
    await engine.closeData();
    expect((await held()) - before).toBeLessThan(0.02 * stack);
  });
});
