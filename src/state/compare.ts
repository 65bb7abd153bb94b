/**
 * The rows of the Compare table: every run, score and signal, one by one or with seeds together; which is best and what cannot
 * be told from it. Results come from the worker; nothing is measured here.
 */
import type { RunCurve } from '../plots/parts.ts';
import type { RunResult } from '../study/results.ts';
import type { RunSummary } from '../worker/api.ts';
import type { Run } from './run.ts';

export const fixedEfficiencies = ['1e-1', '1e-2', '1e-3', '1e-4', '1e-5'] as const;
export type FixedEfficiency = (typeof fixedEfficiencies)[number];

export interface CompareRow {
  /** Stable; also the group of its curves. */
  key: string;
  /** Ids of the runs behind it: one, or one per seed. */
  runs: readonly string[];
  seeds: readonly number[];
  modelName: string;
  preset: string;
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
  return JSON.stringify([run.generation, run.model, run.preset, run.params]);
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
function rowOf(key: string, entries: readonly Entry[]): CompareRow {
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
    modelName: run.modelName,
    preset: run.preset,
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
    const error = Math.hypot(best.aucError, row.aucError);
    const standing = best === row ? 'best' : apart < 1.96 * error ? 'tied' : 'behind';
    return { ...row, standing };
  });
}

/** A common axis for the interval bars: all AUCs with two errors, rounded outwards to 0.05, within 0 and 1. */
export function aucAxis(rows: readonly CompareRow[]): [number, number] {
  const known = rows.filter(({ auc }) => Number.isFinite(auc));
  if (known.length === 0) return [0, 1];
  const low = Math.min(...known.map(({ aucSpread, aucError }) => aucSpread[0] - 2 * aucError));
  const high = Math.max(...known.map(({ aucSpread, aucError }) => aucSpread[1] + 2 * aucError));
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
        ...(sameModel.some(({ preset }) => preset !== row.preset) ? [row.preset] : []),
        ...(scores.size > 1 && sameModel.some(({ score }) => score !== row.score) ? [row.score] : []),
        ...(row.runs.length === 1 && sameModel.some(({ seeds }) => seeds[0] !== row.seeds[0]) ? [`seed ${row.seeds[0]}`] : []),
      ].join(', ');
      if (!curve) return [];
      return [{ key, group: row.key, name, seed: row.seeds[i] ?? 0, ...curve, highlighted: highlighted.has(row.key), order }];
    }),
  );
}

/** Where a row's AUC, its error and its spread over seeds lie on an axis; shares from 0 to 1, cut at the ends. */
export function intervalShares(
  { auc, aucError, aucSpread }: CompareRow,
  [from, to]: readonly [number, number],
): { value: number; low: number; high: number; least: number; most: number } {
  const share = (value: number) =>
    Number.isFinite(value) && to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0;
  return {
    value: share(auc),
    low: share(auc - aucError),
    high: share(auc + aucError),
    least: share(aucSpread[0]),
    most: share(aucSpread[1]),
  };
}
