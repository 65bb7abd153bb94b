/**
 * A text table as an opened file. It is read in blocks and each block goes straight into typed columns, so that it costs about as much
 * memory as its numbers. Lines without quotes take the fast way of `table.ts`; from the first quote on, papaparse splits them.
 */
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import { checkRows, notThere } from '../bytes/rows.ts';
import type { ArrayInfo, OpenFile, ReadOptions, Source } from '../contract.ts';
import type { Column } from './column.ts';
import { type Dialect, dialectOf, firstLines, isRagged } from './dialect.ts';
import { openLines } from './lines.ts';
import { Table } from './table.ts';

const blockBytes = 2 * 1024 * 1024;
/** A row longer than this is an opening quote that is never closed. */
const longestRow = 16 * 1024 * 1024;
/** Numbers of eight bytes that a tab can hold beside everything else. */
const mostNumbers = 4e8;
const quote = 34;

export async function openTable(
  source: Source,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  const head = await source.read(0, Math.min(source.size, 65_536));
  const lines = firstLines(head);
  if (isRagged(lines)) return openLines(source, options);
  const dialect = dialectOf(lines);
  const table = new Table(source.name, dialect);
  const splitter = await makeSplitter(dialect, source.name);
  let rest: Uint8Array = new Uint8Array(0);
  // old line ends (a carriage return alone) take the slow way as well
  let quoted = /\r(?!\n|$)/.test(new TextDecoder().decode(head));
  for (let start = 0; start < source.size; start += blockBytes) {
    options.signal?.throwIfAborted();
    const end = Math.min(start + blockBytes, source.size);
    const last = end === source.size;
    const block = withoutMark(await source.read(start, end), start);
    if (block.length === 0 && !last) throw new Error(`${source.name} ended early`);
    const bytes = joined(rest, block);
    rest = new Uint8Array(0);
    quoted ||= bytes.includes(quote);
    if (quoted) splitter(table, bytes, last);
    else rest = table.addBytes(bytes, last);
    if (rest.length > longestRow) throw tooLong(source.name, table.line);
    checkSize(table, source, end);
    options.onProgress?.({ done: end / source.size, message: `Reading ${source.name}` });
  }
  table.finish();
  return opened(source.name, table);
}

/** Three bytes that some programs write in front of UTF-8. */
function withoutMark(block: Uint8Array, start: number): Uint8Array {
  return start === 0 && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? block.subarray(3) : block;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** After each block: is there room for the whole table? */
function checkSize(table: Table, source: Source, read: number): void {
  if (table.rows === 0) return;
  const rows = Math.ceil((table.rows / read) * source.size * 1.02);
  const numbers = rows * table.columns.filter(({ kind }) => kind !== 'texts').length;
  if (numbers > mostNumbers) {
    throw new Problem({
      where: source.name,
      expected: `a text table of at most ${mostNumbers / 1e6} million numbers`,
      found: `about ${Math.round(numbers / 1e6)} million`,
      fix: "Convert it to a format that is read in parts, for example with pandas: read_csv, then to_parquet or to_hdf(format='table')",
    });
  }
  table.expect(rows);
}

/** The slow way: decodes, makes all line ends alike, and lets papaparse deal with quotes. Keeps what is unfinished between blocks. */
async function makeSplitter(
  { separator }: Dialect,
  name: string,
): Promise<(table: Table, bytes: Uint8Array, last: boolean) => void> {
  const { Parser } = (await import('papaparse')).default;
  const parser = new Parser({ delimiter: separator, newline: '\n' });
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  return (table, bytes, last) => {
    pending += decoder.decode(bytes, { stream: !last });
    // a carriage return at the end waits for its line feed
    const held = !last && pending.endsWith('\r') ? '\r' : '';
    const text = (held ? pending.slice(0, -1) : pending).replace(/\r\n?/g, '\n');
    const parsed = parser.parse(text, 0, !last) as { data: string[][]; errors: { code: string }[]; meta: { cursor: number } };
    table.addRows(parsed.data, text.includes('"'), last);
    if (last && parsed.errors.some((error) => error.code === 'MissingQuotes')) throw openQuote(name, table.line - 1);
    pending = text.slice(parsed.meta.cursor) + held;
    if (pending.length > longestRow) throw openQuote(name, table.line);
  };
}

function opened(file: string, { columns, rows, remarks }: Table): OpenFile {
  if (rows === 0) throw new Problem(noRows(file, columns.length > 0 ? 'a header line and nothing below it' : 'blank lines only'));
  const arrays = columns.map((column) => infoOf(column, rows));
  const find = (name: string): Column => {
    const column = columns.find((entry) => entry.name === name);
    if (!column) throw notThere(file, 'column', name, columns);
    if (column.fault) throw fault(file, column);
    return column;
  };
  return {
    format: 'csv',
    name: file,
    arrays,
    tabular: true,
    remarks,
    read: async (name, options: ReadOptions = {}) => {
      options.signal?.throwIfAborted();
      const column = find(name);
      const [start, end] = checkRows(options.rows ?? [0, rows], rows, file);
      if (column.kind === 'numbers') return column.numbers.values.slice(start, end);
      if (column.kind === 'texts') return column.texts.slice(start, end);
      if (column.lists.commonLength() !== undefined) return column.lists.slice(start, end).values;
      throw new Problem({
        where: `${file}, column "${name}"`,
        expected: 'one value for each row',
        found: 'lists of different lengths',
        fix: 'Read it as lists',
      });
    },
    readLists: async (name, options: ReadOptions = {}) => {
      options.signal?.throwIfAborted();
      const column = find(name);
      const [start, end] = checkRows(options.rows ?? [0, rows], rows, file);
      if (column.kind === 'lists') return column.lists.slice(start, end);
      throw new Problem({
        where: `${file}, column "${name}"`,
        expected: 'one list for each row',
        found: 'one value for each row',
        fix: 'Read it as plain values',
      });
    },
    close: () => {},
  };
}

/** Lists of equal length are an array of rank 2, other lists are jagged. */
function infoOf({ name, kind, lists }: Column, rows: number): ArrayInfo {
  if (kind !== 'lists') return { name, shape: [rows], type: kind === 'numbers' ? 'float64' : 'text' };
  const length = lists.commonLength();
  return length === undefined
    ? { name, shape: [rows], type: 'float64', jagged: true }
    : { name, shape: [rows, length], type: 'float64' };
}

function fault(file: string, { name, fault: found, kind }: Column): Problem {
  const value = found?.value ?? '';
  return new Problem({
    where: `${file}, column "${name}", line ${found?.line}`,
    expected: kind === 'lists' ? 'a list of numbers in brackets, as in the lines before' : 'a number, as in the lines before',
    found: `"${value.length > 60 ? `${value.slice(0, 57)}...` : value}"`,
    fix: 'Correct this cell; leave it empty or write nan if the value is missing',
  });
}

function noRows(where: string, found: string) {
  return { where, expected: 'a table with at least one row', found, fix: 'Choose another file' };
}

function tooLong(file: string, line: number): Problem {
  return new Problem({
    where: `${file}, line ${line}`,
    expected: 'a line end',
    found: '16 MB of text without one',
    fix: 'Choose a text table with one row per event',
  });
}

function openQuote(file: string, line: number): Problem {
  return new Problem({
    where: `${file}, row from line ${line}`,
    expected: 'a closing quote',
    found: 'the end of the file or 16 MB of text without one',
    fix: 'Close or remove the quote in this row',
  });
}
