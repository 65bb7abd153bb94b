/**
 * Steps that are recorded once and run again: on software WebGPU they have the numbers of TF.js autodiff to rounding, and several
 * seeds side by side have, to the bit, those that each has alone.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { trainerFor } from '../compute/steps/registry.ts';
import { objectionsTo, startWebGpu, stopWebGpu, webGpuDevice } from '../compute/webgpu.ts';
import type { Batch, Detector, NamedArray } from '../models/contract.ts';
import { findModel } from '../models/registry.ts';
import { type Fixture, fixture, freeRun } from '../testing/fixtures.ts';
import type { Checkpoint } from './contract.ts';
import { placesFor, trainAt } from './ensemble.ts';
import { train } from './loop.ts';
import { rowsOf } from './score.ts';

/** Kernels are compiled for each shape, which takes most of the time here. */
const BATCH = 4;
const ROWS = 8;
const images = fixture('images', 64, ROWS);
const events = fixture('objects', 57, ROWS);

type Case = readonly [model: string, preset: string, changes?: Params];

/** Every kind of layer, loss and draw once; the other models have the same in other orders. */
const cases: readonly Case[] = [
  ['convolutional-autoencoder', 'offshell-cnn'],
  ['convolutional-variational-autoencoder', 'offshell-cnn-vae'],
  ['anomaly-clr', 'offshell-clr', { dimension: 8, heads: 2, blocks: 1, dropout: 0.1, restoreEpochs: 1 }],
  ['image-siamese', 'siamese-tiny'],
  ['categorical-codvae', 'codvae-tiny'],
  ['dirichlet-vae', 'dirichlet-4-tiny'],
];

function madeOf([id, preset, changes]: Case, seed: number): { detector: Detector; batch: Batch } {
  const model = findModel(id);
  const source: Fixture = model.accepts[0] === 'objects' ? events : images;
  const size = { epochs: 2, batchSize: BATCH, learningRate: 1e-3 };
  const params = { ...model.presets[preset]?.params, ...size, ...changes };
  const detector = model.build(source.input, checkParams(model.params, params, 'test'), seed);
  const batch = source.batch(source.background, detector.scaling);
  return { detector, batch: { ...batch, label: Uint8Array.from({ length: ROWS }, (_, i) => i % 2) } };
}

/** As many rows to judge as in a step, so that most kernels serve both. */
const dataOf = (batch: Batch) => ({ training: batch, validation: rowsOf(batch, 0, BATCH) });

interface Trained {
  losses: number[];
  weights: NamedArray[];
  words: string[];
}

async function finished(
  detector: Detector,
  history: readonly { loss: number; validationLoss: number }[],
  words: string[],
): Promise<Trained> {
  const weights = await detector.weights();
  detector.dispose();
  return { losses: history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]), weights, words };
}

async function alone(one: Case, seed: number, recorded: boolean): Promise<Trained> {
  const { detector, batch } = madeOf(one, seed);
  const words: string[] = [];
  const trainers = async (...asked: Parameters<typeof trainerFor>) => {
    const trainer = await trainerFor(...asked);
    words.push(trainer?.words ?? 'none');
    return trainer;
  };
  const { history } = await train(detector, dataOf(batch), freeRun, seed, {
    trainers: recorded ? trainers : null,
  });
  return finished(detector, history, words);
}

async function together(one: Case, seeds: readonly number[]): Promise<Trained[]> {
  const places = placesFor(seeds.length);
  const made = seeds.map((seed) => ({ seed, ...madeOf(one, seed) }));
  const data = dataOf(made[0]!.batch);
  return Promise.all(
    made.map(async ({ detector, seed }, i) => {
      const place = places[i]!;
      const words: string[] = [];
      const trainers = async (...asked: Parameters<typeof trainerFor>) => {
        const trainer = await place.trainers(...asked);
        words.push(trainer?.words ?? 'none');
        return trainer;
      };
      await place.enter();
      try {
        const { history } = await trainAt({ ...place, waits: false, trainers }, detector, () => data, freeRun, seed);
        return await finished(detector, history, words);
      } finally {
        place.leave();
      }
    }),
  );
}

const farthest = (a: readonly NamedArray[], b: readonly NamedArray[]) =>
  Math.max(...a.flatMap(({ values }, i) => Array.from(values, (value, k) => Math.abs(value - b[i]!.values[k]!))));

beforeAll(async () => {
  await startBackend('wasm');
  await startWebGpu();
});
afterAll(() => stopWebGpu());

describe('recorded steps', () => {
  it.each(cases)(
    'of %s (%s) have the numbers of TF.js autodiff, and seeds side by side those that each has alone',
    async (...given) => {
      const one = given as unknown as Case;
      let found: Trained[] = [];
      const objection = await objectionsTo(webGpuDevice(), async () => {
        found = [await alone(one, 3, false), await alone(one, 3, true), ...(await together(one, [5, 3]))];
      });
      expect(objection).toBe(null);
      const [plain, single, other, member] = found as [Trained, Trained, Trained, Trained];
      expect(single.words[0]).toContain('recorded kernels');
      for (const [i, loss] of plain.losses.entries()) expect(Math.abs(single.losses[i]! / loss - 1)).toBeLessThan(1e-5);
      expect(farthest(single.weights, plain.weights)).toBeLessThan(1e-4);
      expect(member.words[0]).toContain('recorded kernels, one of 2 side by side');
      // the second stage of AnomalyCLR trains on what the first has learned
      expect(member.words[1] ?? '').toMatch(
        single.words.length > 1 ? /dense, one of 2 side by side, each on rows of its own/ : /^$/,
      );
      expect(member.losses).toEqual(single.losses);
      expect(member.weights).toEqual(single.weights);
      expect(other.losses).not.toEqual(single.losses);
    },
  );

  it('go on from a checkpoint as if they had never stopped', async () => {
    const one = cases[1]!;
    const undisturbed = await alone(one, 3, true);
    const checkpoints: Checkpoint[] = [];
    const first = madeOf(one, 3);
    const data = dataOf(first.batch);
    const onCheckpoint = (checkpoint: Checkpoint) => checkpoints.push(checkpoint);
    await train(first.detector, data, freeRun, 3, { onCheckpoint, checkpointMs: 0 });
    first.detector.dispose();
    // how many steps there are between two follows from their time
    const [resume] = checkpoints;
    expect([1, 2]).toContain(resume?.optimiser.steps);
    const again = madeOf(one, 3);
    const { history } = await train(again.detector, data, freeRun, 3, { resume: resume! });
    expect(await finished(again.detector, history, undisturbed.words)).toEqual(undisturbed);
  });
});
