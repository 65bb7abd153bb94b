import { describe, expect, it } from 'vitest';
import { clearLargest, keepLargest, meanOfLargest } from './largest.ts';

describe('the largest of a stream', () => {
  it('are kept in rising order', () => {
    const two = new Float64Array(2);
    clearLargest(two);
    for (const value of [1, 5, 3]) keepLargest(two, value);
    expect([...two]).toEqual([3, 5]);
    expect(meanOfLargest(two)).toBe(4);
  });
  it('count a number as often as it comes, and zeros too', () => {
    const three = new Float64Array(3);
    clearLargest(three);
    for (const value of [0, 2, 0, 2]) keepLargest(three, value);
    expect([...three]).toEqual([0, 2, 2]);
  });
});
