import { expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { flaggedJson } from './flagged.ts';

const dataset = {
  rows: 8,
  classes: [
    { name: 'good', role: 'background' },
    { name: 'bad', role: 'signal' },
  ],
  label: Uint8Array.of(0, 0, 0, 0, 1, 1, 0, 0),
  run: Float64Array.of(7, 7, 7, 7, 7, 7, 9, 9),
  lumisection: Float64Array.of(1, 2, 3, 4, 5, 6, 1, 2),
} as unknown as Dataset;
const rows = Uint32Array.of(1, 2, 4, 5, 7);
const scores = Float64Array.of(0.5, 0.1, 0.5, 0.9, Number.NaN);

it('lists what scores at or above the threshold, as inclusive ranges', () => {
  expect(JSON.parse(flaggedJson(dataset, rows, scores, 0.5, 'flagged'))).toEqual({
    '7': [
      [2, 2],
      [5, 6],
    ],
  });
  expect(flaggedJson(dataset, rows, scores, 2, 'flagged')).toBe('{}\n');
});

it('takes flagged and unscored lumisections out of the good ones', () => {
  expect(JSON.parse(flaggedJson(dataset, rows, scores, 0.5, 'good-minus-flagged'))).toEqual({
    '7': [
      [1, 1],
      [3, 4],
    ],
    '9': [[1, 1]],
  });
});

it('certifies no histogram without data, whatever its label and score', () => {
  const noData = { row: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) };
  const low = new Float64Array(5);
  expect(JSON.parse(flaggedJson(dataset, rows, low, 0.5, 'good-minus-flagged', noData))).toEqual({
    '7': [[2, 4]],
    '9': [[1, 2]],
  });
});

it('lists every lumisection of a row that stands for several', () => {
  // run 7: 1 and 2, 4 and 6, 8; run 9: 1 to 3
  const together = { start: Uint32Array.of(0, 2, 4, 5, 8), lumisection: Float64Array.of(1, 2, 4, 6, 8, 1, 2, 3) };
  const grouped = {
    ...dataset,
    rows: 4,
    label: Uint8Array.of(0, 0, 0, 0),
    run: Float64Array.of(7, 7, 7, 9),
    lumisection: Float64Array.of(1, 4, 8, 1),
    together,
  } as unknown as Dataset;
  const judged = Uint32Array.of(1, 3);
  expect(JSON.parse(flaggedJson(grouped, judged, Float64Array.of(0.9, 0.1), 0.5, 'flagged'))).toEqual({
    '7': [
      [4, 4],
      [6, 6],
    ],
  });
  expect(JSON.parse(flaggedJson(grouped, judged, Float64Array.of(0.9, 0.1), 0.5, 'good-minus-flagged'))).toEqual({
    '7': [
      [1, 2],
      [8, 8],
    ],
    '9': [[1, 3]],
  });
});
