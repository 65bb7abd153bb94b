/**
 * One column of JSON values while it grows: numbers, booleans, texts, or arrays of numbers. The first value that is not null decides; a value
 * of another kind is remembered and refused when the column is read. Arrays of one shape make an array of higher rank, others lists.
 */
import { GrowingNumbers } from '../bytes/growing.ts';
import type { ArrayInfo } from '../contract.ts';
import type { Json } from './parse.ts';

const largestExact = 2 ** 53;

type Kind = 'undecided' | 'number' | 'bool' | 'text' | 'array';

export class JsonColumn {
  kind: Kind = 'undecided';
  rows = 0;
  readonly numbers = new GrowingNumbers();
  readonly texts: string[] = [];
  /** For arrays: where the numbers of each row end. */
  readonly ends = new GrowingNumbers();
  /** For arrays: the shape of one row, while all rows have it. */
  private shape: number[] | undefined;
  private uniform = true;
  private flat = true;
  /** The first row (from 0) with a value of another kind. */
  fault: { row: number; found: string } | undefined;
  inexact = 0;

  constructor(readonly name: string) {}

  /** The value of a row; rows between the last one and this one are missing. */
  set(row: number, value: Json): void {
    if (row < this.rows) return;
    this.pad(row);
    this.push(value);
  }

  /** Fills up to so many rows with missing values. */
  pad(rows: number): void {
    while (this.rows < rows) this.push(null);
  }

  private push(value: Json): void {
    if (this.kind === 'undecided' && value !== null) this.decide(value);
    const row = this.rows++;
    if (this.kind === 'text') this.texts.push(typeof value === 'string' ? value : this.wrong(row, value, ''));
    else if (this.kind === 'array') {
      if (Array.isArray(value)) this.pushArray(row, value);
      else {
        this.uniform = false;
        this.wrong(row, value, 0);
      }
      this.ends.push(this.numbers.length);
    } else if (this.kind !== 'undecided') this.numbers.push(this.numberOf(row, value));
  }

  private decide(value: Json): void {
    const missing = this.rows;
    this.kind = Array.isArray(value)
      ? 'array'
      : typeof value === 'string'
        ? 'text'
        : typeof value === 'boolean'
          ? 'bool'
          : 'number';
    if (this.kind === 'array' && missing > 0) this.uniform = false;
    for (let i = 0; i < missing; i++) {
      if (this.kind === 'text') this.texts.push('');
      else if (this.kind === 'array') this.ends.push(0);
      else this.numbers.push(Number.NaN);
    }
  }

  private numberOf(row: number, value: Json): number {
    if (typeof value === 'number') {
      if (Math.abs(value) >= largestExact && Number.isInteger(value) && Math.abs(value) < 1e21) this.inexact++;
      if (this.kind === 'bool') this.kind = 'number';
      return value;
    }
    if (typeof value === 'boolean') return value ? 1 : 0;
    return this.wrong(row, value, Number.NaN);
  }

  private pushArray(row: number, value: Json[]): void {
    const shape: number[] = [];
    for (let level: Json | undefined = value; Array.isArray(level); level = level[0]) shape.push(level.length);
    this.shape ??= shape;
    if (shape.length > 1) this.flat = false;
    const same = shape.length === this.shape.length && shape.every((n, i) => n === this.shape?.[i]);
    if (!same || !this.pushNested(row, value, shape, 0)) this.uniform = false;
    if (!same && shape.length > 0) this.pushNested(row, value, shape, 0);
  }

  /** @returns false if the nested arrays are of unequal length */
  private pushNested(row: number, value: Json[], shape: readonly number[], level: number): boolean {
    let even = value.length === shape[level];
    for (const entry of value) {
      if (Array.isArray(entry)) {
        if (level + 1 >= shape.length) this.flat = false;
        even = this.pushNested(row, entry, shape, level + 1) && even && level + 1 < shape.length;
      } else {
        even &&= level + 1 === shape.length;
        this.numbers.push(entry === null ? Number.NaN : this.numberOf(row, entry));
      }
    }
    return even;
  }

  private wrong<T>(row: number, value: Json, instead: T): T {
    if (value !== null) this.fault ??= { row, found: wordFor(value) };
    return instead;
  }

  info(): ArrayInfo {
    const { name, kind, rows } = this;
    if (kind === 'array') {
      if (this.uniform && this.shape) return { name, shape: [rows, ...this.shape], type: 'float64' };
      if (this.flat) return { name, shape: [rows], type: 'float64', jagged: true };
      return { name, shape: [rows], type: 'nested lists' };
    }
    return { name, shape: [rows], type: kind === 'text' ? 'text' : kind === 'bool' ? 'bool' : 'float64' };
  }
}

export function wordFor(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the text "${value.length > 40 ? `${value.slice(0, 37)}...` : value}"` : String(value);
}
