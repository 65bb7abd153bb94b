/** Correlation and duplicates of a dataset, on rows whose answers are known. */
import { describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { eventPiece, tablePiece } from '../testing/datasets.ts';
import { summariseColumns } from './columns.ts';
import { correlate, mostColumns } from './correlation.ts';
import { findDuplicates } from './duplicates.ts';
import { join } from './join.ts';
import { makeSplit, type Split } from './split.ts';

/** The answer of a generator that yields its progress, which must rise to at most 1. */
function answer<T>(work: Generator<number, T>): T {
  let last = 0;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    expect(step.value).toBeGreaterThanOrEqual(last);
    expect(step.value).toBeLessThanOrEqual(1);
    last = step.value;
  }
}

describe('correlation', () => {
  it('is 1 and -1 for straight lines, over background alone', () => {
    const data = join([
      tablePiece(
        'background',
        'background',
        [1, 2, 3, 5].map((x) => [x, 2 * x, 4 - x, 7]),
      ),
      tablePiece('signal', 'signal', [[1000, -1000, 5, 8]]),
    ]);
    const { names, matrix, rows, hidden } = answer(correlate(data));
    expect([rows, hidden, names.length]).toEqual([4, 0, 4]);
    expect([...(matrix[0] as Float64Array).slice(0, 3)].map((r) => Number(r.toFixed(12)))).toEqual([1, 1, -1]);
    expect(matrix[0]?.[3]).toBeNaN();
    expect(matrix[2]?.[0]).toBe(matrix[0]?.[2]);
  });
  it('looks at rows in which both numbers exist: no empty slot and no missing value', () => {
    const data = join([
      tablePiece('background', 'background', [
        [1, 1],
        [2, 2],
        [3, 3],
        [Number.NaN, 50],
        [100, Number.NaN],
      ]),
      tablePiece('signal', 'signal', [[0, 0]]),
    ]);
    expect(answer(correlate(data)).matrix[0]?.[1]).toBeCloseTo(1, 12);
    const events = join([
      eventPiece(
        'background',
        'background',
        [1, 2, 3, 4].map((k) => [
          [0, 10 * k, 0, 1],
          ...(k < 4 ? ([[9, 5 * k, 1, 1]] as [number, number, number, number][]) : []),
        ]),
      ),
      eventPiece('signal', 'signal', [[[0, 1, 0, 1]]]),
    ]);
    const { names, matrix } = answer(correlate(events));
    expect(matrix[names.indexOf('MET pT')]?.[names.indexOf('jet 1 pT')]).toBeCloseTo(1, 12);
    expect(matrix[names.indexOf('MET pT')]?.[names.indexOf('jet 2 pT')]).toBeNaN();
  });
  it('of many columns shows the first ones and says how many are hidden', () => {
    const data = join([
      tablePiece(
        'background',
        'background',
        [1, 2, 3].map((x) => Array.from({ length: 150 }, (_, i) => x * i)),
      ),
    ]);
    const { names, hidden } = answer(correlate(data));
    expect([names.length, hidden]).toEqual([mostColumns, 150 - mostColumns]);
    const few = data.features.slice(140, 142).map(({ name }) => name);
    expect(answer(correlate(data, few)).names).toEqual(few);
  });
});

describe('duplicates', () => {
  const split = (parts: Partial<Record<'training' | 'validation' | 'test', number[]>>) =>
    Object.fromEntries(
      (['training', 'validation', 'test'] as const).map((key) => [key, Uint32Array.from(parts[key] ?? [])]),
    ) as unknown as Split;

  it('are counted once each, between files, across the split, and between classes', () => {
    const data = join([
      {
        ...tablePiece('background', 'background', [
          [1, 2],
          [3, 4],
          [1, 2],
          [0, 0],
          [0, Number.NaN],
        ]),
        name: 'a.csv',
      },
      {
        ...tablePiece('signal', 'signal', [
          [1, 2],
          [5, 6],
          [3, -4],
        ]),
        name: 'b.csv',
      },
    ]);
    expect(answer(findDuplicates(data, split({ training: [0, 1], validation: [2], test: [3, 4, 5, 6, 7] })))).toEqual({
      rows: 2,
      empty: 2,
      leaked: 2,
      contradicting: 3,
      between: [{ first: 'a.csv', second: 'b.csv', rows: 1 }],
      examples: [
        [0, 2],
        [0, 5],
      ],
    });
  });
  it('do not arise by chance among many rows, and minus zero is zero', () => {
    const cursor = new Cursor(3, 'sample');
    const rows = Array.from({ length: 30_000 }, () => [cursor.normal(), cursor.normal()]);
    const data = join([
      tablePiece('background', 'background', rows),
      tablePiece('signal', 'signal', [
        [0, 5],
        [-0, 5],
        [5, 0],
      ]),
    ]);
    const found = answer(findDuplicates(data, makeSplit(data, { by: 'event', train: 0.5, validation: 0.2, test: 0.3, seed: 1 })));
    expect(found).toMatchObject({ rows: 1, examples: [[30_000, 30_001]] });
  });
});

it('a column says its zeros, its sentinels, its twin, and what lies outside its histogram', () => {
  const cursor = new Cursor(2, 'sample');
  const rows = Array.from({ length: 5000 }, (_, i) => {
    const x = i < 3 ? 1e6 * (i + 1) : i < 5 ? -999 : i < 105 ? 0 : cursor.normal();
    return [x, i, x];
  });
  const data = join([tablePiece('background', 'background', rows), tablePiece('signal', 'signal', [[-1e6, 0, -1e6]])]);
  const [first, second, third] = summariseColumns(data);
  expect(first).toMatchObject({ sentinels: [{ value: -999, count: 2 }], zeros: 100 / 5001 });
  expect(first?.over[0]).toBeGreaterThanOrEqual(3);
  expect(first?.under).toEqual([expect.any(Number), 1]);
  const inside = first?.counts.flat().reduce((a, b) => a + b, 0) ?? 0;
  expect(inside + [...(first?.under ?? []), ...(first?.over ?? [])].reduce((a, b) => a + b, 0)).toBe(5001);
  expect(second).not.toHaveProperty('duplicateOf');
  expect(third?.duplicateOf).toBe(data.features[0]?.name);
});
