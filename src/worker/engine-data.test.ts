/** What the page can ask of the engine between dropped files and a loaded dataset. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { droppedFile, labelledTable } from '../testing/tables.ts';
import type { EngineApi, FileChoice } from './api.ts';
import { createEngine } from './engine.ts';

const split = { by: 'event', train: 0.6, validation: 0.2, test: 0.2, seed: 1 } as const;
const quiet = () => undefined;
const text = labelledTable(4000, 5);

let engine: EngineApi;
let choice: FileChoice;
const start = async (content = text, name = 'table.csv'): Promise<void> => {
  engine = createEngine();
  const [report] = await engine.inspect([droppedFile(name, content)]);
  choice = { file: report?.file ?? -1, role: 'background', name: 'background', label: 'kind', normalClass: '0' };
};

describe('a look into a file', () => {
  beforeAll(() => start());

  it('names every layout that could read it, with its reasons', async () => {
    const [report] = await engine.inspect([droppedFile('other.csv', text)]);
    const [first] = report?.guesses ?? [];
    expect(first).toMatchObject({ layout: report?.layout, words: report?.words, rows: 4000, kind: 'table' });
    expect(first?.reasons.length).toBeGreaterThan(0);
    expect(first?.labels).toContain('kind');
  });
  it('shows the first rows and what the dataset would take', async () => {
    const preview = await engine.previewFile(choice);
    expect(preview).toMatchObject({ kind: 'table', rows: 4000, width: 5, bytes: 4000 * (4 * 5 + 1), sampled: 2000 });
    expect(preview.table?.columns.map((c) => c.name)).toEqual(['class', 'x1', 'x2', 'x3', 'x4', 'x5']);
    const lines = text.split('\n');
    expect(preview.table?.rows[3]?.slice(1)).toEqual(
      lines[4]
        ?.split(',')
        .slice(0, 5)
        .map((x) => Math.fround(Number(x))),
    );
    expect(preview.table?.rows.slice(0, 4).map(([name]) => name)).toEqual(['background', 'background', 'background', 'kind = 1']);
    expect(preview.classes.map((c) => c.rows).reduce((a, b) => a + b)).toBe(2000);
    expect(preview.summaries).toHaveLength(5);
    expect(preview).not.toHaveProperty('cut');
  });
  it('tells how a cut fares in each class, or where it is wrong', async () => {
    const { cut, cutNames } = await engine.previewFile(choice, { cut: 'x1 > 0 and class == "background"' });
    expect(cutNames).toContain('x5');
    expect(cut).toMatchObject({
      counts: [
        { name: 'background', passed: expect.any(Number) },
        { name: 'kind = 1', passed: 0 },
      ],
    });
    expect((await engine.previewFile(choice, { cut: 'x9 > 0' })).cut).toMatchObject({
      problem: { where: expect.stringMatching(/^cut, character 1/) },
    });
  });
  it('follows the names, the range and the sample that were chosen', async () => {
    const preview = await engine.previewFile(
      { ...choice, rows: [1000, 3000], sample: { rows: 500, seed: 3 } },
      { classNames: { 'kind = 1': 'A to 4l' } },
    );
    expect(preview.rows).toBe(500);
    expect(preview.classes.map((c) => c.name)).toEqual(['background', 'A to 4l']);
    expect(preview.table?.rows[0]?.slice(1, 2)).toEqual([Math.fround(Number(text.split('\n')[1001]?.split(',')[0]))]);
  });
});

describe('a certification JSON', () => {
  it('dropped beside lumisections gives their classes, and who may train', async () => {
    engine = createEngine();
    const lumisections = `run,lumi,x,y\n${Array.from({ length: 600 }, (_, i) => `${i % 2 ? 8 : 7},${1 + (i >> 1)},${i % 11},${i % 3}`).join('\n')}`;
    const [data, list] = await engine.inspect([
      droppedFile('lumisections.csv', lumisections),
      droppedFile('golden.json', '{"7": [[1, 200]], "8": [[101, 300]]}'),
    ]);
    expect(list).toMatchObject({ format: 'json', list: { words: expect.stringMatching(/2 runs/), meaning: 'good' } });
    expect(list).not.toHaveProperty('problem');
    const files: FileChoice[] = [{ file: data?.file ?? -1, role: 'background', name: 'background' }];
    const judgedBy = { file: list?.file ?? -1, lists: 'good' as const };
    const summary = await engine.loadFiles(files, split, quiet, { judgedBy, trainedBy: { column: 'y', normal: '1' } });
    expect(summary.classes.map((c) => [c.role, c.rows])).toEqual([
      ['background', 400],
      ['signal', 200],
    ]);
    expect(summary.split.training).toBe(120);
    expect((await engine.previewFile(files[0] as FileChoice, { judgedBy })).classes).toHaveLength(2);
    expect((await engine.study([{ id: 'pca' }])).data).toMatchObject({
      files: [{ path: 'lumisections.csv' }],
      label: { certification: 'golden.json', lists: 'good' },
      trainOn: { column: 'y', normal: '1' },
    });
  });
  it('that is damaged comes back with its problem', async () => {
    const [report] = await engine.inspect([droppedFile('bad.json', '{"7": [[5, 1]]}')]);
    expect(report?.problem?.where).toBe('bad.json, run 7');
  });
});

describe('files with choices', () => {
  beforeEach(() => start());

  it('load as they say, and the study repeats it', async () => {
    const told: (number | undefined)[] = [];
    const data = await engine.loadFiles(
      [{ ...choice, sample: { rows: 1000, seed: 7 } }],
      split,
      (_done, _message, bytes) => void told.push(bytes?.done),
      { cut: 'x1 < 2', classNames: { 'kind = 1': 'A to 4l' }, preprocessing: [{ step: 'asinh' }, { step: 'standardise' }] },
    );
    expect(told.at(-1)).toBe(text.length);
    expect(data.origins[0]?.words).toContain('1\u202f000 of 4\u202f000 rows, seed 7');
    expect(data.remarks.join()).toMatch(/cut x1 < 2: \d+ of \d+ background, \d+ of \d+ A to 4l pass/);
    expect(data.rows).toBeLessThan(1000);
    expect(data.bytes).toBe(data.rows * 21);
    const study = await engine.study([{ id: 'pca' }]);
    expect(study.data).toMatchObject({
      files: [{ path: 'table.csv', sample: { rows: 1000, seed: 7 } }],
      cut: 'x1 < 2',
      classNames: { 'kind = 1': 'A to 4l' },
      label: 'kind',
    });
    expect(study.preprocessing).toEqual([{ step: 'asinh' }, { step: 'standardise' }]);
  });
  it('give their memory back when they are closed', async () => {
    await engine.loadFiles([choice], split, quiet);
    await engine.closeData();
    await expect(engine.columns()).rejects.toThrow(/expected a loaded dataset/);
    expect((await engine.loadFiles([choice], split, quiet)).rows).toBe(4000);
  });

  it('leave none of their rows behind, nor those that a training copied', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = async (): Promise<number> => {
      for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        collect();
      }
      return process.memoryUsage().arrayBuffers;
    };
    const own = createEngine();
    await own.start('wasm');
    const load = (events: number) => own.loadSample({ sample: 'collider-events', events, seed: 1 }, split, quiet);
    // what is made once: code, kernels, one arena
    await load(500);
    await own.train({ id: 'first', model: 'dense-autoencoder', seed: 1, epochs: 1 }, quiet);
    await own.closeData();
    const before = await held();
    const { bytes } = await load(20_000);
    await own.train({ id: 'second', model: 'dense-autoencoder', seed: 1, epochs: 1 }, quiet);
    expect((await held()) - before).toBeGreaterThan(0.9 * bytes);
    await own.closeData();
    expect((await held()) - before).toBeLessThan(0.05 * bytes);
  });
});

describe('lumisections', () => {
  it('are taken together and divided anew from the rows as they were loaded, and the study says so', async () => {
    engine = createEngine();
    await engine.start('cpu');
    const params = { signalShare: 0.5 };
    const plain = await engine.loadSample({ sample: 'tracker-histograms', events: 600, seed: 1, params }, split, quiet);
    const empty = plain.classes.findIndex(({ name }) => name === 'empty');
    const rows = plain.classes[empty]?.rows as number;
    expect(rows).toBeGreaterThan(0);
    expect(plain.noData).toMatchObject({ minEntries: 0, leaveOut: true });
    expect(plain.noData?.rows[empty]).toBe(rows);
    // left out, so in no part
    expect([plain.split.validation[empty], plain.split.test[empty]]).toEqual([0, 0]);
    const three = await engine.takeLumisections({ together: 3, noData: 'count' });
    expect(three).toMatchObject({ lumisections: { together: 3, noData: 'count' }, generation: plain.generation + 1 });
    expect(three.rows).toBeLessThan(300);
    expect((three.split.validation[empty] as number) + (three.split.test[empty] as number)).toBe(rows);
    expect((await engine.takeLumisections({ together: 2 })).rows).toBeGreaterThan(three.rows);
    expect((await engine.resplit({ ...split, seed: 2 })).lumisections).toEqual({ together: 2 });
    expect((await engine.study([{ id: 'pca' }])).lumisections).toEqual({ together: 2 });
    await expect(engine.takeLumisections({ minEntries: 1e9 }).then(() => engine.preview('pca', {}))).rejects.toThrow(
      /found none with data/,
    );
    expect((await engine.takeLumisections({})).rows).toBe(600);
  });
});

describe('preprocessing steps', () => {
  beforeAll(async () => {
    await start();
    await engine.start('wasm');
    await engine.loadFiles([choice], split, quiet);
  });

  it('are offered with the columns that they work on', async () => {
    const steps = await engine.steps();
    expect(steps.find((s) => s.id === 'log')).toMatchObject({ columns: ['x1', 'x2', 'x3', 'x4', 'x5'], params: { scale: {} } });
    expect(steps.find((s) => s.id === 'sin-cos')?.columns).toEqual([]);
  });
  it('change what a model with the scaling of the study sees, and say so', async () => {
    const data = await engine.preprocess([{ step: 'log' }, { step: 'min-max' }]);
    expect(data).toMatchObject({ generation: 2, preprocessing: [{ step: 'log' }, { step: 'min-max' }] });
    const preview = await engine.preview('pca', { scaling: 'study' });
    expect(preview.scaling).toMatch(/^Sign\(x\) ln.* then each of 5 numbers from its smallest to its largest/);
    expect((await engine.preprocess([])).preprocessing).toEqual([]);
    expect((await engine.preview('pca', { scaling: 'study' })).scaling).toMatch(/standard deviation/);
  });
  it('that cannot be fitted are refused, and what was there stays', async () => {
    const { generation } = await engine.preprocess([]);
    await expect(engine.preprocess([{ step: 'sin-cos' }])).rejects.toThrow(/expected angles/);
    expect((await engine.resplit(split)).generation).toBe(generation + 1);
  });
  it('that change the number of columns reach model, reconstruction and errors', async () => {
    await engine.loadSample({ sample: 'collider-events', events: 1500, seed: 1 }, split, quiet, {
      preprocessing: [{ step: 'scale-pt' }, { step: 'sin-cos' }],
    });
    const { layers } = await engine.preview('dense-autoencoder', { scaling: 'study' });
    expect(layers.at(-1)?.shape).toEqual([76]);
    const run = await engine.train(
      { id: 'run-1', model: 'dense-autoencoder', seed: 1, epochs: 1, params: { scaling: 'study' } },
      quiet,
    );
    const event = await engine.event(run.id, 0);
    expect([event.input, event.mask, event.reconstruction, event.errors].map((list) => list?.length)).toEqual([57, 57, 57, 57]);
  });
});
