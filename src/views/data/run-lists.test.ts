import { expect, it } from 'vitest';
import { runsFault, runsFrom, runsText } from './run-lists.ts';

it('reads run numbers with any separator, each once, and refuses other words', () => {
  expect(runsFrom('297050, 297056;297178 297050')).toEqual([297050, 297056, 297178]);
  expect(runsFrom('')).toEqual([]);
  expect(runsFrom('297050 to 297056')).toBeNull();
  expect(runsText([7, 8])).toBe('7, 8');
});

it('wants a run to train on, and no run in two parts', () => {
  expect(runsFault({ train: [] })).toMatch(/at least one/);
  expect(runsFault({ train: [7], validation: [8], test: [7] })).toBe('Run 7 is in two parts');
  expect(runsFault({ train: [7], validation: [8] })).toBeNull();
});
