/** Cuts: what they mean, row by row against hand-written conditions, and where they are refused. */
import { describe, expect, it } from 'vitest';
import { type CutColumn, parseCut } from './cut.ts';
import { applyCut, cutNames, cutOf } from './cut-columns.ts';
import type { DatasetPart } from './layouts/contract.ts';
import { adcObjectTypes, objectFeatures } from './objects.ts';

const table = new Map<string, number[]>(
  Object.entries({
    mjj: [3000, 3300, 3500, 3700, Number.NaN, Number.POSITIVE_INFINITY],
    nJet: [0, 1, 2, 3, 4, 5],
    'jet 1 pT': [-4, 9, 16, 25, 0, 1],
    flag: [0, 1, 1, 0, Number.NaN, 1],
  }),
);
const texts = ['QCD', 'A to 4l', 'QCD', 'QCD', 'A to 4l', 'mjj'];
const columnOf = (name: string): CutColumn | undefined =>
  name === 'class'
    ? { kind: 'text', at: (row) => texts[row] as string }
    : table.has(name)
      ? { kind: 'number', at: (row) => table.get(name)?.[row] as number }
      : undefined;
const rowsOf = (text: string): number[] => {
  const cut = parseCut(text, columnOf, [...table.keys()]);
  return [0, 1, 2, 3, 4, 5].filter(cut);
};

describe('a cut keeps', () => {
  it.each<[string, number[]]>([
    ['mjj > 3300', [2, 3, 5]],
    ['mjj > 3300 and nJet >= 3', [3, 5]],
    ['mjj > 3300 & nJet >= 3', [3, 5]],
    ['(mjj > 3300) && (nJet >= 3)', [3, 5]],
    ['3300 <= mjj < 3700', [1, 2]],
    ['5 > nJet > 3 == 3', [4]],
    ['mjj <= 3000 or nJet == 5', [0, 5]],
    ['mjj <= 3000 | nJet == 5', [0, 5]],
    // and binds tighter than or, not tighter than and
    ['nJet == 0 or nJet > 3 and nJet < 5', [0, 4]],
    ['not nJet > 3 and nJet > 1', [2, 3]],
    ['!(nJet > 3) and ~(nJet < 2)', [2, 3]],
    // a missing value passes no comparison, != neither; not turns that round
    ['mjj != 3300', [0, 2, 3, 5]],
    ['not mjj == 3300', [0, 2, 3, 4, 5]],
    ['isfinite(mjj)', [0, 1, 2, 3]],
    ['not isfinite(mjj)', [4, 5]],
    ['flag', [1, 2, 5]],
    ['not flag', [0, 3, 4]],
    ['abs(`jet 1 pT`) >= 4 and sqrt("jet 1 pT") != 4', [1, 3]],
    ["sqrt('jet 1 pT') == 5", [3]],
    ['nJet - 1 - 1 == 0', [2]],
    ['2 + 3 * nJet / 2 == 5', [2]],
    ['-nJet < -3 + -1', [5]],
    ['nJet * 1e3 >= .4e4', [4, 5]],
    ['class == "A to 4l"', [1, 4]],
    ['class != "QCD" and nJet > 1', [4, 5]],
    ['nJet/nJet >= 0', [1, 2, 3, 4, 5]],
  ])('%s', (text, rows) => expect(rowsOf(text)).toEqual(rows));
});

describe('a cut is refused where it stands', () => {
  it.each<[string, number, RegExp]>([
    ['', 1, /expected a condition, such as mjj > 3300; found nothing/],
    ['mjj >', 6, /expected a name, a number or \(; found the end/],
    ['mjj > 3300 and', 15, /found the end/],
    ['(mjj > 3300', 12, /expected \); found the end/],
    ['mjj > 3300)', 11, /expected and, or, or the end; found "\)"/],
    ['mjj = 3', 5, /expected == to compare/],
    ['mJJ > 3', 1, /expected one of mjj.*found "mJJ"/],
    ['mjj + 3', 1, /expected a condition.*found a number alone/],
    ['mjj > "high"', 1, /expected a text in quotes; found a number/],
    ['class < "a"', 7, /expected == or != between texts/],
    ['class', 1, /expected a condition.*found a text/],
    ['log(mjj) > 1', 1, /expected abs, sqrt or isfinite; found "log"/],
    ['mjj > 3; alert(1)', 8, /expected a name, a number or an operator; found ";"/],
    ['"mjj > 3', 1, /expected a closing "/],
    ['(mjj > 3) + 1 > 2', 1, /expected a number; found a condition/],
    [`${'('.repeat(101)}mjj${')'.repeat(101)}`, 102, /at most 100 levels/],
    ['constructor > 3', 1, /found "constructor"/],
    ['__proto__(mjj) > 3', 1, /found "__proto__"/],
  ])('%s', (text, position, message) => {
    expect(() => rowsOf(text)).toThrow(message);
    expect(() => rowsOf(text)).toThrow(`cut, character ${position}:`);
  });
  it('however long it is', () => {
    expect(() => rowsOf('x'.repeat(3000))).toThrow(/at most 2000 characters/);
    expect(() => rowsOf(`mjj > 1${' and mjj > 1'.repeat(150)}`)).not.toThrow();
  });
});

function events(): DatasetPart {
  const values = new Float32Array(3 * 57);
  values.set([0.7, 0, 1], 0);
  values.set([50, 1, 1, 30, 1, 1], 57 + 9 * 3);
  values.set([40, 1, 1], 2 * 57 + 9 * 3);
  values.set([20, 1, 1], 2 * 57 + 5 * 3);
  return {
    kind: 'objects',
    rows: 3,
    shape: [19, 3],
    features: objectFeatures(adcObjectTypes),
    objectTypes: adcObjectTypes,
    values,
    classes: [
      { name: 'background', role: 'background' },
      { name: 'A', role: 'signal' },
    ],
    label: Uint8Array.of(0, 0, 1),
    run: Float64Array.of(1, 2, 3),
    weight: Float64Array.of(0.5, 1, 2),
    spectators: { mass: Float64Array.of(0.7, 10, 20) },
    words: 'three events',
    remarks: ['first'],
  };
}

describe('the columns of a cut', () => {
  const rows = (text: string): number[] => [0, 1, 2].filter(cutOf(text, events()));
  it('are features, spectators, numbers of a row, its class, and counts of objects', () => {
    expect(cutNames(events())).toEqual(expect.arrayContaining(['jet 1 pT', 'mass', 'run', 'weight', 'class', 'nJet', 'nMuon']));
    expect(cutNames(events())).not.toContain('lumisection');
    expect(rows('nJet >= 2')).toEqual([1]);
    expect(rows('nMuon == 1 and nJet == 1')).toEqual([2]);
    expect(rows('`jet 1 pT` > 45')).toEqual([1]);
    expect(rows('jet_1_pT > 45')).toEqual([1]);
    expect(rows('mass >= 10 and weight == 2 and run == 3')).toEqual([2]);
    expect(rows('class == "A"')).toEqual([2]);
  });
  it('compare a stored 0.7 as 0.7, in single and in double precision', () => {
    expect(rows('`MET pT` >= 0.7 and mass >= 0.7')).toEqual([0]);
    expect(rows('`MET pT` == 0.7')).toEqual([0]);
    expect(rows('-`MET pT` <= -0.7 and mass == 0.7')).toEqual([0]);
  });
});

describe('the rows that pass', () => {
  it('take everything of theirs along, and a remark says how many of each class', () => {
    const part = applyCut(events(), 'nJet > 0 and mass < 15');
    expect(part.rows).toBe(1);
    expect([...part.values.slice()]).toEqual([...events().values.slice(57, 114)]);
    expect(part).toMatchObject({
      label: Uint8Array.of(0),
      run: Float64Array.of(2),
      weight: Float64Array.of(1),
      spectators: { mass: Float64Array.of(10) },
      remarks: ['first', 'cut nJet > 0 and mass < 15: 1 of 2 background, 0 of 1 A pass'],
    });
  });
  it('may be none', () => {
    expect(applyCut(events(), 'mass > 100')).toMatchObject({ rows: 0, values: new Float32Array(0) });
  });
});
