/** Loading the data of a study: fingerprints, cancelling, and every entry that a file of a study may have. */
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../data/formats/open.ts';
import { adcSource, textSource } from '../testing/files.ts';
import { changedFiles, className, loadFilesData, loadSampleData } from './load.ts';

const rows = (n: number, from = 0) => `a,b\n${Array.from({ length: n }, (_, i) => `${from + i},${i % 3}`).join('\n')}`;
const sources: Record<string, string> = { 'bkg.csv': rows(6), 'sig.csv': rows(4, 100) };
const locate = async (path: string) => textSource(path, sources[path] ?? '');
const files = [
  { path: 'bkg.csv', role: 'background' as const },
  { path: 'sig.csv', role: 'signal' as const },
];

describe('an entry of a file', () => {
  it('gives role and name; a name that is missing is the file name', async () => {
    const named = await loadFilesData({ files: [files[0]!, { ...files[1]!, name: 'A' }] }, locate);
    expect(named.classes).toEqual([
      { name: 'background', role: 'background' },
      { name: 'A', role: 'signal' },
    ]);
    expect((await loadFilesData({ files }, locate)).classes[1]?.name).toBe('sig');
    expect(className('runs/ttbar.test.h5', 'signal')).toBe('ttbar.test');
  });
  it('gives rows [first, one past the last), for one file or for all', async () => {
    const own = await loadFilesData({ files: [{ ...files[0]!, rows: [2, 5] }, files[1]!] }, locate);
    expect([...own.values.slice(0, 6)]).toEqual([2, 2, 3, 0, 4, 1]);
    expect(own.rows).toBe(7);
    expect((await loadFilesData({ files, rows: [0, 2] }, locate)).rows).toBe(4);
    await expect(loadFilesData({ files, rows: [0, 5] }, locate)).rejects.toThrow(/sig\.csv.*inside 0 to 4; found 0 to 5/);
  });
  it('gives a sample that is drawn from everywhere, of one file, of a range, or of each file', async () => {
    const locateLong = async (path: string) => textSource(path, rows(5000, path === 'sig.csv' ? 100_000 : 0));
    const draw = (data: object) => loadFilesData({ files, ...data }, locateLong);
    const both = await draw({ sample: { rows: 300, seed: 7 } });
    const first = [...both.values.slice()].filter((_, i) => i % 2 === 0);
    expect(both.rows).toBe(600);
    expect(both.origins[0]?.words).toContain('(300 of 5\u202f000 rows, seed 7)');
    expect(first.slice(0, 300).filter((a) => a >= 2500).length).toBeGreaterThan(100);
    expect(first.slice(300).every((a) => a >= 100_000)).toBe(true);
    const second = [...both.values.slice()].filter((_, i) => i % 2 === 1);
    expect(second).toEqual(first.map((a) => (a % 100_000) % 3));
    const part = await draw({ files: [{ ...files[0]!, rows: [1000, 2000], sample: { rows: 100, seed: 1 } }] });
    expect([Math.min(...part.values.slice().filter((_, i) => i % 2 === 0)) >= 1000, part.rows]).toEqual([true, 100]);
    expect((await draw({ sample: { rows: 9999, seed: 7 } })).origins[0]?.words).not.toContain('seed');
  });
  it('gives a cut, and a remark with the rows that pass in each file', async () => {
    const kept = await loadFilesData({ files, cut: 'b == 0' }, locate);
    expect([...kept.values.slice()]).toEqual([0, 0, 3, 0, 100, 0, 103, 0]);
    expect(kept.remarks).toEqual(['bkg.csv: cut b == 0: 2 of 6 background pass', 'sig.csv: cut b == 0: 2 of 4 sig pass']);
    await expect(loadFilesData({ files, cut: 'c == 0' }, locate)).rejects.toThrow(/cut, character 1/);
    await expect(loadFilesData({ files, cut: 'a > 50' }, locate)).resolves.toMatchObject({ rows: 4 });
    await expect(loadFilesData({ files, cut: 'a > 500' }, locate)).rejects.toThrow(
      'data, cut a > 500: expected some rows to pass; found none of 10. Loosen the cut.',
    );
  });
  it('tells how many bytes are behind', async () => {
    const told: number[] = [];
    await loadFilesData({ files }, locate, { onProgress: ({ bytes }) => void told.push(bytes?.done ?? -1) });
    const total = rows(6).length + rows(4, 100).length;
    expect(told.every((done, i) => done >= (told[i - 1] ?? 0) && done <= total)).toBe(true);
    expect(told.at(-1)).toBe(total);
  });
  it('gives layout and use', async () => {
    await expect(loadFilesData({ files: [{ ...files[0]!, layout: 'adc2021' }] }, locate)).rejects.toThrow(/Particles/);
    await expect(loadFilesData({ files, layout: 'moon' }, locate)).rejects.toThrow(/layout.*found "moon"/);
    const used = await loadFilesData({ files: [{ ...files[0]!, use: 'train' }, files[1]!] }, locate);
    expect(used.origins.map((o) => o.use)).toEqual(['train', undefined]);
  });
  it('without a role and without a label is refused', async () => {
    await expect(loadFilesData({ files: [{ path: 'sig.csv' }] }, async () => textSource('x.csv', rows(3)))).rejects.toThrow(
      /x\.csv, role/,
    );
  });
});

describe('a column of classes', () => {
  it('gives the classes of all rows, with the value for background that was chosen', async () => {
    const labelled = await loadFilesData({ files: [{ path: 'bkg.csv' }], label: 'b', normalClass: 2 }, locate);
    expect(labelled.features.map((f) => f.name)).toEqual(['a']);
    expect(labelled.classes.map((c) => `${c.name} ${c.role}`)).toEqual(['background background', 'b = 0 signal', 'b = 1 signal']);
  });
});

describe('fingerprints', () => {
  it('that agree say nothing, one that does not is a warning with both', async () => {
    const right = await fingerprint(await locate('bkg.csv'));
    const warned = await changedFiles(
      {
        files: [
          { ...files[0]!, sha256: right.toUpperCase() },
          { ...files[1]!, sha256: right },
        ],
      },
      locate,
    );
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(/^sig\.csv is not the file that the study was made with: SHA-256 [0-9a-f]{64}, and the study says/);
  });
  it('that are not given cost no reading', async () => {
    const never = () => Promise.reject(new Error('read'));
    expect(await changedFiles({ files }, never)).toEqual([]);
    expect(await changedFiles({ sample: 'collider-events' }, never)).toEqual([]);
  });
});

describe('a cancel', () => {
  it('before the start opens nothing', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(loadFilesData({ files }, locate, { signal })).rejects.toThrow('cancelled');
  });
  it('that comes as a message while a file is read stops there', async () => {
    const control = new AbortController();
    const source = await adcSource('events.h5', 30);
    const messages: string[] = [];
    setTimeout(() => control.abort(new Error('cancelled')), 0);
    const many = { files: Array.from({ length: 200 }, () => ({ path: 'events.h5', role: 'background' as const })) };
    const loading = loadFilesData(many, async () => source, {
      signal: control.signal,
      onProgress: ({ message }) => messages.push(message),
    });
    await expect(loading).rejects.toThrow('cancelled');
    expect(messages.length).toBeLessThan(200);
  });
});

describe('a sample', () => {
  it('is refused for too many events', () => {
    expect(() => loadSampleData({ sample: 'collider-events', events: 1e9 })).toThrow(/at most/);
  });
});
