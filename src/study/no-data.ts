/**
 * What histograms without data do to a number. Every model gives all empty ones one and the same score, which can lie far from that
 * of any filled one and then carries an AUC or a recall without a single judged lumisection.
 */

import { noDataVerb } from '../base/no-data.ts';
import { countOf, countText } from '../base/numbers.ts';
import { aucInterval, type MeasuredAuc } from '../metrics/auc-error.ts';
import type { Prepared } from './prepare.ts';

/** 1 where a judged row is no data [rows.length]; undefined if there is none among them. */
export function noDataAmong({ noData }: Pick<Prepared, 'noData'>, rows: Uint32Array): Uint8Array | undefined {
  if (!noData) return undefined;
  const among = Uint8Array.from(rows, (row) => noData.row[row] as number);
  return among.includes(1) ? among : undefined;
}

/** The scores with NaN for rows without data, so that they are in no rate. */
export function withoutNoData(scores: Float64Array, noData: Uint8Array | undefined): Float64Array {
  return noData ? scores.map((score, i) => (noData[i] === 1 ? Number.NaN : score)) : scores;
}

/** How many of the scores of rows without data are equal to the commonest one. */
export function tiedAmong(scores: Float64Array, noData: Uint8Array): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < scores.length; i++) {
    if (noData[i] === 1) counts.set(scores[i] as number, (counts.get(scores[i] as number) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

export interface NoDataFacts {
  signal: { name: string; noData: number; of: number };
  background: { noData: number; of: number };
  minEntries: number;
  leaveOut: boolean;
  /** How many of them share one score. */
  tied: number;
  /** AUC with its error; null where nothing is left to judge. */
  with: MeasuredAuc | null;
  without: MeasuredAuc | null;
}

/** Two or three sentences: how many there are, how they tie, and AUC with and without them; the one that counts comes first. */
export function noDataWords({ signal, background, minEntries, leaveOut, tied, ...auc }: NoDataFacts): string {
  const counts = `${countText(signal.noData)} of ${countOf(signal.of, 'lumisection')} of "${signal.name}" and ${countText(background.noData)} of ${countText(background.of)} of the background in the test ${noDataVerb(minEntries)}: no data, ${leaveOut ? 'left out' : 'counted like the others'}`;
  const tie = tied > 1 ? `; ${countText(tied)} of them share one score` : '';
  const value = (judged: MeasuredAuc | null): string | null => {
    if (!judged) return null;
    const { low, high } = aucInterval(judged);
    const parted = judged.auc === 1 || judged.auc === 0;
    const error = parted ? ` [${low.toFixed(4)}, ${high.toFixed(4)}]` : ` ± ${judged.aucError.toFixed(4)}`;
    return `${judged.auc.toFixed(4)}${Number.isNaN(low) ? '' : error}`;
  };
  const withThem = `with them ${value(auc.with) ?? 'there is nothing to judge either'}`;
  const without = auc.without ? `without them ${value(auc.without)}` : 'without them nothing is left to judge';
  const both = leaveOut ? (auc.without ? [without, withThem] : [withThem, without]) : [withThem, without];
  return `${counts}${tie}. AUC ${both.join(', ')}.`;
}
