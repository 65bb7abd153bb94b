import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { pathSource } from '../../cli/source.ts';
import { hasSharedData, hdf5Source, sharedData, textSource } from '../../testing/files.ts';
import { recognise } from '../recognise.ts';
import type { OpenFile } from './contract.ts';
import reference from './hdf5.reference.json' with { type: 'json' };
import { fingerprint, memorySource, openSource } from './open.ts';

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

  it('refuses half precision, compound rows and LZF, and mentions links that lead out', async () => {
    expect(await messageOf(file.read('float16'))).toMatch(/found type float16\. Save it as float32/);
    expect(await messageOf(file.read('compound'))).toMatch(/found type compound/);
    expect(await messageOf(file.read('lzf'))).toMatch(/HDF5 filter 32000 \(LZF\)/);
    expect(file.remarks?.join()).toMatch(/"elsewhere" is a link that leads out of this file/);
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

  it('a Blosc file is refused with the filter, its number and a cure, already when it is recognised', async () => {
    const file = await openSource(await pathSource(tiny));
    const expected =
      'events_anomalydetection_tiny.h5, dataset "df/block0_values": expected data without compression or with gzip, szip, shuffle or Fletcher32; ' +
      "found HDF5 filter 32001 (Blosc). Save it again with h5py: create_dataset(..., compression='gzip').";
    expect(await messageOf(file.read('df/block0_values'))).toBe(expected);
    await expect(recognise(file)).rejects.toThrow(expected);
    expect(file.arrays.find(({ name }) => name === 'df/block0_values')?.attributes).toMatchObject({
      CLASS: 'CARRAY',
      VERSION: '1.1',
    });
    file.close();
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
