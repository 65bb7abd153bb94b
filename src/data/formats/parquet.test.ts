import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { pathSource } from '../../cli/source.ts';
import { Cursor } from '../../numeric/random.ts';
import { hasSharedData, parquetSource, sharedData } from '../../testing/files.ts';
import type { OpenFile, Source } from './contract.ts';
import { memorySource, openSource } from './open.ts';
import { readHybrid } from './parquet/levels.ts';

const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return (error as Problem).message;
};
const lists = (file: OpenFile, name: string, rows?: [number, number]) =>
  (file.readLists as NonNullable<OpenFile['readLists']>)(name, rows ? { rows } : {});
const sum = (values: ArrayLike<number | string>): number => Array.from(values, Number).reduce((total, value) => total + value, 0);

/** Packed without a codec's cleverness: one raw Zstandard block, one LZ4 block of literals. */
const storedZstd = (bytes: Uint8Array): Uint8Array => {
  const header = (bytes.length << 3) | 1;
  const size = [bytes.length & 255, (bytes.length >> 8) & 255, (bytes.length >> 16) & 255, 0];
  return Uint8Array.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0xa0,
    ...size,
    header & 255,
    (header >> 8) & 255,
    (header >> 16) & 255,
    ...bytes,
  ]);
};
const storedLz4 = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length < 15) return Uint8Array.from([bytes.length << 4, ...bytes]);
  const rest = bytes.length - 15;
  return Uint8Array.from([0xf0, ...new Array(Math.floor(rest / 255)).fill(255), rest % 255, ...bytes]);
};
const hadoopLz4 = (bytes: Uint8Array): Uint8Array => {
  const packed = storedLz4(bytes);
  const big = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
  return Uint8Array.from([...big(bytes.length), ...big(packed.length), ...packed]);
};

describe('a Parquet file', () => {
  const n = 50;
  const pt = Float32Array.from({ length: n }, (_, i) => i / 8);
  const counts = Int32Array.from({ length: n }, (_, i) => (i * 7919) % 13);

  it.each([
    ['UNCOMPRESSED', undefined],
    ['SNAPPY', undefined],
    ['GZIP', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
    ['ZSTD', storedZstd],
    ['LZ4_RAW', storedLz4],
    ['LZ4', hadoopLz4],
  ] as const)('reads numbers, lists and texts through %s', async (codec, compressor) => {
    const texts = Array.from(counts, (count) => `kind ${count}`);
    const file = await openSource(
      parquetSource('a.parquet', {
        codec,
        ...(compressor ? { compressors: { [codec]: compressor } } : {}),
        rowGroupSize: 20,
        columnData: [
          { name: 'pt', data: pt, type: 'FLOAT', nullable: false },
          { name: 'n', data: counts },
          { name: 'text', data: texts },
          { name: 'lists', data: Array.from(counts, (count) => Array.from({ length: count }, (_, k) => k / 2)) },
        ],
      }),
    );
    expect(file.tabular).toBe(true);
    expect(file.arrays.map(({ name, shape, type, jagged, chunkRows }) => [name, shape[0], type, jagged, chunkRows])).toEqual([
      ['pt', n, 'float32', undefined, 20],
      ['n', n, 'int32', undefined, 20],
      ['text', n, 'text', undefined, 20],
      ['lists', n, 'float64', true, 20],
    ]);
    expect(file.arrays[0]?.filters).toEqual(codec === 'UNCOMPRESSED' ? undefined : [codec]);
    expect(await file.read('pt')).toEqual(pt);
    expect(await file.read('n', { rows: [18, 42] })).toEqual(counts.slice(18, 42));
    expect(await file.read('text', { rows: [19, 21] })).toEqual(texts.slice(19, 21));
    const { offsets, values } = await lists(file, 'lists', [39, 41]);
    const sizes = [counts[39], counts[40]] as [number, number];
    expect([...offsets]).toEqual([0, sizes[0], sizes[0] + sizes[1]]);
    expect([...values]).toEqual(sizes.flatMap((size) => Array.from({ length: size }, (_, k) => k / 2)));
  });

  it('gives every type in its own array, missing numbers as NaN and missing texts as nothing', async () => {
    const file = await openSource(
      parquetSource('a.parquet', {
        columnData: [
          { name: 'bool', data: [true, false, true], type: 'BOOLEAN' },
          { name: 'flag', data: [true, null, false], type: 'BOOLEAN' },
          { name: 'int', data: [1, null, 3], type: 'INT32' },
          { name: 'float', data: [0.5, null, 1.5], type: 'FLOAT' },
          { name: 'half', data: [0.5, -2, 65504], type: 'FLOAT16' },
          { name: 'event', data: [1n, 2n ** 60n, 9007199254740993n], type: 'INT64' },
          { name: 'text', data: ['a', null, 'é'], type: 'STRING' },
          { name: 'lists', data: [[1, null], null, []] },
        ],
      }),
    );
    expect(await file.read('bool')).toEqual(Uint8Array.of(1, 0, 1));
    expect(await file.read('flag')).toEqual(Float64Array.of(1, Number.NaN, 0));
    expect(await file.read('int')).toEqual(Float64Array.of(1, Number.NaN, 3));
    expect(await file.read('int', { rows: [2, 3] })).toEqual(Float64Array.of(3));
    expect(await file.read('float')).toEqual(Float32Array.of(0.5, Number.NaN, 1.5));
    expect(await file.read('half')).toEqual(Float32Array.of(0.5, -2, 65504));
    expect(await file.read('event')).toEqual(Float64Array.of(1, 2 ** 60, 9007199254740992));
    expect(file.remarks).toEqual(['"event": whole numbers beyond 2^53 were rounded to the nearest double']);
    expect(await file.read('text')).toEqual(['a', '', 'é']);
    expect(await lists(file, 'lists')).toEqual({ offsets: Uint32Array.of(0, 2, 2, 2), values: Float64Array.of(1, Number.NaN) });
  });

  it.each([
    ['RLE_DICTIONARY', Int32Array.from(counts), 'INT32'],
    ['DELTA_BINARY_PACKED', Int32Array.from(counts, (count) => count * 1000 - 5), 'INT32'],
    ['BYTE_STREAM_SPLIT', Float64Array.from(counts, (count) => Math.sqrt(count)), 'DOUBLE'],
    ['DELTA_BYTE_ARRAY', Array.from(counts, (count) => `name ${count}`), 'STRING'],
    ['DELTA_LENGTH_BYTE_ARRAY', Array.from(counts, (count) => 'x'.repeat(count)), 'STRING'],
  ] as const)('reads the encoding %s, in several pages', async (encoding, data, type) => {
    const source = parquetSource('a.parquet', {
      pageSize: 64,
      columnData: [{ name: 'x', data: data as Int32Array, type, encoding, nullable: false }],
    });
    const file = await openSource(source);
    expect([...(await file.read('x'))]).toEqual([...data]);
    expect([...(await file.read('x', { rows: [11, 37] }))]).toEqual([...data.slice(11, 37)]);
  });

  it('names Brotli, encryption, and lists of lists as what cannot be read', async () => {
    const codec = 'BROTLI';
    const brotli = parquetSource('b.parquet', {
      codec,
      compressors: { [codec]: (bytes) => new Uint8Array(brotliCompressSync(bytes)) },
      columnData: [{ name: 'x', data: pt, type: 'FLOAT' }],
    });
    expect(await messageOf((await openSource(brotli)).read('x'))).toMatch(
      /array "x": .* found compression BROTLI\. Save it again/,
    );
    const nested = await openSource(parquetSource('n.parquet', { columnData: [{ name: 'x', data: [[[1], [2]], [[3]]] }] }));
    expect(await messageOf(lists(nested, 'x'))).toMatch(/array "x": expected one list for each row; found lists of lists/);
    const plain = parquetSource('e.parquet', { columnData: [{ name: 'x', data: pt, type: 'FLOAT' }] });
    const bytes = await plain.read(0, plain.size);
    bytes[bytes.length - 1] = 'E'.charCodeAt(0);
    expect(await messageOf(openSource(memorySource('e.parquet', bytes)))).toMatch(/encrypted footer/);
  });

  it('reads no more than the footer and the pages of the asked column', async () => {
    const wide = parquetSource('a.parquet', {
      codec: 'UNCOMPRESSED',
      columnData: Array.from({ length: 10 }, (_, k) => ({
        name: `x${k}`,
        data: Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i + k)),
        nullable: false,
      })),
    });
    let bytes = 0;
    const counting: Source = {
      ...wide,
      read: (start, end) => {
        bytes += end - start;
        return wide.read(start, end);
      },
    };
    const file = await openSource({ ...counting, read: wide.read });
    const footer = bytes;
    const counted = await openSource(counting);
    bytes = footer;
    await counted.read('x3');
    expect(bytes).toBeGreaterThan(16_000);
    expect(bytes).toBeLessThan(20_000);
    file.close();
  });

  it('ends in data or in a problem, whatever byte is damaged', { timeout: 60_000 }, async () => {
    const source = parquetSource('a.parquet', {
      rowGroupSize: 20,
      columnData: [
        { name: 'n', data: counts },
        { name: 'text', data: Array.from(counts, (count) => `kind ${count}`) },
        { name: 'lists', data: Array.from(counts, (count) => Array.from({ length: count }, (_, k) => k / 2)) },
      ],
    });
    const good = await source.read(0, source.size);
    const cursor = new Cursor(3, 'noise');
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const bytes = good.slice();
      const at = Math.floor(cursor.uniform() * bytes.length);
      bytes[at] = Math.floor(cursor.uniform() * 256);
      const outcome = await readEverything(memorySource('a.parquet', bytes));
      if (outcome instanceof Error) {
        refused++;
        expect(outcome).toBeInstanceOf(Problem);
      } else expect(outcome).toEqual([n, n, n]);
    }
    expect(refused).toBeGreaterThan(20);
  });
});

/** Rows of every array, or what was thrown. */
async function readEverything(source: Source): Promise<number[] | Error> {
  try {
    const file = await openSource(source);
    const rows: number[] = [];
    for (const array of file.arrays) {
      if (array.jagged) rows.push((await lists(file, array.name)).offsets.length - 1);
      else rows.push((await file.read(array.name)).length);
    }
    return rows;
  } catch (error) {
    return error as Error;
  }
}

describe('levels and indices', () => {
  it("are the documentation's 0 to 7 in three bits, and a run", () => {
    const out = new Uint8Array(8);
    readHybrid(Uint8Array.of(3, 0x88, 0xc6, 0xfa), 3, out);
    expect([...out]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const run = new Uint32Array(5);
    readHybrid(Uint8Array.of(10, 0x2c, 0x01), 9, run);
    expect([...run]).toEqual([300, 300, 300, 300, 300]);
  });

  it('of 1 to 32 bits survive packing', () => {
    for (let width = 1; width <= 32; width++) {
      const numbers = Array.from({ length: 16 }, (_, i) =>
        Number((BigInt(i) * 0x9e3779b97f4a7c15n) & ((1n << BigInt(width)) - 1n)),
      );
      let bits = 0n;
      for (const [i, value] of numbers.entries()) bits |= BigInt(value) << BigInt(i * width);
      const packed = Array.from({ length: 2 * width }, (_, k) => Number((bits >> BigInt(8 * k)) & 255n));
      const out = new Uint32Array(16);
      readHybrid(Uint8Array.of(5, ...packed), width, out);
      expect([...out]).toEqual(numbers);
    }
  });

  it('end with an error where the bytes end', () => {
    expect(() => readHybrid(Uint8Array.of(3, 0x88), 3, new Uint8Array(8))).toThrow(/too early/);
    expect(() => readHybrid(Uint8Array.of(), 3, new Uint8Array(1))).toThrow(/too early/);
  });
});

describe.skipIf(!hasSharedData)('public Parquet files (skipped without ../shared/data)', () => {
  const open = async (path: string) => openSource(await pathSource(join(sharedData, path)));

  it('a NanoAOD table of pyarrow: ZSTD, large lists, booleans, 64-bit event numbers', async () => {
    const file = await open('coffea-nanoaod/nano_dimuon.parquet');
    expect(file.arrays.length).toBe(1601);
    const muons = await lists(file, 'Muon_pt');
    expect([muons.offsets.length, muons.values.length]).toEqual([41, 84]);
    expect(sum(muons.values as Float32Array)).toBeCloseTo(1306.4949, 4);
    expect(sum((await file.read('MET_pt')) as Float32Array)).toBeCloseTo(1706.52692, 4);
    expect([(await file.read('run'))[0], (await file.read('event'))[0]]).toEqual([315267, 197798546]);
  });

  it('a DQM table agrees with hyparquet in every column', async () => {
    const source = await pathSource(
      join(
        sharedData,
        'cms-dqmio-2023c-examples/ZeroBias-Run2023C-PromptReco-v1-DQMIO-PixelPhase1-Tracks-PXBarrel-charge_PXLayer_1.parquet',
      ),
    );
    const file = await openSource(source);
    const rows = await parquetReadObjects({ file: (await source.read(0, source.size)).buffer as ArrayBuffer });
    const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    for (const { name, jagged } of file.arrays) {
      if (jagged) {
        const { offsets, values } = await lists(file, name);
        const own = rows.map((_, i) => [...values.slice(offsets[i], offsets[i + 1])]);
        expect(own).toEqual(rows.map((row) => (row[name] as unknown[]).map(plain)));
      } else expect([...(await file.read(name))]).toEqual(rows.map((row) => plain(row[name])));
    }
  });

  it('DQM maps of five lumisections: the cells sum to the entries', async () => {
    const folder = 'cms-dqmio-2023c-examples/ZeroBias-Run2023C-PromptReco-v1-DQMIO-PixelPhase1-Tracks-';
    const expected = {
      'PXBarrel-clusterposition_zphi_ontrack_PXLayer_1': [486873, 505431, 501089, 135070, 33373],
      'PXForward-clusterposition_xy_ontrack_PXDisk_+1': [140623, 148519, 149460, 39958, 9602],
    };
    for (const [name, entries] of Object.entries(expected)) {
      const file = await open(`${folder}${name}.parquet`);
      const { offsets, values } = await lists(file, 'histo');
      expect(entries.map((_, i) => sum((values as Float64Array).slice(offsets[i], offsets[i + 1])))).toEqual(entries);
      expect([...(await file.read('entries'))]).toEqual(entries);
    }
    const empty = await open(`${folder}PXBarrel-charge_PXLayer_1.parquet`);
    expect([(await lists(empty, 'histo')).offsets.length, sum((await lists(empty, 'histo')).values as Float64Array)]).toEqual([
      46, 0,
    ]);
  });
});
