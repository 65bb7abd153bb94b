/** Records to columns: nested objects become `outer.inner`, arrays become arrays or lists, keys that a row lacks are missing there. */
import { Problem } from '../../../base/problem.ts';
import { JsonColumn } from './column.ts';
import { isRecord, type Json } from './parse.ts';

const mostColumns = 100_000;
const deepestRecord = 8;

export class Records {
  rows = 0;
  /** By name; a map, so that no key has a meaning of its own. */
  readonly columns = new Map<string, JsonColumn>();

  /** @param fileSize bytes; a table with far more cells than that comes from rows that share no keys */
  constructor(
    private readonly where: string,
    private readonly fileSize: number,
    private readonly prefix = '',
  ) {}

  add(value: Json): void {
    const row = this.rows++;
    if (isRecord(value)) this.addRecord(row, value, this.prefix, 0);
    else if (Array.isArray(value))
      for (const [i, entry] of value.entries()) this.set(row, `${this.prefix}column ${i + 1}`, entry);
    else this.set(row, `${this.prefix}value`, value);
  }

  private addRecord(row: number, record: { [key: string]: Json }, prefix: string, depth: number): void {
    for (const key of Object.keys(record)) {
      const value = record[key] as Json;
      if (isRecord(value) && depth < deepestRecord) this.addRecord(row, value, `${prefix}${key}.`, depth + 1);
      else this.set(row, prefix + key, value);
    }
  }

  private set(row: number, name: string, value: Json): void {
    let column = this.columns.get(name);
    if (!column) {
      column = new JsonColumn(name);
      this.columns.set(name, column);
      this.check();
    }
    column.set(row, value);
  }

  /** Gives all columns the same number of rows. */
  finish(): JsonColumn[] {
    this.check();
    for (const column of this.columns.values()) column.pad(this.rows);
    return [...this.columns.values()];
  }

  private check(): void {
    const { size } = this.columns;
    if (size <= mostColumns && size * this.rows <= 20 * this.fileSize + 1e6) return;
    throw new Problem({
      where: this.where,
      expected: 'records with the same keys in every row',
      found: `${size} different keys in ${this.rows} rows`,
      fix: 'Choose a file with one record per event',
    });
  }
}
