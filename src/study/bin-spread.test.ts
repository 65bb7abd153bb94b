import { expect, it } from 'vitest';
import { binSpreadOf } from './bin-spread.ts';
import type { Prepared } from './prepare.ts';

const prepared = {
  dataset: {
    kind: 'histograms',
    name: 'toy',
    shape: [2],
    classes: [
      { name: 'good', role: 'background' },
      { name: 'bad', role: 'signal' },
      { name: 'worse', role: 'signal' },
    ],
    label: Uint8Array.of(0, 0, 0, 1, 1, 0),
    // entries differ by a factor, shares of the first bin are 0.2, 0.4, none, 0.5, 0.9
    values: Float32Array.of(1, 4, 40, 60, 0, 0, 7, 7, 9, 1, 5, 5),
  },
  split: { test: Uint32Array.of(0, 1, 2, 3, 4) },
  background: [0],
  signals: [1, 2],
} as unknown as Prepared;

it('takes mean and deviation of shares by hand, without empties and without rows that are not in the test', () => {
  const { bins, sides } = binSpreadOf(prepared);
  expect(bins).toBe(2);
  expect(sides.map(({ name, lumisections, empty }) => [name, lumisections, empty])).toEqual([
    ['good', 2, 1],
    ['bad', 2, 0],
  ]);
  const [good, bad] = sides;
  expect([...(good?.mean ?? [])].map((x) => x.toFixed(12))).toEqual(['0.300000000000', '0.700000000000']);
  expect([...(good?.deviation ?? [])].map((x) => x.toFixed(12))).toEqual(['0.100000000000', '0.100000000000']);
  expect(bad?.mean[0]).toBeCloseTo(0.7, 12);
  expect(bad?.deviation[0]).toBeCloseTo(0.2, 12);
});

it('refuses data that are no histograms', () => {
  const other = { ...prepared, dataset: { ...prepared.dataset, kind: 'table' } } as Prepared;
  expect(() => binSpreadOf(other)).toThrow(/histograms/);
});
