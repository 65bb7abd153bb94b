/**
 * Scores in the order of data taking: one number for each lumisection by run and lumisection, and one mean for each run. Answers
 * are thinned to what a figure can show; what is left out is said in words.
 */
import { Problem } from '../base/problem.ts';
import { lumisectionsOf } from '../data/lumisections.ts';
import { moments } from '../numeric/moments.ts';
import { scoreRows } from '../training/score.ts';
import { scoredOf } from './evaluate.ts';
import { noDataAmong } from './no-data.ts';
import { batchesFor, leftOut, type Prepared } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

/** Mean score of some lumisections of a run; null if it has none. */
export type RunMean = {
  lumisections: number;
  mean: number;
  /** Standard deviation over lumisections, divisor n. */
  deviation: number;
  /** Of the mean, by blocks of neighbours (`blockError`); NaN below four lumisections. */
  error: number;
} | null;

/** What is usual: scores of the good lumisections that were trained on, those without data left out. */
export interface Usual {
  lumisections: number;
  mean: number;
  /** Standard deviation over lumisections, divisor n. */
  deviation: number;
  /** The same of the means of runs; every run counts once. */
  runs: { count: number; mean: number; deviation: number };
}

export interface TrendRun {
  run: number;
  /** Places of its first and last scored lumisection. */
  first: number;
  last: number;
  good: RunMean;
  bad: RunMean;
}

/** Neighbouring lumisections of one run that are all bad, by place and by lumisection number. */
export interface BadRange {
  run: number;
  first: number;
  last: number;
  from: number;
  to: number;
}

export interface Trend {
  /** Scored test lumisections; a place counts them from 0, ordered by run, then lumisection. */
  total: number;
  /** Test lumisections without a finite score, or without a run or lumisection number; they have no place. */
  left: number;
  // points to draw [n], by rising place
  place: Uint32Array;
  /** Row in the dataset. */
  row: Uint32Array;
  run: Float64Array;
  lumisection: Float64Array;
  score: Float64Array;
  label: Uint8Array;
  /** How many neighbours share their points: 1 if every lumisection is drawn. */
  neighbours: number;
  runs: readonly TrendRun[];
  bad: readonly BadRange[];
  /** Where rows are left out because they are no data: half a place before the next scored one, and how many there [m each]. */
  noData: { place: Float64Array; count: Uint32Array };
}

/** Test positions with a place, in the order of run and lumisection; equal ones in the order of rows. */
function inOrder({ dataset, split }: Prepared, scores: Float64Array): Uint32Array {
  const { run, lumisection } = dataset;
  if (!run || !lumisection) {
    throw new Problem({
      where: `trend of ${dataset.name}`,
      expected: 'data with run and lumisection numbers',
      found: 'none',
      fix: 'Give two columns the roles run and lumisection in Data',
    });
  }
  const at = (i: number): number => split.test[i] as number;
  const placed = [...scores.keys()].filter(
    (i) => Number.isFinite(scores[i]) && Number.isFinite(run[at(i)]) && Number.isFinite(lumisection[at(i)]),
  );
  placed.sort(
    (a, b) =>
      (run[at(a)] as number) - (run[at(b)] as number) ||
      (lumisection[at(a)] as number) - (lumisection[at(b)] as number) ||
      at(a) - at(b),
  );
  return Uint32Array.from(placed);
}

/** Rows that are left out as no data among those with a place, which `order` gives. */
function gapsOf(prepared: Prepared, order: Uint32Array): Trend['noData'] {
  const { dataset, split } = prepared;
  const run = dataset.run as Float64Array;
  const lumisection = dataset.lumisection as Float64Array;
  const before = (a: number, b: number): boolean => {
    const step = (run[a] as number) - (run[b] as number);
    return step < 0 || (step === 0 && (lumisection[a] as number) < (lumisection[b] as number));
  };
  const gaps = new Map<number, number>();
  for (const row of split.test) {
    if (!leftOut(prepared, row) || !Number.isFinite(run[row]) || !Number.isFinite(lumisection[row])) continue;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(split.test[order[middle] as number] as number, row)) low = middle + 1;
      else high = middle;
    }
    gaps.set(low - 0.5, (gaps.get(low - 0.5) ?? 0) + 1);
  }
  const sorted = [...gaps].sort((a, b) => a[0] - b[0]);
  return { place: Float64Array.from(sorted, ([place]) => place), count: Uint32Array.from(sorted, ([, count]) => count) };
}

/**
 * The trend of one score. Bad is every class with the role signal, good every background class; unlabelled lumisections are drawn
 * but count in no mean.
 *
 * Above `limit` lumisections, groups of equally many neighbours keep only their lowest and highest score among good, bad and
 * unlabelled each, so that no outlier is lost; means and ranges always use every lumisection.
 *
 * @throws Problem without run and lumisection numbers
 */
export function trendOf(prepared: Prepared, run: FinishedRun, scoreId: string, limit: number): Trend {
  const { dataset, split } = prepared;
  const scores = scoredOf(run, scoreId).test;
  const order = inOrder(prepared, scores);
  const rowAt = (place: number): number => split.test[order[place] as number] as number;
  const roleAt = (place: number) => dataset.classes[dataset.label[rowAt(place)] as number]?.role;
  const scoreAt = (place: number): number => scores[order[place] as number] as number;
  const total = order.length;
  // a group gives at most six points: lowest and highest of three roles
  const neighbours = total <= limit ? 1 : Math.ceil((4 * total) / limit);
  const places = neighbours === 1 ? [...order.keys()] : extremes(total, neighbours, scoreAt, roleAt);
  const runOf = dataset.run as Float64Array;
  const lumisectionOf = dataset.lumisection as Float64Array;
  return {
    total,
    left: scores.length - total,
    place: Uint32Array.from(places),
    row: Uint32Array.from(places, rowAt),
    run: Float64Array.from(places, (place) => runOf[rowAt(place)] as number),
    lumisection: Float64Array.from(places, (place) => lumisectionOf[rowAt(place)] as number),
    score: Float64Array.from(places, scoreAt),
    label: Uint8Array.from(places, (place) => dataset.label[rowAt(place)] as number),
    neighbours,
    noData: gapsOf(prepared, order),
    ...inRuns(
      total,
      (place) => runOf[rowAt(place)] as number,
      (place) => lumisectionOf[rowAt(place)] as number,
      (place) => lumisectionsOf(dataset, rowAt(place)).at(-1) as number,
      roleAt,
      scoreAt,
    ),
  };
}

function extremes(
  total: number,
  neighbours: number,
  scoreAt: (place: number) => number,
  roleAt: (place: number) => string | undefined,
): number[] {
  const kept: number[] = [];
  for (let start = 0; start < total; start += neighbours) {
    const ends = new Map<string, [lowest: number, highest: number]>();
    for (let place = start; place < Math.min(total, start + neighbours); place++) {
      const role = roleAt(place) ?? '';
      const own = ends.get(role);
      if (!own) ends.set(role, [place, place]);
      else if (scoreAt(place) < scoreAt(own[0])) own[0] = place;
      else if (scoreAt(place) > scoreAt(own[1])) own[1] = place;
    }
    kept.push(...[...new Set([...ends.values()].flat())].sort((a, b) => a - b));
  }
  return kept;
}

function inRuns(
  total: number,
  runAt: (place: number) => number,
  lumisectionAt: (place: number) => number,
  lastLumisectionAt: (place: number) => number,
  roleAt: (place: number) => string | undefined,
  scoreAt: (place: number) => number,
): Pick<Trend, 'runs' | 'bad'> {
  const runs: TrendRun[] = [];
  const bad: BadRange[] = [];
  for (let first = 0, end = 0; first < total; first = end) {
    const run = runAt(first);
    const good: number[] = [];
    const others: number[] = [];
    for (end = first; end < total && runAt(end) === run; end++) {
      const role = roleAt(end);
      if (role === 'background') good.push(scoreAt(end));
      if (role !== 'signal') continue;
      others.push(scoreAt(end));
      const range = bad.at(-1);
      if (range && range.run === run && range.last === end - 1) {
        range.last = end;
        range.to = lastLumisectionAt(end);
      } else bad.push({ run, first: end, last: end, from: lumisectionAt(end), to: lastLumisectionAt(end) });
    }
    runs.push({ run, first, last: end - 1, good: meanOf(good), bad: meanOf(others) });
  }
  return { runs, bad };
}

function meanOf(scores: readonly number[]): RunMean {
  if (scores.length === 0) return null;
  const { count, mean, deviation } = moments(scores);
  return { lumisections: count, mean, deviation, error: blockError(scores) };
}

/**
 * Error of the mean of n scores in the order of data taking. Neighbouring lumisections are alike, so that deviation / √n would be too
 * small: the scores are cut into B = ⌊√n⌋ blocks of neighbours, and the error is the sample deviation of the block means over √B (batch
 * means; Flyvbjerg and Petersen, J. Chem. Phys. 91 (1989) 461, on why). NaN below four scores.
 *
 * Worked value: 1, 1, 3, 3 are two blocks of means 1 and 3, error 1; as if independent it would be 0.58.
 */
export function blockError(scores: readonly number[]): number {
  const n = scores.length;
  if (n < 4) return Number.NaN;
  const blocks = Math.floor(Math.sqrt(n));
  const cut = (k: number): number => Math.round((k * n) / blocks);
  const means = Array.from({ length: blocks }, (_, k) => moments(scores.slice(cut(k), cut(k + 1))).mean);
  return moments(means).deviation / Math.sqrt(blocks - 1);
}

/** More training lumisections than this are represented by so many, spread evenly. */
const mostUsual = 20_000;
const knownUsual = new WeakMap<FinishedRun, Map<string, Usual>>();

/**
 * Scores the training lumisections once more and says what is usual among them. The model has seen them, so they score a little
 * lower than new ones; what a run is compared with is the same for all runs.
 */
export async function usualOf(prepared: Prepared, run: FinishedRun, scoreId: string): Promise<Usual> {
  const known = knownUsual.get(run) ?? new Map<string, Usual>();
  knownUsual.set(run, known);
  const before = known.get(scoreId);
  if (before) return before;
  const { dataset, split } = prepared;
  const noData = noDataAmong(prepared, split.training);
  const filled = split.training.filter((_, i) => noData?.[i] !== 1);
  const every = Math.max(1, Math.ceil(filled.length / mostUsual));
  const rows = filled.filter((_, i) => i % every === 0);
  const { score, state, sign } = scoredOf(run, scoreId);
  const raw = await scoreRows(run.detector, score, state, batchesFor(prepared, run.detector, rows));
  const usual = summarised(
    Array.from(rows, (row) => dataset.run?.[row] ?? Number.NaN),
    raw.map((value) => sign * value),
  );
  known.set(scoreId, usual);
  return usual;
}

/** Moments over finite scores and over the means of their runs; both [n]. */
export function summarised(runs: readonly number[], scores: ArrayLike<number>): Usual {
  const byRun = new Map<number, number[]>();
  const all: number[] = [];
  runs.forEach((run, i) => {
    const score = scores[i] as number;
    if (!Number.isFinite(score)) return;
    all.push(score);
    const own = byRun.get(run);
    if (own) own.push(score);
    else byRun.set(run, [score]);
  });
  const { count, mean, deviation } = moments(all);
  return { lumisections: count, mean, deviation, runs: moments([...byRun.values()].map((own) => moments(own).mean)) };
}

/** Every scored test lumisection of one run in order, for walking through it. All arrays [n]. */
export interface Walk {
  run: number;
  /** Place of the first one in the trend; the others follow. */
  first: number;
  row: Uint32Array;
  lumisection: Float64Array;
  score: Float64Array;
}

/**
 * The run of a dataset row.
 *
 * @param row any test row of that run
 * @throws Problem without run and lumisection numbers
 */
export function walkOf(prepared: Prepared, run: FinishedRun, scoreId: string, row: number): Walk {
  const { dataset, split } = prepared;
  const scores = scoredOf(run, scoreId).test;
  const order = inOrder(prepared, scores);
  const number = dataset.run?.[row] ?? Number.NaN;
  const rowAt = (i: number): number => split.test[i] as number;
  const runAt = (i: number): number => dataset.run?.[rowAt(i)] ?? Number.NaN;
  const first = order.findIndex((i) => runAt(i) === number);
  const members = order.filter((i) => runAt(i) === number);
  return {
    run: number,
    first: Math.max(0, first),
    row: members.map(rowAt),
    lumisection: Float64Array.from(members, (i) => dataset.lumisection?.[rowAt(i)] as number),
    score: Float64Array.from(members, (i) => scores[i] as number),
  };
}
