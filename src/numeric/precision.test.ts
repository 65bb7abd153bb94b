import { expect, it } from 'vitest';
import { halfBits, halfNumber, halfNumbers, toHalf, toLevels } from './precision.ts';

it('halves, by hand and at the ends of the format', () => {
  expect([1, -2, 0.5, 65504, 2 ** -24].map(toHalf)).toEqual([1, -2, 0.5, 65504, 2 ** -24]);
  expect(toHalf(0.1)).toBe(0.0999755859375);
  // 2049 lies between 2048 and 2050, and the even one wins; 2051 between 2050 and 2052
  expect([2049, 2051].map(toHalf)).toEqual([2048, 2052]);
  expect([1e9, -1e9, 1e-9].map(toHalf)).toEqual([65504, -65504, 0]);
  expect(toHalf(Number.NaN)).toBeNaN();
});

it('levels of 8 bits, one scale for each column', () => {
  const found = toLevels([127, 1.27, 63.4, 0.5, 0, 0], 2);
  expect([...found].map((v) => Number(v.toFixed(5)))).toEqual([127, 1.27, 63, 0.5, 0, 0]);
  expect([...toLevels([0, 0], 1)]).toEqual([0, 0]);
});

it.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [0, 0x0000],
  [65504, 0x7bff],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [Number.NaN, 0x7e00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [3 * 2 ** -25, 0x0002],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [1 - 2 ** -13, 0x3c00],
])('%f has the bits of the nearest half, the even one of two', (value, bits) => {
  expect(halfBits(value)).toBe(bits);
});

it('bits of halves and what they mean lead to one another', () => {
  const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => (bits & 0x7fff) < 0x7c00);
  expect(finite.filter((bits) => bits !== 0x8000 && halfBits(halfNumber(bits)) !== bits)).toEqual([]);
  expect([0x7c00, 0xfc00, 0x7e00].map(halfNumber)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  expect(halfNumbers()[0x3c01]).toBe(1 + 2 ** -10);
});
