import { describe, expect, it } from 'vitest';
import { openText, textSource } from '../../testing/files.ts';
import { memorySource, openSource } from './open.ts';

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
    await expect(openText('runs.json', '{"297050": [[12, 137]],\n "1": [[1, 2]]}\n')).rejects.toThrow(
      /one of the formats (.*, )?CSV, HDF5/,
    );
    await expect(openText('notes', 'Dear all, we met.\nIt was nice, and short.\n')).rejects.toThrow(/no known format/);
    await expect(openSource(memorySource('a.root', new Uint8Array([0x72, 0x6f, 0x6f, 0x74, 0, 0, 1])))).rejects.toThrow(
      /a ROOT file/,
    );
  });
});
