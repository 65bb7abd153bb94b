/** What is kept on this machine, on a database in memory that behaves as the browser's does. */
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBrowserStore } from './browser-store.ts';
import { type KeepStore, type KeptChoice, keepVersion } from './contract.ts';
import { Keeper, keyOf, sizeOf } from './keeper.ts';

let name = '';
let databases = 0;
let now = 0;
const keeperOf = (limit?: number) =>
  new Keeper(
    () => openBrowserStore(name),
    limit,
    () => ++now,
  );

const choice = (seed: number): KeptChoice => ({ model: 'pca', preset: 'pca-3', params: { components: 3, deep: true }, seed });
const run = (seed: number, numbers = 100) => ({
  choice: choice(seed),
  training: null,
  seconds: 1,
  backend: 'wasm' as const,
  weights: [{ name: 'mean', shape: [numbers], values: new Float64Array(numbers).fill(seed) }],
  scored: [
    {
      score: 'pca-residual',
      state: {},
      sign: 1 as const,
      validation: Float64Array.of(1, 2),
      test: Float64Array.of(3, Number.NaN),
    },
  ],
  warnings: [],
});
const writeRun = (keeper: Keeper, analysis: string, seed: number, numbers?: number) =>
  keeper.write('run', analysis, keyOf(choice(seed)), run(seed, numbers));
const writeSession = (keeper: Keeper, analysis: string) =>
  keeper.write('session', analysis, '', { name: analysis, rows: 10, synthetic: true, session: `session of ${analysis}` });
const has = async (keeper: Keeper, analysis: string, seed: number) =>
  (await keeper.read('run', analysis, keyOf(choice(seed)))) !== undefined;

beforeEach(() => {
  name = `runs-${++databases}`;
});

describe('kept runs', () => {
  it('come back number by number in another visit, and a second one of the same choice takes the place of the first', async () => {
    const before = keeperOf();
    await writeRun(before, 'a', 1);
    await writeRun(before, 'a', 1);
    const later = keeperOf();
    const kept = await later.read('run', 'a', keyOf(choice(1)));
    expect(kept).toEqual({ version: 1, kind: 'run', ...run(1) });
    await writeSession(later, 'a');
    const { analyses, bytes, problem } = await later.report();
    expect(analyses).toMatchObject([{ id: 'a', name: 'a', rows: 10, runs: 1, session: 'session of a' }]);
    expect(bytes).toBeGreaterThan(sizeOf(run(1)));
    expect(problem).toBeNull();
  });

  it('are told apart by model, preset, seed, rows on the device and every parameter, whatever their order', () => {
    const { params, ...rest } = choice(1);
    expect(keyOf({ ...rest, params: { deep: true, components: 3 } })).toBe(keyOf({ ...rest, params }));
    const others = [
      { ...choice(1), seed: 2 },
      { ...choice(1), preset: '' },
      { ...choice(1), deviceRows: 'float16' as const },
      { ...choice(1), params: { ...params, components: 4 } },
    ];
    for (const other of others) expect(keyOf(other)).not.toBe(keyOf(choice(1)));
  });

  it('are removed by choice, by analysis, or all together', async () => {
    const keeper = keeperOf();
    for (const [analysis, seed] of [
      ['a', 1],
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ] as const)
      await writeRun(keeper, analysis, seed);
    await keeper.remove('run', 'a', keyOf(choice(2)));
    await keeper.forget(['b']);
    expect([await has(keeper, 'a', 1), await has(keeper, 'a', 2), await has(keeper, 'b', 1), await has(keeper, 'c', 1)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    await keeper.forget();
    expect(await keeper.report()).toMatchObject({ analyses: [], bytes: 0, problem: null });
  });
});

describe('the bound', () => {
  it('holds: the oldest runs of other analyses give way, then the oldest of this one, sessions last', async () => {
    // a run of 1,000 numbers takes a bit over 8,000 bytes
    const keeper = keeperOf(36_000);
    await writeSession(keeper, 'old');
    for (const [analysis, seed] of [
      ['new', 1],
      ['old', 1],
      ['old', 2],
      ['new', 2],
    ] as const)
      await writeRun(keeper, analysis, seed, 1000);
    expect(await has(keeper, 'old', 1)).toBe(true);
    await writeRun(keeper, 'new', 3, 1000);
    expect([await has(keeper, 'old', 1), await has(keeper, 'old', 2)]).toEqual([false, true]);
    await writeRun(keeper, 'new', 4, 1000);
    expect(await has(keeper, 'old', 2)).toBe(false);
    await writeRun(keeper, 'new', 5, 1000);
    expect([await has(keeper, 'new', 1), await has(keeper, 'new', 2), await has(keeper, 'new', 5)]).toEqual([false, true, true]);
    const { bytes, limit, problem } = await keeper.report();
    expect(bytes).toBeLessThanOrEqual(limit);
    expect(problem).toBeNull();
  });

  it('refuses what is larger than all the room, says so, and leaves the others', async () => {
    const keeper = keeperOf(20_000);
    await writeRun(keeper, 'a', 1, 1000);
    await writeRun(keeper, 'a', 2, 10_000);
    expect(await has(keeper, 'a', 1)).toBe(true);
    expect((await keeper.report()).problem).toMatch(/80\.\d kB|0\.08\d* MB/);
  });

  it('counts arrays by their bytes and text by two', () => {
    expect(sizeOf(new Float32Array(10))).toBe(40);
    expect(sizeOf('four')).toBe(8);
    expect(sizeOf([1, 2, null])).toBe(24);
    expect(sizeOf({ ab: new Uint8Array(3) })).toBe(4 + 3);
  });
});

describe('a damaged store', () => {
  it('that lacks what it should have is made anew', async () => {
    (await openDB(name, keepVersion, { upgrade: (database) => void database.createObjectStore('something') })).close();
    const keeper = keeperOf();
    await writeRun(keeper, 'a', 1);
    expect(await has(keeper, 'a', 1)).toBe(true);
  });

  it('of a later format stays as it is, and nothing fails', async () => {
    (await openDB(name, keepVersion + 1, { upgrade: (database) => void database.createObjectStore('future') })).close();
    const keeper = keeperOf();
    await writeRun(keeper, 'a', 1);
    expect(await has(keeper, 'a', 1)).toBe(false);
    expect(await keeper.report()).toMatchObject({ analyses: [], bytes: 0, problem: expect.stringMatching(/version/) });
    const after = await openDB(name);
    expect([...after.objectStoreNames]).toEqual(['future']);
    after.close();
  });

  it('gives up single records that cannot be read, and keeps the rest', async () => {
    const keeper = keeperOf();
    await writeRun(keeper, 'a', 1);
    await writeRun(keeper, 'a', 2);
    const database = await openDB(name);
    await database.put('records', { version: 99, kind: 'run' }, `a/run/${keyOf(choice(1))}`);
    database.close();
    expect([await has(keeper, 'a', 1), await has(keeper, 'a', 2)]).toEqual([false, true]);
    await writeSession(keeper, 'a');
    expect((await keeper.report()).analyses[0]?.runs).toBe(1);
  });

  it('that cannot be opened keeps nothing, says why, and is tried again', async () => {
    let refusals = 0;
    const keeper = new Keeper(async () => {
      if (refusals++ < 2) throw new Error('it is forbidden here');
      return openBrowserStore(name);
    });
    await writeRun(keeper, 'a', 1);
    expect(await keeper.report()).toMatchObject({ analyses: [], problem: 'it is forbidden here' });
    await writeRun(keeper, 'a', 1);
    expect((await keeper.report()).problem).toBeNull();
    expect(await has(keeper, 'a', 1)).toBe(true);
  });

  it('that runs out of disk lets go of other analyses and tries once more', async () => {
    const real = await openBrowserStore(name);
    let full = false;
    const store: KeepStore = {
      ...real,
      write: async (entry, record) => {
        if (full && (await real.entries()).length > 0) throw new DOMException('no room', 'QuotaExceededError');
        return real.write(entry, record);
      },
    };
    const keeper = new Keeper(async () => store);
    await writeRun(keeper, 'old', 1);
    full = true;
    await writeRun(keeper, 'new', 1);
    expect([await has(keeper, 'old', 1), await has(keeper, 'new', 1)]).toEqual([false, true]);
  });
});
