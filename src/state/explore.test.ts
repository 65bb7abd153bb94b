import { expect, it } from 'vitest';
import { rowNouns } from '../base/nouns.ts';
import { placeOf } from './explore.ts';

it('names a row by run and lumisections where it has both, else by its number', () => {
  expect(placeOf({ row: 3, run: 297050, lumisection: 12 })).toBe('run 297050, lumisection 12');
  expect(placeOf({ row: 3, run: 297050, lumisection: 12, lastLumisection: 15 })).toBe('run 297050, lumisection 12–15');
  expect(placeOf({ row: 3, run: 297050 }, rowNouns.images)).toBe('image 4');
});
