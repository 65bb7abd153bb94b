/**
 * Empty histograms planted among the bad lumisections and scored like the others, the mistake on purpose: the published numbers with
 * and without them, in every digit, from the study files of `bench/studies/`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pathSource } from '../cli/source.ts';
import { startBackend } from '../compute/backend.ts';
import type { Dataset } from '../data/dataset.ts';
import { plantEmpties } from '../data/plant-empties.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import { fingerprintOf } from './kept.ts';
import { loadFilesData, loadSampleData } from './load.ts';
import { checkTrainable, prepare } from './prepare.ts';
import type { RunResult } from './results.ts';
import { runStudy } from './run.ts';
import { runModel, type ScoredParts } from './run-model.ts';
import { checkStudy, type Study } from './schema.ts';

const dataset = {
  kind: 'histograms',
  name: 'two',
  rows: 2,
  shape: [2],
  values: Float32Array.of(1, 2, 3, 4),
  classes: [
    { name: 'good', role: 'background' },
    { name: 'bad', role: 'signal' },
  ],
  label: Uint8Array.of(0, 1),
  trainable: Uint8Array.of(1, 0),
  run: Float64Array.of(7, 7),
  lumisection: Float64Array.of(1, 2),
  spectators: { entries: Float64Array.of(3, 7) },
  origins: [],
  remarks: [],
} as unknown as Dataset;

it('plants rows without an entry that are bad, train nothing and are called synthetic', () => {
  const planted = plantEmpties(dataset, 2);
  expect(planted).toMatchObject({ rows: 4, synthetic: true, origins: [{ start: 2, end: 4, synthetic: true }] });
  expect([...planted.values.slice()]).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
  expect([...planted.label]).toEqual([0, 1, 1, 1]);
  expect([...(planted.trainable ?? [])]).toEqual([1, 0, 0, 0]);
  expect([...(planted.run ?? [])]).toEqual([7, 7, 0, 0]);
  expect([...(planted.lumisection ?? [])]).toEqual([1, 2, 1, 2]);
  expect([...(planted.spectators.entries ?? [])]).toEqual([3, 7, Number.NaN, Number.NaN]);
  expect(() => plantEmpties({ ...dataset, kind: 'table' }, 1)).toThrow(/expected histograms .* found data of kind table/);
});

it('keeps empties out of training and validation, or lets them count, as the study says', async () => {
  await startBackend('cpu');
  // a third of the good lumisections is emptied, so that every part has some
  const sample = loadSampleData({ sample: 'tracker-histograms', events: 240, seed: 1 });
  const width = sample.shape[0] as number;
  for (let row = 0; row < sample.rows; row += 3) plainNumbers(sample.values).fill(0, row * width, (row + 1) * width);
  const isEmpty = (row: number) =>
    sample.values
      .slice()
      .subarray(row * width, (row + 1) * width)
      .every((value) => value === 0);
  const control = { waitWhilePaused: async () => {}, stopRequested: false, onProgress: () => {} };
  const choice = { model: 'pca', preset: 'histogram-1', seed: 1 };
  const scores = ['reconstruction-mse-top10'];
  const of = async (noData: 'leave-out' | 'count') => {
    const prepared = prepare(sample, undefined, undefined, { noData });
    const run = await runModel(prepared, choice, { control, backend: 'cpu' }, scores);
    run.detector.dispose();
    return { prepared, scored: run.scored.get('reconstruction-mse-top10') as ScoredParts };
  };
  const left = await of('leave-out');
  const counted = await of('count');
  expect(left.prepared.split.training.some(isEmpty)).toBe(false);
  expect(counted.prepared.split.training.some(isEmpty)).toBe(true);
  for (const part of ['validation', 'test'] as const) {
    const empty = Array.from(left.prepared.split[part], isEmpty);
    expect(empty.includes(true)).toBe(true);
    expect(Array.from(left.scored[part], Number.isNaN)).toEqual(empty);
    expect(left.scored.all?.[part].every(Number.isFinite)).toBe(true);
    expect(counted.scored[part].every(Number.isFinite)).toBe(true);
  }
  expect(counted.scored.all).toBeUndefined();
  expect(await fingerprintOf(left.prepared)).not.toBe(await fingerprintOf(counted.prepared));
  expect(() => checkTrainable(prepare(sample, undefined, undefined, { minEntries: 1e9 }))).toThrow(
    /found none with data: the histograms there have fewer than 1.*entries/,
  );
});

/** AUC, largest F1 and its recall without and with empties, and the score of an empty row. */
type Published = { auc: [number, number]; f1: [number, number]; recall: [number, number]; empty: number };

const published: Readonly<Record<'a' | 'b', Readonly<Record<string, Published>>>> = {
  a: {
    'histogram-1': { auc: [0.9384, 0.9655], f1: [0.759, 0.8765], recall: [0.626, 0.79], empty: 1.0065e-3 },
    'histogram-3': { auc: [0.6318, 0.7937], f1: [0.555, 0.7915], recall: [0.384, 0.655], empty: 5.7934e-4 },
    'histogram-10': { auc: [0.6937, 0.8284], f1: [0.4722, 0.7537], recall: [0.351, 0.616], empty: 4.6005e-4 },
  },
  b: {
    'histogram-1': { auc: [0.9941, 0.9967], f1: [0.975, 0.9861], recall: [0.951, 0.973], empty: 1.0012e-3 },
    'histogram-3': { auc: [0.694, 0.8286], f1: [0.5721, 0.7965], recall: [0.407, 0.668], empty: 5.3609e-4 },
    'histogram-10': { auc: [0.7406, 0.8547], f1: [0.5768, 0.7987], recall: [0.446, 0.666], empty: 5.207e-4 },
  },
};

/** Mean score of the training rows: 1.61e-6, 5.00e-7, 3.52e-7 and 1.86e-6, 4.22e-7, 2.99e-7 in three digits. */
const onTraining: Readonly<Record<'a' | 'b', Readonly<Record<string, string>>>> = {
  a: { 'histogram-1': '1.61e-6', 'histogram-3': '5.00e-7', 'histogram-10': '3.52e-7' },
  b: { 'histogram-1': '1.86e-6', 'histogram-3': '4.22e-7', 'histogram-10': '2.99e-7' },
};

describe.runIf(hasSharedData)('3,100 labelled lumisections and planted empties (need ../shared/data)', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });
  const locate = (path: string) => pathSource(join(sharedData, path));

  it.each(['a', 'b'] as const)('split %s', async (split) => {
    const file = `bench/studies/dqm-empties-${split}.json`;
    const study = checkStudy(JSON.parse(readFileSync(file, 'utf8')), file);
    const { runs, environment } = await runStudy(study, { backend: 'wasm', reason: 'test', platform: 'test', locate });
    expect(environment.synthetic).toBe(true);
    const planted = split === 'a' ? 237 : 241;
    for (const run of runs) {
      expect(run.noData).toMatchObject({ signal: planted, background: 0, tied: planted });
      expect(numbersOf(run)).toEqual({ ...published[split][run.preset], empty: undefined });
    }
    expect(runs).toHaveLength(3);
    await expectScores(study, split);
  });

  /** The scores themselves, which no result lists: of an empty row, and on average of a training row. */
  async function expectScores(study: Study, split: 'a' | 'b'): Promise<void> {
    if (!('files' in study.data)) throw new Error('a study of files');
    const data = await loadFilesData(study.data, locate);
    // judged: the training rows and the last row, which is empty
    const prepared = prepare(data, study.split, undefined, study.lumisections);
    const judged = Uint32Array.from([...prepared.split.training, data.rows - 1]);
    const turned = { ...prepared, split: { ...prepared.split, test: judged as typeof prepared.split.test } };
    const control = { waitWhilePaused: async () => {}, stopRequested: false, onProgress: () => {} };
    for (const [preset, { empty }] of Object.entries(published[split])) {
      const run = await runModel(turned, { model: 'pca', preset, seed: 1 }, { control, backend: 'wasm' }, [
        'reconstruction-mse-top10',
      ]);
      const scores = run.scored.get('reconstruction-mse-top10')?.test ?? new Float64Array(0);
      expect(scores.at(-1)?.toExponential(4)).toBe(empty.toExponential(4));
      const mean = scores.subarray(0, -1).reduce((sum, score) => sum + score, 0) / (scores.length - 1);
      expect(mean.toExponential(2)).toBe(onTraining[split][preset]);
      run.detector.dispose();
    }
  }
});

function numbersOf({ auc, largestF1, noData }: RunResult) {
  const digits = (value: number | undefined, places: number) => Number((value ?? Number.NaN).toFixed(places));
  const without = noData?.without;
  return {
    auc: [digits(without?.auc, 4), digits(auc, 4)],
    f1: [digits(without?.largestF1?.f1, 4), digits(largestF1?.f1, 4)],
    recall: [digits(without?.largestF1?.recall, 3), digits(largestF1?.recall, 3)],
    empty: undefined,
  };
}
