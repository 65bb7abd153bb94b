/**
 * What empty histograms do to a number. An empty histogram is no data: every model gives all of them one and the same score, which
 * can lie far from that of any filled one and then carries an AUC or a recall without a single judged lumisection.
 */
import { countOf, countText } from '../base/numbers.ts';
import type { Dataset } from '../data/dataset.ts';

/** 1 where a row of a histogram has no entry in any cell [rows.length]; undefined if there is none, or for other kinds of data. */
export function emptiesAmong(dataset: Pick<Dataset, 'kind' | 'shape' | 'values'>, rows: Uint32Array): Uint8Array | undefined {
  if (dataset.kind !== 'histograms' || rows.length === 0) return undefined;
  const width = dataset.shape.reduce((product, n) => product * n, 1);
  let found = false;
  const empty = Uint8Array.from(rows, (row) => {
    for (let i = row * width; i < (row + 1) * width; i++) if (dataset.values[i] !== 0) return 0;
    found = true;
    return 1;
  });
  return found ? empty : undefined;
}

/** The scores with NaN for empty rows, so that they are in no rate. */
export function withoutEmpties(scores: Float64Array, empty: Uint8Array | undefined): Float64Array {
  return empty ? scores.map((score, i) => (empty[i] === 1 ? Number.NaN : score)) : scores;
}

/** How many of the scores of empty rows are equal to the commonest one. */
export function tiedEmpties(scores: Float64Array, empty: Uint8Array): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < scores.length; i++) {
    if (empty[i] === 1) counts.set(scores[i] as number, (counts.get(scores[i] as number) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** One or two sentences: how many empties there are, how they tie, and AUC with and without them. */
export function noDataWords(
  signal: { name: string; empty: number; of: number },
  background: { empty: number; of: number },
  tied: number,
  auc: { with: number; without: number | null; error: number | null },
): string {
  const counts = `${countText(signal.empty)} of ${countOf(signal.of, 'lumisection')} of "${signal.name}" and ${countText(background.empty)} of ${countText(background.of)} of the background in the test are empty: no data`;
  const tie = tied > 1 ? `; ${countText(tied)} of them share one score` : '';
  const without =
    auc.without === null
      ? 'without them nothing is left to judge'
      : `without them ${auc.without.toFixed(4)}${auc.error === null ? '' : ` ± ${auc.error.toFixed(4)}`}`;
  return `${counts}${tie}. AUC with them ${auc.with.toFixed(4)}, ${without}.`;
}
