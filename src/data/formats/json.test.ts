import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathSource } from '../../cli/source.ts';
import { hasSharedData, sharedData, textSource } from '../../testing/files.ts';
import type { OpenFile } from './contract.ts';
import reference from './json.reference.json' with { type: 'json' };
import { openSource } from './open.ts';

const open = (text: string, name = 'x.json') => openSource(textSource(name, text));
const shapes = (file: OpenFile) => file.arrays.map(({ name, shape, type }) => [name, shape, type]);
const readLists = (file: OpenFile) => file.readLists as NonNullable<OpenFile['readLists']>;

describe('JSON', () => {
  it.each(Object.entries(reference.forms))('as pandas writes it (%s) is a table with its values', async (_, text) => {
    const file = await open(text);
    expect(file.tabular).toBe(true);
    for (const [name, values] of Object.entries(reference.columns)) {
      const read = [...(await file.read(name))].map((value) => (typeof value === 'number' && Number.isNaN(value) ? null : value));
      expect(read).toEqual(values.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
      expect((await file.read(name, { rows: [3, 5] })).length).toBe(2);
    }
  });

  it('arrays in arrays are arrays of higher rank, or lists', async () => {
    const file = await open(
      '{"images": [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 1, 2]]], "pt": [[1.5], [], [2, 3]], "y": [0, 1]}',
    );
    expect(shapes(file)).toEqual([
      ['images', [2, 2, 3], 'float64'],
      ['pt', [3], 'float64'],
      ['y', [2], 'float64'],
    ]);
    expect([...(await file.read('images', { rows: [1, 2] }))]).toEqual([7, 8, 9, 0, 1, 2]);
    const { offsets, values } = await readLists(file)('pt', { rows: [1, 3] });
    expect([[...offsets], [...values]]).toEqual([
      [0, 0, 2],
      [2, 3],
    ]);
    await expect(file.read('pt')).rejects.toThrow(/a list for each row/);
    const ragged = await open('{"x": [[[1], [2, 3]], [[4], [5]]]}');
    await expect(ragged.read('x')).rejects.toThrow(/lists in lists of unequal length/);
    expect(shapes(await open('[[1, 2], [3, 4]]'))).toEqual([['array', [2, 2], 'float64']]);
  });

  it('objects in records and lists of records become names with dots; single values are arrays without rows', async () => {
    const file = await open('{"meta": {"run": 7, "tag": "a"}, "good": [{"run": 1, "p": {"x": 2}}, {"run": 3}]}');
    expect(shapes(file)).toEqual([
      ['good.run', [2], 'float64'],
      ['good.p.x', [2], 'float64'],
      ['meta.run', [], 'float64'],
      ['meta.tag', [], 'text'],
    ]);
    expect([...(await file.read('good.p.x'))]).toEqual([2, Number.NaN]);
    expect([...(await file.read('meta.run')), ...(await file.read('meta.tag'))]).toEqual([7, 'a']);
  });

  it('the bare NaN and Infinity of Python are missing values, and stay letters inside texts', async () => {
    const file = await open('[{"x": NaN, "t": "NaN \\" Infinity"}, {"x": -Infinity, "t": ""}, {"x": 1, "t": "Infinity"}]');
    expect([...(await file.read('x'))]).toEqual([Number.NaN, Number.NaN, 1]);
    expect(await file.read('t')).toEqual(['NaN " Infinity', '', 'Infinity']);
  });

  it('keys such as __proto__ and constructor are names like any other', async () => {
    const file = await open('[{"__proto__": 1, "constructor": 2}, {"__proto__": 3, "constructor": 4}]');
    expect([...(await file.read('__proto__')), ...(await file.read('constructor'))]).toEqual([1, 3, 2, 4]);
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
    expect(shapes(await open('{"__proto__": {"polluted": [1, 2]}}'))).toEqual([['__proto__.polluted', [2], 'float64']]);
    expect('polluted' in {}).toBe(false);
  });

  it('says where a value does not fit its column, when that column is read', async () => {
    const file = await open('[{"a": 1, "b": 1}, {"a": "two", "b": 2}]');
    expect([...(await file.read('b'))]).toEqual([1, 2]);
    await expect(file.read('a')).rejects.toThrow(
      'x.json, "a", row 2: expected a number, as in the rows before; found the text "two"',
    );
  });

  it('says in which line a record is damaged', async () => {
    await expect(open('{"a": 1}\n{"a": 2}\n{"a": 3\n', 'x.jsonl')).rejects.toThrow(/^x\.jsonl, line 3: expected JSON/);
  });

  it('deep nesting, rows without common keys, nothing, and single values are refused', async () => {
    await expect(open(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).rejects.toThrow(/more than 64 deep/);
    const different = Array.from({ length: 20_000 }, (_, i) => `{"k${i}": 1}`).join('\n');
    await expect(open(different, 'x.jsonl')).rejects.toThrow(/different keys/);
    await expect(open('{}')).rejects.toThrow(/nothing in it/);
    await expect(open('[1, 2', 'x.json')).rejects.toThrow(/expected JSON/);
  });

  it('does not care where a block of the file ends', async () => {
    const text = Array.from({ length: 150_000 }, (_, i) => `{"i": ${i}, "name": "é${i % 5}"}`).join('\n');
    const file = await open(text, 'x.jsonl');
    const numbers = (await file.read('i')) as Float64Array;
    expect(numbers.length).toBe(150_000);
    expect(numbers.every((value, i) => value === i)).toBe(true);
    expect(((await file.read('name')) as string[]).every((value, i) => value === `é${i % 5}`)).toBe(true);
  });

  it.skipIf(!hasSharedData)('a certification file is one array of ranges per run (skipped without ../shared/data)', async () => {
    const file = await openSource(await pathSource(join(sharedData, 'cms-certification-json/golden_2017_promptreco.json')));
    expect(file.arrays.length).toBe(471);
    expect(file.arrays.every(({ name, shape }) => /^\d+$/.test(name) && shape.length === 2 && shape[1] === 2)).toBe(true);
    let sections = 0;
    for (const { name } of file.arrays) {
      const ranges = (await file.read(name)) as Float64Array;
      for (let i = 0; i < ranges.length; i += 2) sections += (ranges[i + 1] as number) - (ranges[i] as number) + 1;
    }
    expect(sections).toBe(206_633);
  });
});
