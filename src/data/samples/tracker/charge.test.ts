import { describe, expect, it } from 'vitest';
import { ChargeSpectrum, landauDensity } from './charge.ts';

const shape = { gain: 1, mostProbable: 22_000, width: 2_600, floor: 0.2, floorCharge: 9_000 };
const edges = Array.from({ length: 101 }, (_, i) => i * 800);
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe("Landau's density", () => {
  it('has the tabulated values and its mode at -0.2228', () => {
    expect(landauDensity(0)).toBeCloseTo(0.178854, 5);
    expect(landauDensity(-0.2228)).toBeCloseTo(0.180656, 5);
    expect(landauDensity(-0.2228)).toBeGreaterThan(landauDensity(-0.3));
    expect(landauDensity(-0.2228)).toBeGreaterThan(landauDensity(-0.15));
    expect(landauDensity(10)).toBeCloseTo(0.0119765, 5);
    expect(landauDensity(-5)).toBe(0);
  });
});

describe('a charge spectrum', () => {
  const spectrum = new ChargeSpectrum();

  it('shares its entries between the bins, and loses only a tail', () => {
    const shares = spectrum.shares(shape, edges);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(sum(shares)).toBeGreaterThan(0.95);
    expect(sum(shares)).toBeLessThan(1);
  });

  it('has its peak near the most probable charge, and moves with the gain', () => {
    const peakOf = (gain: number) => {
      const shares = spectrum.shares({ ...shape, gain, floor: 0 }, edges);
      return 800 * (shares.indexOf(Math.max(...shares)) + 0.5);
    };
    expect(Math.abs(peakOf(1) - 23_000)).toBeLessThan(1_500);
    expect(peakOf(1.2) / peakOf(1)).toBeCloseTo(1.2, 1);
  });

  it('does not depend on where the edges of other bins lie', () => {
    const coarse = spectrum.shares(shape, [0, 20_000, 40_000]);
    const fine = spectrum.shares(shape, edges);
    expect(sum(fine.slice(0, 25))).toBeCloseTo(coarse[0]!, 12);
    expect(sum(fine.slice(25, 50))).toBeCloseTo(coarse[1]!, 12);
  });
});
