import { describe, expect, it } from 'vitest';
import { countedDataset, eventPiece, tablePiece } from '../testing/datasets.ts';
import { checkClasses, join, subset } from './join.ts';

const rows = [
  [1, 2],
  [3, 4],
];

describe('joining files', () => {
  it('merges classes of one name, keeps origins, and is synthetic if any part is', () => {
    const data = join([
      tablePiece('background', 'background', rows),
      { ...tablePiece('signal', 'signal', rows), synthetic: true },
      { ...tablePiece('background', 'background', rows), name: 'more.csv', use: 'test' },
    ]);
    expect(data.rows).toBe(6);
    expect(data.classes.map(({ name }) => name)).toEqual(['background', 'signal']);
    expect([...data.label]).toEqual([0, 0, 1, 1, 0, 0]);
    expect(data.synthetic).toBe(true);
    expect(data.origins.map(({ name, start, end, use }) => [name, start, end, use])).toEqual([
      ['background', 0, 2, undefined],
      ['signal', 2, 4, undefined],
      ['more.csv', 4, 6, 'test'],
    ]);
    expect(data.name).toBe('background and 2 more');
  });

  it('names the file in a remark only where there are several', () => {
    const piece = (name: string) => {
      const made = tablePiece(name, 'background', rows);
      return { ...made, part: { ...made.part, remarks: ['"M" is a mass'] } };
    };
    expect(join([piece('a.csv')]).remarks).toEqual(['"M" is a mass']);
    expect(join([piece('a.csv'), piece('b.csv')]).remarks).toEqual(['a.csv: "M" is a mass', 'b.csv: "M" is a mass']);
  });

  it('fills what only some files have: weight 1, everything else missing', () => {
    const one = tablePiece('a', 'background', rows);
    const withMore = {
      ...one,
      part: {
        ...one.part,
        weight: Float64Array.of(2, 3),
        run: Float64Array.of(7, 8),
        spectators: { M: Float64Array.of(91, 92) },
      },
    };
    const data = join([withMore, tablePiece('b', 'signal', rows)]);
    expect([...(data.weight ?? [])]).toEqual([2, 3, 1, 1]);
    expect([...(data.run ?? [])]).toEqual([7, 8, Number.NaN, Number.NaN]);
    expect([...(data.spectators.M ?? [])]).toEqual([91, 92, Number.NaN, Number.NaN]);
    expect(data.event).toBeUndefined();
  });

  it('refuses unequal shapes, unequal features and one name with two roles', () => {
    expect(() => join([tablePiece('a', 'background', rows), eventPiece('b', 'signal', [[]])])).toThrow(
      /b: expected table of shape 2 for each row, as in a; found objects of shape 19 x 3/,
    );
    expect(() => join([tablePiece('a', 'background', rows, ['p', 'q']), tablePiece('b', 'signal', rows, ['p', 'r'])])).toThrow(
      /number 2 is "q"\); found "r"/,
    );
    expect(() => join([tablePiece('a', 'background', rows), tablePiece('a', 'signal', rows)])).toThrow(
      /class "a" to be background/,
    );
    expect(() => join([])).toThrow(/at least one file/);
  });
});

describe('classes', () => {
  it('need background and something to find', () => {
    const one = countedDataset([{ name: 'background', role: 'background', rows: 3 }]);
    expect(() => checkClasses(one)).toThrow(
      'counted: expected background and at least one signal or unlabelled class; found only background (background).',
    );
    const two = countedDataset([
      { name: 'background', role: 'background', rows: 3 },
      { name: 'box', role: 'unlabelled', rows: 1 },
    ]);
    expect(() => checkClasses(two)).not.toThrow();
    expect(() => checkClasses(countedDataset([{ name: 's', role: 'signal', rows: 1 }]))).toThrow(
      /Add a file with background events/,
    );
  });
});

describe('a subset', () => {
  it('keeps classes and origins of the rows it takes', () => {
    const data = countedDataset([
      { name: 'background', role: 'background', rows: 5 },
      { name: 'signal', role: 'signal', rows: 5 },
    ]);
    const part = subset(data, Uint32Array.of(1, 4, 5, 9));
    expect([...part.values.slice()]).toEqual([1, 4, 5, 9]);
    expect([...part.label]).toEqual([0, 0, 1, 1]);
    expect(part.origins.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [2, 4],
    ]);
    expect(() => subset(data, Uint32Array.of(4, 1))).toThrow(/ascending/);
  });
});
