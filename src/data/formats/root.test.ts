import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { pathSource } from '../../cli/source.ts';
import { Cursor } from '../../numeric/random.ts';
import { hasSharedData, sharedData } from '../../testing/files.ts';
import { rntupleSource } from '../../testing/rntuple.ts';
import type { Job } from './columns/catalogue.ts';
import type { Lists, OpenFile, Source, Values } from './contract.ts';
import { memorySource, openSource } from './open.ts';
import { type BasketIndex, type Entry, readEntries } from './root/baskets.ts';
import { unzip } from './root/unzip.ts';

const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return (error as Problem).message;
};
const lists = (file: OpenFile, name: string, rows?: [number, number]): Promise<Lists> =>
  (file.readLists as NonNullable<OpenFile['readLists']>)(name, rows ? { rows } : {});
const sum = (values: Values): number => Array.from(values as Float64Array, Number).reduce((total, value) => total + value, 0);
const bytesOf = (values: Float32Array | Float64Array | Int32Array | Uint32Array | BigInt64Array) =>
  new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));

/** One block as ROOT writes it: tag, method, packed and unpacked size. */
const block = (tag: string, method: number, data: Uint8Array, size: number): Uint8Array => {
  const three = (n: number) => [n & 255, (n >> 8) & 255, n >> 16];
  return Uint8Array.from([...new TextEncoder().encode(tag), method, ...three(data.length), ...three(size), ...data]);
};
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('compressed blocks of ROOT', () => {
  const half = new Uint8Array(1000).map((_, i) => i % 7);
  const zl = block('ZL', 8, new Uint8Array(deflateSync(half)), 1000);
  // eight bytes of checksum, then a token for 15 + 255 + ... literals
  const lz4 = block('L4', 1, joined(new Uint8Array(8), Uint8Array.of(0xf0, 255, 255, 255, 220), half), 1000);

  it('follow one another, each with its codec', async () => {
    expect(await unzip(joined(zl, lz4), 2000)).toEqual(joined(half, half));
  });

  it('are not there if the payload has its length already', async () => {
    expect(await unzip(half, 1000)).toBe(half);
  });

  it('are refused if sizes disagree, if they are cut off, or if the codec is unknown', async () => {
    await expect(unzip(zl, 1001)).rejects.toThrow(/blocks of 1000 bytes where 1001 are expected/);
    await expect(unzip(zl.slice(0, -1), 1000)).rejects.toThrow(/cut off/);
    await expect(unzip(block('CS', 8, half, 5), 5)).rejects.toThrow(/compression old zlib/);
    await expect(unzip(block('??', 8, half, 5), 5)).rejects.toThrow(/compression "\?\?"/);
  });

  const python = (code: string) => new Uint8Array(execFileSync('python3', ['-c', code], { maxBuffer: 1e8 }));
  const hasPython = (() => {
    try {
      return python('import lzma').length === 0;
    } catch {
      return false;
    }
  })();
  it.skipIf(!hasPython)('hold LZMA of more than one chunk, at which other readers stop (skipped without python3)', async () => {
    const size = 200_000;
    const xz = python(
      `import sys, lzma\nsys.stdout.buffer.write(lzma.compress(bytes((i * i * 2654435761 >> 13) & 255 for i in range(${size})), preset=9))`,
    );
    expect(xz.length).toBeGreaterThan(65_536);
    const out = await unzip(block('XZ', 0, xz, size), size);
    for (const i of [1000, 150_000, 199_999]) expect(out[i]).toBe(Number(((BigInt(i) * BigInt(i) * 2654435761n) >> 13n) & 255n));
  });
});

describe('baskets', () => {
  const job: Job = { progress: async () => {}, remark: () => {} };
  const keyLength = 60;

  /** A basket with its key, as it stands in a file. */
  function basket(values: Uint8Array, entries: number, starts?: readonly number[], pack = (payload: Uint8Array) => payload) {
    const offsets = new DataView(new ArrayBuffer(starts ? 8 + 4 * entries : 0));
    if (starts) {
      offsets.setInt32(0, entries + 1);
      for (const [i, start] of starts.entries()) offsets.setInt32(4 + 4 * i, start + keyLength);
    }
    const payload = joined(values, new Uint8Array(offsets.buffer));
    const packed = pack(payload);
    const view = new DataView(new ArrayBuffer(keyLength));
    view.setInt32(0, keyLength + packed.length);
    view.setInt32(6, payload.length);
    view.setInt16(14, keyLength);
    view.setInt32(keyLength - 9, entries);
    view.setInt32(keyLength - 5, keyLength + values.length);
    return joined(new Uint8Array(view.buffer), packed);
  }
  function read(baskets: Uint8Array[], starts: number[], rows: number, entry: Entry, from: number, to: number) {
    let seek = 0;
    const places: BasketIndex['baskets'] = baskets.map((bytes) => {
      seek += bytes.length;
      return { seek: seek - bytes.length, bytes: bytes.length };
    });
    return readEntries(memorySource('x', joined(...baskets)), { rows, starts, baskets: places }, entry, 'x', from, to, job);
  }
  const floats = (...values: number[]) => {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    for (const [i, value] of values.entries()) view.setFloat32(4 * i, value);
    return new Uint8Array(view.buffer);
  };
  const float32: Entry = { kind: 'numbers', type: 'float32', count: 1, at: 0, stride: 4 };

  it('give the asked entries of big-endian numbers, packed or raw', async () => {
    const pack = (payload: Uint8Array) => block('ZL', 8, new Uint8Array(deflateSync(payload)), payload.length);
    const two = [basket(floats(1, 2, 3), 3, undefined, pack), basket(floats(4, 5), 2)];
    expect(await read(two, [0, 3], 5, float32, 0, 5)).toEqual(Float32Array.of(1, 2, 3, 4, 5));
    expect(await read(two, [0, 3], 5, float32, 2, 4)).toEqual(Float32Array.of(3, 4));
  });

  it('give lists by their table of offsets, whose last number is the end of the values', async () => {
    const entry: Entry = { kind: 'lists', type: 'float32', header: 0 };
    const two = [basket(floats(1, 2, 3), 3, [0, 4, 4]), basket(floats(4), 2, [0, 4])];
    expect(await read(two, [0, 3], 5, entry, 0, 5)).toEqual({
      offsets: Uint32Array.of(0, 1, 1, 3, 4, 4),
      values: Float32Array.of(1, 2, 3, 4),
    });
    expect(await read(two, [0, 3], 5, entry, 1, 4)).toEqual({
      offsets: Uint32Array.of(0, 0, 2, 3),
      values: Float32Array.of(2, 3, 4),
    });
  });

  it('give vectors without the ten bytes before each, one leaf of several, and texts', async () => {
    const vector = (...values: number[]) => joined(Uint8Array.of(0x40, 0, 0, 0, 0, 9, 0, 0, 0, values.length), floats(...values));
    const vectors = [basket(joined(vector(7, 8), vector()), 2, [0, 18])];
    const entry: Entry = { kind: 'lists', type: 'float32', header: 10 };
    expect(await read(vectors, [0], 2, entry, 0, 2)).toEqual({ offsets: Uint32Array.of(0, 2, 2), values: Float32Array.of(7, 8) });
    const second: Entry = { kind: 'numbers', type: 'float32', count: 1, at: 4, stride: 8 };
    expect(await read([basket(floats(1, 10, 2, 20), 2)], [0], 2, second, 0, 2)).toEqual(Float32Array.of(10, 20));
    const texts = joined(Uint8Array.of(2), new TextEncoder().encode('GT'), Uint8Array.of(0));
    expect(await read([basket(texts, 2, [0, 3])], [0], 2, { kind: 'text' }, 0, 2)).toEqual(['GT', '']);
  });

  it('are refused if they hold another number of entries or bytes than the index says', async () => {
    await expect(read([basket(floats(1, 2), 2)], [0], 3, float32, 0, 3)).rejects.toThrow(/2 entries where the index says 3/);
    await expect(read([basket(floats(1, 2), 3)], [0], 3, float32, 0, 3)).rejects.toThrow(/8 bytes for 3 entries of 4/);
    const back = basket(floats(1, 2), 2, [4, 0]);
    await expect(read([back], [0], 2, { kind: 'lists', type: 'float32', header: 0 }, 0, 2)).rejects.toThrow(
      /begins at byte 0 of 8/,
    );
  });
});

describe('an RNTuple', () => {
  const split = (bytes: Uint8Array, size: number) => {
    const count = bytes.length / size;
    return bytes.map((_, at) => bytes[(at % count) * size + Math.floor(at / count)] as number);
  };
  const page = (bytes: Uint8Array, elements: number) => ({ first: 0, pages: [{ bytes, elements }] });

  it('reads plain, split, zigzag and packed numbers', async () => {
    const zigzag = (values: number[]) => bytesOf(Uint32Array.from(values, (value) => (value << 1) ^ (value >> 31)));
    const longZigzag = bytesOf(BigInt64Array.from([2n * 5n - 1n, 2n * 2n ** 60n])); // -5 and 2^60
    const source = rntupleSource('a.root', {
      fields: ['float', 'split', 'int', 'long', 'bits'].map((name) => ({ name })),
      columns: [
        { type: 0x0c, bits: 32, field: 0 },
        { type: 0x19, bits: 64, field: 1 },
        { type: 0x13, bits: 32, field: 2 },
        { type: 0x15, bits: 64, field: 3 },
        { type: 0x00, bits: 1, field: 4 },
      ],
      groups: [
        [
          {
            entries: 2,
            columns: [
              page(bytesOf(Float32Array.of(1.5, -2)), 2),
              page(split(bytesOf(Float64Array.of(Math.PI, -1e300)), 8), 2),
              page(split(zigzag([-7, 100000]), 4), 2),
              page(split(longZigzag, 8), 2),
              page(Uint8Array.of(0b10), 2),
            ],
          },
        ],
      ],
    });
    const file = await openSource(source);
    expect(file.arrays.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'float float32',
      'split float64',
      'int int32',
      'long int64',
      'bits bool',
    ]);
    expect(await file.read('float')).toEqual(Float32Array.of(1.5, -2));
    expect(await file.read('split')).toEqual(Float64Array.of(Math.PI, -1e300));
    expect(await file.read('int')).toEqual(Int32Array.of(-7, 100000));
    expect(await file.read('long')).toEqual(Float64Array.of(-5, 2 ** 60));
    expect(await file.read('bits', { rows: [1, 2] })).toEqual(Uint8Array.of(1));
  });

  it('reads lists, their sizes, texts and fixed arrays over clusters and groups of clusters', async () => {
    const cluster = (entries: number, firstElement: number, ends: number[], values: number[], letters: string) => ({
      entries,
      columns: [
        {
          first: 0,
          pages: [{ elements: entries, bytes: split(bytesOf(Uint32Array.from(ends, (end, i) => end - (ends[i - 1] ?? 0))), 4) }],
        },
        { first: firstElement, pages: [{ elements: values.length, bytes: bytesOf(Float32Array.from(values)) }] },
        { first: 0, pages: [{ elements: entries, bytes: bytesOf(Uint32Array.from({ length: entries }, (_, i) => i + 1)) }] },
        { first: 0, pages: [{ elements: letters.length, bytes: new TextEncoder().encode(letters) }] },
        {
          first: 0,
          pages: [
            { elements: 2 * entries, bytes: bytesOf(Int32Array.from({ length: 2 * entries }, (_, i) => 10 * entries + i)) },
          ],
        },
      ],
    });
    const source = rntupleSource('a.root', {
      fields: [
        { name: '_collection0', role: 1 },
        { name: '_0', role: 2, parent: 0 },
        { name: 'Muon_pt', type: 'float', parent: 1 },
        { name: 'Muon_pt', type: 'ROOT::VecOps::RVec<float>', role: 1, projected: true },
        { name: '_0', type: 'float', parent: 3, projected: true },
        { name: 'nMuon', type: 'ROOT::RNTupleCardinality<std::uint32_t>', projected: true },
        { name: 'word', type: 'std::string' },
        { name: 'pair', type: 'std::array<std::int32_t,2>', repeat: 2 },
        { name: '_0', type: 'std::int32_t', parent: 7 },
        { name: 'object', type: 'TLorentzVector', role: 4 },
      ],
      columns: [
        { type: 0x1a, bits: 32, field: 0 },
        { type: 0x0c, bits: 32, field: 2 },
        { type: 0x0e, bits: 32, field: 6 },
        { type: 0x02, bits: 8, field: 6 },
        { type: 0x07, bits: 32, field: 8 },
      ],
      aliases: [
        { column: 0, field: 3 },
        { column: 1, field: 4 },
        { column: 0, field: 5 },
      ],
      groups: [[cluster(3, 0, [2, 2, 3], [1, 2, 3], 'abc'), cluster(1, 3, [1], [4], 'd')], [cluster(2, 4, [0, 2], [5, 6], 'ef')]],
    });
    const file = await openSource(source);
    // what a projected field shows is listed once
    expect(file.arrays.map(({ name }) => name)).toEqual(['Muon_pt', 'nMuon', 'word', 'pair', 'object']);
    expect(await lists(file, 'Muon_pt')).toEqual({
      offsets: Uint32Array.of(0, 2, 2, 3, 4, 4, 6),
      values: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(await lists(file, 'Muon_pt', [1, 5])).toEqual({
      offsets: Uint32Array.of(0, 0, 1, 2, 2),
      values: Float32Array.of(3, 4),
    });
    expect(await file.read('nMuon')).toEqual(Uint32Array.of(2, 0, 1, 1, 0, 2));
    expect(await file.read('word', { rows: [1, 6] })).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(file.arrays[3]?.shape).toEqual([6, 2]);
    expect([...(await file.read('pair', { rows: [2, 4] }))]).toEqual([34, 35, 10, 11]);
    expect(await messageOf(file.read('object'))).toMatch(/array "object": .* found objects of type TLorentzVector/);
  });
});

describe('a claim of a billion entries', () => {
  it('is refused before anything is made for it', async () => {
    const claimed = rntupleSource('a.root', {
      fields: [
        { name: 'list', role: 1 },
        { name: '_0', type: 'float', parent: 0 },
        { name: 'flat', type: 'float' },
      ],
      columns: [
        { type: 0x0e, bits: 32, field: 0 },
        { type: 0x0c, bits: 32, field: 1 },
        { type: 0x0c, bits: 32, field: 2 },
      ],
      groups: [
        [
          {
            entries: 1e9,
            columns: Array.from({ length: 3 }, () => ({ first: 0, pages: [{ elements: 2, bytes: new Uint8Array(8) }] })),
          },
        ],
      ],
    });
    const file = await openSource(claimed);
    const before = process.memoryUsage().arrayBuffers;
    expect(await messageOf(lists(file, 'list'))).toMatch(/1000000000 elements where the pages hold 2/);
    expect(await messageOf(file.read('flat'))).toMatch(/1000000000 elements where the pages hold 2/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10e6);
  });
});

describe.skipIf(!hasSharedData)('public ROOT files (skipped without ../shared/data)', () => {
  const folder = join(sharedData, 'scikit-hep-testdata');
  const open = async (path: string) => openSource(await pathSource(path));

  it.each(['', '-zlib', '-zstd', '-uncompressed'])('HZZ%s: lists with counters of any name', async (ending) => {
    const file = await open(join(folder, `uproot-HZZ${ending}.root`));
    expect([file.arrays.length, file.tabular]).toEqual([51, true]);
    expect(sum(await file.read('NMuon'))).toBe(3825);
    expect(sum((await lists(file, 'Muon_Px')).values)).toBeCloseTo(-2506.0211, 4);
    const jets = await lists(file, 'Jet_Px');
    expect([jets.values.length, sum(jets.values)]).toEqual([2773, expect.closeTo(3434.91791, 4)]);
    // offsets are the running sum of the counter, also across the border of a basket
    const counter = Array.from((await file.read('NMuon')) as Int32Array);
    const { offsets } = await lists(file, 'Muon_Px', [2200, 2300]);
    expect([...offsets].slice(1).map((end, i) => end - (offsets[i] as number))).toEqual(counter.slice(2200, 2300));
  });

  it('HZZ with objects: vectors of numbers through LZ4, whole objects named as the reason', async () => {
    const file = await open(join(folder, 'uproot-HZZ-objects.root'));
    const other = await open(join(folder, 'uproot-HZZ.root'));
    expect(await lists(file, 'muoniso')).toEqual(await lists(other, 'Muon_Iso'));
    expect(await lists(file, 'jetid')).toEqual(await lists(other, 'Jet_ID'));
    expect(await messageOf(lists(file, 'jetp4'))).toMatch(/objects of class vector<TLorentzVector>\. Write its numbers/);
  });

  it.each(['', '-zlib', '-lzma', '-uncompressed'])('Zmumu%s: flat numbers and a text', async (ending) => {
    const file = await open(join(folder, `uproot-Zmumu${ending}.root`));
    expect(file.arrays.every(({ shape }) => shape[0] === 2304)).toBe(true);
    expect(sum(await file.read('M'))).toBeCloseTo(184_794.47123, 4);
    expect(sum(await file.read('pt1'))).toBeCloseTo(85_373.34397, 4);
    expect(sum(await file.read('Run'))).toBe(341_061_976);
    expect(await file.read('Type', { rows: [0, 3] })).toEqual(['GT', 'TT', 'GT']);
  });

  it('NanoAOD whose baskets are all inside the tree', async () => {
    const file = await open(join(folder, 'nanoAOD_2015_CMS_Open_Data_ttbar.root'));
    expect(file.arrays.length).toBe(947);
    const expected = { Muon_pt: [41, 1449.57714], Jet_pt: [537, 16785.61719], Electron_pt: [69, 1875.86561] };
    for (const [name, [count, total]] of Object.entries(expected)) {
      const { offsets, values } = await lists(file, name);
      expect([offsets.length, values.length, sum(values)]).toEqual([201, count, expect.closeTo(total as number, 4)]);
    }
    expect(sum(await file.read('MET_pt'))).toBeCloseTo(7488.33752, 4);
  });

  it('NanoAOD with several trees: names say which; some baskets are raw although the file is compressed', async () => {
    const file = await open(join(sharedData, 'coffea-nanoaod/nano_dy.root'));
    const muons = await lists(file, 'Events/Muon_pt');
    expect([muons.values.length, sum(muons.values)]).toEqual([18, expect.closeTo(538.36938, 4)]);
    const jets = await lists(file, 'Events/Jet_pt');
    expect([jets.values.length, sum(jets.values)]).toEqual([188, expect.closeTo(5737.71094, 4)]);
    expect(sum(await file.read('Events/MET_pt'))).toBeCloseTo(1253.30672, 4);
  });

  it('RNTuple: lists by projected fields, not the inner ones of the same name', async () => {
    const file = await open(join(folder, 'Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root'));
    expect(file.arrays.map(({ name }) => name)).toEqual(['Muon_pt', 'Muon_eta', 'Muon_phi', 'Muon_mass', 'Muon_charge', 'nMuon']);
    const { offsets, values } = await lists(file, 'Muon_pt');
    expect([...offsets.slice(0, 6), offsets.at(-1)]).toEqual([0, 2, 4, 5, 9, 13, 2372]);
    expect(sum(values)).toBeCloseTo(44_958.018, 3);
    expect([values[0], values[1]]).toEqual([expect.closeTo(10.7637, 4), expect.closeTo(15.73652, 4)]);
    expect(sum(await file.read('nMuon'))).toBe(2372);
  });

  it('histograms with under- and overflow, a profile, and an ntuple of 75,000 rows', async () => {
    const file = await open(join(folder, 'uproot-hepdata-example.root'));
    const info = (name: string) => file.arrays.find((array) => array.name === name);
    expect([sum(await file.read('px')), sum(await file.read('py'))]).toEqual([
      expect.closeTo(-88.74785, 4),
      expect.closeTo(-49.75217, 4),
    ]);
    expect(info('px')?.shape).toEqual([75_000]);
    expect([info('hpx/values')?.shape, sum(await file.read('hpx/values'))]).toEqual([[102], 75_000]);
    expect(info('hpxpy/values')?.shape).toEqual([42, 42]);
    expect([...(await file.read('hpx/edges', { rows: [0, 2] }))]).toEqual([-4, expect.closeTo(-3.92, 6)]);
    const means = (await file.read('hprof/values')) as Float64Array;
    const sums = (await file.read('hprof/sums')) as Float64Array;
    const entries = (await file.read('hprof/entries')) as Float64Array;
    expect(means[50]).toBe((sums[50] as number) / (entries[50] as number));
  });

  it('reads only the baskets of the asked rows', async () => {
    const source = await pathSource(join(folder, 'uproot-hepdata-example.root'));
    let bytes = 0;
    const file = await openSource({
      ...source,
      read: (start, end) => {
        bytes += end - start;
        return source.read(start, end);
      },
    });
    bytes = 0;
    await file.read('px', { rows: [8000, 8100] });
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(40_000);
  });

  it('a file cut off says both sizes', async () => {
    const source = await pathSource(join(folder, 'uproot-HZZ.root'));
    expect(await messageOf(openSource(memorySource('half.root', await source.read(0, 100_000))))).toMatch(
      /half\.root: expected a ROOT file of 217945 bytes, as its header says; found 100000 bytes/,
    );
  });

  it('ends in data or in a problem, whatever bytes are damaged', { timeout: 120_000 }, async () => {
    const names = [
      'uproot-HZZ-uncompressed.root',
      'uproot-HZZ-zstd.root',
      'Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root',
    ];
    const cursor = new Cursor(5, 'noise');
    for (const name of names) {
      const source = await pathSource(join(folder, name));
      const good = await source.read(0, source.size);
      for (let round = 0; round < 30; round++) {
        const bytes = good.slice();
        // most damage near the start, the end and the keys, where it is not mere values
        for (let k = 0; k < 4; k++) {
          const at = Math.floor(cursor.uniform() ** 3 * bytes.length);
          bytes[k % 2 ? bytes.length - 1 - at : at] = Math.floor(cursor.uniform() * 256);
        }
        const outcome = await readAll(memorySource(name, bytes));
        if (outcome) expect(outcome).toBeInstanceOf(Problem);
      }
    }
  });
});

/** Reads every array that is said to be readable; what was thrown, if anything. */
async function readAll(source: Source): Promise<unknown> {
  try {
    const file = await openSource(source);
    for (const array of file.arrays.slice(0, 12)) {
      if (array.problem) continue;
      const rows = array.shape[0] as number;
      if (array.jagged) expect((await lists(file, array.name)).offsets.length).toBe(rows + 1);
      else expect((await file.read(array.name)).length).toBe(array.shape.reduce((product, n) => product * n, 1));
    }
    return undefined;
  } catch (error) {
    return error;
  }
}
