/** The engine with a place to keep runs: what a second visit gets back, and what it must not. */
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { droppedFile, labelledTable } from '../testing/tables.ts';
import type { EngineApi, RunRequest, RunSummary } from './api.ts';
import { createEngine } from './engine.ts';
import { openBrowserStore } from './keep/browser-store.ts';
import { Keeper } from './keep/keeper.ts';

const split = { by: 'event', train: 0.6, validation: 0.2, test: 0.2, seed: 1 } as const;
const quiet = () => undefined;
const requests: RunRequest[] = [
  { id: 'run-1', model: 'dense-autoencoder', seed: 1, epochs: 2, params: { batchSize: 64 } },
  { id: 'run-2', model: 'isolation-forest', seed: 2 },
  { id: 'run-3', model: 'mahalanobis', seed: 1 },
];
const text = labelledTable(600, 4);

let name = '';
let databases = 0;
async function visit(): Promise<EngineApi> {
  const engine = createEngine({ keeper: new Keeper(() => openBrowserStore(name)), keepCheckpointMs: 0 });
  await engine.start('wasm');
  return engine;
}
async function loadTable(engine: EngineApi, content = text, by: { seed: number } = split): Promise<void> {
  const [report] = await engine.inspect([droppedFile('table.csv', content)]);
  const choice = { file: report?.file ?? -1, role: 'background', name: '', label: 'kind', normalClass: '0' } as const;
  await engine.loadFiles([choice], { ...split, ...by }, quiet);
}
/** The first visit, with everything trained. */
async function trained(): Promise<{ engine: EngineApi; summaries: RunSummary[] }> {
  const engine = await visit();
  await loadTable(engine);
  const summaries: RunSummary[] = [];
  for (const request of requests) summaries.push(await engine.train(request, quiet));
  // what is written in the background is written when this answers
  await engine.kept();
  return { engine, summaries };
}

beforeEach(() => {
  name = `engine-${++databases}`;
});

describe('a second visit', () => {
  it('has every run back with the same numbers, and can go on asking about it', async () => {
    const first = await trained();
    const second = await visit();
    await loadTable(second);
    const back = await second.restore(requests);
    expect(back).toEqual(first.summaries.map((summary) => ({ ...summary, kept: true })));
    for (const { id, defaultScore } of back) {
      expect(await second.scoreView(id, defaultScore)).toEqual(await first.engine.scoreView(id, defaultScore));
    }
    const row = (await second.latent('run-1', 'reconstruction-mse', 5)).row[0] as number;
    expect(await second.event('run-1', row)).toEqual(await first.engine.event('run-1', row));
  });

  it('says what is kept, and forgets it when asked', async () => {
    const { engine } = await trained();
    await engine.keepSession('what the page wants');
    expect((await engine.kept()).analyses).toMatchObject([
      { rows: 600, synthetic: false, runs: 3, session: 'what the page wants' },
    ]);
    await engine.removeRun('run-2');
    expect((await engine.kept()).analyses[0]?.runs).toBe(2);
    await engine.forgetKept();
    expect(await engine.kept()).toMatchObject({ analyses: [], bytes: 0 });
    expect(await engine.restore(requests)).toEqual([]);
  });

  it.each([
    ['one changed number in the file', text.replace(/\n-?\d/, '\n5'), split],
    ['another split', text, { ...split, seed: 2 }],
  ])('with %s gets nothing back', async (_, content, by) => {
    await trained();
    const second = await visit();
    await loadTable(second, content, by);
    expect(await second.restore(requests)).toEqual([]);
  });

  it('gets no run back that was asked for with other parameters or another seed', async () => {
    await trained();
    const second = await visit();
    await loadTable(second);
    const [dense] = requests as [RunRequest];
    expect(
      await second.restore([
        { ...dense, seed: 5 },
        { ...dense, epochs: 3 },
        { ...dense, params: { batchSize: 32 } },
      ]),
    ).toEqual([]);
  });

  it('survives a record that is damaged inside: it is dropped, the others come back', async () => {
    await trained();
    const store = await openBrowserStore(name);
    const entry = (await store.entries()).find(({ key }) => key.includes('isolation-forest'));
    const record = (await store.read(entry?.key ?? '')) as { scored: object[] };
    if (!entry) throw new Error('the forest was not kept');
    await store.write(entry, {
      ...record,
      scored: record.scored.map((part) => ({ ...part, test: new Float64Array(3) })),
    } as never);
    const second = await visit();
    await loadTable(second);
    expect((await second.restore(requests)).map(({ id }) => id)).toEqual(['run-1', 'run-3']);
    expect(await store.read(entry.key)).toBeUndefined();
  });

  it('goes on with a training that was under way, and ends with the numbers of one that was never broken off', async () => {
    const request: RunRequest = { id: 'run-9', model: 'dense-autoencoder', seed: 3, epochs: 600, params: { batchSize: 32 } };
    const whole = await visit();
    await loadTable(whole);
    const expected = await whole.train(request, quiet);
    await whole.forgetKept();

    const first = await visit();
    await loadTable(first);
    let far: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      far = resolve;
    });
    // the page is closed in mid-training: what it would still have written must not count
    const stopThere = ({ epoch }: { epoch: number }) => {
      if (epoch < 5) return;
      void first.pause();
      far();
    };
    void first.train(request, stopThere).catch(quiet);
    await underWay;
    await first.kept();

    const second = await visit();
    await loadTable(second);
    expect(await second.restore([request])).toEqual([]);
    const epochs: number[] = [];
    const again = await second.train(request, ({ epoch }) => epochs.push(epoch));
    expect(epochs[0]).toBeGreaterThan(1);
    const auc = (summary: RunSummary) => summary.results.map((result) => result.auc);
    expect(auc(again)).toEqual(auc(expected));
    expect(again.training?.history).toEqual(expected.training?.history);
    // what is done leaves no checkpoint behind
    await second.kept();
    expect((await (await openBrowserStore(name)).entries()).map(({ kind }) => kind)).toEqual(['run']);
    await first.stop();
  });
});
