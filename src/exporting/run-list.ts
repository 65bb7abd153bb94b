/** Every judged run in one line: what the labels say of it, what is flagged, and how its scores lie. */
import { flaggedRanges } from '../base/flagged-ranges.ts';
import { certificationOf, writeCertification } from '../data/certification.ts';
import type { Dataset } from '../data/dataset.ts';
import { lumisectionsOf, type NoData } from '../data/lumisections.ts';
import { moments } from '../numeric/moments.ts';
import { blockError } from '../study/trend.ts';

export interface RunLine {
  run: number;
  /** Test lumisections, each of those that were taken together counted. */
  lumisections: number;
  /** Of these, by the labels. The rest has no label. */
  good: number;
  bad: number;
  noData: number;
  flagged: number;
  /** `12–137, 193`; empty if none is flagged. */
  ranges: string;
  /** Mean score of rows with a finite one; NaN without any. */
  mean: number;
  /** Of the mean, by blocks of neighbours (`blockError`); NaN below four rows. */
  error: number;
}

/**
 * @param rows test rows [n]; those without a run or a lumisection number are left out
 * @param scores [n]; a row is flagged at or above the threshold
 * @returns runs by number; none for data without runs
 */
export function runListOf(
  dataset: Pick<Dataset, 'run' | 'lumisection' | 'together' | 'label' | 'classes'>,
  rows: Uint32Array,
  scores: Float64Array,
  threshold: number,
  noData?: Pick<NoData, 'row'>,
): RunLine[] {
  const { run, lumisection } = dataset;
  if (!run || !lumisection) return [];
  const byRun = new Map<number, number[]>();
  rows.forEach((row, i) => {
    const number = run[row] as number;
    if (Number.isNaN(number) || Number.isNaN(lumisection[row])) return;
    const own = byRun.get(number);
    if (own) own.push(i);
    else byRun.set(number, [i]);
  });
  const rowAt = (i: number) => rows[i] as number;
  return [...byRun]
    .sort(([a], [b]) => a - b)
    .map(([number, at]) => {
      at.sort((i, j) => (lumisection[rowAt(i)] as number) - (lumisection[rowAt(j)] as number) || i - j);
      const among = (wanted: (i: number) => boolean) => at.filter(wanted).flatMap((i) => [...lumisectionsOf(dataset, rowAt(i))]);
      const role = (i: number) => dataset.classes[dataset.label[rowAt(i)] as number]?.role;
      const flagged = among((i) => (scores[i] as number) >= threshold);
      const list = writeCertification(
        certificationOf(
          flagged.map(() => number),
          flagged,
        ),
      );
      const finite = at.map((i) => scores[i] as number).filter(Number.isFinite);
      return {
        run: number,
        lumisections: among(() => true).length,
        good: among((i) => role(i) === 'background').length,
        bad: among((i) => role(i) === 'signal').length,
        noData: among((i) => noData?.row[rowAt(i)] === 1).length,
        flagged: flagged.length,
        ranges: flaggedRanges(list)[0]?.ranges ?? '',
        mean: finite.length > 0 ? moments(finite).mean : Number.NaN,
        error: blockError(finite),
      };
    });
}
