import { gzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { hdf5Source, npyBytes, textSource, zipSource } from '../../testing/files.ts';
import { pngBytes } from '../../testing/format-fixtures.ts';
import { openGzip, severalMembers } from './bytes/gunzip.ts';
import type { Source } from './contract.ts';
import { fingerprint, memorySource, openSource } from './open.ts';
import { folderSource } from './zip/folder.ts';

const text = (content: string) => new TextEncoder().encode(content);
const table = `a,b\n${Array.from({ length: 5000 }, (_, i) => `${i},${i / 4}`).join('\n')}\n`;
const gz = (name: string, bytes: Uint8Array) => memorySource(name, gzipSync(bytes));

describe('a gzip file', () => {
  it('opens as the file inside: text, JSON, NumPy, HDF5', async () => {
    const csv = await openSource(gz('signal.csv.gz', text(table)));
    expect([csv.format, csv.name]).toEqual(['csv', 'signal.csv.gz']);
    expect([...(await csv.read('b', { rows: [4998, 5000] }))]).toEqual([1249.5, 1249.75]);
    expect([...(await (await openSource(gz('x.json.gz', text('[{"a": 1}, {"a": 2}]')))).read('a'))]).toEqual([1, 2]);
    const npy = await openSource(gz('x.npy.gz', npyBytes('<f4', [3], new Float32Array([1, 2, 3]))));
    expect([...(await npy.read('array', { rows: [1, 3] }))]).toEqual([2, 3]);
    const h5 = await hdf5Source('x.h5', [{ name: 'x', data: new Float64Array([1, 2]) }]);
    expect([...(await (await openSource(gz('x.h5.gz', await h5.read(0, h5.size)))).read('x'))]).toEqual([1, 2]);
  });

  it('of several members is all of them', async () => {
    const half = Math.floor(table.length / 2);
    const parts = [gzipSync(text(table.slice(0, half))), gzipSync(text(table.slice(half)))];
    const both = new Uint8Array(Buffer.concat(parts));
    expect((await (await openSource(memorySource('x.csv.gz', both))).read('a')).length).toBe(5000);
    // browsers stop after the first member; this is what takes over there
    let unpacked = '';
    for await (const block of severalMembers(memorySource('x', both))) unpacked += new TextDecoder().decode(block);
    expect(unpacked).toBe(table);
  });

  it('that was cut off or damaged is refused, whatever can still be read', async () => {
    const bytes = gzipSync(text(table));
    const cut = memorySource('x.csv.gz', bytes.slice(0, bytes.length - 500));
    await expect(openSource(cut)).rejects.toThrow(/^x\.csv\.gz: expected a gzip file that can be unpacked/);
    const flipped = bytes.slice();
    flipped[bytes.length - 6] = (flipped[bytes.length - 6] as number) ^ 1; // the checksum
    await expect(openSource(memorySource('x.csv.gz', flipped))).rejects.toThrow(/damaged/);
  });

  it('that is a trap or an archive in archives is refused', async () => {
    const trap = gz('x.csv.gz', new Uint8Array(4_000_000));
    await expect(openGzip(trap, {}, { kept: 1e6, suspicious: 2e6 })).rejects.toThrow(/unpacks to less than 200 times its size/);
    let nested = text(table);
    for (let i = 0; i < 4; i++) nested = gzipSync(nested);
    await expect(openSource(memorySource('x.gz', nested))).rejects.toThrow(/archives in archives/);
  });

  it('that is large is unpacked while it is read, and refused where its format jumps about', async () => {
    const limits = { kept: 100_000, suspicious: 1e9 };
    const rows = 100_000;
    const npy = npyBytes(
      '<f8',
      [rows],
      Float64Array.from({ length: rows }, (_, i) => i % 4096),
    );
    const file = await openGzip(gz('x.npy.gz', npy), {}, limits);
    for (const row of [99_998, 3, 50_000]) {
      expect([...(await file.read('array', { rows: [row, row + 2] }))]).toEqual([row % 4096, (row + 1) % 4096]);
    }
    const inside = zipSync({ 'x.npy': npy }, { level: 0 });
    await expect(openGzip(gz('x.npz.gz', inside), {}, limits)).rejects.toThrow(/Unpack it first/);
  });
});

describe('a ZIP archive', () => {
  it('of one data file opens as that file, with bystanders left out', async () => {
    const file = await openSource(
      zipSource('x.zip', { 'data/table.csv': text(table), 'README.md': text('hello'), '__MACOSX/._x': text('') }),
    );
    expect([file.format, file.name]).toEqual(['csv', 'x.zip']);
    expect((await file.read('a')).length).toBe(5000);
  });

  it('of several data files, or of nothing, says what is in it', async () => {
    const several = zipSource('x.zip', { 'a.csv': text(table), 'b.csv': text(table) });
    await expect(openSource(several)).rejects.toThrow(/found 2 files \(a\.csv, b\.csv\)\. Unpack it/);
    await expect(openSource(zipSource('x.zip', { 'README.md': text('hello') }))).rejects.toThrow(/found no files/);
  });
});

describe('loose files as one source', () => {
  const entries = (): { path: string; source: Source }[] =>
    Array.from({ length: 30 }, (_, i) => {
      const path = `${i % 2 ? 'signal' : 'background'}/${String(i).padStart(2, '0')}.png`;
      return { path, source: memorySource(path, pngBytes(i)) };
    });

  it('open as the archive that they would make, in the order of their paths', async () => {
    const folder = folderSource('my images', entries());
    const file = await openSource(folder);
    expect([file.format, file.name]).toEqual(['images', 'my images']);
    expect(file.arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
      ['images', [30, 6, 8, 3], 'uint8'],
      ['class', [30], 'text'],
    ]);
    expect(await file.read('class', { rows: [14, 16] })).toEqual(['background', 'signal']);
    // row 16 is the second file of "signal": seed 3
    const expected = Uint8Array.from({ length: 6 * 8 * 3 }, (_, i) => (i * 7 + 3 * 31) % 256);
    expect(await file.read('images', { rows: [16, 17] })).toEqual(expected);
  });

  it('have the same fingerprint in whatever order they were dropped', async () => {
    const one = await fingerprint(folderSource('a', entries()));
    expect(await fingerprint(folderSource('b', entries().reverse()))).toBe(one);
    expect(await fingerprint(folderSource('a', entries().slice(1)))).not.toBe(one);
  });

  it('may be one data file, and more than 65,535 files', async () => {
    const file = await openSource(folderSource('x', [{ path: 'table.csv', source: textSource('table.csv', table) }]));
    expect((await file.read('a')).length).toBe(5000);
    const small = memorySource('x', pngBytes(1));
    const many = folderSource(
      'x',
      Array.from({ length: 70_000 }, (_, i) => ({ path: `c${i % 3}/${i}.png`, source: small })),
    );
    expect((await openSource(many)).arrays[0]?.shape).toEqual([70_000, 6, 8, 3]);
  });
});
