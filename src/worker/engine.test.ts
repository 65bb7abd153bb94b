/** The engine as the page uses it, without a worker: dropped files, runs, and everything that is asked about a run. */
import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leakCheck } from '../compute/memory.ts';
import { flaggedAt, totalOf } from '../metrics/ranking.ts';
import { checkStudy } from '../study/schema.ts';
import { droppedFile, labelledTable } from '../testing/tables.ts';
import type { Cell, DataSummary, EngineApi, RunRequest } from './api.ts';
import { createEngine } from './engine.ts';

const split = { by: 'event', train: 0.6, validation: 0.2, test: 0.2, seed: 1 } as const;
const quiet = () => undefined;
const columns = 5;
const text = labelledTable(800, columns);

let engine: EngineApi;
const train = (request: Partial<RunRequest> & { model: string }) => engine.train({ id: 'run-1', seed: 1, ...request }, quiet);
const loadSample = (events = 1500, seed = 1) => engine.loadSample({ sample: 'collider-events', events, seed }, split, quiet);
async function loadTable(content = text, name = 'table.csv'): Promise<DataSummary> {
  const [report] = await engine.inspect([droppedFile(name, content)]);
  return engine.loadFiles(
    [{ file: report?.file ?? -1, role: 'background', name: '', label: 'kind', normalClass: '0' }],
    split,
    quiet,
  );
}

beforeEach(async () => {
  engine = createEngine();
  await engine.start('wasm');
});

describe('dropped files', () => {
  it('are described before they are loaded', async () => {
    const [report] = await engine.inspect([droppedFile('events.csv', 'pt,eta,label\n1,2,0\n3,4,1\n')]);
    expect(report).toMatchObject({ name: 'events.csv', format: 'csv', layout: 'table', rows: 2, label: 'label' });
    expect(report?.columns).toEqual(['pt', 'eta', 'label']);
    expect(report).not.toHaveProperty('problem');
  });
  it('that cannot be read come back with their problem, and the others are still described', async () => {
    const reports = await engine.inspect([
      droppedFile('ragged.csv', 'a,b\n1,2\n3\n'),
      droppedFile('empty.h5', ''),
      droppedFile('page.h5', '<!doctype html>'),
      droppedFile('good.csv', text),
    ]);
    expect(reports.map((r) => r.problem?.where)).toEqual(['ragged.csv, line 3', 'empty.h5', 'page.h5', undefined]);
    expect(reports.map((r) => r.problem?.found)).toEqual([
      '1 field',
      'an empty file (0 bytes)',
      expect.stringContaining('<!doctype html>'),
      undefined,
    ]);
  });
  it('load with the classes of a column, and no column of classes among the features', async () => {
    const data = await loadTable();
    expect(data).toMatchObject({ kind: 'table', rows: 800, shape: [columns], synthetic: false });
    expect(data.classes.map((c) => `${c.name} ${c.role} ${c.rows}`)).toEqual([
      'background background 600',
      'kind = 1 signal 200',
    ]);
    expect(await engine.columns()).toHaveLength(columns);
  });
  it('that were forgotten must be dropped again; what was loaded stays', async () => {
    await loadTable();
    const [report] = await engine.inspect([droppedFile('other.csv', text)]);
    const file = report?.file ?? -1;
    await engine.forget(file);
    const again = engine.loadFiles([{ file, role: 'background', name: 'b' }], split, quiet);
    await expect(again).rejects.toThrow(/Drop it again/);
    expect(await engine.columns()).toHaveLength(columns);
  });
  it('of two names of the class column are refused together', async () => {
    const reports = await engine.inspect([droppedFile('a.csv', text), droppedFile('b.csv', text)]);
    const choices = reports.map((r, i) => ({ file: r.file, role: 'background' as const, name: '', label: i ? 'x1' : 'kind' }));
    await expect(engine.loadFiles(choices, split, quiet)).rejects.toThrow(/b\.csv, label: expected the same column/);
  });
  it('are named in the study with their SHA-256, two of one name apart', async () => {
    const reports = await engine.inspect([droppedFile('same.csv', text), droppedFile('same.csv', text)]);
    const choices = reports.map((r, i) => ({
      file: r.file,
      role: i ? ('signal' as const) : ('background' as const),
      name: i ? 'A' : 'background',
    }));
    await engine.loadFiles(choices, split, quiet);
    const study = await engine.study([{ id: 'pca' }], { rule: 'best-f1' });
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(study).toEqual({
      version: 1,
      name: 'same and 1 more',
      data: {
        files: [
          { path: 'same.csv', role: 'background', name: 'background', sha256 },
          { path: 'same.csv (2)', role: 'signal', name: 'A', sha256 },
        ],
      },
      split,
      models: [{ id: 'pca' }],
      threshold: { rule: 'best-f1' },
    });
    expect(checkStudy(JSON.parse(JSON.stringify(study)), 'study.json')).toEqual(study);
  });
});

describe('a finished run', () => {
  beforeEach(async () => {
    await loadSample();
  });

  it('counts as many events in each cell as its ranking does', async () => {
    const { id, defaultScore: score } = await train({ model: 'pca' });
    const { test, classes } = await engine.scoreView(id, score);
    const background = classes.flatMap((c, i) => (c.role === 'background' ? [i] : []));
    const signal = classes.findIndex((c) => c.role === 'signal');
    const threshold = test.threshold[Math.floor(test.threshold.length / 3)] as number;
    const count = async (cell: Cell) => {
      const query = { run: id, score, threshold, signal, cell, offset: 1, limit: 5 };
      const { total, rows } = await engine.events(query);
      expect(rows.length).toBe(Math.min(5, Math.max(0, total - 1)));
      for (const row of rows) expect(row.score >= threshold).toBe(cell.endsWith('ositives') && cell !== 'trueNegatives');
      return total;
    };
    const flaggedBackground = flaggedAt(test, background, threshold);
    const flaggedSignal = flaggedAt(test, signal, threshold);
    expect(await count('falsePositives')).toBe(flaggedBackground);
    expect(await count('trueNegatives')).toBe(totalOf(test, background) - flaggedBackground);
    expect(await count('truePositives')).toBe(flaggedSignal);
    expect(await count('falseNegatives')).toBe(totalOf(test, signal) - flaggedSignal);
  });

  it('shows three principal components of a wider latent space, and says so', async () => {
    const { id, defaultScore } = await train({ model: 'dense-autoencoder', params: { latent: 16 }, epochs: 1 });
    const view = await engine.latent(id, defaultScore, 100);
    expect(view).toMatchObject({
      dimensions: 3,
      words: expect.stringMatching(/^first 3 principal components of 16 latent numbers/),
    });
    expect(view.points.length).toBe(3 * view.row.length);
    expect(view.row.length).toBeLessThanOrEqual(100);
    expect(view.label.length).toBe(view.row.length);
  });

  it('gives the scores of all test events as CSV', async () => {
    const { id, defaultScore } = await train({ model: 'pca' });
    const { test } = await engine.scoreView(id, defaultScore);
    const lines = (await (await engine.scoresCsv(id, defaultScore)).text()).trim().split('\n');
    expect(lines.length - 1).toBe(test.total.reduce((a, b) => a + b, 0));
  });

  it('refuses a score that it has not, and is gone after it was removed', async () => {
    const { id } = await train({ model: 'pca' });
    await expect(engine.scoreView(id, 'luck')).rejects.toThrow(/expected one of .*reconstruction-mse/);
    await engine.removeRun(id);
    await expect(engine.scoreView(id, 'reconstruction-mse')).rejects.toThrow(/Train it again/);
  });

  it('moves to another backend with its weights: the same scores, and events still open', async () => {
    const data = await loadSample(600);
    const signal = data.classes.findIndex((c) => c.role === 'signal');
    const summary = await train({ model: 'dense-autoencoder', epochs: 1 });
    const before = await engine.scoreView('run-1', summary.defaultScore);
    const { rows } = await engine.events({
      run: 'run-1',
      score: summary.defaultScore,
      threshold: Number.NEGATIVE_INFINITY,
      signal,
      cell: 'truePositives',
      offset: 0,
      limit: 1,
    });
    const row = rows[0]?.row ?? -1;
    const seen = await engine.event('run-1', row);
    await engine.start('cpu');
    expect((await engine.scoreView('run-1', summary.defaultScore)).test).toEqual(before.test);
    const again = await engine.event('run-1', row);
    again.reconstruction?.forEach((value, i) => {
      expect(value).toBeCloseTo(seen.reconstruction?.[i] ?? Number.NaN, 3);
    });
    await engine.start('wasm');
  });
  it('is put away when the rows are divided anew', async () => {
    const { id } = await train({ model: 'pca' });
    const { generation } = await engine.resplit({ ...split, seed: 2 });
    expect(generation).toBe(2);
    await expect(engine.event(id, 0)).rejects.toThrow(/Train it again/);
  });
});

it('a perfect reconstruction gives the input back in physical units, to 1e-3', async () => {
  await loadTable();
  const { id } = await train({ model: 'pca', params: { components: columns } });
  for (const row of [0, 17, 799]) {
    const { input, reconstruction, mask, errors } = await engine.event(id, row);
    expect(input).toHaveLength(columns);
    for (const [i, value] of input.entries()) expect(Math.abs((reconstruction?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-3);
    expect(mask).toEqual(input.map(() => 1));
    expect(Math.max(...(errors ?? [1]))).toBeLessThan(1e-6);
  }
});

describe('a load that does not come to its end', () => {
  it('by a cancel leaves data and runs', async () => {
    await loadSample();
    const { id } = await train({ model: 'pca' });
    const pending = loadSample(20_000, 2);
    void engine.cancelLoad();
    await expect(pending).rejects.toThrow(/a cancel; what was loaded before is still there/);
    expect((await engine.scoreView(id, 'reconstruction-mse')).run).toBe(id);
    await engine.cancelLoad();
  });
  it('by a later one gives way to it', async () => {
    const [first, second] = await Promise.allSettled([loadSample(3000, 2), loadSample(1500, 3)]);
    expect(first.status).toBe('rejected');
    expect(second).toMatchObject({ status: 'fulfilled', value: { rows: 1500, generation: 1 } });
  });
});

describe('tensors', () => {
  beforeAll(async () => {
    // what the backend keeps for itself is there before counting
    const warm = createEngine();
    await warm.start('wasm');
    await warm.loadSample({ sample: 'collider-events', events: 1500, seed: 1 }, split, quiet);
    await warm.train({ id: 'run-1', model: 'dense-autoencoder', seed: 1, epochs: 1 }, quiet);
    await warm.removeRun('run-1');
  });

  it('are all given back: by removing a run, by other data, by another split, and by a loss that overflows', async () => {
    const left = await leakCheck(async () => {
      await loadSample();
      for (const seed of [1, 2, 3]) await train({ id: `run-${seed}`, model: 'dense-autoencoder', seed, epochs: 1 });
      await engine.scoreView('run-1', 'reconstruction-mse');
      await engine.latent('run-1', 'reconstruction-mse', 50);
      await engine.event('run-2', 3);
      await engine.preview('dense-autoencoder', {});
      await engine.removeRun('run-1');
      await loadSample(1500, 2);
      await train({ model: 'dense-autoencoder', epochs: 1 });
      await train({ model: 'dense-autoencoder', epochs: 1, seed: 2 });
      await engine.resplit({ ...split, seed: 3 });
      await loadTable(labelledTable(400, columns, 1e25));
      const lost = train({ model: 'dense-autoencoder', params: { scaling: 'raw' }, epochs: 1 });
      await expect(lost).rejects.toThrow(/epoch 1, step 1: expected a finite loss/);
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('several seeds of one model', () => {
  const ids = ['run-1', 'run-2', 'run-3'];
  const request = (seed: number, more: Partial<RunRequest> = {}) => ({
    id: `run-${seed}`,
    model: 'dense-autoencoder',
    seed,
    epochs: 2,
    ...more,
  });

  it('asked for together have the results and histories that each has alone', async () => {
    await loadSample();
    const together = await Promise.all([1, 2, 3].map((seed) => engine.train(request(seed), quiet, ids)));
    for (const [i, summary] of together.entries()) {
      const alone = await engine.train(request(i + 1, { id: 'alone' }), quiet);
      const timeless = (results: typeof alone.results) =>
        results.map(({ trainSeconds: _t, eventsPerSecond: _e, ...rest }) => rest);
      expect(timeless(summary.results)).toEqual(timeless(alone.results));
      expect(summary.training?.history).toEqual(alone.training?.history);
    }
  });

  it('stop and pause together, and one that cannot train does not hold the others up', async () => {
    await loadSample();
    const long = { epochs: 5000, params: { patience: 0 } };
    const seen = new Set<number>();
    const runs = [1, 2, 3].map((seed) =>
      engine.train(
        request(seed, seed === 2 ? { params: { learningRate: -1 } } : long),
        ({ epoch }) => {
          if (epoch > 1) seen.add(seed);
        },
        ids,
      ),
    );
    const settled = Promise.allSettled(runs);
    while (seen.size < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await engine.pause();
    await engine.resume();
    await engine.stop();
    const [first, second, third] = await settled;
    expect([first?.status, second?.status, third?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    for (const result of [first, third]) {
      if (result?.status === 'fulfilled') expect(result.value.training).toMatchObject({ ended: 'stopped' });
    }
  });
});
