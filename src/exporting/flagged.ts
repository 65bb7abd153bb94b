/** Flagged lumisections as certification lists, for tools that take those. */
import { certificationOf, writeCertification } from '../data/certification.ts';
import type { Dataset } from '../data/dataset.ts';
import { lumisectionsOf, type NoData } from '../data/lumisections.ts';

export type FlaggedList = 'flagged' | 'good-minus-flagged';

type Rows = Pick<Dataset, 'rows' | 'run' | 'lumisection' | 'together' | 'label' | 'classes'>;

/**
 * `flagged`: test lumisections with a score at or above the threshold. `good-minus-flagged`: every loaded lumisection whose label is
 * good, whatever part of the split it is in, except the flagged ones and those of the test that have no score: nobody looked at
 * them. Histograms without data certify nothing, whatever their label or score. Where several rows share a lumisection, one flagged row flags it;
 * where a row stands for several neighbours, all of them share its fate.
 *
 * @param rows test rows [n]
 * @param scores [n]
 * @param noData absent where every row is data
 * @returns the JSON text; ranges are inclusive; rows without run or lumisection number are left out
 */
export function flaggedJson(
  dataset: Rows,
  rows: Uint32Array,
  scores: Float64Array,
  threshold: number,
  list: FlaggedList,
  noData?: Pick<NoData, 'row'>,
): string {
  const { run, lumisection } = dataset;
  if (!run || !lumisection) return writeCertification({ runs: new Map() });
  const keys = (row: number) => Array.from(lumisectionsOf(dataset, row), (number) => `${run[row]}:${number}`);
  const flagged = rows.filter((_, i) => (scores[i] as number) >= threshold);
  const listed = (chosen: Iterable<number>) => {
    const each = [...chosen].flatMap((row) =>
      Array.from(lumisectionsOf(dataset, row), (number) => [run[row] as number, number] as const),
    );
    return writeCertification(
      certificationOf(
        each.map(([number]) => number),
        each.map(([, number]) => number),
      ),
    );
  };
  if (list === 'flagged') return listed(flagged);
  const out = new Set([...flagged].flatMap(keys));
  rows.forEach((row, i) => {
    if (!Number.isFinite(scores[i])) for (const key of keys(row)) out.add(key);
  });
  noData?.row.forEach((is, row) => {
    if (is) for (const key of keys(row)) out.add(key);
  });
  const good: number[] = [];
  for (let row = 0; row < dataset.rows; row++) {
    const isGood = dataset.classes[dataset.label[row] as number]?.role === 'background';
    if (isGood && !keys(row).some((key) => out.has(key))) good.push(row);
  }
  return listed(good);
}
