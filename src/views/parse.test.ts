import { describe, expect, it } from 'vitest';
import { nextUp } from '../metrics/thresholds.ts';
import { formatThreshold } from '../plots/format.ts';
import { parseIntegers, parseNumber, parseSeeds, parseThreshold, rangeText, seedsText, stepNumber } from './parse.ts';

describe('seeds', () => {
  it('are numbers and ranges, in the order given, each once', () => {
    expect(parseSeeds('3 1-2, 1')).toEqual({ value: [3, 1, 2] });
    expect(parseSeeds('1 - 5')).toEqual({ value: [1, 2, 3, 4, 5] });
    expect(parseSeeds('1–3')).toEqual({ value: [1, 2, 3] });
  });

  it('are refused with what would be right', () => {
    expect(parseSeeds('').error).toMatch('at least one seed');
    expect(parseSeeds('0').error).toMatch('from 1 to 4294967295; found 0');
    expect(parseSeeds('1 two').error).toMatch('found "two"');
    expect(parseSeeds('1-101').error).toMatch('At most 100 seeds at once; found 101');
    expect(parseSeeds('1-4294967295').error).toMatch('4294967295 of them');
    expect(parseSeeds('-3').error).toMatch('found "-3"');
  });

  it('read back as they were written', () => {
    for (const seeds of [[1], [1, 2], [1, 2, 3, 7], [5, 3, 4, 5 + 1], [9, 8, 7]]) {
      expect(parseSeeds(seedsText(seeds)).value).toEqual(seeds);
    }
    expect(seedsText([1, 2, 3, 7])).toBe('1-3 7');
  });
});

describe('lists of whole numbers', () => {
  it('keep doubles, as layer widths need', () => {
    expect(parseIntegers('32, 16 16', { min: 1, max: 64 })).toEqual({ value: [32, 16, 16] });
    expect(parseIntegers('', { min: 1, max: 64 })).toEqual({ value: [] });
    expect(parseIntegers('3-1', { min: 1, max: 64 })).toEqual({ value: [3, 2, 1] });
  });

  it('stay within their range', () => {
    expect(parseIntegers('128', { min: 1, max: 64 }).error).toMatch('from 1 to 64; found 128');
    expect(parseIntegers('1.5', { min: 1, max: 64 }).error).toMatch('found "1.5"');
  });
});

describe('a number', () => {
  it('may carry a true minus, thin spaces and a power', () => {
    expect(parseNumber('50\u2009000', { integer: true })).toEqual({ value: 50000 });
    expect(parseNumber('−1e-3', {})).toEqual({ value: -0.001 });
  });

  it('is refused outside its range, unfinished or empty', () => {
    expect(parseNumber('2', { min: 0, max: 1 }).error).toBe('Expected a number from 0 to 1; found "2"');
    expect(parseNumber('1.5', { min: 1, integer: true }).error).toBe('Expected a whole number of at least 1; found "1.5"');
    expect(parseNumber('1e', {}).error).toMatch('found "1e"');
    expect(parseNumber(' ', {}).error).toMatch('found nothing');
    expect(rangeText({ max: 3 })).toBe('a number of at most 3');
  });

  it('steps by what its scale asks for', () => {
    expect(stepNumber({ log: true }, 1e-3, 1)).toBe(2e-3);
    expect(stepNumber({ log: true }, 1e-3, -1)).toBe(5e-4);
    expect(stepNumber({ log: true }, 3e-3, 1)).toBe(5e-3);
    expect(stepNumber({ log: true, integer: true }, 1024, 1)).toBe(2048);
    expect(stepNumber({ log: true, integer: true, min: 1 }, 1, -1)).toBe(1);
    expect(stepNumber({ integer: true, max: 10 }, 10, 1)).toBe(10);
    expect(stepNumber({}, 0.3, 1)).toBe(0.31);
  });
});

describe('a threshold', () => {
  it('is read as it is printed', () => {
    for (const value of [3.42, -0.5, 0, 12345, 1.2e-7, -2.5e9, nextUp(0), nextUp(12), nextUp(1234), nextUp(0.5)])
      expect(parseThreshold(formatThreshold(value, 5))).toBe(value);
  });

  it('takes a decimal comma, and nothing that is no number', () => {
    expect(parseThreshold(' 0,25 ')).toBe(0.25);
    for (const text of ['', 'just above', 'high', '1 or 2', 'above 3']) expect(parseThreshold(text)).toBeNaN();
  });
});
