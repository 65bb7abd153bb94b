import { describe, expect, it } from 'vitest';
import { cutText } from './look-words.ts';
import { columnsText, movedStep, patternsOf } from './step-words.ts';

describe('the preprocessing list', () => {
  it('takes column names separated by commas', () => {
    expect(patternsOf(' jet * pT, MET pT ,,')).toEqual(['jet * pT', 'MET pT']);
    expect(patternsOf('  ')).toEqual([]);
  });
  it('says which columns a step works on', () => {
    expect(columnsText(undefined, ['a', 'b', 'c', 'd'])).toBe('4 columns: a, b, c …. Names with * choose others.');
    expect(columnsText(['a'], ['a'])).toMatch(/\* stands for anything/);
    expect(columnsText([], [])).toBe('All numbers of a row.');
  });
  it('moves a step by one place and not beyond the ends', () => {
    const list = [{ step: 'log' }, { step: 'clip' }, { step: 'standardise' }];
    expect(movedStep(list, 0, 1).map((s) => s.step)).toEqual(['clip', 'log', 'standardise']);
    expect(movedStep(list, 2, -1).map((s) => s.step)).toEqual(['log', 'standardise', 'clip']);
    expect(movedStep(list, 0, -1)).toBe(list);
    expect(movedStep(list, 2, 1)).toBe(list);
  });
});

it('a cut is judged per class', () => {
  expect(
    cutText(
      [
        { name: 'background', passed: 30, rows: 60 },
        { name: 'A', passed: 0, rows: 40 },
        { name: 'no label', passed: 0, rows: 0 },
      ],
      100,
    ),
  ).toBe('30 of 100 drawn rows pass: 50.0\u00a0% of background, 0\u00a0% of A');
});
