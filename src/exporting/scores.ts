/** Scores of the judged events as CSV, for anybody who wants to recount. */
import type { Dataset } from '../data/dataset.ts';
import { lumisectionsOf, type NoData } from '../data/lumisections.ts';

/**
 * One line per test event: row number in the dataset (from 0), run / lumisection / event numbers where known, class, score in
 * full precision (higher is more anomalous). Where a row stands for several lumisections, `lumisection` is the first and `lumisections`
 * all of them as ranges, `10-12 15`. Where histograms are no data, `no_data` is 1 for them; their score is NaN if they are left out.
 *
 * @param rows test rows [n]
 * @param scores [n]
 * @param noData absent where every row is data
 */
export function scoresCsv(dataset: Dataset, rows: Uint32Array, scores: Float64Array, noData?: Pick<NoData, 'row'>): Blob {
  const ids = (['run', 'lumisection', 'event'] as const).flatMap((name) => {
    const values = dataset[name];
    return values ? [{ name, values }] : [];
  });
  const { together } = dataset;
  const header = [
    'row',
    ...ids.map((id) => id.name),
    ...(together ? ['lumisections'] : []),
    'class',
    ...(noData ? ['no_data'] : []),
    'score',
  ].join(',');
  const names = dataset.classes.map((c) => quoted(c.name));
  const pieces: string[] = [`${header}\n`];
  let lines: string[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const idText = ids.map((id) => `${id.values[row]},`).join('');
    const members = together ? `${rangesText(lumisectionsOf(dataset, row))},` : '';
    const data = noData ? `${noData.row[row]},` : '';
    lines.push(`${row},${idText}${members}${names[dataset.label[row] as number]},${data}${scores[i]}\n`);
    if (lines.length === 50_000) {
      pieces.push(lines.join(''));
      lines = [];
    }
  }
  pieces.push(lines.join(''));
  return new Blob(pieces, { type: 'text/csv' });
}

/** `10-12 15`. */
function rangesText(numbers: Float64Array): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
