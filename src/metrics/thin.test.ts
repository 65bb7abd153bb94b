import { expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { pathLength, thin } from './thin.ts';

it('keeps the ends, the limit, and every gap that is not a single move within one step', () => {
  const cursor = new Cursor(5, 'sample');
  const moves = Float64Array.from({ length: 20_000 }, () => (cursor.below(50) === 0 ? cursor.exponential(20) : cursor.uniform()));
  const path = pathLength(moves.length, (i) => moves[i]!);
  for (const limit of [10, 100, 3000]) {
    const kept = thin(path, limit);
    expect(kept.length).toBeLessThanOrEqual(limit);
    expect([kept[0], kept.at(-1)]).toEqual([0, path.length - 1]);
    const step = (2 * path.at(-1)!) / (limit - 3);
    const gaps = [...kept].slice(1).map((to, i) => (to - kept[i]! > 1 ? path[to]! - path[kept[i]!]! : 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(step);
  }
});

it('keeps everything that fits', () => {
  expect([...thin(new Float64Array([0, 1, 2]), 3)]).toEqual([0, 1, 2]);
  expect([...thin(new Float64Array(0), 3)]).toEqual([]);
});
