import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countText } from '../base/numbers.ts';
import { pathSource } from '../cli/source.ts';
import { hasSharedData, sharedData } from '../testing/files.ts';
import {
  certificationOf,
  certificationWords,
  isListed,
  listedLumisections,
  looksLikeCertification,
  meaningFromName,
  parseCertification,
  readCertification,
  writeCertification,
} from './certification.ts';
import { openSource } from './formats/open.ts';

describe('a certification', () => {
  const list = parseCertification(
    {
      '297050': [
        [193, 776],
        [12, 137],
      ],
      '9': [
        [1, 4],
        [5, 6],
        [3, 3],
      ],
      '20': [-1],
    },
    'a.json',
  );

  it('has inclusive ranges; an absent run is not listed', () => {
    const listed = (run: number, ...at: number[]) => at.filter((lumisection) => isListed(list, run, lumisection));
    expect(listed(297050, 11, 12, 137, 138, 192, 193, 776, 777)).toEqual([12, 137, 193, 776]);
    expect(listed(9, 0, 1, 4, 5, 6, 7)).toEqual([1, 4, 5, 6]);
    expect(listed(20, 1, 1e6)).toEqual([1, 1e6]);
    expect(listed(297051, 12)).toEqual([]);
    expect(isListed(list, Number.NaN, 12)).toBe(false);
    expect(isListed(list, 20, Number.NaN)).toBe(false);
  });

  it('is written with merged ranges and runs in numeric order, and read back the same', () => {
    const text = writeCertification(list);
    expect(text).toBe('{"9": [[1, 6]],\n "20": [[-1]],\n "297050": [[12, 137], [193, 776]]}\n');
    expect(readCertification(text, 'b.json')).toEqual(list);
    expect(writeCertification({ runs: new Map() })).toBe('{}\n');
  });

  it('says how much it lists', () => {
    expect(listedLumisections(list)).toBe(6 + 126 + 584);
    expect(certificationWords(list)).toBe('certification JSON: 3 runs, 716 lumisections and 1 as a whole');
  });

  it('is made of single lumisections in any order', () => {
    const made = certificationOf([5, 5, 4, 5, 5, Number.NaN], [3, 1, 9, 2, 1, 1]);
    expect(writeCertification(made)).toBe('{"4": [[9, 9]],\n "5": [[1, 3]]}\n');
  });

  it('is refused with the run and the range that is wrong', () => {
    for (const range of [[5, 2], [1], ['1', 2], [1, 2, 3], [1.5, 2], 7, null])
      expect(() => parseCertification({ '7': [[1, 2], range] }, 'a.json')).toThrow(/a\.json, run 7: expected ranges/);
    expect(() => readCertification('{"7": [[1, 2]', 'a.json')).toThrow(/text that is no JSON/);
    for (const other of [{}, [], null, 3, { run: [[1, 2]] }, { '7': 3 }]) {
      expect(looksLikeCertification(other)).toBe(false);
      expect(() => parseCertification(other, 'a.json')).toThrow(/JSON of another form/);
    }
  });

  it('has a meaning that its name may tell', () => {
    expect(
      ['golden_2018', 'pixel_bad_2017', 'pixel_good_201201', 'dcsonly_2017', 'list'].map((n) => meaningFromName(`${n}.json`)),
    ).toEqual(['good', 'bad', 'good', 'detector-on', undefined]);
  });
});

describe.skipIf(!hasSharedData)('public lists (skipped without ../shared/data)', () => {
  const read = (name: string) =>
    readCertification(readFileSync(join(sharedData, 'cms-certification-json', `${name}.json`), 'utf8'), name);

  it.each([
    ['golden_2017_promptreco', 471, 206633],
    ['golden_2017', 457, 206287],
    ['golden_2018', 478, 234529],
    ['dcsonly_2017', 1016, 276928],
    ['dcsonly_2018', 681, 258508],
    ['pixel_bad_2017', 50, 4438],
    ['pixel_bad_201201', 47, 2391],
    ['pixel_good_201201', 491, 211986],
  ])('%s lists %i runs and %i lumisections, and survives writing', (name, runs, lumisections) => {
    const list = read(name);
    expect(certificationWords(list)).toBe(`certification JSON: ${countText(runs)} runs, ${countText(lumisections)} lumisections`);
    expect(readCertification(writeCertification(list), name)).toEqual(list);
  });

  it('reproduce the columns "good" and "good_pixel" of the labelled histograms in every row', async () => {
    const path = join(sharedData, 'cms-dqm-charge-inner-2017b/chargeInner_PXLayer_1_2017B_labelled.csv');
    const file = await openSource(await pathSource(path));
    const [run, lumi, good, pixel] = (await Promise.all(
      ['run', 'lumi', 'good', 'good_pixel'].map((column) => file.read(column)),
    )) as Float64Array[];
    const golden = read('golden_2017_promptreco');
    const bad = read('pixel_bad_2017');
    const rows = [...(run as Float64Array).keys()];
    const at = (row: number) => [run?.[row] as number, lumi?.[row] as number] as const;
    expect(rows.length).toBe(3100);
    expect(rows.map((row) => Number(isListed(golden, ...at(row))))).toEqual([...(good as Float64Array)]);
    expect(rows.map((row) => Number(!isListed(bad, ...at(row))))).toEqual([...(pixel as Float64Array)]);
  });
});
