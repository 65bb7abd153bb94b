/**
 * Linear correlation of the columns of a dataset, for the column page: Pearson's coefficient of every pair over the rows in which
 * both numbers exist. Large datasets are judged by a seeded sample.
 */
import { plainNumbers } from '../numeric/packed.ts';
import { permutation } from '../numeric/random.ts';
import { pearson } from '../numeric/rank.ts';
import { type Dataset, rowWidth } from './dataset.ts';

const mostRows = 20_000;
/** Rows in which both numbers must exist, where there are many: a few rows correlate by chance. */
const fewestPairs = 20;
/** Columns of one matrix; more cannot be read from a figure. */
export const mostColumns = 120;

export interface Correlation {
  names: readonly string[];
  /** [n][n], -1 to 1; NaN where too few rows have both numbers (20, or fewer in small data) or one of them is constant. */
  matrix: readonly Float64Array[];
  /** Rows that were looked at. */
  rows: number;
  /** Columns that were left out because there are too many. */
  hidden: number;
}

/**
 * Background rows only, so that a difference between classes is not taken for a correlation.
 *
 * @param wanted names of columns; the first 120 features and spectators if absent
 * Worked value: columns 1, 2, 3 and 2, 4, 6 give 1; 1, 2, 3 and 3, 2, 1 give -1.
 */
export function* correlate(dataset: Dataset, wanted?: readonly string[]): Generator<number, Correlation> {
  const rows = sampledBackground(dataset);
  const width = rowWidth(dataset);
  const perSlot = dataset.objectTypes ? width / dataset.objectTypes.length : 0;
  const ofFeature = (i: number): Float64Array => {
    const values = plainNumbers(dataset.values);
    return Float64Array.from(rows, (row) => {
      const empty = perSlot > 0 && values[row * width + i - (i % perSlot)] === 0;
      return empty ? Number.NaN : (values[row * width + i] as number);
    });
  };
  const all = [
    ...dataset.features.map(({ name }, i) => ({ name, read: () => ofFeature(i) })),
    ...Object.entries(dataset.spectators).map(([name, own]) => ({
      name,
      read: () => Float64Array.from(rows, (row) => own[row] as number),
    })),
  ].filter(({ name }) => !wanted || wanted.includes(name));
  const chosen = all.slice(0, mostColumns);
  const columns = chosen.map(({ read }) => read());
  const fewest = Math.max(3, Math.min(fewestPairs, Math.floor(rows.length / 10)));
  const matrix = columns.map(() => new Float64Array(columns.length).fill(1));
  const whole = columns.map((column) => column.every((x) => Number.isFinite(x)));
  for (let a = 0; a < columns.length; a++) {
    for (let b = 0; b <= a; b++) {
      const [x, y] = [columns[a] as Float64Array, columns[b] as Float64Array];
      const value = whole[a] && whole[b] ? pearson(x, y) : pairwise(x, y, fewest);
      (matrix[a] as Float64Array)[b] = value;
      (matrix[b] as Float64Array)[a] = value;
    }
    yield (a + 1) / columns.length;
  }
  return { names: chosen.map(({ name }) => name), matrix, rows: rows.length, hidden: all.length - chosen.length };
}

function sampledBackground(dataset: Dataset): Uint32Array {
  const own: number[] = [];
  for (let row = 0; row < dataset.rows; row++)
    if (dataset.classes[dataset.label[row] as number]?.role === 'background') own.push(row);
  if (own.length <= mostRows) return Uint32Array.from(own);
  return permutation(own.length, 1, 'subset')
    .slice(0, mostRows)
    .sort()
    .map((i) => own[i] as number);
}

/** Over rows in which both exist. */
function pairwise(x: Float64Array, y: Float64Array, fewest: number): number {
  const both = [...x.keys()].filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i]));
  if (both.length < fewest) return Number.NaN;
  return pearson(
    Float64Array.from(both, (i) => x[i] as number),
    Float64Array.from(both, (i) => y[i] as number),
  );
}
