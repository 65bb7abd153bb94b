import { describe, expect, it } from 'vitest';
import { countOf, countText, numberText } from './numbers.ts';

describe('numbers in a sentence', () => {
  it('have thin no-break spaces between thousands, from one thousand on', () => {
    expect([0, 770, 999, 1000, 28758, 2050000].map(countText)).toEqual([
      '0',
      '770',
      '999',
      '1\u202f000',
      '28\u202f758',
      '2\u202f050\u202f000',
    ]);
  });
  it('have a true minus', () => {
    expect(countText(-1500)).toBe('−1\u202f500');
    expect(numberText(-0.25)).toBe('−0.25');
  });
  it('have four significant digits at most', () => {
    expect([32.158732, 0.5, 4, 88872.739, 0.0012345678, 1e-9].map((value) => numberText(value))).toEqual([
      '32.16',
      '0.5',
      '4',
      '88\u202f870',
      '0.001235',
      '1e-9',
    ]);
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => numberText(value))).toEqual([
      'nan',
      '∞',
      '−∞',
    ]);
  });
  it('stand beside one thing or several', () => {
    expect([0, 1, 2, 1500].map((n) => countOf(n, 'event'))).toEqual(['0 events', '1 event', '2 events', '1\u202f500 events']);
    expect(countOf(1, 'class', 'classes')).toBe('1 class');
  });
});
