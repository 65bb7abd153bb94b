/**
 * JSON: an array of records, an object of columns, or nested arrays of numbers; and JSON lines, one record per line. Recognised by its first
 * characters; what reads it is loaded with the first file.
 */
import type { Format } from './contract.ts';

const json: Format = {
  id: 'json',
  name: 'JSON',
  extensions: ['json', 'jsonl', 'ndjson'],
  sequential: true,
  recognises(head, fileName) {
    if (head.length === 0 || head.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return 0;
    const start = new TextDecoder('utf-8').decode(head.subarray(0, 512));
    if (!/^\s*(\{\s*("|\}|$)|\[\s*(["{[\]\d-]|true|false|null|NaN|Infinity|$))/.test(start)) return 0;
    // a table of lists may begin with a bracket; its name tells
    return /\.(csv|tsv)$/i.test(fileName) ? 0 : 0.9;
  },
  open: async (source, options) => (await import('./json/open.ts')).openJson(source, options),
};
export default json;
