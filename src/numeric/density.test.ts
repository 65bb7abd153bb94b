import { describe, expect, it } from 'vitest';
import reference from './density.reference.json';
import { halfNormalScale, kernelDensity, logHalfNormal, logKernelDensity, logNormal } from './density.ts';

// the points of the reference script
const n = 60;
const columns = [
  Float64Array.from({ length: n }, (_, i) => 1e-6 * (1 + ((i * 37) % 101) / 50)),
  Float64Array.from({ length: n }, (_, i) => 3e-3 * (1 + ((i * 53) % 97) / 60) + 500 * (1e-6 * (1 + ((i * 37) % 101) / 50))),
  Float64Array.from({ length: n }, (_, i) => 0.2 + ((i * 71) % 89) / 89),
];
const between = (low: number, high: number) => Float64Array.from({ length: 12 }, (_, i) => low + (i * (high - low)) / 11);
const at = [between(0, 2e-5), between(1e-3, 0.4), between(0, 9)];
const rows = (chosen: Float64Array[]) =>
  Float64Array.from(
    { length: chosen.length * chosen[0]!.length },
    (_, i) => chosen[i % chosen.length]![Math.floor(i / chosen.length)]!,
  );

function expectSame(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries())
    expect(Math.abs(found[i]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(1e-9);
}

describe('log densities against SciPy to 1e-9', () => {
  it.each([0, 1, 2])('column %i: half-normal, normal and kernels', (k) => {
    const points = columns[k]!;
    const scale = halfNormalScale(points);
    const mean = points.reduce((sum, x) => sum + x, 0) / n;
    const deviation = Math.sqrt(points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
    expectSame(
      at[k]!.map((x) => logHalfNormal(x, scale)),
      reference.halfNormal[k]!,
    );
    expectSame(
      at[k]!.map((x) => logNormal(x, mean, deviation)),
      reference.normal[k]!,
    );
    expectSame(logKernelDensity(kernelDensity(points, n, 1), at[k]!), reference.kernels[k]!);
  });
  it('kernels in two and three dimensions whose units differ by a million', () => {
    expectSame(logKernelDensity(kernelDensity(rows(columns), n, 3), rows(at)), reference.together);
    const two = [0, 2];
    const points = rows(two.map((k) => columns[k]!));
    expectSame(logKernelDensity(kernelDensity(points, n, 2), rows(two.map((k) => at[k]!))), reference.two);
  });
});

describe('where a density is at its end', () => {
  it('goes on falling far from every point, where the density itself is 0', () => {
    const density = kernelDensity(Float64Array.of(0, 1, 2), 3, 1);
    const [near, far, farther] = logKernelDensity(density, Float64Array.of(1, 1e3, 1e4));
    expect(near).toBeGreaterThan(far!);
    expect(far).toBeLessThan(-1e4);
    expect(farther).toBeLessThan(far!);
    expect(Number.isFinite(farther!)).toBe(true);
  });
  it('leaves out a direction in which points do not differ, one that repeats another included', () => {
    const own = columns[2]!;
    const alone = kernelDensity(own, n, 1);
    const withConstant = kernelDensity(rows([own, own.map(() => 7)]), n, 2);
    expect(withConstant.rank).toBe(1);
    const [a, b] = [logKernelDensity(alone, at[2]!), logKernelDensity(withConstant, rows([at[2]!, at[2]!]))];
    for (let i = 0; i < a.length; i++) expect(b[i]).toBeCloseTo(a[i]!, 9);
    expect(kernelDensity(rows([own, own.map((x) => 2 * x + 1)]), n, 2).rank).toBe(1);
    expect([...logKernelDensity(kernelDensity(Float64Array.of(3), 1, 1), Float64Array.of(5))]).toEqual([0]);
  });
  it('is no number where a number is missing, and -∞ below the half-normal', () => {
    expect(logKernelDensity(kernelDensity(columns[0]!, n, 1), [Number.NaN])[0]).toBeNaN();
    expect(logHalfNormal(-1, 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(logHalfNormal(0, 1)).toBeCloseTo(0.5 * Math.log(2 / Math.PI), 14);
    expect(halfNormalScale([3, 4])).toBeCloseTo(Math.sqrt(12.5), 14);
  });
});
