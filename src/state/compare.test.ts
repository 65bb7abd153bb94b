import { describe, expect, it } from 'vitest';
import type { RunResult } from '../study/results.ts';
import type { ModelSpec, RunSummary } from '../worker/api.ts';
import {
  aucAxis,
  compareRows,
  configurationOf,
  type Merit,
  matrixPoints,
  matrixRows,
  merits,
  neededFor,
  variantOf,
} from './compare.ts';

function run(model: string, seed: number, auc: number, aucError = 0.01): RunSummary {
  const result: RunResult = {
    model,
    preset: 'p',
    seed,
    score: 'mse',
    signal: 'A',
    parameters: 10,
    auc,
    aucError,
    averagePrecision: 0.5,
    fprAt40: 0.05,
    tprAtFpr: { '1e-1': 0.5, '1e-2': 0.2, '1e-3': seed === 2 ? null : 0.1, '1e-4': null, '1e-5': null },
    floor: 0.001,
    maxSic: 3,
    bestF1: null,
    signalEvents: 100,
    backgroundEvents: 10_000,
    trainSeconds: seed,
    eventsPerSecond: 1000,
    epochs: 5,
    finalLoss: 0.1,
    validationLoss: 0.1,
    backend: 'cpu',
  };
  return {
    id: `${model}-${seed}`,
    generation: 1,
    model,
    modelName: model,
    preset: 'p',
    params: {},
    seed,
    baseline: false,
    seesLabels: false,
    parameters: 10,
    trainable: 10,
    layers: [],
    scaling: '',
    training: null,
    seconds: 1,
    backend: 'cpu',
    hasLatent: true,
    hasReconstruction: true,
    scores: ['mse', 'mae'],
    defaultScore: 'mse',
    results: [result, { ...result, score: 'mae', signal: 'B', auc: 0.6 }],
    warnings: [],
  };
}

const all = { signal: null, defaultScores: false, seedsTogether: false };

describe('the Compare table', () => {
  const runs = [run('ae', 1, 0.9), run('ae', 2, 0.94), run('ae', 3, 0.91), run('pca', 1, 0.8)];

  it('has one row per run, score and signal', () => {
    expect(compareRows(runs, all).length).toBe(8);
    expect(compareRows(runs, { ...all, defaultScores: true }).length).toBe(4);
    expect(compareRows(runs, { ...all, signal: 'B' }).every(({ signal }) => signal === 'B')).toBe(true);
  });

  it('tells seeds together by their median and their spread', () => {
    const [row] = compareRows(runs, { ...all, signal: 'A', seedsTogether: true });
    expect(row).toMatchObject({ seeds: [1, 2, 3], auc: 0.91, aucSpread: [0.9, 0.94], trainSeconds: 2 });
    expect(row?.tprAtFpr['1e-3']).toBeNull();
    expect(row?.tprAtFpr['1e-2']).toBe(0.2);
  });

  it('marks the best of each signal and what is within 1.96 combined errors of it', () => {
    const standing = compareRows(runs, { ...all, signal: 'A' }).map((row) => row.standing);
    expect(standing).toEqual(['behind', 'best', 'behind', 'behind']);
    const looser = compareRows([run('ae', 1, 0.9, 0.02), run('ae', 2, 0.94, 0.02)], { ...all, signal: 'A' });
    expect(looser.map((row) => row.standing)).toEqual(['tied', 'best']);
  });

  it('lets nobody who has seen labels be best or tied', () => {
    const rows = compareRows([run('ae', 1, 0.9, 0.02), { ...run('classifier', 1, 0.99, 0.02), seesLabels: true }], {
      ...all,
      signal: 'A',
    });
    expect(rows.map((row) => row.standing)).toEqual(['best', 'behind']);
  });

  it('puts all intervals on one axis', () => {
    expect(aucAxis(compareRows(runs, { ...all, signal: 'A' }))).toEqual([0.75, 1]);
    expect(aucAxis([])).toEqual([0, 1]);
  });

  it('knows how many background events a refused number needs', () => {
    expect(neededFor('1e-5')).toBe(1_000_000);
  });
});

describe('models against signals', () => {
  // the third seed was done first
  const runs = [run('ae', 3, 0.91), run('ae', 1, 0.9), run('ae', 2, 0.94), run('pca', 1, 0.8)];
  const compared = compareRows(runs, { ...all, seedsTogether: true }).map((row) =>
    row.signal === 'B' ? { ...row, score: 'mse', key: row.key.replace('/mae/', '/mse/') } : row,
  );
  const merit = (id: Merit['id']) => merits.find((one) => one.id === id) as Merit;

  it('has one row per model, every signal a cell with median, error and spread, and its seeds in order', () => {
    const rows = matrixRows(compared, merit('auc'));
    expect(rows.map(({ modelName, seeds, runs: own }) => [modelName, seeds, own])).toEqual([
      ['ae', [1, 2, 3], ['ae-1', 'ae-2', 'ae-3']],
      ['pca', [1], ['pca-1']],
    ]);
    expect(rows[0]?.cells.get('A')).toMatchObject({ value: 0.91, error: 0.01, spread: [0.9, 0.94], standing: 'best' });
    expect(rows[0]?.cells.get('A')?.interval.low).toBeCloseTo(0.9, 12);
    expect(rows[1]?.cells.get('B')).toMatchObject({ value: 0.6, spread: [0.6, 0.6] });
  });

  it('says of classes that are parted what their number supports, to one side alone', () => {
    const cell = matrixRows(compareRows([run('ae', 1, 1, 0)], all), merit('auc'))[0]?.cells.get('A');
    // 100 signal events at most can be paired: (0.1587)^(1/100) = 0.98176
    expect(cell?.interval.low).toBeCloseTo(0.98176, 4);
    expect(cell?.interval.high).toBe(1);
  });

  it('gives an efficiency the error of a share of the signal events, and refuses it where one seed has none', () => {
    const rows = matrixRows(compared, merit('1e-2'));
    // sqrt(0.2 x 0.8 / 100)
    expect(rows[0]?.cells.get('A')).toMatchObject({ value: 0.2, standing: 'behind' });
    expect(rows[0]?.cells.get('A')?.error).toBeCloseTo(0.04, 12);
    expect(matrixRows(compared, merit('1e-3'))[0]?.cells.get('A')?.value).toBeNaN();
  });

  it('goes into a figure with models sideways, every signal with the results of its seeds', () => {
    const { points, series } = matrixPoints(matrixRows(compared, merit('auc')), compared, new Map());
    expect(points.map(({ label }) => label)).toEqual(['ae', 'pca']);
    expect(series.map(({ signal, results }) => [signal, results.map((some) => some.map(({ auc }) => auc))])).toEqual([
      ['A', [[0.9, 0.94, 0.91], [0.8]]],
      ['B', [[0.6, 0.6, 0.6], [0.6]]],
    ]);
  });
});

describe('the name of a run', () => {
  const switches = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { label: `Part ${name}`, default: true }]));
  const specs = [
    {
      id: 'ae',
      params: {
        d: { label: 'Width', default: 32 },
        on: { label: 'Rotation', default: true },
        ...switches,
        epochs: { default: 5 },
      },
      presets: { small: { name: 'small', params: { d: 8 } } },
    },
  ] as unknown as ModelSpec[];
  const withParams = (seed: number, params: RunSummary['params']) => ({ ...run('ae', seed, 0.9), preset: 'small', params });

  it('says in what it differs from the others of its model and preset, and nothing where the preset says it all', () => {
    const runs = [withParams(1, { d: 8, on: true }), withParams(2, { d: 8, on: true }), withParams(1, { d: 16, on: true })];
    expect(variantOf(runs[0]!, runs, specs)).toBe('Width 8');
    expect(variantOf(runs[0]!, runs.slice(0, 2), specs)).toBe('');
    expect(variantOf(runs[0]!, [...runs, withParams(1, { d: 8, on: false })], specs)).toBe('Width 8, Rotation on');
  });

  it('tells apart, and says of, rows that were chosen to lie otherwise on the device', () => {
    const usual = withParams(1, { d: 8, on: true });
    const half: RunSummary = { ...usual, id: 'half', backend: 'webgpu', deviceRows: 'float16' };
    expect(configurationOf(half)).not.toBe(configurationOf(usual));
    expect(variantOf(half, [usual, half], specs)).toBe('16-bit rows');
    expect(variantOf({ ...half, backend: 'wasm' }, [usual, half], specs)).toBe('');
  });

  it('says what was changed of the preset although no other run is there, three changes at most, and no epochs', () => {
    const changed = withParams(1, { d: 16, on: true, epochs: 2 });
    expect(variantOf(changed, [changed], specs)).toBe('Width 16');
    const much = withParams(1, { d: 16, on: false, a: false, b: false, c: false });
    expect(variantOf(much, [much], specs)).toBe('Width 16, Rotation off, Part a off, 2 more changes');
    const longer = withParams(1, { d: 8, on: true, epochs: 9 });
    expect(variantOf(longer, [longer, withParams(1, { d: 8, on: true, epochs: 5 })], specs)).toBe('epochs 9');
  });
});
