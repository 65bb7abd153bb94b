/** Seeds of models without a whole-step trainer: side by side on threads with a TF.js of their own, as each is alone. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { startBackend } from '../compute/backend.ts';
import { asidesAtWork } from '../compute/kernels/aside.ts';
import { leakCheck } from '../compute/memory.ts';
import { findModel } from '../models/registry.ts';
import { loadSampleData } from '../study/load.ts';
import { prepare } from '../study/prepare.ts';
import { runModel } from '../study/run-model.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import type { Checkpoint, TrainingSummary } from './contract.ts';
import { Control } from './control.ts';
import { endIdleMembers, Member, membersHere } from './crew.ts';
import { membersIn } from './crew-places.ts';
import { type EnsembleMember, type Place, placesFor, type TrainAtOptions, trainAt, trainEnsemble } from './ensemble.ts';
import { type TrainingData, train } from './loop.ts';
import { rowsOf } from './score.ts';

beforeAll(() => startBackend('wasm'));
afterEach(() => void vi.restoreAllMocks());
afterAll(endIdleMembers);

const seeds = [1, 2, 3];
const aside = 'a thread with a TF.js of its own';

/** A model on 120 rows of a fixture, with labels where it wants them, and members of an ensemble of it. */
function setUp(id: string, kind: 'objects' | 'images', width: number, given: Params) {
  const model = findModel(id);
  const source = fixture(kind, width, 120);
  const preset = model.presets[model.defaultPreset(source.input)]?.params;
  const params = checkParams(model.params, { ...preset, ...given }, 'test');
  const member = (seed: number): EnsembleMember => ({
    detector: model.build(source.input, params, seed),
    seed,
    control: freeRun,
    recipe: { model: id, input: source.input, params },
  });
  const { detector } = member(1);
  const labelled = model.trainsOn === 'labelled';
  const rows = labelled ? Float32Array.from([...source.background, ...source.anomalies]) : source.background;
  const plain = source.batch(rows, detector.scaling);
  detector.dispose();
  const all = labelled ? { ...plain, label: new Uint8Array(plain.rows).fill(1, 120) } : plain;
  const judged = plain.rows - 24;
  const data: TrainingData = { training: rowsOf(all, 0, judged), validation: rowsOf(all, judged, plain.rows) };
  return { member, data };
}

/** What may not depend on where it ran. */
async function resultOf({ detector }: EnsembleMember, { history, bestEpoch, ended, validationLoss }: TrainingSummary) {
  const weights = await detector.weights();
  detector.dispose();
  return { history, bestEpoch, ended, validationLoss, weights };
}

/** Trains one member at a place among two. */
async function beside(own: EnsembleMember, data: TrainingData, options: TrainAtOptions = {}, place = placesFor(2)[0] as Place) {
  await place.enter();
  try {
    return await trainAt(place, own.detector, () => data, own.control, own.seed, { recipe: own.recipe!, ...options });
  } finally {
    place.leave();
  }
}

async function alone(member: EnsembleMember, data: TrainingData) {
  return resultOf(member, await train(member.detector, data, freeRun, member.seed));
}

const clr = { dimension: 8, heads: 2, blocks: 1, batchSize: 32, epochs: 2, restoreEpochs: 2 };
const cnn = { filters: [4, 6], latent: 3, batchSize: 16, epochs: 3 };
const convolutional = () => setUp('convolutional-autoencoder', 'objects', 57, cnn);

describe('several seeds on threads with a TF.js of their own', () => {
  it.each([
    ['a convolutional autoencoder', convolutional],
    ['AnomalyCLR, two stages', () => setUp('anomaly-clr', 'objects', 57, clr)],
    ['a CoDAE', () => setUp('codae', 'images', 64, { batchSize: 16, epochs: 1 })],
    ['a supervised network', () => setUp('dense-classifier', 'objects', 57, { hidden: [6], batchSize: 16, epochs: 3 })],
  ])('have the bits that each has alone: %s', async (_, of) => {
    const { member, data } = of();
    const expected = [];
    for (const seed of seeds) expected.push(await alone(member(seed), data));
    const group = seeds.map(member);
    const together = await trainEnsemble(group, data);
    expect(together.map(({ ranOn }) => ranOn)).toEqual([aside, aside, aside]);
    for (const [i, own] of group.entries()) expect(await resultOf(own, together[i]!)).toEqual(expected[i]);
    expect(new Set(expected.map(({ history }) => history[0]?.loss)).size).toBe(3);
  });

  it('train packed images with labels as each is alone', async () => {
    const dataset = loadSampleData({ sample: 'electron-photon-images', events: 100, seed: 1 });
    const prepared = prepare(dataset, { by: 'event', train: 0.6, validation: 0.2, test: 0.2, signalTrain: 0.5, seed: 1 });
    const choice = { model: 'image-classifier', preset: 'tiny-8x8', params: { batchSize: 8, epochs: 2 } };
    const run = (seed: number, place?: Place) =>
      runModel(prepared, { ...choice, seed }, { control: freeRun, backend: 'wasm', ...(place ? { place } : {}) });
    const one = await run(2);
    const places = placesFor(2);
    const both = await Promise.all(
      [1, 2].map(async (seed, i) => {
        const place = places[i] as Place;
        await place.enter();
        return run(seed, place).finally(() => place.leave());
      }),
    );
    expect(both.map(({ training }) => training?.ranOn)).toEqual([aside, aside]);
    expect(both[1]?.training?.history).toEqual(one.training?.history);
    expect(both[1]?.weights).toEqual(one.weights);
    for (const [id, { test }] of one.scored) expect(both[1]?.scored.get(id)?.test, id).toEqual(test);
    for (const { detector } of [one, ...both]) detector.dispose();
  });

  it('leave no tensor and no thread at work, and are kept for the next training', async () => {
    const { member, data } = convolutional();
    const left: number[] = [];
    const giveBack = Member.prototype.giveBack;
    vi.spyOn(Member.prototype, 'giveBack').mockImplementation(function (this: Member) {
      left.push(this.leftOver);
      giveBack.call(this);
    });
    const counts = await leakCheck(async () => {
      const group = [1, 2].map(member);
      await trainEnsemble(group, data);
      for (const { detector } of group) detector.dispose();
    });
    expect(counts).toEqual({ tensors: 0, buffers: 0 });
    expect(left).toEqual([0, 0]);
    expect(membersHere().atWork).toBe(0);
    expect(membersHere().idle).toBeGreaterThan(0);
    expect(asidesAtWork()).toBe(0);
  });

  it('hear of a pause and of a stop', async () => {
    const { member, data } = setUp('convolutional-autoencoder', 'objects', 57, { ...cnn, epochs: 10_000 });
    const seen = [0, 0];
    const controls = seen.map(
      (_, i) =>
        new Control(({ history }) => {
          seen[i] = history.length;
        }),
    );
    const group = controls.map((control, i) => ({ ...member(i + 1), control }));
    const both = trainEnsemble(group, data);
    await expect.poll(() => Math.min(...seen)).toBeGreaterThan(0);
    for (const control of controls) control.pause();
    // a report may be under way when the pause begins; after it there is none
    let last = [0, 0];
    await expect
      .poll(
        () => {
          const same = seen.every((count, i) => count === last[i]);
          last = [...seen];
          return same;
        },
        { interval: 1000 },
      )
      .toBe(true);
    controls[0]?.resume();
    await expect.poll(() => seen[0]).toBeGreaterThan(last[0] as number);
    expect(seen[1]).toBe(last[1]);
    for (const control of controls) control.stop();
    const summaries = await both;
    expect(summaries.map(({ ended, ranOn }) => [ended, ranOn])).toEqual([
      ['stopped', aside],
      ['stopped', aside],
    ]);
    for (const [i, { history }] of summaries.entries()) expect(history.length).toBeGreaterThanOrEqual(seen[i] as number);
    for (const { detector } of group) detector.dispose();
  });

  it('go on from a checkpoint as if nothing had been', async () => {
    const { member, data } = convolutional();
    const expected = await alone(member(1), data);
    const kept: Checkpoint[] = [];
    const run = async (options: TrainAtOptions) => {
      const own = member(1);
      const onCheckpoint = (checkpoint: Checkpoint) => void kept.push(checkpoint);
      const summary = await beside(own, data, { checkpointMs: 0, onCheckpoint, ...options });
      expect(summary.ranOn).toBe(aside);
      return resultOf(own, summary);
    };
    expect(await run({})).toEqual(expected);
    const middle = kept.find(({ epoch }) => epoch === 2);
    expect(middle).toBeDefined();
    expect(await run({ resume: middle! })).toEqual(expected);
  });
});

describe('a member that does not do well', () => {
  it('gives its problem to its own run; the others go on', async () => {
    const { member, data } = convolutional();
    // a value that no loss survives
    const broken = Float32Array.from(data.training.x).fill(Number.NaN, 0, 57);
    const spoilt = { ...data, training: { ...data.training, x: broken, target: broken } };
    const [here, there, good] = [1, 1, 2].map(member) as [EnsembleMember, EnsembleMember, EnsembleMember];
    const expected = await train(here.detector, spoilt, freeRun, 1).catch((error: unknown) => error);
    const places = placesFor(2);
    const [found, summary] = await Promise.all([
      beside(there, spoilt, {}, places[0]).catch((error: unknown) => error),
      beside(good, data, {}, places[1]),
    ]);
    expect(expected).toBeInstanceOf(Problem);
    expect(found).toBeInstanceOf(Problem);
    expect((found as Problem).problem).toEqual((expected as Problem).problem);
    expect(summary.history).toHaveLength(3);
    for (const { detector } of [here, there, good]) detector.dispose();
  });

  it('ends when its listener fails, and its thread with it', async () => {
    const { member, data } = setUp('convolutional-autoencoder', 'objects', 57, { ...cnn, epochs: 10_000 });
    const first = {
      ...member(1),
      control: {
        ...freeRun,
        onProgress: () => {
          throw new Error('enough');
        },
      },
    };
    const second = setUp('convolutional-autoencoder', 'objects', 57, cnn).member(2);
    await expect(trainEnsemble([first, second], data)).rejects.toThrow('enough');
    expect(membersHere().atWork).toBe(0);
    for (const { detector } of [first, second]) detector.dispose();
  });

  it('is trained again here if its thread is lost', async () => {
    const { member, data } = convolutional();
    const expected = await alone(member(1), data);
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const trainThere = Member.prototype.train;
    vi.spyOn(Member.prototype, 'train').mockImplementation(function (this: Member, ...given) {
      const trained = trainThere.apply(this, given);
      this.end();
      return trained;
    });
    const own = member(1);
    const summary = await beside(own, data);
    expect(summary.ranOn).toBeUndefined();
    expect(await resultOf(own, summary)).toEqual(expected);
    expect(warned.mock.calls.flat().join()).toContain('the thread was ended');
    expect(membersHere().atWork).toBe(0);
  });

  it('is trained here where no thread starts', async () => {
    const { member, data } = convolutional();
    endIdleMembers();
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const builtin = process.getBuiltinModule.bind(process);
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) => {
      if (name === 'node:worker_threads') throw new Error('no threads today');
      return builtin(name as 'node:os');
    }) as typeof process.getBuiltinModule);
    const own = member(1);
    const summary = await beside(own, data);
    expect(summary.ranOn).toBeUndefined();
    expect(summary.epochs).toBe(3);
    expect(warned.mock.calls.flat().join()).toContain('no threads today');
    own.detector.dispose();
  });
});

describe('memory', () => {
  it('holds as many threads as fit, one at least', () => {
    expect(membersIn(2 ** 32, 192 * 2 ** 20)).toBe(9);
    expect(membersIn(2 ** 32, 2 ** 24)).toBe(42);
    expect(membersIn(2 ** 30, 2 ** 31)).toBe(1);
  });

  it('is not asked for rows that do not fit: such members train here', async () => {
    const { member, data } = convolutional();
    const own = member(1);
    const summary = await beside(own, data, {}, placesFor(2, 1000)[0]);
    expect(summary.ranOn).toBeUndefined();
    expect(summary.epochs).toBe(3);
    own.detector.dispose();
  });
});
