import { expect, it } from 'vitest';
import { tableToCsv } from './csv.ts';

it('a table becomes CSV with units in the head, quotes where needed and plain numbers', () => {
  const csv = tableToCsv({
    caption: 'x',
    columns: [
      { name: 'object', numeric: false },
      { name: 'pT', unit: 'GeV', numeric: true },
    ],
    rows: [
      ['jet, leading', 12_345.5],
      ['the "other"', '–'],
    ],
  });
  expect(csv).toBe('object,pT [GeV]\n"jet, leading",12345.5\n"the ""other""",\n');
});
