/** Flagged lumisections as certification lists, for tools that take those. */
import { certificationOf, writeCertification } from '../data/certification.ts';
import type { Dataset } from '../data/dataset.ts';
import { emptiesAmong } from '../study/no-data.ts';

export type FlaggedList = 'flagged' | 'good-minus-flagged';

type Rows = Pick<Dataset, 'kind' | 'shape' | 'values' | 'rows' | 'run' | 'lumisection' | 'label' | 'classes'>;

/**
 * `flagged`: test lumisections with a score at or above the threshold. `good-minus-flagged`: every loaded lumisection whose label is
 * good, whatever part of the split it is in, except the flagged ones and those of the test that have no score: nobody looked at
 * them. Empty histograms are no data and certify nothing, whatever their label or score. Where several rows share a lumisection, one flagged row flags it.
 *
 * @param rows test rows [n]
 * @param scores [n]
 * @returns the JSON text; ranges are inclusive; rows without run or lumisection number are left out
 */
export function flaggedJson(
  dataset: Rows,
  rows: Uint32Array,
  scores: Float64Array,
  threshold: number,
  list: FlaggedList,
): string {
  const { run, lumisection } = dataset;
  if (!run || !lumisection) return writeCertification({ runs: new Map() });
  const key = (row: number) => `${run[row]}:${lumisection[row]}`;
  const flagged = rows.filter((_, i) => (scores[i] as number) >= threshold);
  const listed = (chosen: ArrayLike<number>) =>
    writeCertification(
      certificationOf(
        Array.from(chosen, (row) => run[row] as number),
        Array.from(chosen, (row) => lumisection[row] as number),
      ),
    );
  if (list === 'flagged') return listed(flagged);
  const out = new Set(Array.from(flagged, key));
  rows.forEach((row, i) => {
    if (!Number.isFinite(scores[i])) out.add(key(row));
  });
  const all = Uint32Array.from({ length: dataset.rows }, (_, row) => row);
  emptiesAmong(dataset, all)?.forEach((empty, row) => {
    if (empty) out.add(key(row));
  });
  const good: number[] = [];
  for (let row = 0; row < dataset.rows; row++) {
    if (dataset.classes[dataset.label[row] as number]?.role === 'background' && !out.has(key(row))) good.push(row);
  }
  return listed(good);
}
