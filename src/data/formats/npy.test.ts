import { join } from 'node:path';
import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { pathSource } from '../../cli/source.ts';
import { hasSharedData, npyBytes, sharedData, zipSource } from '../../testing/files.ts';
import { crc32 } from './bytes/crc32.ts';
import { halfPrecision } from './bytes/elements.ts';
import { blocksOf, inflated, unpackedSource } from './bytes/stream.ts';
import type { Source } from './contract.ts';
import reference from './npy.reference.json' with { type: 'json' };
import { memorySource, openSource } from './open.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const openNpy = (text: string) => openSource(memorySource('x.npy', bytesOf(text)));
const sum = (values: Iterable<number | string>) => [...values].reduce<number>((total, value) => total + Number(value), 0);

describe('a NumPy array', () => {
  it.each(Object.entries(reference.arrays))('of kind %s reads as NumPy reads it', async (_, { shape, values, file: text }) => {
    const file = await openNpy(text);
    expect(file.arrays.map((array) => array.shape)).toEqual([shape]);
    const read = await file.read('array');
    const plain = [...read].map((value) => (typeof value === 'number' && !Number.isFinite(value) ? null : value));
    expect(plain).toEqual(values.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
  });

  it('gives any range of rows, in Fortran order too', async () => {
    for (const name of ['<f4', '>i8', 'fortran 2', 'fortran 3'] as const) {
      const file = await openNpy(reference.arrays[name].file);
      const whole = await file.read('array');
      const width = whole.length / 4;
      expect(await file.read('array', { rows: [1, 3] })).toEqual(whole.slice(width, 3 * width));
    }
  });

  it('with named fields is a table', async () => {
    const file = await openNpy(reference.record);
    expect(file.tabular).toBe(true);
    expect(file.arrays.map(({ name, type, shape }) => [name, type, shape])).toEqual([
      ['pt', 'float32', [5]],
      ['event', 'int64', [5]],
      ['p4', 'float64', [5, 4]],
      ['tag', 'text', [5]],
      ['inner.a', 'int16', [5]],
      ['inner.b', 'bool', [5]],
    ]);
    expect([...(await file.read('pt'))]).toEqual([0, 1.5, 3, 4.5, 6]);
    expect([...(await file.read('event', { rows: [3, 5] }))]).toEqual([2 ** 40 + 3, 2 ** 40 + 4]);
    expect([...(await file.read('p4', { rows: [1, 2] }))]).toEqual([4, 5, 6, 7]);
    expect(await file.read('tag')).toEqual(['e', 'mu', 'tau', 'j', '']);
    expect([...(await file.read('inner.a')), ...(await file.read('inner.b'))]).toEqual([0, -1, -2, -3, -4, 1, 0, 1, 0, 1]);
    expect([...(await (await openNpy(reference.aligned)).read('b'))]).toEqual([1.5, 2.5]);
  });

  it('of Python objects, complex numbers or times is listed and refused with the reason and a cure', async () => {
    const message = async (text: string) => {
      const file = await openNpy(text);
      expect(file.arrays[0]?.problem).toBeDefined();
      return file.read('array').then(String, String);
    };
    expect(await message(reference.refused.object)).toMatch(/pickle: a program that runs when it is loaded.*dtype='float32'/);
    expect(await message(reference.refused.complex)).toMatch(/complex numbers/);
    expect(await message(reference.refused.time)).toMatch(/times \(<M8\[s\]\)/);
    expect(await message(reference.refused.quadruple)).toMatch(/128 bits/);
  });

  it('says how many 64-bit numbers were rounded', async () => {
    const file = await openSource(memorySource('x.npy', npyBytes('<i8', [2], new BigInt64Array([2n ** 53n + 1n, 5n]))));
    expect([...(await file.read('array'))]).toEqual([2 ** 53, 5]);
    expect(file.remarks).toEqual(['"array": 1 whole numbers beyond 2^53 were rounded to the nearest double']);
  });

  it('with a hostile header is refused before memory is asked for', async () => {
    const refused = (descr: string, shape: readonly number[]) =>
      openSource(memorySource('x.npy', npyBytes(descr, shape, new Float64Array(2)))).then(String, String);
    expect(await refused('<f8', [10 ** 12, 10 ** 3])).toMatch(/expected 8000000000000000 bytes of values.*found 16 bytes/);
    expect(await refused('<f8', [10 ** 9, 10 ** 9])).toMatch(/impossible shape/);
    expect(await refused('<U0', [10 ** 9])).toMatch(/impossible shape/);
    expect(await refused('<f8', [-1])).toMatch(/without shape/);
    expect(await refused(`[('a', '<f8'`, [2])).toMatch(/cannot be understood/);
    expect(await refused(`${'['.repeat(100)}`, [2])).toMatch(/too many brackets/);
    expect(await refused('<f8', [3])).toMatch(/expected 24 bytes of values, as the header says \(3 x 8 bytes\); found 16 bytes/);
  });
});

describe('an NPZ archive', () => {
  it.each(['stored', 'deflated'] as const)('reads the same %s', async (kind) => {
    const file = await openSource(memorySource('x.npz', bytesOf(reference[kind])));
    expect(file.arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
      ['x', [4, 3], 'float64'],
      ['y', [4], 'int64'],
      ['kind', [4], 'text'],
    ]);
    expect([...(await file.read('x', { rows: [1, 3] }))]).toEqual([3, 4, 5, 6, 7, 8]);
    expect(await file.read('kind')).toEqual(['a', 'b', 'a', 'b']);
    expect([...(await file.read('y'))]).toEqual([0, 1, 2, 3]);
  });

  it('reads only the rows that are asked for where members are stored', async () => {
    const data = Float64Array.from({ length: 100_000 }, (_, i) => i);
    const archive = zipSource('x.npz', { 'x.npy': npyBytes('<f8', [100_000], data) }, 0);
    let bytes = 0;
    const counted: Source = {
      ...archive,
      read: (start, end) => {
        bytes += end - start;
        return archive.read(start, end);
      },
    };
    const file = await openSource(counted);
    bytes = 0;
    expect([...(await file.read('x', { rows: [70_000, 70_002] }))]).toEqual([70_000, 70_001]);
    expect(bytes).toBe(16);
  });

  it('unpacks a large member as far as it is read, and again when it is read backwards', async () => {
    const content = Uint8Array.from({ length: 400_000 }, (_, i) => (i * i) % 251);
    const packed = memorySource('x', deflateSync(content));
    let starts = 0;
    const start = () => {
      starts++;
      return inflated(blocksOf(packed, 0, packed.size), 'deflate-raw');
    };
    const piece = { where: 'x', name: 'x', size: content.length, crc: crc32(content), start };
    const source = unpackedSource(piece, {}, 1000);
    for (const at of [100, 350_000, 350_010, 7]) expect(await source.read(at, at + 5)).toEqual(content.slice(at, at + 5));
    expect(starts).toBe(2);
    expect(Buffer.compare(await source.read(0, content.length), content)).toBe(0);
    const wrong = unpackedSource({ ...piece, crc: 1 }, {}, 1000);
    await expect(wrong.read(0, content.length)).rejects.toThrow(/checksum/);
    const short = unpackedSource({ ...piece, size: content.length + 1 }, {}, 1000);
    await expect(short.read(0, content.length + 1)).rejects.toThrow(/only 400000 bytes/);
  });

  it('whose bytes were damaged is refused by its checksum', async () => {
    const archive = zipSource('x.npz', {
      'x.npy': npyBytes(
        '<f8',
        [1000],
        new Float64Array(1000).map((_, i) => Math.sin(i)),
      ),
    });
    const bytes = await archive.read(0, archive.size);
    for (const position of [4000, 7000]) bytes[position] = (bytes[position] as number) ^ 0x10;
    const reading = openSource(memorySource('x.npz', bytes)).then((file) => file.read('x'));
    await expect(reading).rejects.toThrow(/once it is unpacked, as the archive says; found/);
  });

  it('that was cut off, is encrypted or holds no arrays is refused', async () => {
    const bytes = bytesOf(reference.deflated);
    await expect(openSource(memorySource('x.npz', bytes.slice(0, 300)))).rejects.toThrow(/no directory: the file was cut off/);
    const locked = bytes.slice();
    const directory = Buffer.from(locked).indexOf('PK\x01\x02');
    locked[directory + 8] = 1;
    await expect(openSource(memorySource('x.npz', locked))).rejects.toThrow(/an encrypted one/);
  });
});

describe('small parts', () => {
  it('CRC-32 of 123456789 is CBF43926, in one piece or two', () => {
    const digits = new TextEncoder().encode('123456789');
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(crc32(digits.subarray(4), crc32(digits.subarray(0, 4)))).toBe(0xcbf43926);
  });

  it('half precision: 1, the largest and the smallest number', () => {
    expect([0x3c00, 0x7bff, 0x0001, 0xc000].map(halfPrecision)).toEqual([1, 65504, 2 ** -24, -2]);
  });
});

describe.skipIf(!hasSharedData)('public NumPy files (skipped without ../shared/data)', () => {
  const open = async (path: string) => openSource(await pathSource(join(sharedData, path)));

  it('CATHODE features have the column sums of NumPy', async () => {
    const file = await open('lhco-cathode-features/innerdata_train.npy');
    const values = (await file.read('array')) as Float64Array;
    const sums = [0, 1, 2, 3, 4, 5].map((c) => sum(values.filter((_, i) => i % 6 === c)));
    const expected = [208_857.73, 8_114.996, 10_408.869, 34_640.498, 28_741.633, 395];
    for (const [c, value] of sums.entries()) expect(value).toBeCloseTo(expected[c] as number, 2);
  });

  it('CoDAE images (deflated) have the channel sums of NumPy', async () => {
    const file = await open('codae/n_tracks/train/qcd_gensim_101_2.npz');
    const images = (await file.read('images')) as Float32Array;
    const sums = [0, 0, 0];
    for (let i = 0; i < images.length; i++) sums[i % 3] = (sums[i % 3] as number) + (images[i] as number);
    for (const [c, value] of [383_956.61, 284_056.25, 485_484.07].entries()) expect(sums[c]).toBeCloseTo(value, 1);
    expect(sum(await file.read('n_tracks'))).toBe(47_247);
    expect(file.arrays.find(({ name }) => name === 'images')?.shape).toEqual([500, 72, 58, 3]);
  });
});
