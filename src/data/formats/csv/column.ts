/**
 * One column of a text table while it grows. Its first filled cells decide what it holds: numbers, texts, or lists of numbers written in
 * brackets. From then on a cell of another kind is remembered as a fault and refused when the column is read, not before.
 */
import { GrowingLists, GrowingNumbers } from '../bytes/growing.ts';
import { isNumber, missing, toNumber } from './dialect.ts';

/** Non-empty cells that decide, the letters after which it is decided anyway, and the share that one kind must have. */
const decidingCells = 1000;
const decidingLetters = 4_000_000;
const decidingShare = 0.9;
const largestExact = 2 ** 53;
const listPattern = /^\s*\[[^[\]]*\]\s*$/;
/** Different texts that are kept once each. */
const mostKnown = 65_536;

export type Kind = 'deciding' | 'numbers' | 'texts' | 'lists';

export class Column {
  kind: Kind = 'deciding';
  /** Whole numbers that do not fit a double exactly. */
  inexact = 0;
  /** The first cell of another kind. */
  fault: { line: number; value: string } | undefined;
  readonly numbers = new GrowingNumbers();
  texts: string[] = [];
  readonly lists = new GrowingLists();
  private waiting: { cells: string[]; lines: number[] } = { cells: [], lines: [] };
  private filled = 0;
  private letters = 0;
  private readonly known = new Map<string, string>();

  constructor(
    readonly name: string,
    private readonly decimalComma: boolean,
  ) {}

  add(cell: string, line: number): void {
    if (this.kind !== 'deciding') {
      this.store(cell, line);
      return;
    }
    this.waiting.cells.push(cell);
    this.waiting.lines.push(line);
    this.letters += cell.length;
    if (!missing.test(cell.trim())) this.filled++;
    if (this.filled >= decidingCells || this.letters > decidingLetters) this.decide();
  }

  finish(): void {
    if (this.kind === 'deciding') this.decide();
    this.numbers.finish();
    this.lists.values.finish();
    this.known.clear();
  }

  private decide(): void {
    const { cells, lines } = this.waiting;
    this.waiting = { cells: [], lines: [] };
    const share = (test: (cell: string) => boolean): number => cells.reduce((count, cell) => count + (test(cell) ? 1 : 0), 0);
    const enough = decidingShare * this.filled;
    if (share((cell) => isNumber(cell, this.decimalComma)) >= enough) this.kind = 'numbers';
    else this.kind = share((cell) => listPattern.test(cell)) >= enough ? 'lists' : 'texts';
    for (let i = 0; i < cells.length; i++) this.store(cells[i] as string, lines[i] as number);
  }

  private store(cell: string, line: number): void {
    if (this.kind === 'numbers') this.numbers.push(this.numberOf(cell, line));
    else if (this.kind === 'lists') this.lists.push(this.listOf(cell, line));
    else this.texts.push(this.intern(cell.trim()));
  }

  private numberOf(cell: string, line: number): number {
    const value = cell === '' ? Number.NaN : toNumber(cell, this.decimalComma);
    if (Number.isFinite(value) && (value !== 0 || cell.trim() !== '')) {
      if (Math.abs(value) >= largestExact && /^\s*-?\d+\s*$/.test(cell) && BigInt(cell.trim()) !== BigInt(value)) this.inexact++;
      return value;
    }
    if (!missing.test(cell.trim())) this.fault ??= { line, value: cell };
    return Number.NaN;
  }

  /** `[1, 2.5, nan]`, or with blanks alone as NumPy prints it. An empty cell is an empty list. */
  private listOf(cell: string, line: number): number[] {
    const inside = listPattern.exec(cell)?.[0].trim().slice(1, -1).trim();
    if (inside === undefined) {
      if (!missing.test(cell.trim())) this.fault ??= { line, value: cell };
      return [];
    }
    if (inside === '') return [];
    return inside.split(inside.includes(',') ? ',' : /\s+/).map((part) => this.numberOf(part.trim(), line));
  }

  /** Equal texts share one string, so that a class name does not cost its letters once per row. */
  private intern(text: string): string {
    const kept = this.known.get(text);
    if (kept !== undefined) return kept;
    if (this.known.size < mostKnown) this.known.set(text, text);
    return text;
  }
}
