import { describe, expect, it } from 'vitest';
import { covariance, principalComponents, pseudoInverse, symmetricEigen } from './linear.ts';
import { Cursor } from './random.ts';

function normals(n: number, seed = 1): Float64Array {
  const cursor = new Cursor(seed, 'sample');
  return Float64Array.from({ length: n }, () => cursor.normal());
}

function multiply(a: ArrayLike<number>, b: ArrayLike<number>, d: number): Float64Array {
  const c = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) for (let j = 0; j < d; j++) c[i * d + j]! += a[i * d + k]! * b[k * d + j]!;
  return c;
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('covariance', () => {
  it('of five points, by hand', () => {
    const { mean, covariance: c } = covariance(new Float64Array([1, 2, 2, 1, 3, 4, 4, 3, 5, 7]), 5, 2);
    expect([...mean]).toEqual([3, 3.4]);
    expect([...c]).toEqual([2.5, 3, 3, expect.closeTo(5.3, 14)]);
  });
  it('does not depend on where zero is, nor on the block of four', () => {
    const x = normals(3 * 101);
    const shifted = x.map((v) => v + 1e6);
    expect(furthest(covariance(x, 101, 3).covariance, covariance(shifted, 101, 3).covariance)).toBeLessThan(1e-8);
  });
  it('of one row is zero', () => {
    expect([...covariance(new Float64Array([1, 2]), 1, 2).covariance]).toEqual([0, 0, 0, 0]);
  });
});

describe('eigenvectors of a symmetric matrix', () => {
  it('of a 2 x 2 matrix, by hand', () => {
    const { values, vectors } = symmetricEigen(new Float64Array([2, 1, 1, 2]), 2);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
    expect([...vectors].map((v) => v * Math.SQRT2)).toEqual([1, 1, 1, -1].map((v) => expect.closeTo(v, 14)));
  });
  it.each([1, 2, 3, 8, 40, 90])('rebuild a random %d x %d matrix, orthonormal and in falling order', (d) => {
    const half = normals(d * d, 7);
    const a = Float64Array.from({ length: d * d }, (_, i) => half[i]! + half[(i % d) * d + Math.floor(i / d)]!);
    const { values, vectors } = symmetricEigen(a, d);
    const scaled = vectors.map((v, i) => v * values[Math.floor(i / d)]!);
    const transpose = Float64Array.from({ length: d * d }, (_, i) => vectors[(i % d) * d + Math.floor(i / d)]!);
    expect(furthest(multiply(transpose, scaled, d), a)).toBeLessThan(1e-12 * d);
    const identity = Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
    expect(furthest(multiply(vectors, transpose, d), identity)).toBeLessThan(1e-12);
    for (let i = 1; i < d; i++) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
    for (let c = 0; c < d; c++) {
      const row = vectors.subarray(c * d, (c + 1) * d);
      expect(Math.max(...row)).toBeGreaterThanOrEqual(-Math.min(...row) * (1 - 1e-8));
    }
  });
  it('handle repeated eigenvalues, diagonal and zero matrices', () => {
    expect([...symmetricEigen(new Float64Array([1, 0, 0, 0, 3, 0, 0, 0, 3]), 3).values]).toEqual([3, 3, 1]);
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    expect(symmetricEigen(new Float64Array(0), 0).values).toHaveLength(0);
  });
  it('are refused for a matrix with a hole', () => {
    expect(() => symmetricEigen(new Float64Array([1, Number.NaN, Number.NaN, 1]), 2)).toThrow(/NaN/);
  });
});

describe('pseudo-inverse', () => {
  it('is the inverse of a regular matrix', () => {
    const x = normals(6 * 50, 3);
    const { covariance: c } = covariance(x, 50, 6);
    const { inverse, rank } = pseudoInverse(c, 6);
    const identity = Float64Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0));
    expect(rank).toBe(6);
    expect(furthest(multiply(c, inverse, 6), identity)).toBeLessThan(1e-12);
  });
  it('leaves out directions without spread', () => {
    // the second column repeats the first, the third is constant
    const x = normals(40).map((v) => v);
    const rows = Float64Array.from({ length: 120 }, (_, i) => (i % 3 === 2 ? 5 : x[Math.floor(i / 3)]!));
    const { covariance: c } = covariance(rows, 40, 3);
    const { inverse, rank } = pseudoInverse(c, 3);
    expect(rank).toBe(1);
    expect(furthest(multiply(multiply(c, inverse, 3), c, 3), c)).toBeLessThan(1e-12);
  });
});

describe('principal components', () => {
  const n = 400;
  const cursor = new Cursor(9, 'sample');
  // a long axis along (3, 4)/5 and a short one across
  const rows = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const long = 10 * cursor.normal();
    const short = cursor.normal();
    rows[2 * i] = 0.6 * long - 0.8 * short + 100;
    rows[2 * i + 1] = 0.8 * long + 0.6 * short;
  }
  it('find the long axis first', () => {
    const { components, variances, totalVariance } = principalComponents(rows, n, 2);
    expect(components[0]).toBeCloseTo(0.6, 1);
    expect(components[1]).toBeCloseTo(0.8, 1);
    expect(variances[0]! / variances[1]!).toBeGreaterThan(50);
    expect(totalVariance).toBeCloseTo(variances[0]! + variances[1]!, 10);
  });
  it('are the same from fewer rows than columns, by inner products', () => {
    const wide = normals(10 * 30, 5);
    const thin = principalComponents(wide, 10, 30);
    const { values, vectors } = symmetricEigen(covariance(wide, 10, 30).covariance, 30);
    expect(thin.components).toHaveLength(10 * 30);
    expect(furthest(thin.variances.slice(0, 9), values)).toBeLessThan(1e-12);
    expect(furthest(thin.components.slice(0, 9 * 30), vectors)).toBeLessThan(1e-10);
    expect([...thin.components.slice(9 * 30)].every((v) => v === 0)).toBe(true);
  });
  it('can be limited', () => {
    const { components, variances } = principalComponents(rows, n, 2, 1);
    expect([components.length, variances.length]).toEqual([2, 1]);
  });
});
