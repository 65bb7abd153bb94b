import { expect, it } from 'vitest';
import { usualOf } from './run-trend.ts';
import { joined, runTicks, scoreAxis } from './trend-axes.ts';

const mean = (value: number) => ({ lumisections: 4, mean: value, deviation: 1 });

it('counts every run with good lumisections once', () => {
  const runs = [1, 5].map((value, i) => ({ run: i, first: i, last: i, good: mean(value), bad: null }));
  const without = { run: 9, first: 2, last: 2, good: null, bad: mean(100) };
  expect(usualOf([...runs, without])).toEqual({ runs: 2, mean: 3, deviation: 2 });
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
  expect(runTicks(runs, ({ first }) => first, 2)).toEqual({ values: [0, 20], texts: ['7', '9'] });
});
