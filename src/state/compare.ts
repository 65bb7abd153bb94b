/**
 * The rows of the Compare table: every run, score and signal, one by one or with seeds together; which is best and what cannot
 * be told from it. Results come from the worker; nothing is measured here.
 */
import type { ParamValue } from '../base/params.ts';
import { aucInterval, aucSigma } from '../metrics/auc-error.ts';
import type { Interval } from '../metrics/intervals.ts';
import type { RunCurve, SweepPoints } from '../plots/parts.ts';
import type { RunResult } from '../study/results.ts';
import type { ModelSpec, RunSummary } from '../worker/api.ts';
import { changedFrom } from './comparisons.ts';
import { paramWords } from './param-words.ts';
import type { Run } from './run.ts';

export const fixedEfficiencies = ['1e-1', '1e-2', '1e-3', '1e-4', '1e-5'] as const;
export type FixedEfficiency = (typeof fixedEfficiencies)[number];

export interface CompareRow {
  /** Stable; also the group of its curves. */
  key: string;
  /** Ids of the runs behind it: one, or one per seed, in the order of the seeds. */
  runs: readonly string[];
  seeds: readonly number[];
  /** What each seed gave, in the same order. */
  results: readonly RunResult[];
  modelName: string;
  preset: string;
  /** What a name adds to the preset, in words; empty where the preset says it all. */
  changes: string;
  score: string;
  signal: string;
  baseline: boolean;
  /** A supervised reference: shown for comparison, never best or tied. */
  seesLabels: boolean;
  auc: number;
  /** DeLong error of one run, or of the median's run. */
  aucError: number;
  /** Lowest and highest AUC over seeds; equal for a single run. */
  aucSpread: readonly [number, number];
  averagePrecision: number;
  tprAtFpr: Readonly<Record<FixedEfficiency, number | null>>;
  maxSic: number | null;
  /** Spearman's correlation with what is counted in an event, in background; the median over seeds, null where nothing is counted. */
  hits: number | null;
  parameters: number;
  trainSeconds: number;
  eventsPerSecond: number;
  backend: string;
  backgroundEvents: number;
  signalEvents: number;
  /** Among rows that have seen no labels: `best` of its signal, or `tied`: its AUC differs from the best by less than 1.96 combined standard errors. */
  standing: 'best' | 'tied' | 'behind';
}

export interface CompareChoice {
  /** Name of a signal, or null for all. */
  signal: string | null;
  /** Only each model's own default score. */
  defaultScores: boolean;
  seedsTogether: boolean;
}

/** Runs that differ only in their seed. */
export function configurationOf(run: RunSummary): string {
  return JSON.stringify([run.generation, run.model, run.preset, run.params, run.deviceRows ?? 'auto']);
}

export function curveKey(run: string, score: string, signal: string): string {
  return `${run}/${score}/${signal}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** The median of those that are numbers; null if one of them is not. */
function medianOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === values.length ? median(known) : null;
}

interface Entry {
  run: RunSummary;
  result: RunResult;
}

/** Several seeds are told by their medians. */
function rowOf(key: string, given: readonly Entry[]): CompareRow {
  // trainings end in any order
  const entries = [...given].sort((a, b) => a.run.seed - b.run.seed);
  const { run, result } = entries[0] as Entry;
  const results = entries.map((entry) => entry.result);
  const aucs = results.map(({ auc }) => auc);
  const tprAtFpr = Object.fromEntries(
    fixedEfficiencies.map((fpr) => [fpr, medianOrNull(results.map((entry) => entry.tprAtFpr[fpr]))]),
  ) as Record<FixedEfficiency, number | null>;
  return {
    key,
    runs: entries.map((entry) => entry.run.id),
    seeds: entries.map((entry) => entry.run.seed),
    results,
    modelName: run.modelName,
    preset: run.preset,
    changes: '',
    score: result.score,
    signal: result.signal,
    baseline: run.baseline,
    seesLabels: run.seesLabels,
    auc: median(aucs),
    aucError: median(results.map(({ aucError }) => aucError)),
    aucSpread: [Math.min(...aucs), Math.max(...aucs)],
    averagePrecision: median(results.map(({ averagePrecision }) => averagePrecision)),
    tprAtFpr,
    maxSic: medianOrNull(results.map(({ maxSic }) => maxSic)),
    hits: medianOrNull(results.map(({ hits }) => hits?.spearman ?? null)),
    parameters: run.parameters,
    trainSeconds: median(results.map(({ trainSeconds }) => trainSeconds)),
    eventsPerSecond: median(results.map(({ eventsPerSecond }) => eventsPerSecond)),
    backend: result.backend,
    backgroundEvents: result.backgroundEvents,
    signalEvents: result.signalEvents,
    standing: 'behind',
  };
}

/**
 * @returns rows in the order of the runs, each with its standing among rows of the same signal. Two rows are tied if their AUCs
 *   differ by less than 1.96 √(σ₁² + σ₂²); both are measured on the same events, so this errs towards a tie. A model that has seen
 *   labels takes no part: it is no anomaly detector.
 */
export function compareRows(runs: readonly RunSummary[], choice: CompareChoice): CompareRow[] {
  const entries = runs.flatMap((run) =>
    run.results
      .filter(({ signal }) => choice.signal === null || signal === choice.signal)
      .filter(({ score }) => !choice.defaultScores || score === run.defaultScore)
      .map((result) => ({ run, result })),
  );
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { run, result } = entry;
    const key = curveKey(choice.seedsTogether ? configurationOf(run) : run.id, result.score, result.signal);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const rows = [...groups].map(([key, members]) => rowOf(key, members));
  return rows.map((row) => {
    if (row.seesLabels) return row;
    const rivals = rows.filter(({ signal, auc, seesLabels }) => signal === row.signal && Number.isFinite(auc) && !seesLabels);
    const best = rivals.reduce((top, rival) => (rival.auc > top.auc ? rival : top), rivals[0] ?? row);
    const apart = best.auc - row.auc;
    const error = Math.hypot(aucSigma(best), aucSigma(row));
    const standing = best === row ? 'best' : apart < 1.96 * error ? 'tied' : 'behind';
    return { ...row, standing };
  });
}

/** A common axis for the interval bars: all AUCs with two errors, rounded outwards to 0.05, within 0 and 1. */
export function aucAxis(rows: readonly CompareRow[]): [number, number] {
  const known = rows.filter(({ auc }) => Number.isFinite(auc));
  if (known.length === 0) return [0, 1];
  const low = Math.min(...known.map((row) => row.aucSpread[0] - 2 * aucSigma(row)));
  const high = Math.max(...known.map((row) => row.aucSpread[1] + 2 * aucSigma(row)));
  return [Math.max(0, Math.floor(low * 20) / 20), Math.min(1, Math.ceil(high * 20) / 20)];
}

/** Background events that a refused efficiency would need: ten above threshold. */
export function neededFor(fpr: FixedEfficiency): number {
  return Math.round(10 / Number(fpr));
}

/** Signals that some run was judged on, in the order of the first run that has them. */
export function signalsCompared(runs: readonly RunSummary[]): string[] {
  return [...new Set(runs.flatMap(({ results }) => results.map(({ signal }) => signal)))];
}

/** The curves behind the rows. */
export function keysOf(rows: readonly CompareRow[]): string[] {
  return rows.flatMap(({ runs, score, signal }) => runs.map((run) => curveKey(run, score, signal)));
}

/** Curves that have arrived, in the order of the rows; seeds of one row share its group. */
export function curvesOf(rows: readonly CompareRow[], curves: Run['curves'], highlighted: ReadonlySet<string>): RunCurve[] {
  const scores = new Set(rows.map(({ score }) => score));
  return rows.flatMap((row, order) =>
    row.runs.flatMap((run, i) => {
      const key = curveKey(run, row.score, row.signal);
      const curve = curves[key];
      const sameModel = rows.filter(({ modelName }) => modelName === row.modelName);
      const name = [
        row.modelName,
        ...(sameModel.some(({ preset }) => preset !== row.preset) ? [row.preset] : [row.changes]),
        ...(scores.size > 1 && sameModel.some(({ score }) => score !== row.score) ? [row.score] : []),
        ...(row.runs.length === 1 && sameModel.some(({ seeds }) => seeds[0] !== row.seeds[0]) ? [`seed ${row.seeds[0]}`] : []),
      ]
        .filter(Boolean)
        .join(', ');
      if (!curve) return [];
      return [{ key, group: row.key, name, seed: row.seeds[i] ?? 0, ...curve, highlighted: highlighted.has(row.key), order }];
    }),
  );
}

/** Where a row's AUC, its error and its spread over seeds lie on an axis; shares from 0 to 1, cut at the ends. */
export function intervalShares(
  row: CompareRow,
  [from, to]: readonly [number, number],
): { value: number; low: number; high: number; least: number; most: number } {
  const share = (value: number) =>
    Number.isFinite(value) && to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0;
  const { auc, aucSpread } = row;
  const { low, high } = aucInterval(row);
  return {
    value: share(auc),
    low: share(low),
    high: share(high),
    least: share(aucSpread[0]),
    most: share(aucSpread[1]),
  };
}

/** Rows on the device, in the name of a run for which they were chosen. */
const rowsWords = { auto: '', float32: '32-bit rows', float16: '16-bit rows', uint8: 'rows of 256 levels' };

/** Changes of a preset that a name holds besides those that tell runs apart. */
const changesNamed = 3;

/**
 * What a name must add to the preset of a run: everything in which runs of the same model and preset differ, and what was changed of
 * the preset, three of it at most: `Representation width d 16, Dropout 0, 2 more changes`. Epochs stand with every run and count only
 * where runs differ in them. Then how rows were chosen to lie on the device. Empty where the preset says it all.
 */
export function variantOf(run: RunSummary, runs: readonly RunSummary[], models: readonly ModelSpec[]): string {
  const alike = runs.filter(({ model, preset }) => model === run.model && preset === run.preset);
  const spec = models.find(({ id }) => id === run.model);
  const differs = Object.keys(run.params).filter(
    (name) => new Set(alike.map(({ params }) => JSON.stringify(params[name]))).size > 1,
  );
  const changed = Object.keys(spec ? changedFrom(spec, run.preset, run.params) : {}).filter(
    (name) => name !== 'epochs' && !differs.includes(name),
  );
  const shown = [...differs, ...changed.slice(0, Math.max(0, changesNamed - differs.length))];
  const more = differs.length + changed.length - shown.length;
  return [
    paramWords(Object.fromEntries(shown.map((name) => [name, run.params[name] as ParamValue])), spec?.params ?? {}),
    run.backend === 'webgpu' && run.deviceRows ? rowsWords[run.deviceRows] : '',
    more > 0 ? `${more} more ${more === 1 ? 'change' : 'changes'}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** A figure of merit of one result: its value and, where statistics give one, its standard error; NaN where there is none. */
export interface Merit {
  id: FixedEfficiency | 'auc' | 'sic';
  of(result: RunResult): number;
  errorOf(result: RunResult): number;
  /** 68 %: one error to each side, or to one side alone where an AUC is exactly 0 or 1; NaN where there is no error. */
  intervalOf(result: RunResult): Interval;
}

/** One error to each side. */
const around = (value: number, error: number): Interval => ({ low: value - error, high: value + error });

/** The error of an efficiency is that of a share of the signal events at a fixed threshold, √(ε (1 - ε) / n). */
const efficiency = (id: FixedEfficiency): Merit => {
  const of = ({ tprAtFpr }: RunResult): number => tprAtFpr[id] ?? Number.NaN;
  const errorOf = (result: RunResult): number => Math.sqrt((of(result) * (1 - of(result))) / result.signalEvents);
  return { id, of, errorOf, intervalOf: (result) => around(of(result), errorOf(result)) };
};

export const merits: readonly Merit[] = [
  { id: 'auc', of: ({ auc }) => auc, errorOf: aucSigma, intervalOf: aucInterval },
  ...(['1e-1', '1e-2', '1e-3'] as const).map(efficiency),
  {
    id: 'sic',
    of: ({ maxSic }) => maxSic ?? Number.NaN,
    errorOf: () => Number.NaN,
    intervalOf: () => around(Number.NaN, Number.NaN),
  },
];

/** One signal of a row: the median over seeds, error and interval of the seed in the middle, and the spread from lowest to highest. */
export interface MatrixCell {
  value: number;
  error: number;
  interval: Interval;
  spread: readonly [number, number];
  standing: CompareRow['standing'];
}

/** One model (or one of its seeds) against all signals. */
export interface MatrixRow extends Omit<CompareRow, 'signal'> {
  cells: ReadonlyMap<string, MatrixCell>;
}

/**
 * Rows of all signals side by side.
 *
 * @param rows of every signal; their standing is by AUC, and is shown with no other figure of merit
 */
export function matrixRows(rows: readonly CompareRow[], merit: Merit): MatrixRow[] {
  const groups = new Map<string, CompareRow[]>();
  for (const row of rows) {
    const key = row.key.slice(0, row.key.length - row.signal.length - 1);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([key, members]) => {
    const { signal: _signal, ...first } = members[0] as CompareRow;
    const cells = members.map(({ signal, results, standing }): [string, MatrixCell] => {
      const values = results.map((result) => merit.of(result));
      const known = values.every((value) => Number.isFinite(value));
      const cell = known
        ? {
            value: median(values),
            error: median(results.map((result) => merit.errorOf(result))),
            interval: {
              low: median(results.map((result) => merit.intervalOf(result).low)),
              high: median(results.map((result) => merit.intervalOf(result).high)),
            },
            spread: [Math.min(...values), Math.max(...values)] as const,
          }
        : {
            value: Number.NaN,
            error: Number.NaN,
            interval: around(Number.NaN, Number.NaN),
            spread: [Number.NaN, Number.NaN] as const,
          };
      return [signal, { ...cell, standing: merit.id === 'auc' ? standing : 'behind' }];
    });
    return { ...first, key, cells: new Map(cells) };
  });
}

/** A common axis for the cells of one signal, with room for what is drawn at its ends. */
export function matrixAxis(rows: readonly MatrixRow[], signal: string): [number, number] {
  const cells = rows.flatMap((row) => row.cells.get(signal) ?? []).filter(({ value }) => Number.isFinite(value));
  if (cells.length === 0) return [0, 1];
  const ends = cells.flatMap(({ interval, spread }) => [...spread, interval.low, interval.high].filter(Number.isFinite));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = (high - low || 1) * 0.02;
  return [low - margin, high + margin];
}

/** The rows of a matrix as a figure takes them: models side by side, every signal a series. */
export function matrixPoints(
  rows: readonly MatrixRow[],
  compared: readonly CompareRow[],
  names: ReadonlyMap<string, string>,
): SweepPoints {
  const signals = [...new Set(compared.map(({ signal }) => signal))];
  return {
    name: 'Models and signals',
    variable: 'model',
    points: rows.map(({ key, modelName }) => ({ label: names.get(key) ?? modelName, value: null })),
    series: signals.map((signal) => ({
      signal,
      results: rows.map(({ key }) => compared.find((row) => row.key === curveKeyOf(key, signal))?.results ?? []),
    })),
  };
}

const curveKeyOf = (key: string, signal: string): string => `${key}/${signal}`;
