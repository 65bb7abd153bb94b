import { beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { formatFixtures } from '../../testing/format-fixtures.ts';
import type { OpenFile } from './contract.ts';
import { memorySource, openSource } from './open.ts';
import { formatFiles, formats } from './registry.ts';

/** One valid file of each format. */
const fixtures = new Map<string, { name: string; bytes: Uint8Array }>();

beforeAll(async () => {
  for (const [id, source] of Object.entries(await formatFixtures())) {
    fixtures.set(id, { name: source.name, bytes: await source.read(0, source.size) });
  }
});

/** Lists of rows 7 to 30 are those of the whole. */
async function checkLists(file: OpenFile, name: string, rows: number): Promise<void> {
  const readLists = file.readLists as NonNullable<typeof file.readLists>;
  await expect(file.read(name)).rejects.toThrow(Problem);
  const whole = await readLists(name);
  expect(whole.offsets.length).toBe(rows + 1);
  expect(whole.offsets[0]).toBe(0);
  expect(whole.values.length).toBe(whole.offsets[rows]);
  const part = await readLists(name, { rows: [7, 30] });
  const start = whole.offsets[7] as number;
  expect([...part.offsets]).toEqual([...whole.offsets.slice(7, 31)].map((offset) => offset - start));
  expect([...part.values]).toEqual([...whole.values.slice(start, whole.offsets[30])]);
}

describe.each(formats.map((format) => [format.id, format] as const))('format %s', (id, format) => {
  const fixture = () => fixtures.get(id) as { name: string; bytes: Uint8Array };

  it('is named after its file and has a fixture', () => {
    expect(formatFiles.get(id)).toBe(format);
    expect(fixtures.has(id)).toBe(true);
    expect(format.name).not.toBe('');
    expect(format.extensions.every((extension) => /^[a-z0-9]+$/.test(extension))).toBe(true);
  });

  it('recognises its own bytes, also under a name without an ending', () => {
    const head = fixture().bytes.slice(0, 4096);
    expect(format.recognises(head, fixture().name)).toBeGreaterThan(0.5);
    expect(format.recognises(head, 'download')).toBeGreaterThan(0);
  });

  it('does not recognise the bytes of another format, whatever they are called', () => {
    for (const [other, { bytes }] of fixtures) {
      if (other !== id) expect(format.recognises(bytes.slice(0, 4096), `file.${format.extensions[0]}`)).toBe(0);
    }
  });

  it('recognises neither nothing nor noise', () => {
    expect(format.recognises(new Uint8Array(0), fixture().name)).toBe(0);
    expect(format.recognises(new Uint8Array(1024).fill(7), fixture().name)).toBe(0);
  });

  it('lists arrays and reads a range of rows that agrees with the whole', async () => {
    const file = await openSource(memorySource(fixture().name, fixture().bytes));
    if (format.wraps) expect(formatFiles.has(file.format)).toBe(true);
    else expect(file.format).toBe(id);
    for (const array of file.arrays) {
      const rows = array.shape[0] as number;
      if (array.jagged) {
        await checkLists(file, array.name, rows);
        continue;
      }
      const width = array.shape.slice(1).reduce((product, n) => product * n, 1);
      const whole = await file.read(array.name);
      expect(whole.length).toBe(rows * width);
      const [start, end] = [Math.min(7, rows - 1), Math.min(30, rows)];
      const part = await file.read(array.name, { rows: [start, end] });
      expect([...part]).toEqual([...whole.slice(start * width, end * width)]);
    }
    await expect(file.read('no such array')).rejects.toThrow(Problem);
    file.close();
  });

  it('refuses an empty file with a problem', async () => {
    await expect(openSource(memorySource(fixture().name, new Uint8Array(0)))).rejects.toThrow(/empty file/);
  });

  it('refuses a file that was cut off with a problem', async () => {
    // three bytes before the end of a line, so that a text table loses fields
    const { name, bytes } = fixture();
    const half = bytes.slice(0, Math.floor(bytes.length / 2));
    const cut = id === 'csv' ? half.slice(0, half.lastIndexOf(44)) : half;
    const reading = async () => {
      const file = await openSource(memorySource(name, cut));
      await file.read((file.arrays[0] as { name: string }).name);
    };
    await expect(reading()).rejects.toThrow(Problem);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort();
    const source = memorySource(fixture().name, fixture().bytes);
    const reading = async () => {
      const file = await openSource(source, { signal: stop.signal });
      await file.read((file.arrays[0] as { name: string }).name, { signal: stop.signal });
    };
    await expect(reading()).rejects.toThrow(/abort/i);
  });
});
