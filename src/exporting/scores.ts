/** Scores of the judged events as CSV, for anybody who wants to recount. */
import type { Dataset } from '../data/dataset.ts';

/**
 * One line per test event: row number in the dataset (from 0), run / lumisection / event numbers where known, class, score in
 * full precision (higher is more anomalous).
 *
 * @param rows test rows [n]
 * @param scores [n]
 */
export function scoresCsv(dataset: Dataset, rows: Uint32Array, scores: Float64Array): Blob {
  const ids = (['run', 'lumisection', 'event'] as const).flatMap((name) => {
    const values = dataset[name];
    return values ? [{ name, values }] : [];
  });
  const header = ['row', ...ids.map((id) => id.name), 'class', 'score'].join(',');
  const names = dataset.classes.map((c) => quoted(c.name));
  const pieces: string[] = [`${header}\n`];
  let lines: string[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const idText = ids.map((id) => `${id.values[row]},`).join('');
    lines.push(`${row},${idText}${names[dataset.label[row] as number]},${scores[i]}\n`);
    if (lines.length === 50_000) {
      pieces.push(lines.join(''));
      lines = [];
    }
  }
  pieces.push(lines.join(''));
  return new Blob(pieces, { type: 'text/csv' });
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
