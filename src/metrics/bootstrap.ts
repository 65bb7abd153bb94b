/**
 * The bootstrap: error of any statistic from resampled events, stratified by class (each class keeps its number of events). It
 * cannot see beyond the sample: with no background event above a threshold its band there has no width; use Clopper-Pearson.
 *
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals.
 */
import { quantileSorted } from '../numeric/quantile.ts';
import { Cursor } from '../numeric/random.ts';
import type { Interval } from './intervals.ts';
import type { Ranking } from './ranking.ts';

export interface Bootstrap {
  /** The statistic of each replica, rising; replicas in which it is not defined are left out. */
  values: Float64Array;
  /** Replicas in which it is not defined. */
  undefinedReplicas: number;
  /** Standard deviation of `values`, divisor one less than their number. */
  error: number;
  /** 16 to 84 %, and 2.5 to 97.5 %. */
  band68: Interval;
  band95: Interval;
}

/** Enough while exploring; an export uses 1 000. */
export const REPLICAS = 200;

/**
 * Error of a statistic that is read from one ranking. Rows of a replica are those of the ranking, with other counts (a row may
 * gain no event). Weights are not resampled.
 *
 * @param statistic null or NaN where it is not defined
 * @param seed a whole number from 1; equal seeds give equal replicas, so that two statistics can be compared
 */
export function bootstrapRanking(
  ranking: Ranking,
  statistic: (replica: Ranking) => number | null,
  { seed, replicas = REPLICAS }: { seed: number; replicas?: number },
): Bootstrap {
  const m = ranking.threshold.length;
  // row of each event of a class: drawing an event is drawing an entry
  const rowOf = ranking.flagged.map((flagged, c) => {
    const rows = new Uint32Array(ranking.total[c]!);
    for (let row = 0, event = 0; row < m; row++) while (event < flagged[row]!) rows[event++] = row;
    return rows;
  });
  const flagged = rowOf.map(() => new Uint32Array(m));
  const replica: Ranking = { threshold: ranking.threshold, flagged, total: ranking.total, nonFinite: ranking.nonFinite };
  return collect(replicas, (step) => {
    rowOf.forEach((rows, c) => {
      const counts = flagged[c]!.fill(0);
      const cursor = new Cursor(seed, 'bootstrap', step, c);
      for (let i = 0; i < rows.length; i++) counts[rows[cursor.below(rows.length)]!]!++;
      for (let row = 1; row < m; row++) counts[row]! += counts[row - 1]!;
    });
    return statistic(replica);
  });
}

/**
 * Error of a statistic of event rows, for what one ranking cannot tell: the difference of two models on the same events (paired),
 * a mass spectrum, lumisections that are resampled by run.
 *
 * @param strata each a list of blocks, each block a list of rows that stay together. Blocks are drawn with replacement within
 *   their stratum, as many as it has. Independent events are blocks of one row: `[[[0], [1], ...], ...]`
 * @param statistic of the drawn rows, in no particular order
 */
export function bootstrapRows(
  strata: readonly (readonly (readonly number[])[])[],
  statistic: (rows: readonly number[]) => number | null,
  { seed, replicas = REPLICAS }: { seed: number; replicas?: number },
): Bootstrap {
  return collect(replicas, (step) => {
    const rows: number[] = [];
    strata.forEach((blocks, s) => {
      const cursor = new Cursor(seed, 'bootstrap', step, s);
      for (let i = 0; i < blocks.length; i++) for (const row of blocks[cursor.below(blocks.length)]!) rows.push(row);
    });
    return statistic(rows);
  });
}

function collect(replicas: number, draw: (step: number) => number | null): Bootstrap {
  const all = Array.from({ length: replicas }, (_, step) => draw(step) ?? Number.NaN);
  const values = Float64Array.from(all.filter((v) => !Number.isNaN(v))).sort();
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v / n, 0);
  const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const band = (tail: number): Interval => ({ low: quantileSorted(values, tail), high: quantileSorted(values, 1 - tail) });
  return {
    values,
    undefinedReplicas: replicas - n,
    error: n > 1 ? Math.sqrt(square / (n - 1)) : Number.NaN,
    band68: band(0.16),
    band95: band(0.025),
  };
}
