import { expect, it } from 'vitest';
import { levelColumns, packRows } from './packing.ts';

it('refuses what float16 would make infinite', () => {
  const columns = { scale: new Float32Array(0), offset: new Float32Array(0) };
  const packed = (value: number) => packRows(Float32Array.of(value), 'float16', columns);
  expect([...packed(65519)]).toEqual([0x7bff]);
  expect([...packed(Number.NaN)]).toEqual([0x7e00]);
  expect(() => packed(65520)).toThrow('cannot hold 65520');
  expect(() => packed(Number.NEGATIVE_INFINITY)).toThrow('cannot hold');
});

it('levels go from the least to the largest number of each column, and a constant column keeps its number', () => {
  const values = Float32Array.of(-1, 7, 254, 7, 126.4, 7);
  const levels = levelColumns(values, 2);
  expect(levels).toEqual({ scale: Float32Array.of(1, 0), offset: Float32Array.of(-1, 7) });
  expect(packRows(values, 'uint8', levels)).toEqual(Uint8Array.of(0, 0, 255, 0, 127, 0));
});
