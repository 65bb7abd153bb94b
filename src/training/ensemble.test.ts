import { beforeAll, describe, expect, it, vi } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import wasmLstm from '../compute/steps/wasm-lstm-trainer.ts';
import type { Detector, Model } from '../models/contract.ts';
import dense from '../models/dense-autoencoder.ts';
import lstm from '../models/lstm-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import type { TrainingSummary } from './contract.ts';
import { type EnsembleMember, type Place, placesFor, trainEnsemble } from './ensemble.ts';
import { train } from './loop.ts';
import { rowsOf } from './score.ts';

const createAside = wasmLstm.createAside!;
const source = fixture('table', 8, 700);
const params: Params = { hidden: [12], latent: 2, batchSize: 100, epochs: 6, patience: 1, learningRate: 0.05 };
const build = (seed: number, model: Model = dense, more: Params = {}) =>
  model.build(source.input, checkParams(model.params, { ...params, ...more, schedule: 'constant' }, 'test'), seed);
const data = () => {
  const detector = build(1);
  const training = source.batch(source.background, detector.scaling);
  detector.dispose();
  return { training: rowsOf(training, 0, 600), validation: rowsOf(training, 600, 700) };
};
const members = (seeds: readonly number[], more: Params = {}): EnsembleMember[] =>
  seeds.map((seed) => ({ detector: build(seed, dense, more), seed, control: freeRun }));

beforeAll(() => startBackend('wasm'));

describe('several seeds on WASM', () => {
  it.each([{ batchNorm: true }, { batchNorm: false, amsgrad: true }])('have the bits that each has alone: %o', async (more) => {
    const seeds = [1, 2, 3];
    const alone = [];
    for (const { detector, seed, control } of members(seeds, more)) {
      const { history, bestEpoch, ended } = await train(detector, data(), control, seed);
      alone.push({ history, bestEpoch, ended, weights: await detector.weights() });
      detector.dispose();
    }
    const group = members(seeds, more);
    const together = await trainEnsemble(group, data());
    for (const [i, { detector }] of group.entries()) {
      const { history, bestEpoch, ended } = together[i]!;
      expect({ history, bestEpoch, ended, weights: await detector.weights() }).toEqual(alone[i]);
      detector.dispose();
    }
    expect(new Set(alone.map(({ history }) => history[0]?.loss)).size).toBe(3);
  });

  it('of an LSTM have the bits that each has alone, each on a thread', async () => {
    const histograms = fixture('histograms', 20, 120);
    const own: Params = { encoder: [5, 2], batchSize: 30, epochs: 4, patience: 1, learningRate: 0.05 };
    const buildLstm = (seed: number) => lstm.build(histograms.input, checkParams(lstm.params, own, 'test'), seed);
    const first = buildLstm(1);
    const training = histograms.batch(histograms.background, first.scaling);
    first.dispose();
    const rows = { training: rowsOf(training, 0, 90), validation: rowsOf(training, 90, 120) };
    const words: string[] = [];
    const asked = vi.spyOn(wasmLstm, 'createAside').mockImplementation(async (...given) => {
      const trainer = await createAside(...given);
      words.push(trainer?.words ?? 'none');
      return trainer;
    });
    const resultOf = async (detector: Detector, { history, bestEpoch, ended }: TrainingSummary) => {
      const weights = await detector.weights();
      detector.dispose();
      return { history, bestEpoch, ended, weights };
    };
    const alone = [];
    for (const seed of [1, 2, 3]) {
      const detector = buildLstm(seed);
      alone.push(await resultOf(detector, await train(detector, rows, freeRun, seed)));
    }
    expect(words).toEqual([]);
    const group = [1, 2, 3].map((seed) => ({ detector: buildLstm(seed), seed, control: freeRun }));
    const together = await trainEnsemble(group, rows);
    for (const [i, { detector }] of group.entries()) expect(await resultOf(detector, together[i]!)).toEqual(alone[i]);
    expect(new Set(words)).toEqual(new Set(['WASM LSTM, a thread of its own']));
    expect(new Set(alone.map(({ history }) => history[0]?.loss)).size).toBe(3);
    asked.mockRestore();
  });

  it('go on when one fails', async () => {
    const group = members([1, 2, 3]);
    const epochs = [0, 0, 0];
    const watched = group.map((member, i) => ({
      ...member,
      control: {
        ...freeRun,
        onProgress: ({ history }: { history: readonly unknown[] }) => {
          epochs[i] = history.length;
          if (i === 1) throw new Error('enough');
        },
      },
    }));
    await expect(trainEnsemble(watched, data())).rejects.toThrow('enough');
    expect(epochs[0]).toBeGreaterThan(0);
    expect(epochs[2]).toBeGreaterThan(0);
    for (const { detector } of group) detector.dispose();
  });
});

describe('places', () => {
  it('let those train one after another that no trainer takes, and the next one in when one has left', async () => {
    const places = placesFor(3);
    const [first, second, third] = places as [Place, Place, Place];
    const events: string[] = [];
    const run = async (name: string, place: Place) => {
      await place.enter();
      await place.alone();
      events.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`${name} ends`);
      place.leave();
    };
    const runs = [run('a', first), run('b', second), run('c', third)];
    expect(third.waits).toBe(true);
    await Promise.all(runs);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(third.waits).toBe(false);
    // the time from asking to beginning, however many rooms it leads through
    expect(second.waitedMs).toBeGreaterThan(first.waitedMs);
    expect(third.waitedMs).toBeGreaterThan(second.waitedMs);
  });

  it('make what all need once', () => {
    const [first, second] = placesFor(2) as [Place, Place];
    expect(first.share('rows', () => ({}))).toBe(second.share('rows', () => ({})));
  });
});
