/**
 * A text table while it grows: header or none, comment lines, rows that must all have as many fields, and the fast way for lines without
 * quotes, byte by byte into typed columns.
 *
 * A decimal number of at most 15 digits and a power of ten up to 22 are both exact doubles, so one multiplication or division rounds once
 * and gives what `Number()` gives; longer numbers go through `Number()`.
 */
import { Problem } from '../../../base/problem.ts';
import { Column } from './column.ts';
import { type Dialect, isNumber, missing } from './dialect.ts';

/** More than any detector needs, fewer than a line of nothing but separators has. */
const mostColumns = 100_000;
const mostDigits = 15;
const powers = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const [tab, lineFeed, carriageReturn, blank, hash, plus, comma, minus, point, zero, nine] = [
  9, 10, 13, 32, 35, 43, 44, 45, 46, 48, 57,
];
const decoder = new TextDecoder('utf-8');

export class Table {
  /** Line of the next row, counted from 1. */
  line = 1;
  rows = 0;
  columns: Column[] = [];
  readonly remarks: string[] = [];
  private comments = 0;
  /** The last comment line before the first row. */
  private comment: string | undefined;
  private readonly code: number;

  constructor(
    private readonly file: string,
    private readonly dialect: Dialect,
  ) {
    this.code = dialect.separator.charCodeAt(0);
  }

  /** @param quoted a field may hold line ends of its own */
  addRows(rows: readonly string[][], quoted: boolean, last: boolean): void {
    for (const [index, row] of rows.entries()) {
      this.addFields(row, last && index === rows.length - 1);
      this.line += 1;
      if (quoted) for (const cell of row) for (let i = cell.indexOf('\n'); i >= 0; i = cell.indexOf('\n', i + 1)) this.line += 1;
    }
  }

  /**
   * All complete lines of a block without quotes.
   *
   * @param last the block ends the file, so that its last line is complete without a line end
   * @returns the bytes after the last complete line
   */
  addBytes(bytes: Uint8Array, last: boolean): Uint8Array {
    let at = 0;
    while (at < bytes.length) {
      let end = bytes.indexOf(lineFeed, at);
      const open = end < 0;
      if (open && !last) break;
      if (open) end = bytes.length;
      const stop = end > at && bytes[end - 1] === carriageReturn ? end - 1 : end;
      if (this.columns.length === 0 || bytes[at] === hash)
        this.addFields(this.split(bytes, at, stop), open || end === bytes.length - 1);
      else if (!isBlank(bytes, at, stop)) this.addLine(bytes, at, stop, last && end >= bytes.length - 1);
      this.line += 1;
      at = end + 1;
    }
    return bytes.subarray(Math.min(at, bytes.length));
  }

  /** Room for as many rows as the whole file will have, judging by what was read so far. */
  expect(rows: number): void {
    for (const column of this.columns) if (column.kind === 'numbers') column.numbers.reserve(rows);
  }

  finish(): void {
    for (const column of this.columns) {
      column.finish();
      if (column.inexact > 0) {
        this.remarks.push(`"${column.name}": ${column.inexact} whole numbers beyond 2^53 were rounded to the nearest double`);
      }
    }
    if (this.comments > 0)
      this.remarks.push(`${this.comments} comment line${this.comments === 1 ? '' : 's'} (with # in front) skipped`);
    if (this.dialect.decimalComma) this.remarks.push('numbers are written with a decimal comma: 1,5 was read as 1.5');
  }

  private split(bytes: Uint8Array, start: number, end: number): string[] {
    const text = decoder.decode(bytes.subarray(start, end));
    return this.dialect.separator === ' ' ? text.trim().split(/ +/) : text.split(this.dialect.separator);
  }

  private addFields(given: readonly string[], last: boolean): void {
    if ((given[0] as string).startsWith('#')) {
      const text = given.join(this.dialect.separator).replace(/^#\s*/, '');
      if (this.columns.length === 0) this.comment = text;
      this.comments++;
      return;
    }
    if (given.length === 1 && (given[0] as string).trim() === '') return;
    const row = this.dialect.separator === ' ' ? given.filter((cell) => cell !== '') : given;
    if (this.columns.length === 0) this.start(row);
    else this.addRow(row, last);
  }

  private start(first: readonly string[]): void {
    if (first.length > mostColumns) {
      throw new Problem({
        where: `${this.file}, line ${this.line}`,
        expected: `at most ${mostColumns} columns`,
        found: `${first.length}`,
        fix: 'Choose a file with one row per event',
      });
    }
    const { decimalComma, separator } = this.dialect;
    const numbers = (cells: readonly string[]): boolean =>
      cells.every((cell) => isNumber(cell, decimalComma) || missing.test(cell.trim())) &&
      cells.some((cell) => isNumber(cell, decimalComma));
    const headless = numbers(first);
    // numpy.savetxt and ROOT write the names into a comment
    const named = this.comment?.trim().split(separator === ' ' ? / +/ : separator);
    const fromComment = headless && named?.length === first.length && !numbers(named) ? named : undefined;
    if (fromComment) this.comments--;
    const names = fromComment ?? (headless ? first.map((_, i) => `column ${i + 1}`) : first);
    this.columns = headerNames(names, this.remarks).map((name) => new Column(name, decimalComma));
    if (!headless) return;
    if (!fromComment) {
      this.remarks.push('no header line: the first line holds numbers only, so columns are called column 1, column 2, ...');
    }
    this.addRow(first, false);
  }

  private addRow(row: readonly string[], last: boolean): void {
    if (row.length !== this.columns.length) throw this.ragged(row.length, last);
    for (let i = 0; i < row.length; i++) (this.columns[i] as Column).add(row[i] as string, this.line);
    this.rows++;
  }

  /** One line of bytes; decided columns of numbers are parsed in place. */
  private addLine(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const { columns, code } = this;
    const { decimalComma } = this.dialect;
    const count = columns.length;
    let at = start;
    if (code === blank) while (at < end && bytes[at] === blank) at++;
    for (let c = 0; c < count; c++) {
      if (at > end) throw this.ragged(c, last);
      const column = columns[c] as Column;
      const from = at;
      if (column.kind === 'numbers') {
        // sign, digits, decimals, exponent
        let byte = bytes[at] as number;
        const negative = byte === minus;
        if ((negative || byte === plus) && at < end) byte = bytes[++at] as number;
        let mantissa = 0;
        let digits = 0;
        let scale = 0;
        let seen = 0;
        while (at < end && byte >= zero && byte <= nine) {
          mantissa = mantissa * 10 + (byte - zero);
          if (mantissa > 0) digits++;
          seen++;
          byte = bytes[++at] as number;
        }
        if (at < end && (byte === point || (decimalComma && byte === comma))) {
          byte = bytes[++at] as number;
          while (at < end && byte >= zero && byte <= nine) {
            mantissa = mantissa * 10 + (byte - zero);
            if (mantissa > 0) digits++;
            seen++;
            scale--;
            byte = bytes[++at] as number;
          }
        }
        if (at < end && seen > 0 && (byte === 101 || byte === 69)) {
          byte = bytes[++at] as number;
          const down = byte === minus;
          if ((down || byte === plus) && at < end) byte = bytes[++at] as number;
          let exponent = 0;
          let any = false;
          while (at < end && byte >= zero && byte <= nine) {
            exponent = Math.min(9999, exponent * 10 + (byte - zero));
            any = true;
            byte = bytes[++at] as number;
          }
          if (!any) seen = 0;
          scale += down ? -exponent : exponent;
        }
        const whole = at === end || byte === code;
        if (whole && seen > 0 && digits <= mostDigits && scale <= 22 && scale >= -22) {
          const value = scale < 0 ? mantissa / (powers[-scale] as number) : mantissa * (powers[scale] as number);
          column.numbers.push(negative ? -value : value);
          at = this.next(bytes, at, end);
          continue;
        }
        at = from;
      }
      let stop = bytes.indexOf(code, at);
      if (stop < 0 || stop > end) stop = end;
      column.add(textOf(bytes, at, stop), this.line);
      at = this.next(bytes, stop, end);
    }
    if (at <= end) throw this.ragged(this.split(bytes, start, end).length, last);
    this.rows++;
  }

  /** Where the next cell starts: behind the separator; behind the line (end + 1) if there is none. */
  private next(bytes: Uint8Array, at: number, end: number): number {
    if (this.code !== blank) return at + 1;
    let next = at;
    while (next < end && bytes[next] === blank) next++;
    return next < end ? next : end + 1;
  }

  private ragged(fields: number, last: boolean): Problem {
    return new Problem({
      where: `${this.file}, line ${this.line}`,
      expected: `${this.columns.length} fields, as in the first line`,
      found: `${fields} field${fields === 1 ? '' : 's'}`,
      fix: last
        ? 'This is the last line, so the file was probably cut off: copy or download it again'
        : 'Correct or remove this line; text that contains the separator must stand in quotes',
    });
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== blank && bytes[i] !== tab) return false;
  return true;
}

/** Short ASCII texts without the decoder, which costs more than it decodes. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 24) return decoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte > 127) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Header cells as column names: trimmed, numbered where empty, and with a suffix where they repeat, as pandas does. */
function headerNames(cells: readonly string[], remarks: string[]): string[] {
  const taken = new Set<string>();
  return cells.map((cell, i) => {
    const own = cell.trim() || `column ${i + 1}`;
    let name = own;
    for (let count = 1; taken.has(name); count++) name = `${own}.${count}`;
    taken.add(name);
    if (name !== own) remarks.push(`the header has "${own}" more than once; column ${i + 1} is called "${name}"`);
    return name;
  });
}
