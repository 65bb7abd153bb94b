/**
 * The usual histogram of each kind of lumisection: mean and spread of every bin, good against bad. It shows where they differ before
 * any model has been asked. Uses test lumisections only, as every other number that is judged by labels.
 */
import { Problem } from '../base/problem.ts';
import { plainNumbers } from '../numeric/packed.ts';
import type { Prepared } from './prepare.ts';

/** Bins of one class, or of all background classes together. */
export interface BinSide {
  /** Index of the class; -1 for several background classes together. */
  label: number;
  name: string;
  role: 'background' | 'signal';
  /** Lumisections that are counted: those with data. */
  lumisections: number;
  /** Lumisections without data; they are in no mean. */
  empty: number;
  /** Mean share of the entries in each bin [bins]; 0 without lumisections. */
  mean: Float64Array;
  /** Standard deviation of that share over lumisections, divisor n [bins]. */
  deviation: Float64Array;
}

export interface BinSpread {
  bins: number;
  /** The background first, then every signal class with test lumisections. */
  sides: readonly BinSide[];
}

type Parts = readonly { start: number; cells: number }[];

/**
 * Each histogram is divided by the sum of its bins, and each by its own where a row holds several, so that luminosity drops out; then
 * for every bin the mean over lumisections and the standard deviation about it, in two passes. Worked value: shares 0.2 and 0.4 give mean 0.3 and deviation 0.1.
 *
 * @throws Problem for data of another kind
 */
export function binSpreadOf({ dataset, split, background, signals, noData }: Prepared): BinSpread {
  if (dataset.kind !== 'histograms') {
    throw new Problem({
      where: `bins of ${dataset.name}`,
      expected: 'histograms',
      found: dataset.kind,
      fix: 'Choose data with one histogram per lumisection',
    });
  }
  const values = plainNumbers(dataset.values);
  const bins = dataset.shape.reduce((product, n) => product * n, 1);
  const parts = dataset.histogram?.parts ?? [{ start: 0, cells: bins }];
  const named = (label: number) => dataset.classes[label]?.name ?? '';
  const rowsOf = (labels: readonly number[]) => split.test.filter((row) => labels.includes(dataset.label[row] as number));
  const good = {
    label: background.length === 1 ? (background[0] as number) : -1,
    name: background.map(named).join(' and '),
    role: 'background' as const,
    ...spreadOf(values, bins, parts, rowsOf(background), noData?.row),
  };
  const others = signals.map((label) => ({
    label,
    name: named(label),
    role: 'signal' as const,
    ...spreadOf(values, bins, parts, rowsOf([label]), noData?.row),
  }));
  return { bins, sides: [good, ...others].filter(({ lumisections, empty }) => lumisections + empty > 0) };
}

function spreadOf(
  values: Float32Array,
  bins: number,
  parts: Parts,
  rows: Uint32Array,
  noData: Uint8Array | undefined,
): Pick<BinSide, 'lumisections' | 'empty' | 'mean' | 'deviation'> {
  const hasEntries = (row: number) => values.subarray(row * bins, (row + 1) * bins).some((value) => value !== 0);
  const filled = rows.filter((row) => noData?.[row] !== 1 && hasEntries(row));
  const mean = new Float64Array(bins);
  const deviation = new Float64Array(bins);
  for (const { start, cells } of parts) {
    const sums = Float64Array.from(filled, (row) => {
      let sum = 0;
      for (let i = row * bins + start; i < row * bins + start + cells; i++) sum += values[i] as number;
      return sum;
    });
    // one histogram of a filled row may be empty all the same
    const own = [...filled.keys()].filter((i) => (sums[i] as number) !== 0);
    const share = (i: number, bin: number) => (values[(filled[i] as number) * bins + bin] as number) / (sums[i] as number);
    const n = Math.max(1, own.length);
    for (const i of own) for (let bin = start; bin < start + cells; bin++) mean[bin]! += share(i, bin) / n;
    for (const i of own)
      for (let bin = start; bin < start + cells; bin++) deviation[bin]! += (share(i, bin) - mean[bin]!) ** 2 / n;
  }
  return {
    lumisections: filled.length,
    empty: rows.length - filled.length,
    mean,
    deviation: deviation.map(Math.sqrt),
  };
}
