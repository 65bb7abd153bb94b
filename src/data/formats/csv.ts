/**
 * Tables as text: comma, tab or semicolon, with a header line or without. The file is read in blocks and each block goes straight
 * into typed columns, so that a file of 100 MB costs about as much memory as its numbers. Quoting is papaparse's work; what is a
 * number, what is missing and what is an error is decided here.
 */
import type { OnProgress } from '../../base/kinds.ts';
import { Problem } from '../../base/problem.ts';
import type { Format, OpenFile, ReadOptions, Source } from './contract.ts';

const blockBytes = 1024 * 1024;
/** A row longer than this is an opening quote that is never closed. */
const longestRow = 16 * 1024 * 1024;
/** Non-empty cells that decide whether a column holds numbers, and the share of numbers that it takes. */
const decidingCells = 1000;
const numericShare = 0.9;
const largestExact = 2 ** 53;
const delimiters = [',', '\t', ';'] as const;
const missing = /^(|nan|na|n\/a|null|none|[+-]?inf(inity)?)$/i;

const csv: Format = {
  id: 'csv',
  name: 'CSV',
  extensions: ['csv', 'tsv', 'txt'],
  recognises(head, fileName) {
    if (head.length === 0 || head.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return 0;
    const lines = firstLines(head);
    const start = lines[0]?.trimStart()[0] ?? '';
    const named = /\.(csv|tsv)$/i.test(fileName);
    if (start === '<' || start === '{' || (start === '[' && !named)) return 0;
    if (named) return 0.9;
    // without the name, it takes two lines of equally many fields, with a number in the second
    const delimiter = guessDelimiter(lines);
    const [first, second] = lines.map((line) => fieldsOf(line, delimiter));
    const table = first && second && first.length > 1 && first.length === second.length;
    return table && second.some((cell) => isNumber(cell)) ? 0.6 : 0;
  },
  open: openTable,
};
export default csv;

async function openTable(
  source: Source,
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  const { Parser } = (await import('papaparse')).default;
  const decoder = new TextDecoder('utf-8');
  let table: TableBuilder | undefined;
  let parser: InstanceType<typeof Parser> | undefined;
  let pending = '';
  for (let start = 0; start < source.size; start += blockBytes) {
    signal?.throwIfAborted();
    const end = Math.min(start + blockBytes, source.size);
    const last = end === source.size;
    const bytes = await source.read(start, end);
    if (!table) {
      const delimiter = guessDelimiter(firstLines(bytes));
      parser = new Parser({ delimiter, newline: '\n' });
      table = new TableBuilder(source.name);
    }
    pending += decoder.decode(bytes, { stream: !last });
    // one kind of line ending; a carriage return at the end waits for its line feed
    const held = !last && pending.endsWith('\r') ? '\r' : '';
    const text = (held ? pending.slice(0, -1) : pending).replace(/\r\n?/g, '\n');
    const parsed = parser?.parse(text, 0, !last) as { data: string[][]; errors: { code: string }[]; meta: { cursor: number } };
    table.add(parsed.data, text.includes('"'), last);
    if (last && parsed.errors.some((error) => error.code === 'MissingQuotes')) throw openQuote(source.name, table.line - 1);
    pending = text.slice(parsed.meta.cursor) + held;
    if (pending.length > longestRow) throw openQuote(source.name, table.line);
    onProgress?.({ done: end / source.size, message: `Reading ${source.name}` });
  }
  if (!table) throw new Problem(noRows(source.name, 'an empty file'));
  return table.finish();
}

// ---- the table while it grows --------------------------------------------------------------------------------------------

class TableBuilder {
  /** Line of the next row, counted from 1. */
  line = 1;
  private columns: ColumnBuilder[] | undefined;
  private rows = 0;
  private readonly remarks: string[] = [];

  constructor(private readonly file: string) {}

  /** @param quoted a field may hold line ends of its own */
  add(rows: readonly string[][], quoted: boolean, last: boolean): void {
    for (const [index, row] of rows.entries()) {
      const blank = row.length === 1 && (row[0] as string).trim() === '';
      if (!blank) {
        if (!this.columns) this.startColumns(row);
        else this.addRow(row, last && index === rows.length - 1);
      }
      this.line += 1;
      if (quoted) for (const cell of row) for (let i = cell.indexOf('\n'); i >= 0; i = cell.indexOf('\n', i + 1)) this.line += 1;
    }
  }

  private startColumns(first: readonly string[]): void {
    const headless = first.every((cell) => isNumber(cell) || missing.test(cell.trim())) && first.some((cell) => isNumber(cell));
    const names = headless ? first.map((_, i) => `column ${i + 1}`) : headerNames(first, this.remarks);
    this.columns = names.map((name) => new ColumnBuilder(name));
    if (headless) {
      this.remarks.push('no header line: the first line holds numbers only, so columns are called column 1, column 2, ...');
      this.addRow(first, false);
    }
  }

  private addRow(row: readonly string[], last: boolean): void {
    const columns = this.columns as ColumnBuilder[];
    if (row.length !== columns.length) {
      throw new Problem({
        where: `${this.file}, line ${this.line}`,
        expected: `${columns.length} fields, as in the first line`,
        found: `${row.length} field${row.length === 1 ? '' : 's'}`,
        fix: last
          ? 'This is the last line, so the file was probably cut off: copy or download it again'
          : 'Correct or remove this line; text that contains the separator must stand in quotes',
      });
    }
    for (let i = 0; i < row.length; i++) (columns[i] as ColumnBuilder).add(row[i] as string, this.line);
    this.rows++;
  }

  finish(): OpenFile {
    const { columns, rows, file, remarks } = this;
    if (!columns || rows === 0)
      throw new Problem(noRows(file, columns ? 'a header line and nothing below it' : 'blank lines only'));
    for (const column of columns) {
      column.finish();
      if (column.inexact > 0) {
        remarks.push(`"${column.name}": ${column.inexact} whole numbers beyond 2^53 were rounded to the nearest double`);
      }
    }
    return {
      format: 'csv',
      name: file,
      arrays: columns.map(({ name, numeric }) => ({ name, shape: [rows], type: numeric ? 'float64' : 'text' })),
      tabular: true,
      remarks,
      read: async (name, options = {}) => readColumn(file, columns, rows, name, options),
      close: () => {},
    };
  }
}

class ColumnBuilder {
  numeric = true;
  /** Whole numbers that do not fit a double exactly. */
  inexact = 0;
  /** The first text in a column of numbers. */
  fault: { line: number; value: string } | undefined;
  numbers = new Float64Array(1024);
  texts: string[] = [];
  private length = 0;
  /** Cells that wait for the decision, with their lines. */
  private waiting: { cells: string[]; lines: number[] } | undefined = { cells: [], lines: [] };
  private filled = 0;
  private readonly known = new Map<string, string>();

  constructor(readonly name: string) {}

  add(cell: string, line: number): void {
    if (!this.waiting) {
      this.store(cell, line);
      return;
    }
    this.waiting.cells.push(cell);
    this.waiting.lines.push(line);
    if (!missing.test(cell.trim())) this.filled++;
    if (this.filled >= decidingCells) this.decide();
  }

  finish(): void {
    if (this.waiting) this.decide();
    this.numbers = this.numbers.slice(0, this.length);
    this.known.clear();
  }

  private decide(): void {
    const { cells, lines } = this.waiting as { cells: string[]; lines: number[] };
    this.waiting = undefined;
    const numbers = cells.reduce((count, cell) => count + (isNumber(cell) ? 1 : 0), 0);
    this.numeric = numbers >= numericShare * this.filled;
    for (let i = 0; i < cells.length; i++) this.store(cells[i] as string, lines[i] as number);
  }

  private store(cell: string, line: number): void {
    if (!this.numeric) {
      this.texts.push(this.intern(cell.trim()));
      return;
    }
    if (this.length === this.numbers.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    let value = cell === '' ? Number.NaN : Number(cell);
    if (!Number.isFinite(value) || value === 0) {
      if (!isNumber(cell)) {
        if (!missing.test(cell.trim())) this.fault ??= { line, value: cell };
        value = Number.NaN;
      }
    } else if (Math.abs(value) >= largestExact && /^\s*-?\d+\s*$/.test(cell) && BigInt(cell) !== BigInt(value)) this.inexact++;
    this.numbers[this.length++] = value;
  }

  /** Equal texts share one string, so that a class name does not cost its letters once per row. */
  private intern(text: string): string {
    const kept = this.known.get(text);
    if (kept !== undefined) return kept;
    if (this.known.size < 65_536) this.known.set(text, text);
    return text;
  }
}

function readColumn(file: string, columns: readonly ColumnBuilder[], rows: number, name: string, options: ReadOptions) {
  options.signal?.throwIfAborted();
  const column = columns.find((entry) => entry.name === name);
  if (!column) {
    throw new Problem({
      where: file,
      expected: `a column "${name}"`,
      found: columns.map((entry) => entry.name).join(', '),
      fix: 'Choose one of the columns that are there',
    });
  }
  if (column.fault) {
    throw new Problem({
      where: `${file}, column "${name}", line ${column.fault.line}`,
      expected: 'a number, as in the lines before',
      found: `"${column.fault.value}"`,
      fix: 'Correct this cell; leave it empty or write nan if the value is missing',
    });
  }
  const [start, end] = options.rows ?? [0, rows];
  if (start < 0 || end > rows || start >= end) {
    throw new Problem({
      where: file,
      expected: `a row range inside 0 to ${rows}`,
      found: `${start} to ${end}`,
      fix: 'Correct the row range',
    });
  }
  return column.numeric ? column.numbers.slice(start, end) : column.texts.slice(start, end);
}

// ---- lines and cells -----------------------------------------------------------------------------------------------------

/** True for a decimal number; false for blanks, `nan` and infinities. */
function isNumber(cell: string): boolean {
  return cell.trim() !== '' && Number.isFinite(Number(cell));
}

/** Header cells as column names: trimmed, numbered where empty, and with a suffix where they repeat. */
function headerNames(cells: readonly string[], remarks: string[]): string[] {
  const taken = new Set<string>();
  return cells.map((cell, i) => {
    const own = (i === 0 ? cell.replace(/^\s*#/, '') : cell).trim() || `column ${i + 1}`;
    let name = own;
    for (let count = 1; taken.has(name); count++) name = `${own}.${count}`;
    taken.add(name);
    if (name !== own) remarks.push(`the header has "${own}" more than once; column ${i + 1} is called "${name}"`);
    return name;
  });
}

/** At most 20 complete lines of the head; its only line if there is no line end. */
function firstLines(head: Uint8Array): string[] {
  const text = new TextDecoder('utf-8').decode(head.subarray(0, 65_536));
  const lines = text.split(/\r\n|\n|\r/);
  return (lines.length > 1 ? lines.slice(0, -1) : lines).filter((line) => line.trim() !== '').slice(0, 20);
}

/** The separator that gives the most fields, weighted with the share of lines that have as many as the first one. */
function guessDelimiter(lines: readonly string[]): string {
  let best: string = delimiters[0];
  let bestWeight = 0;
  for (const delimiter of delimiters) {
    const counts = lines.map((line) => fieldsOf(line, delimiter).length);
    const first = counts[0] ?? 1;
    const weight = (first - 1) * (counts.filter((count) => count === first).length / Math.max(1, counts.length));
    if (weight > bestWeight) {
      best = delimiter;
      bestWeight = weight;
    }
  }
  return best;
}

/** Cells of one line; separators inside quotes do not count. */
function fieldsOf(line: string, delimiter: string): string[] {
  return line.replace(/"[^"]*"/g, 'text').split(delimiter);
}

function noRows(where: string, found: string) {
  return { where, expected: 'a table with at least one row', found, fix: 'Choose another file' };
}

function openQuote(file: string, line: number): Problem {
  return new Problem({
    where: `${file}, row from line ${line}`,
    expected: 'a closing quote',
    found: 'the end of the file or 16 MB of text without one',
    fix: 'Close or remove the quote in this row',
  });
}
