/** The data-table twin of a figure as CSV: one header line with units, plain numbers, empty cells where there is no number. */
import type { DataTable } from './contract.ts';

function cell(value: string | number): string {
  if (value === '–') return '';
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines end with a line feed, the last one too. */
export function tableToCsv({ columns, rows }: DataTable): string {
  const head = columns.map(({ name, unit }) => cell(unit ? `${name} [${unit}]` : name));
  return [head, ...rows.map((row) => row.map(cell))].map((line) => `${line.join(',')}\n`).join('');
}
