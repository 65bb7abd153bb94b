import { expect, it } from 'vitest';
import { allParts } from '../testing/plot-fixtures.ts';
import { yardstick } from './run-trend.ts';
import scoreTrend from './score-trend.ts';
import { legendNames } from './theme.ts';
import { joined, runTicks, scoreAxis, usualLines } from './trend-axes.ts';

it('measures runs by the spread of runs where five have trained, else by that of lumisections', () => {
  const usual = (count: number) => ({ lumisections: 400, mean: 2, deviation: 1, runs: { count, mean: 3, deviation: 0.1 } });
  const chosen = (count: number, spread: string) => yardstick({ usual: usual(count) }, { params: { spread } }).deviation;
  expect(chosen(5, 'auto')).toBe(0.1);
  expect(chosen(4, 'auto')).toBe(1);
  expect(chosen(2, 'runs')).toBe(0.1);
  expect(chosen(9, 'lumisections')).toBe(1);
});

it('takes a log axis only for positive scores over more than a factor 30', () => {
  expect(scoreAxis('s', [1, 31]).log).toBe(true);
  expect(scoreAxis('s', [1, 29]).log).toBe(false);
  expect(scoreAxis('s', [0, 1000]).log).toBe(false);
  expect(scoreAxis('s', [Number.NaN]).range).toEqual([0, 1]);
});

it('joins ranges that no pixel separates and spreads run numbers', () => {
  const ranges = [
    { first: 0, last: 9 },
    { first: 11, last: 20 },
    { first: 500, last: 510 },
  ];
  expect(joined(ranges, 3000)).toEqual([
    { first: 0, last: 20 },
    { first: 500, last: 510 },
  ]);
  expect(joined(ranges, 100)).toHaveLength(3);
  const runs = [7, 8, 9, 12].map((run, i) => ({ run, first: 10 * i, last: 10 * i + 9, good: null, bad: null }));
  expect(runTicks(runs, ({ first }) => first, 40, 2)).toEqual({ values: [0, 20], texts: ['7', '9'] });
  // uneven runs: 8 begins too near to 7, 9 does not
  const uneven = [0, 3, 40, 44, 90].map((first, i) => ({ run: 7 + i, first, last: first + 2, good: null, bad: null }));
  expect(runTicks(uneven, ({ first }) => first, 93, 5)).toEqual({ values: [0, 40, 90], texts: ['7', '9', '11'] });
  // the last run is the longest: names are kept apart by the axis, not by where runs begin
  expect(runTicks(uneven.slice(0, 3), ({ first }) => first, 400, 5)).toEqual({ values: [0], texts: ['7'] });
});

it('marks where lumisections without data were left out, at the foot of the axis', () => {
  const results = allParts();
  const options = { theme: 'light', scale: 1, params: {} } as const;
  const marks = (given: typeof results) =>
    (scoreTrend.figure(given, options).data as { name?: string; x?: number[]; text?: string[] }[]).find(
      ({ name }) => name === 'no data',
    );
  expect(marks(results)).toMatchObject({ x: [9.5], text: ['3 lumisections without data, left out'] });
  const none = { place: new Float64Array(0), count: new Uint32Array(0) };
  expect(marks({ ...results, trend: { ...results.trend, noData: none } })).toBeUndefined();
});

it('draws the usual lines, under one name where there is little room', () => {
  const lines = (width: number, scale: number) =>
    usualLines({ mean: 2, deviation: 0.5 }, '90 good', [0, 1], { log: false, range: [0, 4] }, { theme: 'light', scale, width });
  expect(lines(700, 1).map(({ name }) => name)).toEqual(['mean of 90 good', '± 1 <i>σ</i>', '± 3 <i>σ</i>']);
  expect(legendNames(lines(700, 1))).toHaveLength(3);
  expect(legendNames(lines(356, 1.15))).toEqual(['mean, 1 σ, 3 σ of 90 good']);
  expect(lines(356, 1.15).map(({ y }) => y)).toEqual(lines(700, 1).map(({ y }) => y));
});
