import { Field, Float64, List, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { hdf5Source, npyBytes, parquetSource, textSource, zipSource } from '../../testing/files.ts';
import { rntupleSource } from '../../testing/rntuple.ts';
import type { OpenFile } from './contract.ts';
import { memorySource, openSource } from './open.ts';
import { formatFiles, formats } from './registry.ts';

/** One valid file of each format, made here: a new format adds its own. */
const fixtures = new Map<string, { name: string; bytes: Uint8Array }>();

beforeAll(async () => {
  const data = new Float64Array(4000).map((_, i) => i);
  const sources = {
    hdf5: await hdf5Source('table.h5', [{ name: 'values', data, shape: [1000, 4], chunks: [100, 4], compression: 'gzip' }]),
    arrow: memorySource(
      'table.arrow',
      tableToIPC(
        new Table({
          pt: vectorFromArray([...data.slice(0, 100)], new Float64()),
          jet_pt: vectorFromArray(
            Array.from({ length: 100 }, (_, i) => Array.from({ length: i % 3 }, (_, k) => i + k / 4)),
            new List(new Field('item', new Float64(), true)),
          ),
        }),
      ),
    ),
    root: rntupleSource('table.root', {
      fields: [{ name: 'pt', type: 'float' }],
      columns: [{ type: 0x0d, bits: 64, field: 0 }],
      groups: [
        [{ entries: 60, columns: [{ first: 0, pages: [{ elements: 60, bytes: new Uint8Array(data.slice(0, 60).buffer) }] }] }],
        [{ entries: 40, columns: [{ first: 60, pages: [{ elements: 40, bytes: new Uint8Array(data.slice(60, 100).buffer) }] }] }],
      ],
    }),
    parquet: parquetSource('table.parquet', {
      rowGroupSize: 20,
      columnData: [
        { name: 'pt', data: data.slice(0, 100) },
        { name: 'jet_pt', data: Array.from({ length: 100 }, (_, i) => Array.from({ length: i % 3 }, (_, k) => i + k / 4)) },
        { name: 'kind', data: Array.from({ length: 100 }, (_, i) => (i % 2 ? 'signal' : 'background')) },
      ],
    }),
    csv: textSource(
      'table.csv',
      `row,pt,kind,left\n${Array.from({ length: 200 }, (_, i) => `${i},${i / 2},background,${9 - i}\n`).join('')}`,
    ),
    npy: memorySource('table.npy', npyBytes('<f8', [1000, 4], data)),
    npz: zipSource('tables.npz', {
      'x.npy': npyBytes('<f8', [1000, 4], data),
      'y.npy': npyBytes(
        '<f4',
        [1000],
        Float32Array.from({ length: 1000 }, (_, i) => i % 2),
      ),
    }),
  };
  for (const [id, source] of Object.entries(sources)) {
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
    expect(file.format).toBe(id);
    for (const array of file.arrays) {
      const rows = array.shape[0] as number;
      if (array.jagged) {
        await checkLists(file, array.name, rows);
        continue;
      }
      const width = array.shape.slice(1).reduce((product, n) => product * n, 1);
      const whole = await file.read(array.name);
      expect(whole.length).toBe(rows * width);
      const part = await file.read(array.name, { rows: [7, 30] });
      expect([...part]).toEqual([...whole.slice(7 * width, 30 * width)]);
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
    await expect(openSource(memorySource(name, cut))).rejects.toThrow(Problem);
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
