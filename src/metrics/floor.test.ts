import { expect, it } from 'vitest';
import { eventsNeeded, floorSentence, SIC_BELOW, smallestHonestFpr, supports, WARN_BELOW } from './floor.ts';

it.each([
  [1e-2, 1000, 2500, 10_000],
  [1e-3, 10_000, 25_000, 100_000],
  [1e-4, 100_000, 250_000, 1_000_000],
  [1e-5, 1_000_000, 2_500_000, 10_000_000],
])('an efficiency of %d needs %d background events to be printed, %d for SIC, %d to be good', (eps, ten, sic, good) => {
  expect([eventsNeeded(eps), eventsNeeded(eps, SIC_BELOW), eventsNeeded(eps, WARN_BELOW)]).toEqual([ten, sic, good]);
  expect([supports(eps, ten - 1), supports(eps, ten), supports(eps, good - 1), supports(eps, good)]).toEqual([
    'refused',
    'warn',
    'warn',
    'good',
  ]);
});

it('has a smallest honest efficiency', () => {
  expect(smallestHonestFpr(20_000)).toBe(5e-4);
  expect(smallestHonestFpr(0)).toBe(Infinity);
  expect(supports(smallestHonestFpr(12_345), 12_345)).toBe('warn');
});

it('says how many events are missing', () => {
  expect(supports(1e-5, 715_800)).toBe('refused');
  expect(floorSentence(1e-5, 715_800)).toBe(
    'A background efficiency of 0.00001 needs 1\u202f000\u202f000 background events; there are 715\u202f800.',
  );
  expect(floorSentence(1e-2, 5000)).toBeNull();
});
