import { describe, expect, it } from 'vitest';
import { halfOf, levelColumns, packRows } from './packing.ts';

describe('float16', () => {
  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [0, 0x0000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 - 2 ** -13, 0x3c00],
  ])('%f is the nearest half, the even one of two', (value, bits) => {
    expect(halfOf(value)).toBe(bits);
  });

  it('keeps what is no number, and refuses what it would make infinite', () => {
    expect(halfOf(Number.NaN)).toBe(0x7e00);
    expect(halfOf(65519)).toBe(0x7bff);
    expect(() => halfOf(65520)).toThrow('cannot hold 65520');
    expect(() => halfOf(Number.NEGATIVE_INFINITY)).toThrow('cannot hold');
  });
});

it('levels go from the least to the largest number of each column, and a constant column keeps its number', () => {
  const values = Float32Array.of(-1, 7, 254, 7, 126.4, 7);
  const levels = levelColumns(values, 2);
  expect(levels).toEqual({ scale: Float32Array.of(1, 0), offset: Float32Array.of(-1, 7) });
  expect(packRows(values, 'uint8', levels)).toEqual(Uint8Array.of(0, 0, 255, 0, 127, 0));
});
