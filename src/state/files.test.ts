/** Choices for dropped files: the first guess, and what a change of one does to the others. */
import { describe, expect, it } from 'vitest';
import type { FileChoice, FileReport, LayoutGuess } from '../worker/api.ts';
import { choiceFor, guessOf, inNaturalOrder, isData, layoutOf, withChange } from './files.ts';

const guess = (layout: string, more: Partial<LayoutGuess> = {}): LayoutGuess => ({
  layout,
  name: layout,
  words: '',
  kind: 'table',
  rows: 10,
  confidence: 0.5,
  reasons: [],
  labels: [],
  settings: {},
  ...more,
});
const report: FileReport = {
  file: 1,
  name: 'runs/ttbar.csv',
  size: 1,
  layout: 'table',
  label: 'y',
  guesses: [guess('table', { label: 'y' }), guess('scores', { purpose: 'scores', label: 'truth' })],
};
const choice: FileChoice = { file: 1, role: 'background', name: 'background' };

describe('the first choice', () => {
  it('takes role and label from the report; else the first file is background', () => {
    expect(choiceFor(report, true)).toEqual({ ...choice, label: 'y' });
    expect(choiceFor(report, false)).toMatchObject({ role: 'signal', name: 'runs/ttbar' });
    const known = { ...report, role: { role: 'unlabelled', name: 'data' } as const };
    expect(choiceFor(known, true)).toMatchObject({ role: 'unlabelled', name: 'data' });
  });
  it('is data unless it is a list or a problem', () => {
    expect(isData(report)).toBe(true);
    expect(isData({ ...report, list: { words: '' } })).toBe(false);
    expect(isData({ ...report, problem: { where: '', expected: '', found: '', fix: '' } })).toBe(false);
  });
});

describe('a change', () => {
  const changed = (change: Parameters<typeof withChange>[1], from = choice) => withChange({ report, choice: from }, change);
  it('of the role carries a name that only repeats it', () => {
    expect(changed({ role: 'signal' })).toMatchObject({ role: 'signal', name: 'signal' });
    expect(changed({ role: 'background' }, { ...choice, role: 'signal', name: 'A' }).name).toBe('background');
    expect(changed({ role: 'signal', name: 'B' }).name).toBe('B');
  });
  it('of the layout starts afresh with its settings, columns and label', () => {
    const set: FileChoice = { ...choice, settings: { jets: 4 }, columns: { a: 'weight' }, label: 'y', normalClass: '0' };
    expect(changed({ layout: 'scores' }, set)).toEqual({ ...choice, layout: 'scores', label: 'truth' });
    expect(changed({ layout: 'table' }, set)).toEqual({ ...set, layout: 'table' });
    expect(layoutOf({ report, choice })).toBe('table');
    expect(guessOf({ report, choice: { ...choice, layout: 'scores' } })?.purpose).toBe('scores');
  });
  it('to nothing takes a choice back', () => {
    const set: FileChoice = { ...choice, label: 'y', normalClass: '0', sample: { rows: 5, seed: 1 } };
    expect(changed({ label: '', normalClass: '', sample: undefined }, set)).toEqual(choice);
  });
});

describe('the order of files', () => {
  const ordered = (...names: string[]) => inNaturalOrder(names.map((name) => ({ name }))).map(({ name }) => name);

  it('is that of the numbers in their names, where they come by letters', () => {
    expect(ordered('qcd_1_2', 'suep_h1000', 'suep_h125', 'suep_h400', 'svj_2100')).toEqual([
      'qcd_1_2',
      'suep_h125',
      'suep_h400',
      'suep_h1000',
      'svj_2100',
    ]);
  });

  it('differs from that of letters in numbers alone', () => {
    expect(ordered('Background', 'a', 'a_2', 'a_2b', 'a_b')).toEqual(['Background', 'a', 'a_2', 'a_2b', 'a_b']);
    expect(ordered('x_10_9', 'x_2', 'x_2_10', 'x_2_3')).toEqual(['x_2', 'x_2_3', 'x_2_10', 'x_10_9']);
  });

  it('is kept where somebody chose it', () => {
    expect(ordered('signal_2', 'background_10', 'background_9')).toEqual(['signal_2', 'background_10', 'background_9']);
  });
});
