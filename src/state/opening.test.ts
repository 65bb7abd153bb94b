/** Study files dropped on the page, with the real engine behind the store, in Node on WASM. */
import { beforeEach, expect, it } from 'vitest';
import { droppedFile, labelledTable } from '../testing/tables.ts';
import { createEngine } from '../worker/engine.ts';
import { createActions } from './actions.ts';
import { createOffshellStore, type OffshellStore } from './store.ts';

let store: OffshellStore;
const act = () => store.getState().actions;
const run = () => store.getState().run;
const session = () => store.getState().session;
const drop = (name: string, study: unknown, ...others: File[]) =>
  act().addFiles([droppedFile(name, JSON.stringify(study)), ...others]);
const done = (runs: number) => expect.poll(() => run().runs.length === runs && run().training === null).toBe(true);
const problems = () => run().problems.map(({ problem }) => problem);

beforeEach(async () => {
  store = createOffshellStore(
    createActions(
      { ...createEngine(), shelf: async () => [] },
      { hash: '', query: '?backend=wasm', address: '', writeClipboard: async () => undefined, storage: null },
    ),
  );
  await act().begin();
});

const onSample = {
  version: 1,
  name: 'two models',
  data: { sample: 'collider-events', events: 700, seed: 3 },
  split: { train: 0.6, validation: 0.2, test: 0.2, seed: 5 },
  threshold: { rule: 'best-f1' },
  models: [
    { id: 'pca', preset: 'pca-3' },
    { id: 'dense-autoencoder', seeds: [2, 1], epochs: 1 },
  ],
};

it('a study of a sample runs at once, with its split, seeds and threshold, and no baseline that it does not name', async () => {
  await drop('study.json', onSample);
  await done(3);
  expect(problems()).toEqual([]);
  expect(run().files).toEqual([]);
  expect(session()).toMatchObject({
    workspace: 'compare',
    data: { sample: 'collider-events', events: 700, seed: 3 },
    split: { by: 'event', train: 0.6, seed: 5 },
    view: { threshold: { rule: 'best-f1' } },
    sweeps: [{ kind: 'study', name: 'two models', points: [{ label: 'PCA' }, { label: 'Dense autoencoder' }] }],
  });
  expect(run().runs.map(({ model, seed, training }) => [model, seed, training?.epochs ?? 0])).toEqual([
    ['pca', 1, 0],
    ['dense-autoencoder', 2, 1],
    ['dense-autoencoder', 1, 1],
  ]);
  expect(JSON.parse(await act().studyFile())).toMatchObject({ data: onSample.data, models: onSample.models });
});

it('a slip in the study is told before anything trains, and so is one in its shape', async () => {
  await drop('study.json', { ...onSample, models: [onSample.models[0], { id: 'dense-autoencoder', params: { hiden: [3] } }] });
  expect(problems()[0]).toMatchObject({ where: expect.stringMatching(/dense-autoencoder.*hiden/) });
  expect(session()).toMatchObject({ requests: [], sweeps: [] });
  await drop('shape.json', { ...onSample, models: [{ id: 'pca', seed: 1 }] });
  expect(run().files[0]?.report.problem?.where).toMatch(/shape\.json, models\[0\]/);
});

it('a study of files asks for them, takes its choices from the study, and starts when they are loaded', async () => {
  const study = {
    version: 1,
    data: { files: [{ path: 'somewhere/events.csv' }], label: { column: 'kind', normal: 0 }, cut: 'x1 > -100' },
    models: [{ id: 'pca', params: { components: 2 } }],
  };
  await drop('mine.json', study);
  expect(problems()[0]).toMatchObject({ where: 'mine.json', expected: 'the files events.csv' });
  await act().addFiles([droppedFile('events.csv', labelledTable(400, 4))]);
  expect(run().files[0]?.choice).toMatchObject({ label: 'kind', normalClass: '0' });
  expect(run().filesOptions.cut).toBe('x1 > -100');
  await act().loadFiles();
  await done(1);
  expect(run().runs[0]).toMatchObject({ model: 'pca', params: { components: 2 } });
  expect(session().sweeps[0]?.name).toBe('mine');
  // loaded again, the study does not start once more
  await act().loadFiles();
  expect(session().requests).toEqual([]);
});
