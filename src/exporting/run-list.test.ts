import { expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { runListOf } from './run-list.ts';

const dataset = {
  classes: [
    { name: 'good', role: 'background' },
    { name: 'bad', role: 'signal' },
    { name: 'unknown', role: 'unlabelled' },
  ],
  // not in the order of time
  run: Float64Array.of(9, 7, 7, 7, 7, 9, Number.NaN, 7),
  lumisection: Float64Array.of(2, 4, 1, 3, 2, 1, 1, 9),
  label: Uint8Array.of(0, 1, 0, 0, 0, 2, 0, 0),
} as unknown as Dataset;

it('gives each judged run its counts, flagged ranges and mean score, by hand', () => {
  const rows = Uint32Array.of(0, 1, 2, 3, 4, 5, 6);
  const scores = Float64Array.of(0.5, 3, 1, 3, 1, Number.NaN, 9);
  const noData = { row: Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0) };
  expect(runListOf(dataset, rows, scores, 2, noData)).toEqual([
    // blocks of neighbours 1, 1 and 3, 3: error 1, as the worked value of blockError
    { run: 7, lumisections: 4, good: 3, bad: 1, noData: 0, flagged: 2, ranges: '3–4', mean: 2, error: 1 },
    { run: 9, lumisections: 2, good: 1, bad: 0, noData: 1, flagged: 0, ranges: '', mean: 0.5, error: Number.NaN },
  ]);
  const { run: _none, ...without } = dataset;
  expect(runListOf(without, rows, scores, 2)).toEqual([]);
});

it('counts each lumisection of those that were taken together', () => {
  const together = { start: Uint32Array.of(0, 3, 5), lumisection: Float64Array.of(1, 2, 4, 5, 6) };
  const grouped = {
    ...dataset,
    run: Float64Array.of(7, 7),
    lumisection: Float64Array.of(1, 5),
    label: Uint8Array.of(1, 0),
    together,
  } as unknown as Dataset;
  expect(runListOf(grouped, Uint32Array.of(0, 1), Float64Array.of(5, 1), 2)).toMatchObject([
    { run: 7, lumisections: 5, good: 2, bad: 3, flagged: 3, ranges: '1–2, 4', mean: 3 },
  ]);
});
