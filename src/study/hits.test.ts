import { expect, it } from 'vitest';
import { join } from '../data/join.ts';
import { hitCorrelation } from './hits.ts';
import { prepare } from './prepare.ts';

/** 40 background images of 1 x 4 pixels with two channels: image i has i % 4 + 1 lit pixels in the first and three in the second. */
const values = new Float32Array(42 * 8);
for (let row = 0; row < 42; row++) {
  for (let i = 0; i <= row % 4; i++) values[row * 8 + 2 * i] = 0.5 + row;
  for (let i = 0; i < 3; i++) values[row * 8 + 2 * i + 1] = 1;
}
const dataset = join([
  {
    name: 'images',
    part: {
      ...{ kind: 'images' as const, rows: 42, shape: [1, 4, 2], features: [], image: { channels: ['tracker', 'ECAL'] } },
      ...{ values, label: Uint8Array.from({ length: 42 }, (_, i) => (i < 40 ? 0 : 1)), words: 'by hand', remarks: [] },
      classes: [
        { name: 'QCD', role: 'background' },
        { name: 'SUEP', role: 'signal' },
      ],
    },
  },
]);
const prepared = prepare(dataset, { by: 'parity' });
const scoresBy = (score: (row: number) => number) => Float64Array.from(prepared.split.test, score);

it('a score that counts the lit pixels of the first channel has 1, its negative has -1, and signal plays no part', () => {
  const counting = scoresBy((row) => (row < 40 ? row % 4 : 1e9));
  expect(hitCorrelation(prepared, counting)).toEqual({
    spearman: expect.closeTo(1, 12),
    error: expect.closeTo(0, 12),
    counted: 'lit pixels (tracker)',
    events: 20,
  });
  expect(
    hitCorrelation(
      prepared,
      counting.map((s) => -s),
    )?.spearman,
  ).toBeCloseTo(-1, 12);
});

it('a score that has nothing to do with it is near 0 with its error, and one that never changes has no correlation', () => {
  // odd rows have 2 and 4 pixels in turn; the score goes twice as slowly
  const other = hitCorrelation(
    prepared,
    scoresBy((row) => Math.floor(row / 4) % 2),
  );
  expect(other?.spearman).toBeCloseTo(0, 12);
  expect(other?.error).toBeCloseTo(1 / Math.sqrt(17), 12);
  expect(
    hitCorrelation(
      prepared,
      scoresBy(() => 1),
    ),
  ).toBeUndefined();
  expect(
    hitCorrelation(
      prepared,
      scoresBy((row) => (row < 20 ? row : Number.NaN)),
    )?.events,
  ).toBe(10);
  expect(
    hitCorrelation(
      prepared,
      scoresBy((row) => (row < 10 ? row : Number.NaN)),
    ),
  ).toBeUndefined();
});
