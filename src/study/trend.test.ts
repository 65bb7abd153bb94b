import { expect, it } from 'vitest';
import type { Prepared } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';
import { blockError, summarised, trendOf, walkOf } from './trend.ts';

/** Rows as they come; all of them are test rows. */
function toy(run: number[], lumisection: number[], label: number[], scores: number[]) {
  const prepared = {
    dataset: {
      name: 'toy',
      classes: [
        { name: 'good', role: 'background' },
        { name: 'bad', role: 'signal' },
      ],
      label: Uint8Array.from(label),
      run: Float64Array.from(run),
      lumisection: Float64Array.from(lumisection),
    },
    split: { test: Uint32Array.from(run.keys()) },
  } as unknown as Prepared;
  const finished = { scored: new Map([['s', { test: Float64Array.from(scores) }]]) } as unknown as FinishedRun;
  return { prepared, finished };
}

it('orders by run and lumisection, and finds means and bad ranges by hand', () => {
  const { prepared, finished } = toy([8, 7, 7, 8, 7, 7], [1, 3, 1, 2, 2, 9], [0, 1, 0, 1, 1, 0], [5, 3, 1, 8, 2, Number.NaN]);
  const trend = trendOf(prepared, finished, 's', 100);
  expect([...trend.row]).toEqual([2, 4, 1, 0, 3]);
  expect([...trend.score]).toEqual([1, 2, 3, 5, 8]);
  expect(trend).toMatchObject({ total: 5, left: 1, neighbours: 1 });
  expect(trend.runs).toEqual([
    {
      run: 7,
      first: 0,
      last: 2,
      good: { lumisections: 1, mean: 1, deviation: 0, error: Number.NaN },
      bad: { lumisections: 2, mean: 2.5, deviation: 0.5, error: Number.NaN },
    },
    {
      run: 8,
      first: 3,
      last: 4,
      good: { lumisections: 1, mean: 5, deviation: 0, error: Number.NaN },
      bad: { lumisections: 1, mean: 8, deviation: 0, error: Number.NaN },
    },
  ]);
  expect(trend.bad).toEqual([
    { run: 7, first: 1, last: 2, from: 2, to: 3 },
    { run: 8, first: 4, last: 4, from: 2, to: 2 },
  ]);
});

it('ends a bad range with the last of the lumisections that were taken together', () => {
  const { prepared, finished } = toy([7, 7, 7], [1, 4, 7], [0, 1, 1], [1, 2, 3]);
  const together = { start: Uint32Array.of(0, 3, 6, 8), lumisection: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 9) };
  const grouped = { ...prepared, dataset: { ...prepared.dataset, together } };
  expect(trendOf(grouped, finished, 's', 100).bad).toEqual([{ run: 7, first: 1, last: 2, from: 4, to: 9 }]);
});

it('says where rows without data were left out, by hand', () => {
  // in order: 7:1 no data, 7:2, 7:3 and 7:4 no data, 7:5, 8:1 no data
  const { prepared, finished } = toy(
    [7, 8, 7, 7, 7, 7],
    [5, 1, 1, 3, 2, 4],
    [0, 1, 0, 0, 0, 0],
    [5, Number.NaN, Number.NaN, Number.NaN, 2, Number.NaN],
  );
  const noData = { row: Uint8Array.of(0, 1, 1, 1, 0, 1), minEntries: 0, leaveOut: true };
  const { noData: gaps } = trendOf({ ...prepared, noData }, finished, 's', 100);
  expect([...gaps.place]).toEqual([-0.5, 0.5, 1.5]);
  expect([...gaps.count]).toEqual([1, 2, 1]);
  expect(trendOf(prepared, finished, 's', 100).noData.place).toHaveLength(0);
});

it('walks one run, and starts where the trend has it', () => {
  const { prepared, finished } = toy([8, 7, 7, 8], [2, 3, 1, 1], [0, 1, 0, 1], [5, 3, 1, 8]);
  const walk = walkOf(prepared, finished, 's', 0);
  expect(walk).toMatchObject({ run: 8, first: 2 });
  expect([...walk.row]).toEqual([3, 0]);
  expect([...walk.lumisection]).toEqual([1, 2]);
});

it('thins 225 000 lumisections without losing the extremes of good or bad, or any range', () => {
  const n = 225_000;
  const rows = Array.from({ length: n }, (_, i) => i);
  const label = rows.map((i) => (i % 5000 === 17 ? 1 : 0));
  const scores = rows.map((i) => (i === 123_456 ? 99 : i === 5017 ? -1 : ((i * 7919) % 1009) / 1009));
  const { prepared, finished } = toy(
    rows.map((i) => 1 + Math.floor(i / 400)),
    rows.map((i) => 1 + (i % 400)),
    label,
    scores,
  );
  const trend = trendOf(prepared, finished, 's', 4000);
  expect(trend.place.length).toBeLessThanOrEqual(6000);
  expect([...trend.row]).toContain(123_456);
  expect(Math.min(...trend.score)).toBe(-1);
  expect(trend.bad.length).toBe(45);
  expect(trend.runs.length).toBe(563);
});

it('says what is missing without run numbers', () => {
  const { prepared, finished } = toy([1], [1], [0], [1]);
  const { run: _run, ...dataset } = prepared.dataset;
  expect(() => trendOf({ ...prepared, dataset } as Prepared, finished, 's', 10)).toThrow(/run and lumisection numbers/);
});

it('takes the error of a mean from blocks of neighbours', () => {
  expect(blockError([1, 1, 3, 3])).toBeCloseTo(1, 12);
  expect(blockError([1, 3, 1, 3])).toBe(0);
  expect(blockError([1, 2, 3])).toBeNaN();
  // nine scores are three blocks of three: means 1, 2, 3
  expect(blockError([0, 1, 2, 2, 2, 2, 4, 3, 2])).toBeCloseTo(1 / Math.sqrt(3), 12);
});

it('says what is usual over lumisections and over runs, without scores that are not finite', () => {
  const usual = summarised([1, 1, 1, 2, 2], [1, 3, Number.NaN, 5, 7]);
  expect(usual.lumisections).toBe(4);
  expect(usual.mean).toBe(4);
  expect(usual.deviation).toBeCloseTo(Math.sqrt(5), 12);
  expect(usual.runs).toMatchObject({ count: 2, mean: 4, deviation: 2 });
});
