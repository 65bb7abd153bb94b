import { describe, expect, it } from 'vitest';
import { Cursor } from './random.ts';
import { midRanks, pearson, spearman } from './rank.ts';

describe('ranks', () => {
  it('are shared by ties', () => {
    expect([...midRanks(new Float64Array([10, 20, 20, 5]))]).toEqual([2, 3.5, 3.5, 1]);
    expect([...midRanks(new Float64Array([1, Number.NaN, 0]))]).toEqual([2, Number.NaN, 1]);
  });
  it('sum to n(n + 1)/2', () => {
    const cursor = new Cursor(2, 'sample');
    const values = Float64Array.from({ length: 1001 }, () => cursor.below(50));
    expect(midRanks(values).reduce((a, b) => a + b)).toBe((1001 * 1002) / 2);
  });
});

describe('correlation', () => {
  it('of small samples, by hand', () => {
    expect(spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 7])).toBeCloseTo(0.8, 14);
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 14);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 14);
  });
  it("Spearman's does not change under a rising function", () => {
    const cursor = new Cursor(4, 'sample');
    const x = Array.from({ length: 300 }, () => cursor.normal());
    const y = x.map((v) => v + cursor.normal());
    expect(spearman(x, y)).toBeCloseTo(
      spearman(
        x.map(Math.exp),
        y.map((v) => v ** 3),
      ),
      12,
    );
  });
  it('is not defined for a constant and leaves out pairs with NaN', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(spearman([1, 2, Number.NaN, 3], [1, 2, 9, 3])).toBeCloseTo(1, 14);
  });
});
