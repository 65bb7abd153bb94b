import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { countGpu } from '../compute/webgpu/counters.ts';
import { startWebGpu, stopWebGpu, webGpuDevice } from '../compute/webgpu.ts';
import type { Detector } from '../models/contract.ts';
import model from '../models/dense-autoencoder.ts';
import lstm from '../models/lstm-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import type { TrainingSummary } from './contract.ts';
import { trainEnsemble } from './ensemble.ts';
import { train } from './loop.ts';
import { rowsOf } from './score.ts';

const source = fixture('table', 8, 500);
const params: Params = { hidden: [8], latent: 2, batchNorm: true, batchSize: 50, epochs: 8, patience: 1, learningRate: 0.05 };
const build = (seed: number) =>
  model.build(source.input, checkParams(model.params, { ...params, schedule: 'constant' }, 'test'), seed);

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

describe('an ensemble on WebGPU', () => {
  it('gives each member the numbers that it has alone, though they end at different epochs', async () => {
    const seeds = [1, 2, 3];
    const first = build(1);
    const training = source.batch(source.background, first.scaling);
    first.dispose();
    const data = { training, validation: rowsOf(training, 400, 500) };
    const alone = [];
    for (const seed of seeds) {
      const detector = build(seed);
      const { history, bestEpoch, ended } = await train(detector, data, freeRun, seed);
      alone.push({ history, bestEpoch, ended, weights: await detector.weights() });
      detector.dispose();
    }
    const members = seeds.map((seed) => ({ detector: build(seed), seed, control: freeRun }));
    const together = await trainEnsemble(members, data);
    for (const [i, { detector }] of members.entries()) {
      const { history, bestEpoch, ended } = together[i]!;
      expect({ history, bestEpoch, ended, weights: await detector.weights() }).toEqual(alone[i]);
      detector.dispose();
    }
    expect(new Set(alone.map(({ history }) => history.length)).size).toBeGreaterThan(1);
  });

  it('takes the dispatches of one, and lets the others go on when one fails', async () => {
    const members = [1, 2, 3].map((seed) => ({ detector: build(seed), seed, control: freeRun }));
    const training = source.batch(source.background, members[0]!.detector.scaling);
    const failing = {
      ...freeRun,
      onProgress: () => {
        throw new Error('enough');
      },
    };
    const runs = members.map((member, i) => (i === 1 ? { ...member, control: failing } : member));
    let told: unknown;
    const counts = await countGpu(webGpuDevice(), async () => {
      told = await trainEnsemble(runs, { training, validation: null }).catch((error: unknown) => error);
    });
    expect(String(told)).toMatch(/enough/);
    // 10 steps an epoch, at most 8 epochs, 4 dispatches a step
    expect(counts.dispatches).toBeLessThanOrEqual(8 * 10 * 4);
    for (const { detector } of members) detector.dispose();
  });
});

describe('an ensemble of LSTMs on WebGPU', () => {
  const histograms = fixture('histograms', 12, 80);
  const own: Params = { encoder: [5, 2], batchSize: 20, epochs: 5, patience: 1, learningRate: 0.05 };
  const buildLstm = (seed: number) => lstm.build(histograms.input, checkParams(lstm.params, own, 'test'), seed);
  const rows = () => {
    const first = buildLstm(1);
    const training = histograms.batch(histograms.background, first.scaling);
    first.dispose();
    return { training: rowsOf(training, 0, 60), validation: rowsOf(training, 60, 80) };
  };

  it('gives each member the numbers that it has alone in the dispatches of the longest, though they end at different epochs', async () => {
    const data = rows();
    const seeds = [1, 2, 3];
    const resultOf = async (detector: Detector, { history, bestEpoch, ended }: TrainingSummary) => {
      const weights = await detector.weights();
      detector.dispose();
      return { history, bestEpoch, ended, weights };
    };
    const alone: Awaited<ReturnType<typeof resultOf>>[] = [];
    const apart: number[] = [];
    for (const seed of seeds) {
      const detector = buildLstm(seed);
      const { dispatches } = await countGpu(webGpuDevice(), async () => {
        alone.push(await resultOf(detector, await train(detector, data, freeRun, seed)));
      });
      apart.push(dispatches);
    }
    const members = seeds.map((seed) => ({ detector: buildLstm(seed), seed, control: freeRun }));
    let together: TrainingSummary[] = [];
    const { dispatches } = await countGpu(webGpuDevice(), async () => {
      together = await trainEnsemble(members, data);
    });
    for (const [i, { detector }] of members.entries()) expect(await resultOf(detector, together[i]!)).toEqual(alone[i]);
    expect(new Set(alone.map(({ history }) => history.length)).size).toBeGreaterThan(1);
    expect(dispatches).toBe(Math.max(...apart));
  });
});
