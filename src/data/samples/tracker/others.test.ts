import { describe, expect, it } from 'vitest';
import { phiBins, phiShares, sizeShares } from './others.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe('sizes of clusters', () => {
  it('add up to nearly 1, shrink with the gain, and noise is clusters of one pixel', () => {
    const usual = sizeShares({ gain: 1, beyond: 2.4, noise: 0 });
    expect(sum(usual)).toBeGreaterThan(0.99);
    expect(sum(usual)).toBeLessThan(1);
    const meanOf = (shares: Float64Array) => shares.reduce((total, share, k) => total + share * (k + 1), 0) / sum(shares);
    expect(meanOf(sizeShares({ gain: 0.9, beyond: 2.4, noise: 0 }))).toBeLessThan(meanOf(usual));
    const noisy = sizeShares({ gain: 1, beyond: 2.4, noise: 0.02 });
    expect(noisy[0]! - usual[0]!).toBeCloseTo(0.02, 12);
    expect([...noisy.subarray(1)]).toEqual([...usual.subarray(1)]);
  });
});

describe('clusters in phi', () => {
  const layer = { offset: 0.02, direction: 0.3 };
  it('are 1 in all, most where the layer is nearest', () => {
    const shares = phiShares(layer);
    expect(sum(shares)).toBeCloseTo(1, 10);
    expect(sum(shares.subarray(10, 26))).toBeGreaterThan(sum(shares.subarray(40, 56)));
  });
  it('miss what lies in a sector, over the seam too, and half of a bin that lies half in it', () => {
    const whole = phiShares(layer);
    // 4.5 bins around the seam: two on each side, and a quarter of the next
    const cut = phiShares({ ...layer, sector: { middle: 0, width: 4.5 / phiBins, lost: 0.5 } });
    const left = [...cut].map((share, bin) => share / whole[bin]!);
    expect([0, 1, 2, 3].map((bin) => left[bin]!.toFixed(9))).toEqual([
      '0.500000000',
      '0.500000000',
      '0.875000000',
      '1.000000000',
    ]);
    expect([59, 58, 57, 56].map((bin) => left[bin]!.toFixed(9))).toEqual([
      '0.500000000',
      '0.500000000',
      '0.875000000',
      '1.000000000',
    ]);
  });
});
