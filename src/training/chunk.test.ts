import { describe, expect, it } from 'vitest';
import { ChunkSize } from './chunk.ts';

/** Sizes after `rounds` chunks on a machine where n steps take `delay + n · each` ms. */
function settled(delay: number, each: number, rounds = 40): number {
  const chunk = new ChunkSize();
  for (let i = 0; i < rounds; i++) chunk.measured(chunk.steps, delay + chunk.steps * each);
  return chunk.steps;
}

describe('chunk size', () => {
  it('comes to about 30 ms of steps', () => {
    expect(settled(0, 1)).toBeGreaterThanOrEqual(28);
    expect(settled(0, 1)).toBeLessThanOrEqual(30);
  });

  it('is one step where a step takes longer', () => {
    expect(settled(0, 500)).toBe(1);
  });

  it('does not shrink to nothing where every answer takes 100 ms', () => {
    expect(settled(100, 0.1)).toBeGreaterThan(300);
  });

  it('doubles at most, and ignores the short end of an epoch', () => {
    const chunk = new ChunkSize();
    chunk.measured(1, 0.001);
    expect(chunk.steps).toBe(2);
    chunk.measured(1, 1000);
    expect(chunk.steps).toBe(2);
  });
});
