import { expect, it } from 'vitest';
import type { Dataset } from './dataset.ts';
import { lumisectionsOf, noDataIn, takenTogether } from './lumisections.ts';

const bins = 2;
/** One row per [run, lumisection, entries in each bin, class]. */
function histograms(
  rows: readonly (readonly [number, number, number, number, number])[],
  changes: Partial<Dataset> = {},
): Dataset {
  return {
    kind: 'histograms',
    name: 'few',
    synthetic: false,
    rows: rows.length,
    shape: [bins],
    features: [],
    values: Float32Array.from(rows.flatMap(([, , a, b]) => [a, b])),
    classes: [
      { name: 'good', role: 'background' },
      { name: 'bad', role: 'signal' },
      { name: 'unknown', role: 'unlabelled' },
    ],
    label: Uint8Array.from(rows, (row) => row[4]),
    run: Float64Array.from(rows, ([run]) => run),
    lumisection: Float64Array.from(rows, ([, lumisection]) => lumisection),
    spectators: {},
    origins: [{ name: 'a', words: '', start: 0, end: rows.length, synthetic: false }],
    remarks: [],
    ...changes,
  };
}

const numbersOf = (dataset: Dataset) => Array.from({ length: dataset.rows }, (_, row) => [...lumisectionsOf(dataset, row)]);

it('calls empty histograms no data, and those below the minimum if there is one', () => {
  const data = histograms([
    [7, 1, 0, 0, 0],
    [7, 2, 3, 4, 0],
    [7, 3, 3, 5, 1],
    // a filled cell is data even where weights cancel
    [7, 4, 2, -2, 0],
  ]);
  expect(noDataIn(data)).toEqual({ row: Uint8Array.of(1, 0, 0, 0), minEntries: 0, leaveOut: true });
  expect(noDataIn(data, { minEntries: 8, noData: 'count' })).toEqual({
    row: Uint8Array.of(1, 1, 0, 1),
    minEntries: 8,
    leaveOut: false,
  });
  expect(noDataIn(histograms([[7, 1, 1, 0, 0]]))).toBeUndefined();
  expect(noDataIn({ ...data, kind: 'table' })).toBeUndefined();
  expect(() => noDataIn({ ...data, kind: 'table' }, { minEntries: 1 })).toThrow(/expected histograms.*found data of kind table/);
});

it('wants every histogram of a row to be no data', () => {
  const part = { name: 'a', low: 0, high: 1, cells: 1 };
  const histogram = {
    name: 'two',
    low: 0,
    high: 2,
    parts: [
      { ...part, start: 0 },
      { ...part, start: 1 },
    ],
  };
  const data = histograms(
    [
      [7, 1, 0, 0, 0],
      [7, 2, 0, 9, 0],
      [7, 3, 5, 5, 0],
    ],
    { histogram },
  );
  expect([...(noDataIn(data)?.row ?? [])]).toEqual([1, 0, 0]);
  // 5 + 5 entries are not 8 in either
  expect([...(noDataIn(data, { minEntries: 8 })?.row ?? [])]).toEqual([1, 0, 1]);
});

it('adds neighbours of a run up, as in the worked value', () => {
  const data = histograms([
    [7, 5, 40, 0, 0],
    [7, 1, 10, 0, 0],
    [7, 2, 0, 20, 0],
    [7, 3, 0, 0, 0],
    [7, 4, 30, 0, 0],
  ]);
  const together = takenTogether(data, { together: 2 });
  expect(numbersOf(together)).toEqual([[1, 2], [3], [4, 5]]);
  expect([...together.values.slice()]).toEqual([10, 20, 0, 0, 70, 0]);
  expect([...(together.lumisection ?? [])]).toEqual([1, 3, 4]);
  expect([...takenTogether(data, { together: 2, combine: 'mean' }).values.slice()]).toEqual([5, 10, 0, 0, 35, 0]);
  expect(together.remarks[0]).toBe('5 lumisections became 3 rows: sums of up to 2 neighbours of a run');
  // below the minimum a lumisection stays by itself, and its neighbours close up
  expect(numbersOf(takenTogether(data, { together: 3, minEntries: 15 }))).toEqual([[1], [2, 4, 5], [3]]);
});

it('never takes two runs or two files together, and leaves rows without a place alone', () => {
  const rows = [
    [7, 1, 1, 0, 0],
    [8, 2, 1, 0, 0],
    [7, 3, 1, 0, 0],
    [8, 1, 1, 0, 0],
    [7, 2, 1, 0, 0],
    [8, Number.NaN, 1, 0, 0],
  ] as const;
  const origins = [
    { name: 'a', words: '', start: 0, end: 4, synthetic: false },
    { name: 'b', words: '', start: 4, end: 6, synthetic: false },
  ];
  const together = takenTogether(histograms(rows, { origins }), { together: 10 });
  expect([...(together.run ?? [])]).toEqual([7, 8, 7, 8]);
  expect(numbersOf(together)).toEqual([[1, 3], [1, 2], [2], [Number.NaN]]);
  expect(together.origins.map(({ start, end }) => [start, end])).toEqual([
    [0, 2],
    [2, 4],
  ]);
});

it('calls a group bad if any of it is bad, and lets it train only if all of it may', () => {
  const data = histograms(
    [
      [7, 1, 1, 1, 0],
      [7, 2, 1, 1, 1],
      [7, 3, 1, 1, 0],
      [7, 4, 1, 1, 0],
      [7, 5, 1, 1, 2],
      [7, 6, 1, 1, 0],
      [7, 7, 1, 1, 0],
    ],
    { trainable: Uint8Array.of(1, 1, 1, 1, 1, 0, 1), spectators: { entries: Float64Array.of(2, 2, 2, 2, 2, 2, 2) } },
  );
  const together = takenTogether(data, { together: 2 });
  expect([...together.label]).toEqual([1, 0, 2, 0]);
  expect([...(together.trainable ?? [])]).toEqual([1, 1, 0, 1]);
  expect([...(together.spectators.entries ?? [])]).toEqual([4, 4, 4, 2]);
  expect(together.remarks[0]).toMatch(/1 of them hold good and bad ones and count as bad$/);
});

it('loses no entry and no lumisection, whatever the size of a group', () => {
  const rows = Array.from({ length: 60 }, (_, i) => [7 + (i % 3), 1 + ((i * 7) % 60), i % 11, i % 5, 0] as const);
  const data = histograms(rows);
  for (const size of [1, 2, 7, 1000]) {
    const together = takenTogether(data, { together: size });
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    expect(sum(together.values.slice())).toBe(sum(data.values.slice()));
    const named = (own: Dataset) =>
      Array.from({ length: own.rows }, (_, row) => Array.from(lumisectionsOf(own, row), (n) => `${own.run?.[row]}:${n}`))
        .flat()
        .sort();
    expect(named(together)).toEqual(named(data));
    for (const group of numbersOf(together)) expect(group.length).toBeLessThanOrEqual(size);
  }
});

it('refuses what has no lumisections', () => {
  const { lumisection: _none, ...data } = histograms([[7, 1, 1, 0, 0]]);
  expect(() => takenTogether(data, { together: 2 })).toThrow(/run and a lumisection number .* found runs alone/);
  expect(() => takenTogether({ ...data, kind: 'table' }, { together: 2 })).toThrow(/found data of kind table/);
  expect(takenTogether(data, { together: 1 })).toBe(data);
});
