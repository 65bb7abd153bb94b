import { describe, expect, it } from 'vitest';
import { rowNouns } from '../base/nouns.ts';
import { rank } from '../metrics/ranking.ts';
import {
  efficiencyPresets,
  operatingPoint,
  rateOf,
  sliderPosition,
  spokenThreshold,
  thresholdAtSlider,
} from './operating-point.ts';

const classes = [
  { name: 'background', role: 'background' },
  { name: 'A', role: 'signal' },
  { name: 'B', role: 'signal' },
  { name: 'data', role: 'unlabelled' },
] as const;

/** 1000 background at 0 ... 999, ten of A at 900.5 ... 909.5, one B, two unlabelled. */
const scores = Float64Array.from([
  ...Array.from({ length: 1000 }, (_, i) => i),
  ...Array.from({ length: 10 }, (_, i) => 900.5 + i),
  950.5,
  10.5,
  Number.NaN,
]);
const labels = Uint8Array.from([...Array<number>(1000).fill(0), ...Array<number>(10).fill(1), 2, 3, 3]);
const test = rank(scores, labels, 4);

describe('the operating point', () => {
  it('counts flagged and kept of every class; unlabelled events are counted but take part in no cell', () => {
    const point = operatingPoint(test, classes, 1, 905);
    expect(point.rows.map(({ flagged, kept }) => [flagged, kept])).toEqual([
      [95, 905],
      [5, 5],
      [1, 0],
      [0, 1],
    ]);
    expect(point.rows.map(({ cells }) => cells?.flagged)).toEqual(['falsePositives', 'truePositives', undefined, undefined]);
    expect(point.nonFinite).toBe(1);
    expect(point.precision.value).toBeCloseTo(5 / 100);
    expect(point.prevalence).toBeCloseTo(10 / 1010);
  });

  it('warns below 100 flagged background events and quotes nothing below 10', () => {
    expect(operatingPoint(test, classes, 1, 0).caution).toBeNull();
    expect(operatingPoint(test, classes, 1, 950).caution).toContain('50 background events are flagged');
    expect(operatingPoint(test, classes, 1, 995).caution).toContain('Only 5');
    expect(operatingPoint(test, classes, 1, 2000).caution).toMatch(/^No background event is flagged, too few/);
  });

  it('has no rates where there are no events', () => {
    expect(rateOf(0, 0).value).toBeNaN();
    expect(operatingPoint(test, classes, -1, 5).signal.of).toBe(0);
  });

  it('is spoken with its rates', () => {
    const spoken = (threshold: number) =>
      spokenThreshold(operatingPoint(test, classes, 1, threshold), 'A', 'GeV', rowNouns.histograms).replaceAll('\u00a0', ' ');
    expect(spoken(905)).toBe('905.0 GeV, flags 9.50 % of background and 50.0 % of A');
    // too few for a rate: a count, of what a row is
    expect(spoken(998)).toMatch(/flags 2 background lumisections and/);
    expect(spoken(999)).toMatch(/flags 1 background lumisection and/);
  });

  it('offers only background efficiencies that validation can calibrate', () => {
    expect(efficiencyPresets(test, classes).map(({ reason }) => reason === null)).toEqual([true, true, true, false, false]);
    expect(efficiencyPresets(test, classes)[3]?.reason).toMatch(/needs 9.?999 background events/);
  });

  it('can be set by a slider that is even in the logarithm of the background efficiency', () => {
    for (const slider of [0, 0.25, 0.5, 1]) {
      const threshold = thresholdAtSlider(test, classes, slider);
      expect(sliderPosition(operatingPoint(test, classes, 1, threshold))).toBeCloseTo(slider, 1);
    }
  });
});
