/**
 * How a text table is written, judged by its first lines: which character separates fields, whether decimals are written with a comma, and
 * whether it is a table at all or ragged text whose fields are lists of their own.
 */

export const separators = [',', '\t', ';', ' '] as const;
const mostLines = 50;
export const missing = /^(|nan|na|n\/a|null|none|[+-]?inf(inity)?)$/i;

export interface Dialect {
  separator: string;
  /** Numbers such as 1,5 stand for 1.5; only where the separator is another character. */
  decimalComma: boolean;
}

/** True for a decimal number; false for blanks, `nan` and infinities. */
export function isNumber(cell: string, decimalComma = false): boolean {
  return cell.trim() !== '' && Number.isFinite(toNumber(cell, decimalComma));
}

export function toNumber(cell: string, decimalComma: boolean): number {
  return Number(decimalComma ? cell.replace(',', '.') : cell);
}

/** At most 50 complete lines of the head without comments and blank lines; its only line if there is no line end. */
export function firstLines(head: Uint8Array): string[] {
  const text = new TextDecoder('utf-8').decode(head.subarray(0, 65_536));
  const lines = text.split(/\r\n|\n|\r/);
  return (lines.length > 1 ? lines.slice(0, -1) : lines)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .slice(0, mostLines);
}

export function dialectOf(lines: readonly string[]): Dialect {
  const separator = guessSeparator(lines);
  const cells = lines.flatMap((line) => fieldsOf(line, separator));
  const commas = cells.filter((cell) => /^\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*$/.test(cell)).length;
  const points = cells.filter((cell) => /^\s*[-+]?\d+\.\d+([eE][-+]?\d+)?\s*$/.test(cell)).length;
  return { separator, decimalComma: separator !== ',' && commas > 0 && points === 0 };
}

/**
 * The separator that gives the most fields, weighted with the share of lines that have as many as the first one. Blanks separate only
 * numbers, since texts hold blanks too.
 */
function guessSeparator(lines: readonly string[]): string {
  let best: string = separators[0];
  let bestWeight = 0;
  for (const separator of separators) {
    const rows = lines.map((line) => fieldsOf(line, separator));
    // the second line, since the first may be a header
    const numeric = (rows[1] ?? rows[0] ?? []).every((cell) => isNumber(cell) || missing.test(cell));
    if (separator === ' ' && !numeric) continue;
    const first = rows[0]?.length ?? 1;
    const weight = (first - 1) * (rows.filter((row) => row.length === first).length / Math.max(1, rows.length));
    if (weight > bestWeight) {
      best = separator;
      bestWeight = weight;
    }
  }
  return best;
}

/** Cells of one line; separators inside quotes do not count, and blanks count once however many there are. */
export function fieldsOf(line: string, separator: string): string[] {
  const plain = line.replace(/"[^"]*"/g, 'text');
  return separator === ' ' ? plain.trim().split(/ +/) : plain.split(separator);
}

/**
 * True for text such as that of the Dark Machines challenge, `id;process;weight;MET;phi;j,E,pt,eta,phi;b,...;`: fields end with
 * semicolons, every line has some that are comma-separated lists without quotes, and so lines have as many fields as they please.
 */
export function isRagged(lines: readonly string[]): boolean {
  return (
    lines.length > 0 &&
    lines.every((line) => {
      const fields = line.split(';');
      return fields.length > 2 && !line.includes('"') && fields.some((field) => /^[^,[\]]+(,[^,]+){2,}$/.test(field));
    })
  );
}
