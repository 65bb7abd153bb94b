/** Rows drawn from a file: how many, which, in what order, and what is unpacked for them. */
import { describe, expect, it } from 'vitest';
import type { ArrayInfo, Lists, OpenFile, Values } from './formats/contract.ts';
import { drawRows, sampled, sampleWords } from './selection.ts';

/** A file of `rows` rows whose numbers are row * 10 + column, a list of row % 3 numbers, a text, and an array of another length. */
function numbered(rows: number, chunkRows?: number): { file: OpenFile; read: [string, number, number][] } {
  const read: [string, number, number][] = [];
  const arrays: ArrayInfo[] = [
    { name: 'x', shape: [rows, 2], type: 'float32', ...(chunkRows ? { chunkRows } : {}) },
    { name: 'name', shape: [rows], type: 'text' },
    { name: 'list', shape: [rows], type: 'float32', jagged: true },
    { name: 'other', shape: [5], type: 'float64' },
  ];
  const file: OpenFile = {
    format: 'made',
    name: 'numbered',
    tabular: false,
    arrays,
    remarks: ['a remark'],
    read: async (name, options = {}) => {
      if (name === 'other') return new Float64Array([1, 2, 3, 4, 5]);
      const [start, end] = options.rows ?? [0, rows];
      read.push([name, start, end]);
      const own = Array.from({ length: end - start }, (_, i) => start + i);
      if (name === 'name') return own.map((row) => `row ${row}`) as Values;
      return Float32Array.from(own.flatMap((row) => [row * 10, row * 10 + 1]));
    },
    readLists: async (_name, options = {}) => {
      const [start, end] = options.rows ?? [0, rows];
      const lists = Array.from({ length: end - start }, (_, i) => new Array<number>((start + i) % 3).fill(start + i));
      const offsets = new Uint32Array(lists.length + 1);
      for (const [i, list] of lists.entries()) offsets[i + 1] = (offsets[i] as number) + list.length;
      return { offsets, values: Float32Array.from(lists.flat()) };
    },
    close: () => undefined,
  };
  return { file, read };
}

describe('rows that are drawn', () => {
  it('are as many as were asked for, ascending, distinct and inside the range', () => {
    for (const [start, end, n, chunk] of [
      [0, 100_000, 777, 1],
      [0, 100_000, 777, 999],
      [123, 45_678, 45_000, 512],
      [5, 12, 3, 100],
      [0, 1_000_003, 10_000, 7],
    ] as const) {
      const { rows } = drawRows([start, end], { rows: n, seed: 3 }, chunk);
      expect(rows.length).toBe(n);
      expect(rows[0]).toBeGreaterThanOrEqual(start);
      expect(rows.at(-1)).toBeLessThan(end);
      expect(rows.every((row, i) => i === 0 || row > (rows[i - 1] as number))).toBe(true);
    }
  });
  it('are all rows where no more are there', () => {
    expect([...drawRows([0, 10], { rows: 10, seed: 1 }).rows]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(drawRows([2, 6], { rows: 99, seed: 5 }, 3).rows).toEqual(Uint32Array.of(2, 3, 4, 5));
  });
  it('follow from the seed alone', () => {
    const draw = (seed: number) => drawRows([0, 50_000], { rows: 500, seed }, 100).rows;
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });
  it('come from everywhere: each tenth of the file has about its share', () => {
    const { rows } = drawRows([0, 1_000_000], { rows: 20_000, seed: 7 }, 1000);
    const perTenth = new Array<number>(10).fill(0);
    for (const row of rows) perTenth[Math.floor(row / 100_000)]! += 1;
    for (const count of perTenth) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
  it('give every row about the same chance', () => {
    const seen = new Float64Array(3000);
    for (let seed = 1; seed <= 300; seed++) for (const row of drawRows([0, 3000], { rows: 300, seed }, 1).rows) seen[row]! += 1;
    // 30 of 300 draws each, with a binomial spread of 5.2
    expect(Math.min(...seen)).toBeGreaterThan(4);
    expect(Math.max(...seen)).toBeLessThan(60);
  });
  it('leave most chunks of a long file alone', () => {
    const { rows } = drawRows([0, 10_000_000], { rows: 10_000, seed: 2 }, 1000);
    const chunks = new Set([...rows].map((row) => Math.floor(row / 1000)));
    expect(chunks.size).toBeLessThanOrEqual(64);
  });
});

describe('a sampled file', () => {
  it('holds the drawn rows of every array with one entry per row, in one order', async () => {
    const { file } = numbered(5000, 100);
    const small = sampled(file, 5000, { rows: 400, seed: 9 }) as OpenFile;
    expect(small.arrays.map(({ shape }) => shape[0])).toEqual([400, 400, 400, 5]);
    expect(small.remarks).toEqual(['a remark']);
    const x = (await small.read('x')) as Float32Array;
    const names = (await small.read('name')) as string[];
    const lists = (await small.readLists?.('list')) as Lists;
    const rows = Array.from({ length: 400 }, (_, i) => (x[i * 2] as number) / 10);
    expect(new Set(rows).size).toBe(400);
    expect(names).toEqual(rows.map((row) => `row ${row}`));
    for (const [i, row] of rows.entries()) {
      expect(x[i * 2 + 1]).toBe(row * 10 + 1);
      expect([...lists.values.slice(lists.offsets[i], lists.offsets[i + 1])]).toEqual(new Array(row % 3).fill(row));
    }
    expect(await small.read('other')).toEqual(new Float64Array([1, 2, 3, 4, 5]));
  });
  it('read in parts is the same as read at once', async () => {
    const small = sampled(numbered(2000, 64).file, 2000, { rows: 300, seed: 4 }) as OpenFile;
    const parts = [await small.read('x', { rows: [0, 123] }), await small.read('x', { rows: [123, 300] })];
    expect([...parts.flatMap((part) => [...(part as Float32Array)])]).toEqual([...((await small.read('x')) as Float32Array)]);
  });
  it('unpacks at most about four times what it keeps', async () => {
    const { file, read } = numbered(1_000_000, 1000);
    await sampled(file, 1_000_000, { rows: 50_000, seed: 1 })?.read('x');
    const unpacked = read.reduce((sum, [, start, end]) => sum + end - start, 0);
    expect(unpacked).toBeLessThan(250_000);
  });
  it('is not there where no array has a row per event', () => {
    expect(sampled(numbered(100).file, 37, { rows: 5, seed: 1 })).toBeUndefined();
  });
  it('of a range outside the file is refused', () => {
    expect(() => sampled(numbered(100).file, 100, { rows: 5, seed: 1 }, [50, 101])).toThrow(/rows: expected a row range/);
  });
  it('stops when it is cancelled', async () => {
    const small = sampled(numbered(2000).file, 2000, { rows: 300, seed: 4 });
    const cancel = new AbortController();
    cancel.abort(new Error('enough'));
    await expect(small?.read('x', { signal: cancel.signal })).rejects.toThrow('enough');
  });
});

it('a sample is said in words', () => {
  expect(sampleWords(200_000, 13_400_000, 7)).toBe('200\u202f000 of 13\u202f400\u202f000 rows, seed 7');
});
