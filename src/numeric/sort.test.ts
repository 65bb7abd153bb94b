import { describe, expect, it } from 'vitest';
import { Cursor } from './random.ts';
import { argsort } from './sort.ts';

function numbers(n: number, draw: (cursor: Cursor) => number): Float64Array {
  const cursor = new Cursor(5, 'sample');
  return Float64Array.from({ length: n }, () => draw(cursor));
}

/** The same order by comparison; JavaScript's sort is stable. */
function plain(values: Float64Array, direction: 'rising' | 'falling'): number[] {
  const sign = direction === 'rising' ? 1 : -1;
  return [...values.keys()].sort((i, j) => {
    const a = values[i]!;
    const b = values[j]!;
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a === b ? 0 : sign * (a < b ? -1 : 1);
  });
}

describe('argsort', () => {
  it.each([
    ['normal deviates', numbers(5000, (c) => c.normal())],
    ['32-bit floats', numbers(5000, (c) => Math.fround(c.normal()))],
    ['heavy ties', numbers(5000, (c) => c.below(7) - 3)],
    ['many magnitudes', numbers(5000, (c) => c.normal() * 10 ** (c.below(600) - 300))],
    ['one value', new Float64Array(100).fill(2.5)],
    ['one number', new Float64Array([1])],
    ['nothing', new Float64Array(0)],
    ['odd values', new Float64Array([0, -0, Number.NaN, 1, -1, Infinity, -Infinity, 5e-324, -5e-324, Number.NaN, 0, -0])],
  ])('orders %s like a stable comparison sort', (_, values) => {
    for (const direction of ['rising', 'falling'] as const)
      expect([...argsort(values, direction)]).toEqual(plain(values, direction));
  });

  it('orders single-precision arrays too', () => {
    expect([...argsort(new Float32Array([0.5, 2, -1]), 'falling')]).toEqual([1, 0, 2]);
  });
});
