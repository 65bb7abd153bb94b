import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathSource } from '../../cli/source.ts';
import { hasSharedData, hdf5Source, openText, sharedData } from '../../testing/files.ts';
import { openSource } from '../formats/open.ts';
import { recognise } from '../recognise.ts';
import table from './table.ts';

const background = { name: 'background', role: 'background' } as const;
const names = (part: { features: readonly { name: string }[] }) => part.features.map(({ name }) => name);

describe('the generic table', () => {
  it('gives ids, weights and masses their roles and keeps them out of the features', async () => {
    const file = await openText(
      'a.csv',
      'Run,luminosityBlock,event,genWeight,mjj,M,m_1,pt\n1,2,3,0.5,91,92,93,94\n5,6,7,1,90,80,70,60\n',
    );
    const part = await table.read(file, { role: background });
    expect(names(part)).toEqual(['m_1', 'pt']);
    expect([...(part.run ?? [])]).toEqual([1, 5]);
    expect([...(part.lumisection ?? [])]).toEqual([2, 6]);
    expect([...(part.event ?? [])]).toEqual([3, 7]);
    expect([...(part.weight ?? [])]).toEqual([0.5, 1]);
    expect(Object.keys(part.spectators ?? {})).toEqual(['mjj', 'M']);
    expect(part.remarks.join()).toMatch(/"mjj", "M" is a mass: kept as a spectator/);
  });

  it('never takes a label as a feature, whether it is used or not', async () => {
    const text = 'x,y\n1,0\n2,1\n3,1\n';
    const used = await table.read(await openText('a.csv', text), {});
    expect(names(used)).toEqual(['x']);
    expect(used.classes).toEqual([
      { name: 'background', role: 'background' },
      { name: 'y = 1', role: 'signal' },
    ]);
    expect([...used.label]).toEqual([0, 1, 1]);
    const unused = await table.read(await openText('a.csv', text), { role: background });
    expect(names(unused)).toEqual(['x']);
    expect(unused.remarks.join()).toMatch(/"y" looks like a label and was left out/);
  });

  it('takes classes from a text column: the normal value is background, the others are signals', async () => {
    const text = 'x,process\n1,ttbar\n2,qcd\n3,\n4,ttbar\n';
    const part = await table.read(await openText('a.csv', text), { label: 'process', normalClass: 'qcd' });
    expect(part.classes).toEqual([
      { name: 'qcd', role: 'background' },
      { name: 'ttbar', role: 'signal' },
      { name: 'no label', role: 'unlabelled' },
    ]);
    expect([...part.label]).toEqual([1, 0, 2, 1]);
    const usual = await table.read(await openText('a.csv', text), { label: 'process' });
    expect(usual.classes[0]).toEqual({ name: 'qcd', role: 'background' });
    const first = await table.read(await openText('a.csv', text.replace('qcd', 'zjets')), { label: 'process' });
    expect(first.classes[0]).toEqual({ name: 'ttbar', role: 'background' });
  });

  it('refuses a label with too many values, or one that is not there', async () => {
    const file = await openText('a.csv', `x,pt\n${Array.from({ length: 70 }, (_, i) => `1,${i}`).join('\n')}\n`);
    await expect(table.read(file, { label: 'pt' })).rejects.toThrow(
      /at most 64 different values; found more than 64 \(0, 1, 2, 3, \.\.\.\)/,
    );
    await expect(table.read(file, { label: 'kind' })).rejects.toThrow(/no array with this name/);
  });

  it('keeps missing values as NaN and mentions sentinels, constants, text and empty columns', async () => {
    const part = await table.read(await openText('a.csv', 'a,b,c,d,e\n1,-999,7,text,\ninf,2,7,more,\n'), { role: background });
    expect(names(part)).toEqual(['a', 'b', 'c']);
    expect([...part.values.slice()]).toEqual([1, -999, 7, NaN, 2, 7]);
    const remarks = part.remarks.join('\n');
    expect(remarks).toMatch(/"a": 1 of 2 values are missing/);
    expect(remarks).toMatch(/"b": 1 value of −999, −99 or 1e30, which often means/);
    expect(remarks).toMatch(/"c" is constant|"a", "c" are constant/);
    expect(remarks).toMatch(/"d" holds text/);
    expect(remarks).toMatch(/"e" has no values/);
  });

  it('leaves out the row number that pandas writes first', async () => {
    const part = await table.read(await openText('a.csv', ',x\n0,5\n1,6\n2,4\n'), { role: background });
    expect(names(part)).toEqual(['x']);
    expect(part.remarks.join()).toMatch(/only counts the rows/);
  });

  it('marks angles, so that a scaling can say that phi is linear', async () => {
    const part = await table.read(await openText('a.csv', 'pt1,eta1,phi1,jet_phi,phiness\n1,2,3,4,5\n2,3,4,5,6\n'), {
      role: background,
    });
    expect(part.features.map(({ quantity }) => quantity)).toEqual(['pT', 'eta', 'phi', 'phi', 'other']);
    expect(part.features.filter(({ periodic }) => periodic).length).toBe(2);
  });

  it('refuses text in a column of numbers when the column becomes a feature', async () => {
    const file = await openText(
      'a.csv',
      `x,z\n${Array.from({ length: 40 }, (_, i) => `${i % 5},${i === 30 ? 'abc' : i}`).join('\n')}\n`,
    );
    await expect(table.read(file, { role: background })).rejects.toThrow(/a\.csv, column "z", line 32: .*found "abc"/);
  });

  it('reads a two-dimensional HDF5 array with labels beside it', async () => {
    const file = await openSource(
      await hdf5Source('a.h5', [
        { name: 'X', data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [3, 2] },
        { name: 'y', data: new Int32Array([1, 0, 1]) },
      ]),
    );
    const { layout, recognition } = await recognise(file);
    expect(layout.id).toBe('table');
    expect(recognition.words).toBe('table of 2 features: 3 rows');
    expect(recognition.reasons.join()).toMatch(/"y" looks like the class/);
    const part = await layout.read(file, {});
    expect([...part.label]).toEqual([1, 0, 1]);
    expect([...part.values.slice()]).toEqual([1, 2, 3, 4, 5, 6]);
    const byColumn = await layout.read(file, { label: 'column 2', normalClass: 4 });
    expect(names(byColumn)).toEqual(['column 1']);
    expect(byColumn.classes.map(({ name }) => name)).toEqual(['background', 'column 2 = 2', 'column 2 = 6']);
  });
});

describe.skipIf(!hasSharedData)('CMS open data tables (skipped without ../shared/data)', () => {
  const open = async (name: string) => openSource(await pathSource(join(sharedData, 'cms-opendata-csv', `${name}.csv`)));
  const sum = (values: ArrayLike<number>) =>
    Array.prototype.reduce.call(values, (a, b) => (a as number) + (b as number), 0) as number;

  it('Zmumu_Run2011A: 10,583 rows, summed pt1 405,991.7053', async () => {
    const file = await open('Zmumu_Run2011A');
    expect(sum((await file.read('pt1')) as Float64Array)).toBeCloseTo(405991.7053, 4);
    const part = await (await recognise(file)).layout.read(file, { role: background });
    expect(part.rows).toBe(10583);
    expect(names(part)).toEqual(['pt1', 'eta1', 'phi1', 'Q1', 'dxy1', 'iso1', 'pt2', 'eta2', 'phi2', 'Q2', 'dxy2', 'iso2']);
    expect(part.run?.[0]).toBe(165617);
    expect(part.event?.[0]).toBe(74969122);
  });

  it('Zmumu_Run2011A_masses: M is a spectator with the Z in it, the text columns are left out', async () => {
    const file = await open('Zmumu_Run2011A_masses');
    const part = await (await recognise(file)).layout.read(file, { role: background });
    const mass = part.spectators?.M as Float64Array;
    expect(part.rows).toBe(10851);
    expect(sum(mass)).toBeCloseTo(959256.0355, 4);
    const sorted = mass.slice().sort();
    expect([sorted[0], sorted.at(-1), sorted[5425]].map((value) => Number(value?.toFixed(4)))).toEqual([
      60.0012, 119.796, 90.3581,
    ]);
    expect(names(part)).not.toContain('Type1');
    expect(part.remarks.join()).toMatch(/"Type1", "Type2" hold text/);
    expect(part.shape).toEqual([16]);
  });
});
