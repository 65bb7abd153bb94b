import { describe, expect, it } from 'vitest';
import { binOf, fill, linearEdges, logEdges } from './histogram.ts';
import { Cursor } from './random.ts';

describe('edges', () => {
  it('fall on round numbers', () => {
    expect([...linearEdges(0.3, 9.7, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...linearEdges(0, 0.5, 5)]).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect([...linearEdges(-180, 120, 3)]).toEqual([-200, -100, 0, 100, 200]);
    expect([...logEdges(0.02, 5, 3)]).toEqual([0.01, 0.1, 1, 10]);
    expect(logEdges(0.02, 5, 12)).toHaveLength(13);
  });
  it('cover the range with about as many bins as asked, and rise', () => {
    const cursor = new Cursor(3, 'sample');
    for (let i = 0; i < 500; i++) {
      const min = cursor.normal() * 10 ** (cursor.below(12) - 6);
      const max = min + cursor.exponential() * 10 ** (cursor.below(12) - 6);
      const edges = linearEdges(min, max, 40);
      expect(edges[0]!).toBeLessThanOrEqual(min + 1e-9 * Math.abs(max - min));
      expect(edges.at(-1)!).toBeGreaterThanOrEqual(max - 1e-9 * Math.abs(max - min) - 1e-12 * Math.abs(max));
      expect(edges.length).toBeLessThanOrEqual(43);
      for (let j = 1; j < edges.length; j++) expect(edges[j]!).toBeGreaterThan(edges[j - 1]!);
    }
  });
  it('surround a single value', () => {
    for (const x of [0, 3, -2.5e6, 1e-9]) {
      const edges = linearEdges(x, x, 10);
      expect(binOf(edges, x)).toBeGreaterThanOrEqual(0);
      expect(binOf(edges, x)).toBeLessThan(edges.length - 1);
    }
    expect([...logEdges(1, 1, 1)]).toEqual([1, 10]);
  });
  it('refuse what has no bins', () => {
    expect(() => linearEdges(2, 1, 5)).toThrow(/no bins/);
    expect(() => linearEdges(Number.NaN, 1, 5)).toThrow(/no bins/);
    expect(() => logEdges(0, 1, 5)).toThrow(/logarithmic/);
  });
});

describe('filling', () => {
  it('puts a value on an edge into the bin above, and the last edge into the last bin', () => {
    const h = fill([0, 1, 1.5, 2, 3, 3.1, -1, Number.NaN, Infinity], new Float64Array([0, 1, 2, 3]));
    expect([...h.counts]).toEqual([1, 2, 2]);
    expect(h).toMatchObject({ underflow: 1, overflow: 2, missing: 1 });
  });
  it('sums weights and their squares over selected values', () => {
    const h = fill([0.5, 0.5, 1.5], new Float64Array([0, 1, 2]), { weights: [2, 3, 5], select: [1, 1, 0] });
    expect([...h.counts]).toEqual([5, 0]);
    expect([...h.squares]).toEqual([13, 0]);
  });
  it('loses nothing', () => {
    const cursor = new Cursor(8, 'sample');
    const values = Array.from({ length: 10_000 }, () => cursor.normal());
    const h = fill(values, linearEdges(-2, 2, 30));
    expect(h.counts.reduce((a, b) => a + b) + h.underflow + h.overflow).toBe(10_000);
  });
});
