import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { betaCdf, betaInv, chi2Inv, gammaCdf, gammaInv, gammaTail, logGamma, normalCdf, normalQuantile } from './special.ts';

type Rows = number[][];
const reference = JSON.parse(readFileSync(new URL('./special.reference.json', import.meta.url), 'utf8')) as Record<string, Rows>;

/** Largest relative difference from the last number of each row. */
function worst(rows: Rows, ours: (...args: number[]) => number, column = -1): number {
  return Math.max(
    ...rows.map((row) => {
      const expected = row.at(column) as number;
      return Math.abs(ours(...row) - expected) / (Math.abs(expected) || 1);
    }),
  );
}

describe('special functions agree with 50-digit arithmetic', () => {
  it('ln of the gamma function, also beside its zeros', () => {
    expect(worst(reference.logGamma!, (x) => logGamma(x!))).toBeLessThan(1e-13);
  });
  it('incomplete beta, with parameters up to a million', () => {
    expect(worst(reference.betaCdf!, (x, a, b) => betaCdf(x!, a!, b!))).toBeLessThan(1e-12);
  });
  it('inverse of the incomplete beta', () => {
    expect(worst(reference.betaInv!, (p, a, b) => betaInv(p!, a!, b!))).toBeLessThan(1e-12);
  });
  it('incomplete gamma, both tails, with parameters up to a million', () => {
    expect(worst(reference.gammaCdf!, (x, a) => gammaCdf(x!, a!), 2)).toBeLessThan(1e-12);
    expect(worst(reference.gammaCdf!, (x, a) => gammaTail(x!, a!), 3)).toBeLessThan(1e-12);
  });
  it('inverse of the incomplete gamma', () => {
    expect(worst(reference.gammaInv!, (p, a) => gammaInv(p!, a!))).toBeLessThan(1e-12);
  });
  it('the normal distribution and its quantile', () => {
    expect(worst(reference.normalCdf!, (z) => normalCdf(z!))).toBeLessThan(1e-12);
    expect(worst(reference.normalQuantile!, (p) => normalQuantile(p!))).toBeLessThan(1e-12);
  });
});

describe('special functions', () => {
  it('give the worked values', () => {
    expect(logGamma(10)).toBeCloseTo(12.801827480081469, 13);
    expect(betaCdf(0.3, 2, 5)).toBeCloseTo(0.579825, 14);
    expect(betaInv(0.025, 3, 8)).toBeCloseTo(0.0667395, 7);
    expect(gammaCdf(2, 3)).toBeCloseTo(0.3233235838, 10);
    expect(chi2Inv(0.95, 1)).toBeCloseTo(3.841458820694124, 13);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
  });

  it('undo each other for ten million trials', () => {
    for (const p of [1e-9, 0.15865, 0.5, 0.84135, 0.999]) {
      expect(betaCdf(betaInv(p, 10, 1e7), 10, 1e7) / p).toBeCloseTo(1, 11);
      expect(betaCdf(betaInv(p, 4e6, 6e6), 4e6, 6e6) / p).toBeCloseTo(1, 9);
      expect(gammaCdf(gammaInv(p, 1e7), 1e7) / p).toBeCloseTo(1, 9);
    }
  });

  it('are symmetric: I_x(a, b) + I_(1-x)(b, a) = 1', () => {
    for (const [a, b] of [
      [0.3, 4],
      [12, 7],
      [900, 1100],
    ] as const)
      for (const x of [0.01, 0.2, 0.45, 0.9]) expect(betaCdf(x, a, b) + betaCdf(1 - x, b, a)).toBeCloseTo(1, 13);
  });

  it('keep the edges', () => {
    expect([betaCdf(0, 2, 3), betaCdf(1, 2, 3), betaInv(0, 2, 3), betaInv(1, 2, 3)]).toEqual([0, 1, 0, 1]);
    expect([gammaCdf(0, 2), gammaTail(0, 2), gammaInv(0, 2), gammaInv(1, 2)]).toEqual([0, 1, 0, Number.POSITIVE_INFINITY]);
    expect(normalQuantile(0.5)).toBe(0);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    for (const bad of [logGamma(0), logGamma(-1), betaCdf(0.5, 0, 1), betaInv(1.1, 1, 1), gammaInv(-0.1, 1), normalQuantile(2)])
      expect(bad).toBeNaN();
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  });
});
