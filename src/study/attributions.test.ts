import { describe, expect, it } from 'vitest';
import { errorsOf, spreadOf } from './attributions.ts';

const none = () => null;

describe('squared errors of the numbers of an event', () => {
  it('are squares of differences in model units, row by row', () => {
    const batch = { rows: 2, rawWidth: 2, target: Float32Array.from([1, 2, 3, 4]) };
    expect(errorsOf(batch, [0, 2, 3, 1], {})).toEqual([1, 0]);
    expect(errorsOf(batch, [0, 2, 3, 1], {}, 1)).toEqual([0, 9]);
  });

  it('sum what one number became: an angle as sine and cosine', () => {
    // number 0 became columns 0 and 2, number 1 became column 1
    const pipeline = { source: [0, 1, 0] } as never;
    const batch = { rows: 1, rawWidth: 2, target: Float32Array.from([1, 5, 2]) };
    expect(errorsOf(batch, [0, 3, 0], { pipeline })).toEqual([1 + 4, 4]);
  });
});

describe('the usual size of an error', () => {
  const rising = Array.from({ length: 20 }, (_, i) => [i + 1]);

  it('is the 68.3 % quantile of absolute errors: 13.971 for 1 to 20', () => {
    const exists = rising.map(() => [1]);
    expect(spreadOf(rising, exists, none)[0]).toBeCloseTo(1 + 19 * 0.6826894921370859, 12);
  });

  it('counts only events that have the number, and is not known from fewer than twenty', () => {
    const twice = [...rising, ...rising.map(() => [1000])];
    const exists = [...rising.map(() => [1]), ...rising.map(() => [0])];
    expect(spreadOf(twice, exists, none)[0]).toBeCloseTo(13.971, 3);
    expect(spreadOf(rising.slice(1), exists.slice(1, 20), none)).toEqual([Number.NaN]);
  });

  it('is that of the whole type where a slot is rarely filled', () => {
    // slot 0 in all 40 events, slot 1 in the first three of them
    const absolute = Array.from({ length: 40 }, (_, i) => [i, 100]);
    const exists = absolute.map((_, i) => [1, i < 3 ? 1 : 0]);
    const [first, second] = spreadOf(absolute, exists, () => 'muon pT');
    expect(first).toBeCloseTo(39 * 0.6826894921370859, 12);
    // of 0, 1 .. 39, 100, 100, 100: place 42 · 0.68269 = 28.67
    expect(second).toBeCloseTo(42 * 0.6826894921370859, 12);
  });

  it('is moved neither by the scale of other numbers nor by one outlier', () => {
    const absolute = Array.from({ length: 101 }, (_, i) => [i / 100, 1e6 * i]);
    absolute.push([1e9, 0]);
    const [first] = spreadOf(
      absolute,
      absolute.map(() => [1, 1]),
      none,
    );
    expect(first).toBeCloseTo(0.6826894921370859 * 1.01, 6);
  });
});
