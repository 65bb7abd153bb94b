import { describe, expect, it } from 'vitest';
import { stepPath, unitArea } from './steps.ts';

describe('a step line', () => {
  it('goes up and across, bin by bin, from base line to base line', () => {
    expect(stepPath([1, 2], { width: 10, height: 10 })).toBe('M0 10V5H5V0H10V10');
  });

  it('shows a tenth of the top one decade down on a log axis, and nothing below its end', () => {
    expect(stepPath([1, 0.1, 1e-9, 0], { width: 40, height: 30, log: true, decades: 3 })).toBe('M0 30V0H10V10H20V30H30V30H40V30');
  });

  it('is flat where all values are 0 and empty where there are none', () => {
    expect(stepPath([0, 0], { width: 10, height: 10 })).toBe('M0 10V10H5V10H10V10');
    expect(stepPath([], { width: 10, height: 10 })).toBe('');
  });

  it('compares classes of different size at unit area', () => {
    expect(unitArea([2, 6])).toEqual([0.25, 0.75]);
    expect(unitArea([0, 0])).toEqual([0, 0]);
  });
});
