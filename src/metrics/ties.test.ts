import { expect, it } from 'vitest';
import { delong } from './auc-error.ts';
import { rank } from './ranking.ts';
import { largestTie, tieShare, withoutRow } from './ties.ts';

const ranking = rank(Float64Array.of(3, 2, 2, 2, 1, 5), Uint8Array.of(0, 1, 1, 0, 0, 1), 2);

it('finds the largest block of equal scores and its share of a class', () => {
  const tie = largestTie(ranking, 1, [0]);
  expect(tie).toEqual({ score: 2, row: 2, signal: 2, background: 1 });
  expect(tie && tieShare(ranking, tie, 1, [0])).toBeCloseTo(2 / 3, 12);
  expect(largestTie(rank(Float64Array.of(1, 2), Uint8Array.of(0, 1), 2), 1, [0])).toBeNull();
});

it('takes a block out as if its events had never been there', () => {
  const without = withoutRow(ranking, 2);
  const direct = rank(Float64Array.of(3, 1, 5), Uint8Array.of(0, 0, 1), 2);
  expect(without).toEqual(direct);
  expect(delong(without, 1, [0]).auc).toBe(1);
});
