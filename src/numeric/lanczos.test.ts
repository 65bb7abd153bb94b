import { expect, it } from 'vitest';
import { largestEigen } from './lanczos.ts';
import { covariance, principalComponents, symmetricEigen } from './linear.ts';
import { Cursor } from './random.ts';

const times = (a: Float64Array, d: number) => (v: Float64Array, out: Float64Array) => {
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += a[i * d + j]! * v[j]!;
    out[i] = sum;
  }
};

function normals(n: number, seed: number): Float64Array {
  const cursor = new Cursor(seed, 'sample');
  return Float64Array.from({ length: n }, () => cursor.normal());
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

it('of a 2 x 2 matrix, by hand: [2 1; 1 2] has 3 with (1, 1)/√2', () => {
  const { values, vectors } = largestEigen(times(Float64Array.of(2, 1, 1, 2), 2), 2, 2);
  expect([...values]).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14)]);
  expect(Math.abs(vectors[0]! + vectors[1]!)).toBeCloseTo(Math.SQRT2, 14);
});

it('gives what the full decomposition gives, whatever the size', () => {
  for (const d of [5, 30, 120]) {
    const x = normals(2 * d * d, d);
    const { covariance: a } = covariance(x, 2 * d, d);
    const whole = symmetricEigen(a, d);
    const few = largestEigen(times(a, d), d, 4);
    for (let c = 0; c < 4; c++) {
      expect(few.values[c]!).toBeCloseTo(whole.values[c]!, 10);
      const [p, q] = [few.vectors.slice(c * d, (c + 1) * d), whole.vectors.slice(c * d, (c + 1) * d)];
      expect(Math.abs(dot(p, q))).toBeCloseTo(1, 9);
    }
  }
});

it('goes on with a new direction where a matrix has fewer than asked for', () => {
  // rank one: (1, 2, 3)ᵀ (1, 2, 3)
  const a = Float64Array.of(1, 2, 3, 2, 4, 6, 3, 6, 9);
  const { values, vectors } = largestEigen(times(a, 3), 3, 3);
  expect([...values].map((value) => Math.abs(value))).toEqual([14, 0, 0].map((value) => expect.closeTo(value, 12)));
  expect([...vectors].every(Number.isFinite)).toBe(true);
});

it('finds the components of many columns as the matrix of inner products does', () => {
  const [n, d] = [500, 700];
  const cursor = new Cursor(3, 'sample');
  const hidden = Float64Array.from({ length: 3 * d }, () => cursor.normal());
  const x = new Float64Array(n * d);
  for (let row = 0; row < n; row++) {
    const z = [6, 4, 2].map((width) => width * cursor.normal());
    for (let j = 0; j < d; j++)
      x[row * d + j] = 5 + z.reduce((sum, value, k) => sum + value * hidden[k * d + j]!, 0) + 0.5 * cursor.normal();
  }
  const found = principalComponents(x, n, d, 3);
  // C v = λ v, from the rows alone
  for (let c = 0; c < 3; c++) {
    const v = found.components.slice(c * d, (c + 1) * d);
    const out = new Float64Array(d);
    for (let row = 0; row < n; row++) {
      let along = 0;
      for (let j = 0; j < d; j++) along += (x[row * d + j]! - found.mean[j]!) * v[j]!;
      for (let j = 0; j < d; j++) out[j]! += (along * (x[row * d + j]! - found.mean[j]!)) / (n - 1);
    }
    const lambda = found.variances[c]!;
    expect(Math.max(...out.map((value, j) => Math.abs(value - lambda * v[j]!))) / lambda).toBeLessThan(1e-6);
    expect(Math.max(...v)).toBeGreaterThanOrEqual(-Math.min(...v) * (1 - 1e-8));
  }
  expect(found.variances[0]!).toBeGreaterThan(found.variances[1]!);
  expect(found.totalVariance).toBeGreaterThan(found.variances.reduce((sum, v) => sum + v, 0));
});
