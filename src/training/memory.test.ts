/** Memory of TF.js while models train: no tensor more after a hundred epochs than after three, none left after fifty models. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Model } from '../models/contract.ts';
import { models } from '../models/registry.ts';
import { seesLabels } from '../models/sees-labels.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { train } from './loop.ts';
import { rowsOf } from './score.ts';

const ROWS = 32;
const testWidth = { objects: 57, table: 8, images: 64, histograms: 40 };
/** Larger networks are left out: a hundred epochs of them would take minutes. */
const mostParameters = 130_000;

interface Prepared {
  detector: Detector;
  training: Batch;
}

function prepare(model: Model, epochs: number, seed: number): Prepared {
  const kind = model.accepts[0] as keyof typeof testWidth;
  const source = fixture(kind, testWidth[kind], ROWS);
  const small: Params = { epochs, patience: 0, batchSize: ROWS, dimension: 16, blocks: 1, heads: 2, restoreEpochs: epochs };
  const preset = model.presets[model.defaultPreset(source.input)];
  const changes = Object.fromEntries(Object.entries(small).filter(([key]) => key in model.params));
  const detector = model.build(source.input, checkParams(model.params, { ...preset?.params, ...changes }, model.id), seed);
  const batch = source.batch(source.background, detector.scaling);
  const label = Uint8Array.from({ length: batch.rows }, (_, i) => i % 2);
  const training = seesLabels(model, detector) ? { ...batch, label } : batch;
  detector.fit?.(training);
  return { detector, training };
}

interface Held {
  tensors: number;
  buffers: number;
  bytes: number;
}

function heldNow(): Held {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { tensors: numTensors, buffers: numDataBuffers, bytes: numBytes };
}

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

const trained = models.filter(({ family }) => family !== 'Baselines');

describe('a training', () => {
  it.each(trained.map((model) => [model.id, model] as const))(
    'of %s holds after each epoch what it held after the third',
    async (_id, model) => {
      const { detector, training } = prepare(model, 100, 1);
      if (detector.stages.length > 0 && detector.parameters <= mostParameters) {
        // the loop asks after every chunk whether to stop: once an epoch, as an epoch is one step here
        const held: Held[] = [];
        const control = {
          ...freeRun,
          get stopRequested() {
            held.push(heldNow());
            return false;
          },
        };
        await train(detector, { training, validation: rowsOf(training, 0, 8) }, control, 1);
        expect(held).toHaveLength(100 * detector.stages.length);
        for (const stage of detector.stages.keys()) {
          const [third, ...others] = held.slice(100 * stage + 2, 100 * stage + 100);
          for (const later of others) expect(later).toEqual(third);
        }
      }
      detector.dispose();
    },
  );
});

describe('fifty models one after another', () => {
  it('leave no tensor behind, whatever they are', async () => {
    const before = heldNow();
    for (let i = 0; i < 50; i++) {
      const { detector, training } = prepare(trained[i % trained.length] as Model, 1, i + 1);
      if (detector.stages.length > 0 && detector.parameters <= mostParameters) {
        await train(detector, { training, validation: rowsOf(training, 0, 8) }, freeRun, i + 1);
      }
      await detector.forward(rowsOf(training, 0, 8));
      detector.dispose();
    }
    expect(heldNow()).toEqual(before);
  });
});
