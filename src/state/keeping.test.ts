/** The page closed and opened again, with the real engine behind the store and a database in memory. */
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { droppedFile, labelledTable } from '../testing/tables.ts';
import { createEngine } from '../worker/engine.ts';
import { openBrowserStore } from '../worker/keep/browser-store.ts';
import type { KeptCheckpoint } from '../worker/keep/contract.ts';
import { Keeper } from '../worker/keep/keeper.ts';
import { createActions } from './actions.ts';
import { createOffshellStore, type OffshellStore } from './store.ts';

let name = '';
let pages = 0;
let tab = new Map<string, string>();
const storage = {
  getItem: (key: string) => tab.get(key) ?? null,
  setItem: (key: string, value: string) => void tab.set(key, value),
  removeItem: (key: string) => void tab.delete(key),
};

/** A page of this tab, opened or opened again. */
async function opened(change: { hash?: string } = {}): Promise<OffshellStore> {
  // the shelf's pictures take their time and have nothing to do with it
  const engine = { ...createEngine({ keeper: new Keeper(() => openBrowserStore(name)) }), shelf: async () => [] };
  const store = createOffshellStore(
    createActions(engine, {
      hash: '',
      query: '?backend=wasm',
      address: 'https://offshell.test/',
      writeClipboard: async () => undefined,
      storage: null,
      tab: storage,
      ...change,
    }),
  );
  await store.getState().actions.begin();
  return store;
}
function until(store: OffshellStore, condition: (state: ReturnType<OffshellStore['getState']>) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (condition(store.getState())) return resolve();
    const timer = setTimeout(() => reject(new Error(`not reached: ${condition}`)), 60_000);
    const stop = store.subscribe((state) => {
      if (!condition(state)) return;
      clearTimeout(timer);
      stop();
      resolve();
    });
  });
}
const quietAndNoted = async (store: OffshellStore, runs: number): Promise<void> => {
  await until(store, ({ run }) => run.runs.length >= runs && run.training === null);
  await until(store, ({ run }) => (run.kept?.analyses[0]?.runs ?? 0) >= runs);
};
/** The epoch in which the only checkpoint of the database was made; 0 without one. */
async function checkpointEpoch(): Promise<number> {
  const store = await openBrowserStore(name);
  const entry = (await store.entries()).find(({ kind }) => kind === 'checkpoint');
  const record = entry && ((await store.read(entry.key)) as KeptCheckpoint);
  return record?.at.epoch ?? 0;
}
const act = (store: OffshellStore) => store.getState().actions;
const aucs = (store: OffshellStore) =>
  Object.fromEntries(store.getState().run.runs.map(({ id, results }) => [id, results.map(({ auc }) => auc)]));

beforeEach(() => {
  name = `page-${++pages}`;
  tab = new Map();
});

describe('a page that is opened again', () => {
  it('has its sample, its runs and what it showed; what was not trained waits until it is told to go on', async () => {
    const first = await opened();
    await act(first).loadSample('collider-events', 1200, 3, {});
    act(first).setEpochs(1);
    await act(first).trainDraft();
    await until(first, ({ run }) => run.training === null && run.queue.length === 0);
    const trained = first.getState().run.runs.length;
    act(first).setThreshold({ rule: 'background-efficiency', value: 0.1 });
    // two more are asked for, and the page is closed before they are done
    act(first).setSeeds([7, 8]);
    await quietAndNoted(first, trained);
    await expect.poll(() => tab.get('offshell-analysis')).toContain('"value":0.1');
    const asked = first.getState().session.requests;
    tab.set(
      'offshell-analysis',
      JSON.stringify({
        ...JSON.parse(tab.get('offshell-analysis') ?? ''),
        session: {
          ...JSON.parse(tab.get('offshell-analysis') ?? '').session,
          requests: [...asked, { ...asked[0], id: 'run-90', seed: 7 }],
        },
      }),
    );

    const second = await opened();
    const { run, session } = second.getState();
    expect(run.problems).toEqual([]);
    expect(session.data).toMatchObject({ sample: 'collider-events', events: 1200, seed: 3 });
    expect(aucs(second)).toEqual(aucs(first));
    expect(session.view).toMatchObject({ run: first.getState().session.view.run, threshold: { value: 0.1 } });
    expect(run.scoreView?.test).toEqual(first.getState().run.scoreView?.test);
    expect([run.held, run.queue.map(({ id }) => id)]).toEqual(['closed', ['run-90']]);
    expect(run.training).toBeNull();
    act(second).resume();
    await until(second, (state) => state.run.runs.some(({ id }) => id === 'run-90') && state.run.training === null);
    expect(second.getState().run.held).toBeNull();
  });

  it('starts from the shelf with a damaged note, with another link, or after the data were closed', async () => {
    tab.set('offshell-analysis', '{"version":1,"session":{"data":');
    expect((await opened()).getState()).toMatchObject({ run: { data: null, problems: [] } });
    tab.set('offshell-analysis', JSON.stringify({ version: 2, session: {} }));
    expect((await opened()).getState()).toMatchObject({ run: { data: null, problems: [] } });
    const first = await opened();
    await act(first).loadSample('collider-events', 600, 1, {});
    // the note is written a moment after the last change of the store
    await expect.poll(() => tab.get('offshell-analysis')).toContain('collider-events');
    await act(first).closeData();
    expect((await opened()).getState().run.data).toBeNull();
  });

  it('asks for its files, and gives the runs back with the same file, not with another of that name', async () => {
    const text = labelledTable(500, 4);
    const drop = async (store: OffshellStore, content: string): Promise<void> => {
      await act(store).addFiles([droppedFile('events.csv', content)]);
      await act(store).loadFiles();
    };
    const first = await opened();
    await act(first).addFiles([droppedFile('events.csv', text)]);
    const file = first.getState().run.files[0]?.report.file ?? -1;
    act(first).chooseFile(file, { label: 'kind', normalClass: '0' });
    await act(first).loadFiles();
    act(first).setEpochs(1);
    await act(first).trainDraft();
    await until(first, ({ run }) => run.training === null && run.queue.length === 0);
    const trained = first.getState().run.runs.length;
    await quietAndNoted(first, trained);

    const second = await opened();
    expect(second.getState()).toMatchObject({ run: { data: null, problems: [] }, session: { workspace: 'data' } });
    await drop(second, text.replace(/\n-?\d/, '\n5'));
    expect(second.getState().run.runs).toEqual([]);
    expect(second.getState().run.problems[0]?.problem.where).toMatch(/dropped again/);
    const other = second.getState().run.files[0]?.report.file ?? -1;
    act(second).removeFile(other);
    await drop(second, text);
    expect(aucs(second)).toEqual(aucs(first));
  });

  const dense = { label: 'dense', value: null, model: 'dense-autoencoder', preset: 'offshell-default', params: {} };

  it('goes on with a study by itself, since that runs unattended', async () => {
    const first = await opened();
    await act(first).loadSample('collider-events', 800, 1, {});
    const points = [
      { ...dense, label: 'PCA', model: 'pca', preset: 'pca-3', epochs: null, seeds: [1] },
      { ...dense, epochs: 1 },
    ];
    act(first).startSweep({ kind: 'study', name: 'two models', variable: 'model', seeds: [1, 2], points });
    await until(first, ({ run }) => run.training === null && run.queue.length === 0 && run.runs.length === 3);
    await quietAndNoted(first, 3);
    await expect.poll(() => tab.get('offshell-analysis')).toContain('two models');
    const note = JSON.parse(tab.get('offshell-analysis') ?? '');
    const { requests, sweeps } = note.session;
    requests.push({ ...requests[2], id: 'run-90', seed: 3 });
    sweeps[0].points[1].runs.push('run-90');
    tab.set('offshell-analysis', JSON.stringify(note));

    const second = await opened();
    expect(second.getState().run.runs.map(({ id, kept }) => [id, kept])).toEqual(
      requests.slice(0, 3).map(({ id }: { id: string }) => [id, true]),
    );
    await until(second, ({ run }) => run.runs.some(({ id }) => id === 'run-90') && run.training === null);
    expect(second.getState().run).toMatchObject({ held: null, problems: [] });
    expect(aucs(second)).toMatchObject(aucs(first));
  });

  it('leaves a study paused that was paused, and resumes it in the middle of the run', async () => {
    const first = await opened();
    await act(first).loadSample('collider-events', 800, 1, {});
    const points = [{ ...dense, epochs: 5000, params: { patience: 0 } }];
    act(first).startSweep({ kind: 'study', name: 'a long one', variable: 'model', seeds: [1], points });
    const epochOf = (store: OffshellStore) => store.getState().run.training?.progress?.epoch ?? 0;
    await until(first, () => epochOf(first) >= 3);
    act(first).pause();
    await expect.poll(() => tab.get('offshell-analysis')).toContain('"paused":true');
    // the checkpoint is written in the background
    await expect.poll(async () => (await checkpointEpoch()) >= epochOf(first)).toBe(true);
    const reached = epochOf(first);

    const second = await opened();
    expect(second.getState()).toMatchObject({ run: { held: 'closed', training: null, runs: [] }, session: { paused: true } });
    act(second).resume();
    await until(second, ({ run }) => (run.training?.progress?.epoch ?? 0) > 0);
    expect(epochOf(second)).toBeGreaterThanOrEqual(reached);
    act(second).stop();
    act(first).stop();
    await until(second, ({ run }) => run.training === null && run.runs.length === 1);
    expect(second.getState().run.runs[0]?.training?.history.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: second.getState().run.runs[0]?.training?.epochs ?? 0 }, (_, i) => i + 1),
    );
    await until(first, ({ run }) => run.training === null);
  });

  it('lists what is kept for a tab of its own, and opens it from there', async () => {
    const first = await opened();
    await act(first).loadSample('collider-events', 800, 2, {});
    await act(first).selectModel('pca');
    await act(first).trainDraft();
    await until(first, ({ run }) => run.training === null && run.queue.length === 0);
    await quietAndNoted(first, first.getState().run.runs.length);
    tab = new Map();
    const second = await opened();
    await until(second, ({ run }) => run.kept !== null);
    expect(second.getState().run.data).toBeNull();
    const [kept] = second.getState().run.kept?.analyses ?? [];
    expect(kept).toMatchObject({ rows: 800, synthetic: true });
    await act(second).openKept(kept?.id ?? '');
    expect(aucs(second)).toEqual(aucs(first));
    await act(second).forgetKept();
    expect(second.getState().run.kept).toMatchObject({ analyses: [], bytes: 0 });
    expect(second.getState().run.runs.length).toBeGreaterThan(0);
  });

  it('does not ask for runs again whose kept copies were cleared', async () => {
    const first = await opened();
    await act(first).loadSample('collider-events', 800, 2, {});
    await act(first).selectModel('pca');
    await act(first).trainDraft();
    await until(first, ({ run }) => run.training === null && run.queue.length === 0);
    await quietAndNoted(first, first.getState().run.runs.length);
    await act(first).forgetKept();
    expect(first.getState().run.runs.length).toBeGreaterThan(0);
    await expect.poll(() => JSON.parse(tab.get('offshell-analysis') ?? '').session.requests).toEqual([]);
    const second = await opened();
    await until(second, ({ run }) => run.data !== null);
    expect(second.getState().run).toMatchObject({ runs: [], queue: [], held: null });
    expect(second.getState().run.kept?.analyses ?? []).toEqual([]);
  });
});
