/**
 * Tables as text: comma, tab, semicolon or blanks, with a header line or without; and ragged text, one event per line. Recognised by its
 * first lines; what reads it is loaded with the first file.
 */
import type { Format } from './contract.ts';
import { dialectOf, fieldsOf, firstLines, isNumber, isRagged } from './csv/dialect.ts';

const csv: Format = {
  id: 'csv',
  name: 'CSV',
  extensions: ['csv', 'tsv', 'txt'],
  sequential: true,
  recognises(head, fileName) {
    if (head.length === 0 || head.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return 0;
    const lines = firstLines(head);
    const start = lines[0]?.trimStart()[0] ?? '';
    const named = /\.(csv|tsv)$/i.test(fileName);
    if (start === '<' || start === '{' || (start === '[' && (!named || /^\s*\[\s*\{/.test(lines[0] as string)))) return 0;
    if (named) return 0.9;
    if (isRagged(lines)) return 0.6;
    // without the name, it takes two lines of equally many fields, with a number in the second
    const { separator, decimalComma } = dialectOf(lines);
    const [first, second] = lines.map((line) => fieldsOf(line, separator));
    const table = first && second && first.length > 1 && first.length === second.length;
    return table && second.some((cell) => isNumber(cell, decimalComma)) ? 0.6 : 0;
  },
  open: async (source, options) => (await import('./csv/open.ts')).openTable(source, options),
};
export default csv;
