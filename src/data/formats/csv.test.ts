import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathSource } from '../../cli/source.ts';
import { hasSharedData, openText, sharedData, textSource } from '../../testing/files.ts';
import type { OpenFile } from './contract.ts';
import reference from './csv.reference.json' with { type: 'json' };
import { openSource } from './open.ts';

const read = async (text: string, column: string, name = 'table.csv') => [...(await (await openText(name, text)).read(column))];

describe('a text table', () => {
  it('may be separated by comma, tab or semicolon', async () => {
    for (const separator of [',', '\t', ';']) {
      const text = [
        ['a', 'b'],
        [1, 2.5],
        [3, -4e-2],
      ]
        .map((row) => row.join(separator))
        .join('\n');
      expect(await read(text, 'b')).toEqual([2.5, -0.04]);
    }
  });

  it('may have a byte order mark, CRLF line ends and no last line end', async () => {
    const file = await openText('table.csv', '\ufeffa,b\r\n1,2\r\n3,4');
    expect(file.arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
      ['a', [2], 'float64'],
      ['b', [2], 'float64'],
    ]);
    expect([...(await file.read('b'))]).toEqual([2, 4]);
  });

  it('takes empty cells, nan, NA and infinities as missing, and 0 as a number', async () => {
    expect(await read('a,b\n,1\nnan,2\nNA,3\n-inf,4\nInfinity,5\n0,6\n', 'a')).toEqual([NaN, NaN, NaN, NaN, NaN, 0]);
  });

  it('keeps text columns as text, with separators and line ends inside quotes', async () => {
    expect(await read('process,n\n"ttbar, di""leptonic""",1\n"two\nlines",2\n', 'process')).toEqual([
      'ttbar, di"leptonic"',
      'two\nlines',
    ]);
  });

  it('names columns itself where the first line holds numbers, and says so', async () => {
    const file = await openText('table.csv', '1,2\n3,4\n');
    expect(file.arrays.map(({ name }) => name)).toEqual(['column 1', 'column 2']);
    expect([...(await file.read('column 2'))]).toEqual([2, 4]);
    expect(file.remarks?.join()).toMatch(/no header line/);
  });

  it('gives repeated header names a suffix, and empty ones a number', async () => {
    const file = await openText('table.csv', ',x,x,x\n1,2,3,4\n');
    expect(file.arrays.map(({ name }) => name)).toEqual(['column 1', 'x', 'x.1', 'x.2']);
    expect(file.remarks?.length).toBe(2);
  });

  it('says where a row is ragged, what was expected and what was found', async () => {
    await expect(openText('table.csv', 'a,b,c\n1,2,3\n\n"4\n4",5,6\n7,8\n9,9,9\n')).rejects.toThrow(
      'table.csv, line 6: expected 3 fields, as in the first line; found 2 fields.',
    );
    await expect(openText('table.csv', 'a,b\n1,2\n3\n5,6\n')).rejects.toThrow(/line 3: .*found 1 field\./);
  });

  it('says that the file was cut off if its last line is ragged', async () => {
    await expect(openText('table.csv', 'a,b\n1,2\n3')).rejects.toThrow(/cut off/);
  });

  it('refuses text in a column of numbers when that column is read, not before', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => `${i},${i === 1200 ? 'oops' : i}`);
    const file = await openText('table.csv', `a,b\n${rows.join('\n')}\n`);
    expect((await file.read('a')).length).toBe(1500);
    await expect(file.read('b')).rejects.toThrow(
      'table.csv, column "b", line 1202: expected a number, as in the lines before; found "oops".',
    );
  });

  it('decides by the first 1,000 filled cells: 90 % numbers make a column of numbers', async () => {
    const column = (texts: number) => `a,b\n${Array.from({ length: 100 }, (_, i) => `${i < texts ? 'x' : i},1`).join('\n')}\n`;
    const type = async (texts: number) => (await openText('table.csv', column(texts))).arrays[0]?.type;
    expect(await type(10)).toBe('float64');
    expect(await type(11)).toBe('text');
  });

  it('refuses an empty file, blank lines and a header alone', async () => {
    await expect(openText('table.csv', '')).rejects.toThrow(/empty file \(0 bytes\)/);
    await expect(openText('table.csv', '\n\n')).rejects.toThrow(/blank lines only/);
    await expect(openText('table.csv', 'a,b\n')).rejects.toThrow(/header line and nothing below/);
  });

  it('refuses a quote that is never closed', async () => {
    await expect(openText('table.csv', 'a,b\n1,"2\n3,4\n')).rejects.toThrow(/closing quote/);
  });

  it('mentions whole numbers that a double cannot hold', async () => {
    const file = await openText('table.csv', 'event,x\n9007199254740993,1\n12,1e30\n');
    expect(file.remarks).toEqual(['"event": 1 whole numbers beyond 2^53 were rounded to the nearest double']);
  });

  it('does not care where a block of the file ends', async () => {
    // 400,000 rows are several blocks; accents and CRLF stand across their borders
    const line = (i: number) => `${i},é${i % 7},${i / 8}\r\n`;
    const text = `n,name,x\r\n${Array.from({ length: 400_000 }, (_, i) => line(i)).join('')}`;
    const file = await openSource(textSource('big.csv', text));
    const [n, names, x] = [await file.read('n'), await file.read('name'), await file.read('x')];
    expect(n.length).toBe(400_000);
    expect((n as Float64Array).every((value, i) => value === i)).toBe(true);
    expect((x as Float64Array).every((value, i) => value === i / 8)).toBe(true);
    expect((names as string[]).every((value, i) => value === `é${i % 7}`)).toBe(true);
  });

  it('reports progress up to 1 and stops when it is told to', async () => {
    const text = `a,b\n${'1,2\n'.repeat(600_000)}`;
    const seen: number[] = [];
    await openSource(textSource('big.csv', text), { onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBe(1);
    expect(seen.length).toBeGreaterThan(1);
    const stop = new AbortController();
    const opening = openSource(textSource('big.csv', text), { onProgress: () => stop.abort(), signal: stop.signal });
    await expect(opening).rejects.toThrow(/abort/i);
  });

  it('is not found in other text: JSON, a web page, prose', async () => {
    const page = '<!DOCTYPE html>\n<html>,</html>\n';
    await expect(openText('table.csv', page)).rejects.toThrow(/CSV content, as the ending .csv says/);
    await expect(openText('notes', 'Dear all, we met.\nIt was nice, and short.\n')).rejects.toThrow(
      /one of the formats (.*, )?CSV, .*no known format/,
    );
  });
});

describe('a text table beside pandas', () => {
  it.each(Object.entries(reference.cases))(
    '(%s) has the same columns and the same numbers to the last bit',
    async (_, { text, columns }) => {
      const file = await openText('table.csv', text);
      expect(file.arrays.map(({ name }) => name)).toEqual(Object.keys(columns));
      for (const [name, values] of Object.entries(columns)) {
        const read = [...(await file.read(name))];
        expect(read.map((value) => (typeof value === 'number' && Number.isNaN(value) ? null : value))).toEqual(values);
      }
    },
  );

  it('parses any decimal as Number() does, in the fast way and the slow way', async () => {
    const texts: string[] = [];
    for (let i = 0; i < 4000; i++) {
      const digits = String(Math.abs(Math.sin(i) * 1e16))
        .replace('.', '')
        .slice(0, 1 + (i % 19));
      const point = i % (digits.length + 1);
      const exponent = i % 3 === 0 ? `e${(i % 61) - 30}` : i % 7 === 0 ? `E+${i % 25}` : '';
      texts.push(
        `${i % 5 === 0 ? '-' : i % 11 === 0 ? '+' : ''}${digits.slice(0, point)}.${digits.slice(point) || '0'}${exponent}`,
      );
    }
    const expected = texts.map(Number);
    const fast = await (await openText('a.csv', `x,y\n${texts.map((text) => `${text},1`).join('\n')}`)).read('x');
    const slow = await (await openText('a.csv', `x,y\n${texts.map((text) => `"${text}",1`).join('\n')}`)).read('x');
    expect([...fast]).toEqual(expected);
    expect([...slow]).toEqual(expected);
  });
});

describe('text that is more than a plain table', () => {
  const lists = (file: OpenFile) => file.readLists as NonNullable<OpenFile['readLists']>;

  it('may hold lists in quoted cells: equal lengths make an array, others stay lists', async () => {
    const file = await openText('table.csv', reference.lists.text);
    expect(file.arrays.map(({ name, shape }) => [name, shape])).toEqual([
      ['lumi', [5]],
      ['histo', [5, 4]],
    ]);
    expect([...(await file.read('histo'))]).toEqual(reference.lists.histo);
    expect([...(await file.read('histo', { rows: [1, 3] }))]).toEqual(reference.lists.histo.slice(4, 12));
    const jagged = await openText('table.csv', 'n,pt\n2,"[1.5, 2e3]"\n0,[]\n1,"[nan]"\n');
    expect(jagged.arrays[1]).toMatchObject({ shape: [3], jagged: true });
    const { offsets, values } = await lists(jagged)('pt');
    expect([[...offsets], [...values]]).toEqual([
      [0, 2, 2, 3],
      [1.5, 2000, Number.NaN],
    ]);
    await expect(jagged.read('pt')).rejects.toThrow(/lists of different lengths/);
    await expect(lists(jagged)('n')).rejects.toThrow(/expected one list for each row/);
    expect([...(await (await openText('t.tsv', 'a\tb\n1\t[1 2 3]\n2\t[4 5 6]\n')).read('b'))]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('says where a cell among lists is none', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => (i === 30 ? '1,"[1, two]"' : '1,"[1, 2]"'));
    const file = await openText('table.csv', `a,b\n${rows.join('\n')}\n`);
    await expect(file.read('b')).rejects.toThrow('table.csv, column "b", line 32: expected a list of numbers in brackets');
  });

  it('may be ragged: one text per line, in any range', async () => {
    const line = (i: number) => `${i};ttbar;1;250000.5;-1.5;${'j,100000,90000,0.5,1.5;'.repeat(1 + (i % 5))}`;
    const text = `${Array.from({ length: 3000 }, (_, i) => line(i)).join('\r\n')}\n`;
    const file = await openText('events.csv', text);
    expect(file.arrays).toEqual([{ name: 'line', shape: [3000], type: 'text' }]);
    expect(file.tabular).toBe(false);
    expect(await file.read('line', { rows: [1022, 1027] })).toEqual([1022, 1023, 1024, 1025, 1026].map(line));
    expect((await file.read('line')).length).toBe(3000);
    expect(file.remarks?.join()).toMatch(/ragged text/);
  });

  it('may have comment lines, which are skipped and counted', async () => {
    const file = await openText('table.csv', '# made by hand\na,b\n1,2\n# half time\n3,4\n');
    expect([...(await file.read('a'))]).toEqual([1, 3]);
    expect(file.remarks?.join()).toMatch(/2 comment lines/);
    await expect(openText('table.csv', '# one\na,b\n1,2\n3\n4,5\n')).rejects.toThrow(/line 4/);
  });

  it('may have old line ends (a carriage return alone)', async () => {
    expect([...(await (await openText('table.csv', 'a,b\r1,2\r3,4\r')).read('b'))]).toEqual([2, 4]);
  });

  it('with too long or too short a line in the fast way is refused with its number', async () => {
    const rows = (bad: string) => `a,b,c\n${'1,2,3\n'.repeat(2000)}${bad}\n${'1,2,3\n'.repeat(9)}`;
    await expect(openText('t.csv', rows('1,2,3,4'))).rejects.toThrow(
      't.csv, line 2002: expected 3 fields, as in the first line; found 4',
    );
    await expect(openText('t.csv', rows('1,2'))).rejects.toThrow(
      't.csv, line 2002: expected 3 fields, as in the first line; found 2',
    );
  });

  it('with a quote far down is split by quotes from there on', async () => {
    const text = `a,b\n${'1,x\n'.repeat(600_000)}2,"y, z"\n3,w\n`;
    const file = await openText('t.csv', text);
    expect(await file.read('b', { rows: [599_999, 600_002] })).toEqual(['x', 'y, z', 'w']);
    expect([...(await file.read('a', { rows: [599_999, 600_002] }))]).toEqual([1, 2, 3]);
  });
});

describe.skipIf(!hasSharedData)('public text files (skipped without ../shared/data)', () => {
  const open = async (path: string) => openSource(await pathSource(join(sharedData, path)));
  const sum = (values: Iterable<number | string>) => [...values].reduce<number>((total, value) => total + Number(value), 0);

  it('the CMS tables have the sums of pandas', async () => {
    const masses = await open('cms-opendata-csv/Zmumu_Run2011A_masses.csv');
    expect(masses.arrays[0]?.shape).toEqual([10_851]);
    expect(sum(await masses.read('M'))).toBeCloseTo(959_256.0355, 4);
    expect(sum(await (await open('cms-opendata-csv/Zmumu_Run2011A.csv')).read('pt1'))).toBeCloseTo(405_991.7053, 4);
  });

  it('wide and long tables of data-quality histograms have the sums of pandas', async () => {
    const wide = await open('cms-dqm-charge-inner-2017b/chargeInner_PXLayer_1_2017B_labelled.csv');
    expect(sum(await wide.read('entries'))).toBe(447_752_648);
    const long = await open('cms-dqmio-2023c-examples/legacy_csv_format_2018A_1D.csv');
    expect(long.arrays.map(({ name }) => name)).toEqual(expect.arrayContaining(['fromrun', 'fromrun.1', 'histo']));
    expect(long.arrays.find(({ name }) => name === 'histo')?.shape).toEqual([9, 102]);
    expect(sum((await long.read('histo')).slice(0, 102))).toBe(78_001);
  });

  it.each([
    ['background_chan1_7.79_reduced', 1000, 283_833.44],
    ['glgl1600_neutralino800_chan1', 10_755, 6_292_777.98],
    ['stlp_st1000_chan1', 8889, 4_694_866.73],
  ])('the Dark Machines file %s is ragged text of %i lines', async (name, lines, met) => {
    const file = await open(`darkmachines-chan1/${name}.csv`);
    expect(file.arrays[0]?.shape).toEqual([lines]);
    const texts = (await file.read('line')) as string[];
    expect(sum(texts.map((line) => line.split(';')[3] as string)) / 1000).toBeCloseTo(met, 1);
  });
});
