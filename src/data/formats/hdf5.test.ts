import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { pathSource } from '../../cli/source.ts';
import { filteredHdf5, hasSharedData, hdf5Source, sharedData, textSource } from '../../testing/files.ts';
import type { OpenFile } from './contract.ts';
import reference from './hdf5.reference.json' with { type: 'json' };
import { fingerprint, memorySource, openSource } from './open.ts';

/** Plug-ins as filters of their own, which PyTables cannot write: name, id, parameters. */
const pluginFiles: [string, number, number[]][] = [
  ['LZF', 32000, []],
  ['Blosc', 32001, [0, 0, 0, 0, 5, 1, 1]],
  ['LZ4', 32004, [0]],
  ['bitshuffle', 32008, [0, 2]],
  ['Zstandard', 32015, [3]],
  ['Blosc2', 32026, [0, 0, 0, 0, 5, 1, 0]],
  ['bzip2', 307, [5]],
];

const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  return (error as Problem).message;
};

describe('an HDF5 file', () => {
  it('lists arrays in groups with shape, type, filters and chunks', async () => {
    const file = await openSource(
      await hdf5Source('a.h5', [
        { name: 'x', data: new Float32Array(12), shape: [6, 2], chunks: [3, 2], compression: 'gzip' },
        { name: 'n', data: new BigInt64Array([1n, 2n]) },
        { name: 'kind', data: ['qcd', 'ttbar'] },
      ]),
    );
    expect(file.arrays).toContainEqual({ name: 'x', shape: [6, 2], type: 'float32', filters: ['gzip'], chunkRows: 3 });
    expect(file.arrays).toContainEqual({ name: 'n', shape: [2], type: 'int64' });
    expect(await file.read('kind')).toEqual(['qcd', 'ttbar']);
    file.close();
  });

  it('gives 64-bit integers as doubles and says how many were rounded', async () => {
    const file = await openSource(
      await hdf5Source('a.h5', [{ name: 'event', data: new BigInt64Array([2n ** 60n, 9007199254740993n]) }]),
    );
    expect(await file.read('event')).toEqual(new Float64Array([2 ** 60, 9007199254740992]));
    expect(file.remarks?.join()).toMatch(/"event": 1 whole numbers beyond 2\^53/);
  });

  it('can be opened beside another one and after it was closed', async () => {
    const one = await openSource(await hdf5Source('one.h5', [{ name: 'x', data: new Float64Array([1]) }]));
    const two = await openSource(await hdf5Source('two.h5', [{ name: 'x', data: new Float64Array([2]) }]));
    one.close();
    one.close();
    const three = await openSource(await hdf5Source('three.h5', [{ name: 'x', data: new Float64Array([3]) }]));
    expect([...(await two.read('x')), ...(await three.read('x'))]).toEqual([2, 3]);
    await expect(one.read('x')).rejects.toThrow(/closed/);
  });

  it('is recognised behind a user block of 512 or 2,048 bytes', async () => {
    const source = await hdf5Source('a.h5', [{ name: 'x', data: new Float64Array([1]) }]);
    const bytes = await source.read(0, source.size);
    for (const offset of [512, 2048]) {
      const moved = new Uint8Array(offset + bytes.length);
      moved.set(bytes, offset);
      const file = await openSource(memorySource('moved.h5', moved));
      expect([...(await file.read('x'))]).toEqual([1]);
    }
  });

  it('says so if a file is called .h5 and is none', async () => {
    const text = 'hello, this is no HDF5 file\n';
    expect(await messageOf(openSource(textSource('notes.h5', text)))).toMatch(
      /^notes\.h5: expected HDF5 content, as the ending \.h5 says; found bytes of no known format, starting with "hello, this is no HDF5 f"\./,
    );
  });

  it('refuses damaged content behind a good signature', async () => {
    const source = await hdf5Source('a.h5', [
      { name: 'x', data: new Float64Array(1000), shape: [1000], chunks: [100], compression: 'gzip' },
    ]);
    const bytes = (await source.read(0, source.size)).fill(0xff, 24, 200);
    expect(await messageOf(openSource(memorySource('damaged.h5', bytes)))).toMatch(/damaged file/);
  });
});

describe('an HDF5 file written by h5py', () => {
  let file: OpenFile;
  beforeAll(async () => {
    file = await openSource(memorySource('h5py.h5', new Uint8Array(inflateSync(Buffer.from(reference.file, 'base64')))));
  });
  const info = (name: string) => file.arrays.find((array) => array.name === name);

  it('gives big-endian numbers, booleans, texts and single numbers as they are', async () => {
    expect(await file.read('big/float64')).toEqual(new Float64Array([1.5, -2.25, 1e300]));
    expect(await file.read('big/float32')).toEqual(new Float32Array([1.5, -2.25]));
    expect(await file.read('big/int16')).toEqual(new Int16Array([1, -2, 300]));
    expect([info('bool')?.type, ...(await file.read('bool'))]).toEqual(['bool', 1, 0, 1]);
    expect(await file.read('text')).toEqual(['jet', 'électron']);
    expect(await file.read('fixed')).toEqual(['ab', 'c']);
    expect([...(await file.read('scalar'))]).toEqual([42.5]);
    expect((await file.read('nothing')).length).toBe(0);
  });

  it('reads through gzip, shuffle, Fletcher32 and szip, and lists short attributes', async () => {
    expect([...(await file.read('checked', { rows: [5, 9] }))]).toEqual([5, 6, 7, 8]);
    expect([...(await file.read('szip', { rows: [62, 64] }))]).toEqual([62, 63]);
    expect(info('checked')?.filters).toEqual(expect.arrayContaining(['shuffle', 'gzip', 'fletcher32']));
    expect(info('checked')?.attributes).toEqual({ unit: 'GeV', version: 3 });
  });

  it('gives half precision as single, and LZF through its plug-in', async () => {
    expect(info('float16')?.type).toBe('float16');
    expect(await file.read('float16')).toEqual(new Float32Array([1, 2]));
    expect((await file.read('lzf')).length).toBe(40);
  });

  it('gives the members of compound rows as arrays, in whatever byte order', async () => {
    expect(
      ['a', 'b', 'p4', 'tag', 'half'].map((name) => [info(`compound/${name}`)?.type, info(`compound/${name}`)?.shape]),
    ).toEqual([
      ['int32', [6]],
      ['float64', [6]],
      ['float32', [6, 4]],
      ['text', [6]],
      ['float16', [6]],
    ]);
    expect([...(await file.read('compound/a', { rows: [3, 6] }))]).toEqual([3, 4, 5]);
    expect([...(await file.read('compound/b'))]).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625]);
    expect([...(await file.read('compound/p4', { rows: [4, 5] }))]).toEqual([16, 17, 18, 19]);
    expect(await file.read('compound/tag')).toEqual(['e', 'mu', 'tau', 'jet', 'b', '']);
    expect([...(await file.read('compound/half'))]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
    expect([...(await file.read('compound big/a')), ...(await file.read('compound big/b'))]).toEqual([1, 3, 2.5, 4.5]);
    expect(await file.read('kinds/kind')).toEqual(['ttbar', 'électron']);
    expect([...(await file.read('kinds/n'))]).toEqual([1, 2]);
  });

  it('gives lists of unequal length as lists, and refuses to mix both ways of reading', async () => {
    expect(info('lists')).toMatchObject({ shape: [3], type: 'float32', jagged: true });
    const lists = (rows?: [number, number]) =>
      (file.readLists as NonNullable<OpenFile['readLists']>)('lists', rows ? { rows } : {});
    const { offsets, values } = await lists();
    expect([[...offsets], [...values]]).toEqual([
      [0, 2, 2, 3],
      [1.5, 2.5, 3.5],
    ]);
    const last = await lists([2, 3]);
    expect([[...last.offsets], [...last.values]]).toEqual([[0, 1], [3.5]]);
    expect(await messageOf(file.read('lists'))).toMatch(/found a list for each row/);
    expect(await messageOf(file.readLists?.('checked') as Promise<unknown>)).toMatch(/expected one list for each row/);
  });

  it('mentions links that lead out, ends in circles, and refuses what is not in the file', async () => {
    expect(file.remarks?.join()).toMatch(/"elsewhere" is a link that leads out of this file/);
    expect(file.remarks?.join()).toMatch(/nested too deeply/);
    expect(await messageOf(file.read('virtual'))).toMatch(/virtual dataset that points to other files \(other\.h5\)/);
    expect(await messageOf(file.read('never written'))).toMatch(
      /shape 1000000000000, 8000000000000 bytes: most of it was never written/,
    );
  });
});

const packedSource = (text: string, name = 'packed.h5') =>
  memorySource(name, new Uint8Array(inflateSync(Buffer.from(text, 'base64'))));

describe('a data frame of pandas', () => {
  const names = (file: OpenFile) => file.arrays.map(({ name }) => name).sort();

  it.each(['fixed', 'table with data columns', 'table'] as const)('(%s) is a table with named columns', async (kind) => {
    const file = await openSource(packedSource(reference.frames[kind]));
    const columns = ['E_0', 'PX_0', 'good', 'is_signal_new'];
    expect(names(file)).toEqual(kind === 'fixed' ? columns : [...columns, 'tag'].sort());
    expect(file.tabular).toBe(true);
    expect([...(await file.read('PX_0', { rows: [2, 5] }))]).toEqual([5, 7.5, 10]);
    expect([...(await file.read('is_signal_new', { rows: [37, 40] }))]).toEqual([1, 0, 1]);
    expect([...(await file.read('good', { rows: [4, 8] }))]).toEqual([0, 0, 1, 1]);
    expect((await file.read('E_0')).length).toBe(40);
    if (kind !== 'fixed') expect(await file.read('tag', { rows: [5, 7] })).toEqual(['qcd', 'top']);
  });

  it('with texts in a fixed frame says that they were left out', async () => {
    const file = await openSource(packedSource(reference.frames['fixed with texts']));
    expect(names(file)).toEqual(['E_0', 'PX_0', 'good', 'is_signal_new']);
    expect(file.remarks?.join()).toMatch(/a block of Python objects \(texts\) of "df".*format='table'/);
  });

  it('whose columns are only numbered stays one array', async () => {
    const file = await openSource(packedSource(reference.frames.numbered));
    const values = file.arrays.find(({ name }) => name === 'df/block0_values');
    expect(values).toMatchObject({ shape: [40, 7], columns: ['0', '1', '2', '3', '4', '5', '6'] });
    expect([...(await file.read('df/block0_values', { rows: [2, 3] }))]).toEqual([14, 15, 16, 17, 18, 19, 20]);
    expect(file.tabular).toBe(false);
  });
});

describe('a compression filter', () => {
  const readable = ['zlib', 'bzip2', 'blosc', 'blosc:lz4', 'blosc:lz4hc', 'blosc:zstd', 'blosc bitshuffle', 'lzf'] as const;
  it.each(readable)('%s is read', async (name) => {
    const file = await openSource(packedSource(reference.filters[name]));
    const values = (await file.read('x', { rows: [150, 420] })) as Float32Array;
    expect(values.length).toBe(270 * 6);
    expect(values.every((value, i) => value === 900 + i)).toBe(true);
  });

  it('of Blosc with zlib inside, or LZO, is refused before anything is read', async () => {
    const message = async (name: 'blosc:zlib' | 'lzo') =>
      messageOf((await openSource(packedSource(reference.filters[name]))).read('x'));
    expect(await message('blosc:zlib')).toMatch(/HDF5 filter 32001 \(Blosc, zlib inside\)\. Save it again with h5py/);
    expect(await message('lzo')).toMatch(/HDF5 filter 305 \(LZO\)/);
  });

  it.each(pluginFiles)('%s round-trips', async (_, filter, options) => {
    const data = Float32Array.from({ length: 5000 }, (_, i) => Math.floor(i / 7));
    const bytes = await filteredHdf5(filter, options, data);
    const file = await openSource(memorySource('x.h5', bytes));
    expect(file.arrays[0]?.filters).toHaveLength(1);
    expect(await file.read('x')).toEqual(data);
  });

  it('that meets damaged bytes ends in a problem, and the next file is read as before', async () => {
    const bytes = new Uint8Array(inflateSync(Buffer.from(reference.filters.blosc, 'base64')));
    // the first chunk's Blosc header: version 2, then the flags whose upper bits name the codec; zlib aborts the library
    const at = Buffer.from(bytes).indexOf(Buffer.from([2, 1, 0x01, 4]));
    expect(at).toBeGreaterThan(0);
    bytes[at + 2] = 0x61;
    const file = await openSource(memorySource('x.h5', bytes));
    expect(await messageOf(file.read('x'))).toMatch(/damaged or unreadable data/);
    const fine = await openSource(packedSource(reference.filters.blosc));
    expect((await fine.read('x')).length).toBe(3000);
    // the damaged file itself is still open for what can be read
    expect([...(await file.read('x', { rows: [499, 500] }))]).toEqual([2994, 2995, 2996, 2997, 2998, 2999]);
  });
});

describe.skipIf(!hasSharedData)('public HDF5 files (skipped without ../shared/data)', () => {
  const cms = join(sharedData, 'adc-like-derived/cms2012_singlemu_data.h5');
  const tiny = join(sharedData, 'lhco-rd-tiny/events_anomalydetection_tiny.h5');

  it('a file cut in half is refused with both sizes', async () => {
    const bytes = new Uint8Array(readFileSync(cms));
    expect(await messageOf(openSource(memorySource('half.h5', bytes.slice(0, bytes.length >> 1))))).toBe(
      'half.h5: expected an HDF5 file of 57505 bytes, as its header says; found 28752 bytes: the file was cut off. Copy or download the file again.',
    );
  });

  it('a Blosc file of pandas reads by path as by content, with the sums of h5py', async () => {
    for (const source of [await pathSource(tiny), memorySource('tiny.h5', new Uint8Array(readFileSync(tiny)))]) {
      const file = await openSource(source);
      const values = (await file.read('df/block0_values')) as Float64Array;
      let labels = 0;
      let particles = 0;
      let pT = 0;
      for (let i = 0; i < values.length; i++) {
        const column = i % 2101;
        const value = values[i] as number;
        if (column === 2100) labels += value;
        else if (column % 3 === 0 && value > 0) {
          particles++;
          pT += value;
        }
      }
      expect([labels, particles, Number(pT.toFixed(2))]).toEqual([93, 169_742, 2_985_334.72]);
      file.close();
    }
  });

  it('is read by path as by content, with the first MET of the CMS file', async () => {
    const byPath = await openSource(await pathSource(cms));
    const byContent = await openSource(memorySource('x.h5', new Uint8Array(readFileSync(cms))));
    const first = (await byPath.read('Particles', { rows: [0, 1] })) as Float64Array;
    expect([...first.slice(0, 4)].map((value) => Number(value.toFixed(5)))).toEqual([13.93802, 0, -0.9887, 1]);
    expect(await byContent.read('Particles')).toEqual(await byPath.read('Particles'));
    expect(await byPath.read('Particles_Names')).toEqual(['Pt', 'Eta', 'Phi', 'Class']);
  });

  it.skipIf(!existsSync(join(sharedData, 'codae/SHA256SUMS')))('has the SHA-256 that its list of sums says', async () => {
    const [sum, path] = (readFileSync(join(sharedData, 'codae/SHA256SUMS'), 'utf8').split('\n')[0] as string).split(/\s+/) as [
      string,
      string,
    ];
    expect(await fingerprint(await pathSource(join(sharedData, 'codae', path)))).toBe(sum);
  });
});

describe('a path', () => {
  it('must be a file', async () => {
    expect(await messageOf(pathSource('no/such/file.h5'))).toMatch(
      /^no\/such\/file\.h5: expected a file; found nothing with this name/,
    );
    expect(await messageOf(pathSource('src'))).toMatch(/folder/);
  });
});
