/**
 * From scores to results: rankings of validation and test events, and one line of numbers per score and signal. Thresholds are
 * chosen on validation; everything reported is measured on test.
 */
import type { EventClass } from '../base/kinds.ts';
import { Problem } from '../base/problem.ts';
import { delong } from '../metrics/auc-error.ts';
import { bootstrapRanking } from '../metrics/bootstrap.ts';
import { smallestHonestFpr, supports } from '../metrics/floor.ts';
import { averagePrecision, bestF1, f1, precision } from '../metrics/precision-recall.ts';
import { flaggedAt, type Ranking, rank, totalOf } from '../metrics/ranking.ts';
import { auc as areaOf, interpolatedFpr, rocCurve, tprAtFpr } from '../metrics/roc.ts';
import { maxSic } from '../metrics/sic.ts';
import { chooseThreshold } from '../metrics/thresholds.ts';
import { hitCorrelation } from './hits.ts';
import { noDataAmong, noDataWords, tiedAmong, withoutNoData } from './no-data.ts';
import type { Prepared } from './prepare.ts';
import type { Confusion, OperatingResult, RunResult } from './results.ts';
import type { FinishedRun, ScoredParts } from './run-model.ts';
import type { ThresholdRule } from './schema.ts';

/** The background efficiencies of every results file. */
export const workingPoints = ['1e-1', '1e-2', '1e-3', '1e-4', '1e-5'] as const;

/** @throws Problem if the run has no such score */
export function scoredOf(run: FinishedRun, scoreId: string): ScoredParts {
  const scored = run.scored.get(scoreId);
  if (scored) return scored;
  throw new Problem({
    where: `score "${scoreId}" of ${run.model.name}`,
    expected: `one of ${[...run.scored.keys()].join(', ')}`,
    found: `"${scoreId}"`,
    fix: 'Choose one of these',
  });
}

/** Test and validation events ranked by one score of a run. */
export function rankingsOf(prepared: Prepared, scored: ScoredParts): { test: Ranking; validation: Ranking } {
  const { dataset, split } = prepared;
  const ranked = (scores: Float64Array, rows: Uint32Array): Ranking => {
    const label = Uint8Array.from(rows, (row) => dataset.label[row] as number);
    const weight = dataset.weight && Float64Array.from(rows, (row) => (dataset.weight as Float64Array)[row] as number);
    return rank(scores, label, dataset.classes.length, weight);
  };
  return { test: ranked(scored.test, split.test), validation: ranked(scored.validation, split.validation) };
}

/** What a score is called on an axis: the cut variable under the name of its quantity, every other one under its own. */
function axisOf(run: FinishedRun, { score }: ScoredParts): { name: string; unit: string } {
  const { feature } = run.detector;
  return score.id === 'feature' && feature ? feature : { name: score.name, unit: score.unit };
}

/** Everything that the page needs to move a threshold on one score of a run. */
export function scoreViewOf(
  prepared: Prepared,
  run: FinishedRun,
  scoreId: string,
): {
  score: string;
  name: string;
  formula: string;
  unit: string;
  sign: 1 | -1;
  classes: readonly EventClass[];
  test: Ranking;
  validation: Ranking;
} {
  const scored = scoredOf(run, scoreId);
  return {
    score: scoreId,
    ...axisOf(run, scored),
    formula: scored.score.formula,
    sign: scored.sign,
    classes: prepared.dataset.classes,
    ...rankingsOf(prepared, scored),
  };
}

/** ROC points of one signal on test events, thinned to about `points`. */
export function curveOf(
  prepared: Prepared,
  run: FinishedRun,
  scoreId: string,
  signal: number,
  points: number,
): { fpr: Float64Array; tpr: Float64Array } {
  const { test } = rankingsOf(prepared, scoredOf(run, scoreId));
  const { fpr, tpr } = rocCurve(test, signal, prepared.background, points);
  return { fpr, tpr };
}

/**
 * One entry per score and signal of a finished run; signals without test events are left out.
 *
 * @param rule if given, each entry says what the threshold of this rule does on test events
 * @param replicas if given, each entry has the bootstrap error of its area, from so many replicas of the test events
 */
export function resultsOf(prepared: Prepared, run: FinishedRun, rule?: ThresholdRule, replicas?: number): RunResult[] {
  const results: RunResult[] = [];
  for (const scored of run.scored.values()) {
    const { test, validation } = rankingsOf(prepared, scored);
    const hits = hitCorrelation(prepared, scored.test);
    for (const signal of prepared.signals) {
      if (totalOf(test, signal) === 0 || totalOf(test, prepared.background) === 0) continue;
      const plain = resultOf(prepared, run, scored, signal, test, validation);
      const noData = noDataOf(prepared, scored, signal, plain);
      const result = {
        ...plain,
        ...(replicas ? { aucBootstrap: bootstrapOf(test, signal, prepared.background, replicas) } : {}),
        ...(hits ? { hits } : {}),
        ...(noData ? { noData } : {}),
      };
      results.push(rule ? { ...result, operatingPoint: operatingPointOf(rule, prepared, signal, test, validation) } : result);
    }
  }
  return results;
}

/** Error of the area from resampled test events, each class by itself; the same events are drawn for every score. */
function bootstrapOf(
  test: Ranking,
  signal: number,
  background: readonly number[],
  replicas: number,
): NonNullable<RunResult['aucBootstrap']> {
  const { error, band68, band95, undefinedReplicas } = bootstrapRanking(test, (replica) => areaOf(replica, signal, background), {
    seed: 1,
    replicas,
  });
  return { replicas: replicas - undefinedReplicas, error, band68, band95 };
}

/** The result of the other choice about histograms without data; undefined if none is among the test events that it counts. */
function noDataOf(prepared: Prepared, scored: ScoredParts, signal: number, result: RunResult): RunResult['noData'] {
  const { dataset, split, background, noData } = prepared;
  const among = noDataAmong(prepared, split.test);
  if (!noData || !among) return undefined;
  const { leaveOut, minEntries } = noData;
  const { test, validation } = rankingsOf(prepared, {
    ...scored,
    ...(leaveOut
      ? scored.all
      : {
          test: withoutNoData(scored.test, among),
          validation: withoutNoData(scored.validation, noDataAmong(prepared, split.validation)),
        }),
  });
  const counted = among.map((is, i) => {
    const label = dataset.label[split.test[i] as number] as number;
    return is === 1 && (label === signal || background.includes(label)) ? 1 : 0;
  });
  const other = { signal: totalOf(test, signal), background: totalOf(test, background) };
  const lost = {
    signal: Math.abs(result.signalEvents - other.signal),
    background: Math.abs(result.backgroundEvents - other.background),
  };
  if (lost.signal + lost.background === 0) return undefined;
  const both = other.signal > 0 && other.background > 0 ? delong(test, signal, background) : null;
  const judged = both && {
    auc: both.auc,
    aucError: both.error,
    signalEvents: other.signal,
    backgroundEvents: other.background,
    averagePrecision: averagePrecision(test, signal, background),
    bestF1: bestF1OnTest(test, validation, signal, background),
    ...largestF1(prepared, test, signal),
  };
  const tied = tiedAmong(scored.all?.test ?? scored.test, counted);
  const [withThem, without] = leaveOut ? [judged, result] : [result, judged];
  return {
    ...lost,
    tied,
    ...(leaveOut ? { with: judged } : { without: judged }),
    words: noDataWords({
      signal: { name: result.signal, noData: lost.signal, of: Math.max(result.signalEvents, other.signal) },
      background: { noData: lost.background, of: Math.max(result.backgroundEvents, other.background) },
      minEntries,
      leaveOut,
      tied,
      with: withThem,
      without,
    }),
  };
}

function resultOf(
  prepared: Prepared,
  run: FinishedRun,
  scored: ScoredParts,
  signal: number,
  test: Ranking,
  validation: Ranking,
): RunResult {
  const { background } = prepared;
  const backgroundEvents = totalOf(test, background);
  const { auc, error } = delong(test, signal, background);
  const { training } = run;
  return {
    model: run.model.id,
    preset: run.choice.preset,
    seed: run.choice.seed,
    ...(run.choice.deviceRows ? { deviceRows: run.choice.deviceRows } : {}),
    score: scored.score.id,
    signal: prepared.dataset.classes[signal]?.name ?? '',
    parameters: run.detector.parameters,
    auc,
    aucError: error,
    averagePrecision: averagePrecision(test, signal, background),
    tprAtFpr: Object.fromEntries(
      workingPoints.map((point) => {
        const efficiency = Number(point);
        return [
          point,
          supports(efficiency, backgroundEvents) === 'refused' ? null : tprAtFpr(test, signal, background, efficiency),
        ];
      }),
    ) as RunResult['tprAtFpr'],
    fprAt40: interpolatedFpr(test, signal, background, 0.4),
    floor: smallestHonestFpr(backgroundEvents),
    maxSic: maxSic(test, signal, background)?.sic ?? null,
    bestF1: bestF1OnTest(test, validation, signal, background),
    ...largestF1(prepared, test, signal),
    signalEvents: totalOf(test, signal),
    backgroundEvents,
    trainSeconds: run.seconds,
    eventsPerSecond: training?.eventsPerSecond ?? 0,
    epochs: training?.epochs ?? 0,
    finalLoss: finiteOrNull(training?.finalLoss),
    validationLoss: finiteOrNull(training?.validationLoss),
    backend: run.backend,
  };
}

/** The threshold of largest F1 on validation, and what it does on test. */
function bestF1OnTest(test: Ranking, validation: Ranking, signal: number, background: readonly number[]): RunResult['bestF1'] {
  const chosen = bestF1(validation, signal, background);
  if (!chosen) return null;
  const { threshold } = chosen;
  const confusion = confusionAt(test, signal, background, threshold);
  const { truePositives, falsePositives } = confusion;
  const signalEvents = totalOf(test, signal);
  return {
    threshold,
    f1: f1(truePositives, falsePositives, signalEvents),
    precision: precision(truePositives, falsePositives),
    recall: truePositives / signalEvents,
    confusion,
  };
}

/** The threshold of largest F1 on the test events themselves; only for histograms. */
function largestF1({ dataset, background }: Prepared, test: Ranking, signal: number): Pick<RunResult, 'largestF1'> {
  const found = dataset.kind === 'histograms' ? bestF1(test, signal, background) : null;
  if (!found) return {};
  const { threshold, f1: value, precision: pure, recall } = found;
  return { largestF1: { threshold, f1: value, precision: pure, recall } };
}

/** The threshold that a rule gives on validation, and what it does on test. */
function operatingPointOf(
  rule: ThresholdRule,
  { background }: Prepared,
  signal: number,
  test: Ranking,
  validation: Ranking,
): OperatingResult {
  const chosen = chooseThreshold(rule, validation, signal, background);
  if ('refusal' in chosen) return chosen;
  const confusion = confusionAt(test, signal, background, chosen.threshold);
  return {
    ...chosen,
    backgroundEfficiency: confusion.falsePositives / totalOf(test, background),
    signalEfficiency: confusion.truePositives / totalOf(test, signal),
    confusion,
  };
}

function confusionAt(test: Ranking, signal: number, background: readonly number[], threshold: number): Confusion {
  const truePositives = flaggedAt(test, signal, threshold);
  const falsePositives = flaggedAt(test, background, threshold);
  return {
    truePositives,
    falsePositives,
    trueNegatives: totalOf(test, background) - falsePositives,
    falseNegatives: totalOf(test, signal) - truePositives,
  };
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
