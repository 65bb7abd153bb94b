/**
 * How lumisections are taken before anything is split or trained: which histograms count as no data, and whether neighbours of a run
 * are added up into one row. Knows no model and no score.
 */
import { countOf, countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { type Dataset, rowReader, rowWidth } from './dataset.ts';

/** Structurally the `lumisections` of a study. */
export interface LumisectionChoice {
  /** So many neighbours become one row; 1 if absent. */
  together?: number | undefined;
  /** How their histograms become one; `sum` if absent. */
  combine?: 'sum' | 'mean' | undefined;
  /** A histogram with fewer entries is no data; 0 if absent: only one without any. */
  minEntries?: number | undefined;
  /** Whether rows without data are kept out of training, thresholds and results; `leave-out` if absent. */
  noData?: 'leave-out' | 'count' | undefined;
}

/** Rows of histograms that are no data. */
export interface NoData {
  /** [rows of the dataset] 1 where a row is no data. */
  row: Uint8Array;
  minEntries: number;
  leaveOut: boolean;
}

/**
 * Which histograms are no data: those without any filled cell, and those whose cells add up to less than `minEntries`. Under- and
 * overflow count where they were kept. Of several histograms in a row one with data is enough: that the others are empty is then
 * something to be found. Undefined if every row is data, and for other kinds of data.
 *
 * @throws Problem for a minimum or a choice about data that are no histograms
 */
export function noDataIn(dataset: Dataset, { minEntries, noData }: LumisectionChoice = {}): NoData | undefined {
  if (dataset.kind !== 'histograms') {
    if (minEntries !== undefined || noData !== undefined) throw onlyHistograms(dataset, 'a minimum number of entries');
    return undefined;
  }
  const least = minEntries ?? 0;
  const width = rowWidth(dataset);
  const values = plainNumbers(dataset.values);
  const row = new Uint8Array(dataset.rows);
  let found = false;
  const parts = dataset.histogram?.parts ?? [{ start: 0, cells: width }];
  const hasData = (from: number, cells: number): boolean => {
    let filled = false;
    let entries = 0;
    for (let i = from; i < from + cells; i++) {
      const value = values[i] as number;
      if (value !== 0) filled = true;
      entries += value;
    }
    return filled && !(entries < least);
  };
  for (let at = 0; at < dataset.rows; at++) {
    if (parts.some(({ start, cells }) => hasData(at * width + start, cells))) continue;
    row[at] = 1;
    found = true;
  }
  return found ? { row, minEntries: least, leaveOut: noData !== 'count' } : undefined;
}

/** The lumisection numbers that a row stands for: its own, or those of all neighbours that were added up. */
export function lumisectionsOf({ lumisection, together }: Pick<Dataset, 'lumisection' | 'together'>, row: number): Float64Array {
  if (together) return together.lumisection.subarray(together.start[row] as number, together.start[row + 1] as number);
  return lumisection ? lumisection.subarray(row, row + 1) : new Float64Array(0);
}

/**
 * The dataset with groups of neighbouring lumisections as its rows. Neighbours are lumisections of one run and one file that follow
 * each other among those with data, in the order of their numbers; the last group of a run may be smaller. A row without data, or
 * without a run or a lumisection number, stays a row by itself.
 *
 * A group is bad if any of its lumisections is bad (the class of the first bad one), else unlabelled if any is unlabelled; it may
 * train only if all of them may. Histograms are added or averaged cell by cell; weights and spectators are averaged, `entries` and
 * `entries of ...` like the histograms. Rows come by run and lumisection inside each file.
 *
 * Worked value: lumisections 1 to 5 of a run with 10, 20, 0, 30, 40 entries in groups of two are 1 and 2 (30 entries), 3 alone, which
 * is no data, and 4 and 5 (70 entries).
 *
 * @throws Problem for data that are no histograms, or without run and lumisection numbers
 */
export function takenTogether(dataset: Dataset, choice: LumisectionChoice = {}): Dataset {
  const size = choice.together ?? 1;
  if (size <= 1) return dataset;
  const { run, lumisection } = dataset;
  if (dataset.kind !== 'histograms') throw onlyHistograms(dataset, 'neighbours to be taken together');
  if (!run || !lumisection) {
    throw new Problem({
      where: `${dataset.name}, lumisections taken together`,
      expected: 'a run and a lumisection number for each row',
      found: run ? 'runs alone' : lumisection ? 'lumisections alone' : 'neither',
      fix: 'Say which columns hold the run and the lumisection, or take each row by itself',
    });
  }
  const alone = noDataIn(dataset, { minEntries: choice.minEntries })?.row;
  const groups = groupsOf(dataset, run, lumisection, size, alone);
  return grouped(dataset, groups, choice.combine ?? 'sum');
}

function onlyHistograms(dataset: Dataset, expected: string): Problem {
  return new Problem({
    where: `${dataset.name}, lumisections`,
    expected: `histograms, for ${expected}`,
    found: `data of kind ${dataset.kind}`,
    fix: 'Leave this choice out, or load histograms',
  });
}

/** Row numbers of each group, file by file. */
function groupsOf(
  dataset: Dataset,
  run: Float64Array,
  lumisection: Float64Array,
  size: number,
  alone: Uint8Array | undefined,
): number[][] {
  const groups: number[][] = [];
  for (const { start, end } of dataset.origins) {
    const rows = Array.from({ length: end - start }, (_, i) => start + i);
    const key = (column: Float64Array, row: number) =>
      Number.isNaN(column[row]) ? Number.POSITIVE_INFINITY : (column[row] as number);
    const by = (column: Float64Array, a: number, b: number) => {
      const [x, y] = [key(column, a), key(column, b)];
      return x < y ? -1 : x > y ? 1 : 0;
    };
    rows.sort((a, b) => by(run, a, b) || by(lumisection, a, b) || a - b);
    let open: number[] | undefined;
    for (const row of rows) {
      const single = alone?.[row] === 1 || Number.isNaN(run[row]) || Number.isNaN(lumisection[row]);
      if (single) groups.push([row]);
      else if (open && open.length < size && run[open[0] as number] === run[row]) open.push(row);
      else {
        open = [row];
        groups.push(open);
      }
    }
  }
  return groups;
}

function grouped(dataset: Dataset, groups: readonly (readonly number[])[], combine: 'sum' | 'mean'): Dataset {
  const width = rowWidth(dataset);
  const { run, lumisection, weight, trainable, event: _event, ...rest } = dataset;
  const values = new Float32Array(groups.length * width);
  const read = rowReader(dataset);
  const sums = new Float64Array(width);
  const start = new Uint32Array(groups.length + 1);
  const roles = dataset.classes.map(({ role }) => role);
  const label = new Uint8Array(groups.length);
  let mixed = 0;
  groups.forEach((rows, at) => {
    start[at + 1] = (start[at] as number) + rows.length;
    sums.fill(0);
    for (const row of rows) {
      const own = read(row);
      for (let i = 0; i < width; i++) sums[i]! += own[i] as number;
    }
    const over = combine === 'mean' ? rows.length : 1;
    for (let i = 0; i < width; i++) values[at * width + i] = (sums[i] as number) / over;
    const labels = rows.map((row) => dataset.label[row] as number);
    const worst = (role: string) => labels.find((own) => roles[own] === role);
    label[at] = worst('signal') ?? worst('unlabelled') ?? (labels[0] as number);
    if (roles[label[at] as number] === 'signal' && labels.some((own) => roles[own] === 'background')) mixed++;
  });
  const mean = (column: Float64Array, total = false) =>
    Float64Array.from(
      groups,
      (rows) => rows.reduce((sum, row) => sum + (column[row] as number), 0) / (total && combine === 'sum' ? 1 : rows.length),
    );
  const first = (column: Float64Array) => Float64Array.from(groups, (rows) => column[rows[0] as number] as number);
  let at = 0;
  const origins = dataset.origins.map((origin) => {
    const from = at;
    while (at < groups.length && (groups[at]?.[0] as number) >= origin.start && (groups[at]?.[0] as number) < origin.end) at++;
    return { ...origin, start: from, end: at };
  });
  const largest = groups.reduce((most, { length }) => Math.max(most, length), 0);
  const mixedWords = mixed > 0 ? `; ${countText(mixed)} of them hold good and bad ones and count as bad` : '';
  return {
    ...rest,
    rows: groups.length,
    values,
    label,
    ...(trainable ? { trainable: Uint8Array.from(groups, (rows) => Number(rows.every((row) => trainable[row] === 1))) } : {}),
    ...(weight ? { weight: mean(weight) } : {}),
    ...(run ? { run: first(run) } : {}),
    ...(lumisection ? { lumisection: first(lumisection) } : {}),
    together: {
      start,
      lumisection: Float64Array.from(groups.flat(), (row) => lumisection?.[row] as number),
    },
    spectators: Object.fromEntries(
      Object.entries(dataset.spectators).map(([name, column]) => [name, mean(column, /^entries\b/.test(name))]),
    ),
    origins,
    remarks: [
      `${countOf(dataset.rows, 'lumisection')} became ${countOf(groups.length, 'row')}: ${combine === 'sum' ? 'sums' : 'means'} of up to ${countText(largest)} neighbours of a run${mixedWords}`,
      ...dataset.remarks,
    ],
  };
}
