import { describe, expect, it } from 'vitest';
import { asinh, atan2, cosh, exp, ln, power, sinCos, sinCosTurns, sinh } from './elementary.ts';

/** Near a zero of sin, 2πx itself is rounded in the reference, hence 1e-12.
 * Largest relative difference over a grid; absolute where the reference is below 1e-3. */
function worst(ours: (x: number) => number, theirs: (x: number) => number, from: number, to: number): number {
  let largest = 0;
  for (let i = 0; i <= 20000; i++) {
    const x = from + ((to - from) * i) / 20000;
    const reference = theirs(x);
    largest = Math.max(largest, Math.abs(ours(x) - reference) / Math.max(Math.abs(reference), 1e-3));
  }
  return largest;
}

describe('elementary functions agree with the engine to a few units in the last place', () => {
  it.each([
    ['ln', ln, Math.log, 1e-6, 10],
    ['ln far', ln, Math.log, 10, 1e9],
    ['exp', exp, Math.exp, -20, 20],
    ['exp far', exp, Math.exp, -700, 700],
    ['sin', (x: number) => sinCos(x)[0], Math.sin, -30, 30],
    ['cos', (x: number) => sinCos(x)[1], Math.cos, -30, 30],
    ['sin of turns', (x: number) => sinCosTurns(x)[0], (x: number) => Math.sin(2 * Math.PI * x), -1, 1],
    ['cos of turns', (x: number) => sinCosTurns(x)[1], (x: number) => Math.cos(2 * Math.PI * x), -1, 1],
    ['sinh', sinh, Math.sinh, -6, 6],
    ['cosh', cosh, Math.cosh, -6, 6],
    ['asinh', asinh, Math.asinh, -500, 500],
    ['atan2 right', (x: number) => atan2(x, 2), (x: number) => Math.atan2(x, 2), -50, 50],
    ['atan2 left', (x: number) => atan2(x, -2), (x: number) => Math.atan2(x, -2), -50, 50],
  ])('%s', (_, ours, theirs, from, to) => {
    expect(worst(ours, theirs, from, to)).toBeLessThan(1e-12);
  });

  it('keeps the edges', () => {
    expect(ln(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(ln(-1)).toBeNaN();
    expect(ln(10)).toBeCloseTo(2.302585092994046, 15);
    expect(exp(1)).toBeCloseTo(2.718281828459045, 15);
    expect(exp(-1000)).toBe(0);
    expect(exp(1000)).toBe(Number.POSITIVE_INFINITY);
    expect(atan2(0, 0)).toBe(0);
    expect(atan2(0, -1)).toBe(Math.PI);
    expect(power(0, 2)).toBe(0);
    expect(power(2, 10)).toBeCloseTo(1024, 9);
  });
});
