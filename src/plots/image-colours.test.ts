import { expect, it } from 'vitest';
import { colourAt, cssColourAt, differenceScale, logScale, paint, placeOn } from './image-colours.ts';

it('a logarithmic scale spans the images that share it, at most four decades, and leaves zeros empty', () => {
  const scale = logScale([0, 1, 100], [10, Number.NaN]);
  expect(scale).toEqual({ kind: 'log', low: 1, high: 100 });
  expect([0, -1, Number.NaN, 0.5].map((value) => placeOn(scale, value))).toEqual([undefined, undefined, undefined, undefined]);
  expect([1, 10, 100, 1000].map((value) => placeOn(scale, value))).toEqual([0, 0.5, 1, 1]);
  expect(logScale([1e-9, 1]).low).toBeCloseTo(1e-4, 12);
  // one value alone has a place, too
  expect(placeOn(logScale([3, 0]), 3)).toBe(1);
  expect(logScale([0, 0])).toEqual({ kind: 'log', low: 0.1, high: 1 });
});

it('a scale of differences is symmetric, and its middle is as empty as the panel', () => {
  const scale = differenceScale([-2, 1, Number.NaN]);
  expect(scale).toEqual({ kind: 'difference', low: -2, high: 2 });
  expect([-2, 0, 1, 2].map((value) => placeOn(scale, value))).toEqual([0, 0.5, 0.75, 1]);
  expect(colourAt('difference', 0.5)[3]).toBe(0);
  expect(differenceScale([0, Number.NaN])).toEqual({ kind: 'difference', low: -1, high: 1 });
  const [red, , blue] = colourAt('difference', 0);
  expect(blue).toBeGreaterThan(red);
  expect(cssColourAt('difference', 1)).toMatch(/^rgb\(\d+ \d+ 0 \/ 1\.000\)$/);
});

it('shows small differences beside one that towers above them, and says from where on it is logarithmic', () => {
  const scale = differenceScale([-100, 1, 1, 0.5, 0]);
  expect(scale.knee).toBe(1);
  expect(placeOn(scale, 0)).toBe(0.5);
  // asinh(1) / asinh(100) = 0.16634 of the way from the middle to the end
  expect(placeOn(scale, 1)).toBeCloseTo(0.5 + 0.16634 / 2, 4);
  expect(placeOn(scale, -100)).toBe(0);
});

it('paints four bytes for each pixel, transparent where it is empty', () => {
  const bytes = paint([0, 1], logScale([0, 1]));
  expect([...bytes.slice(0, 4)]).toEqual([0, 0, 0, 0]);
  expect([...bytes.slice(4)]).toEqual([0xfd, 0xe7, 0x25, 255]);
  expect(colourAt('log', 0)).toEqual([0x44, 0x01, 0x54, 255]);
});
