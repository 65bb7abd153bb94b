/** What a shift report says of the run and the threshold that Explore shows. Words and numbers as they stand on the screen. */
import {
  formatAuc,
  formatDecimals,
  formatDuration,
  formatNumber,
  formatPercent,
  formatPercentInterval,
  formatThreshold,
} from '../plots/format.ts';
import type { ReportParts, RunSummary, ScoreView } from '../worker/api.ts';
import { carriersOf } from './carriers.ts';
import { variantOf } from './compare.ts';
import { dataNoun } from './explore.ts';
import { operatingPoint } from './operating-point.ts';
import type { Run } from './run.ts';

export interface ReportInput extends Pick<Run, 'data' | 'models' | 'runs' | 'threshold' | 'thresholdWords' | 'thresholdProblem'> {
  summary: RunSummary;
  view: ScoreView;
  /** Class index, -1 without one. */
  signal: number;
  figures: ReportParts['figures'];
  link: string;
}

export function reportParts(input: ReportInput): ReportParts {
  const { data, models, runs, threshold, thresholdWords, thresholdProblem, summary, view, signal, figures, link } = input;
  const point = operatingPoint(view.test, view.classes, signal, threshold);
  const { words, rows } = carriersOf(view, summary, signal, dataNoun(data));
  const { value, low, high, of } = point.precision;
  return {
    made: new Date().toISOString(),
    model: {
      name: summary.modelName,
      preset: [
        models.find(({ id }) => id === summary.model)?.presets[summary.preset]?.name ?? summary.preset,
        variantOf(summary, runs, models),
      ]
        .filter(Boolean)
        .join(', '),
      seed: summary.seed,
      parameters: summary.parameters,
      backend: summary.backend,
      training: trainingWords(summary),
      score: view.name,
      formula: view.formula,
    },
    threshold: { value: threshold, text: formatThreshold(threshold, 6), words: thresholdWords, problem: thresholdProblem },
    matrix: point.rows.map(({ label, name, role, flagged, kept, rate }) => ({
      name,
      role,
      flagged,
      kept,
      rate:
        rate.of === 0
          ? (view.test.nonFinite[label] ?? 0) > 0
            ? 'no data'
            : 'none in the test'
          : formatPercentInterval(rate.value, rate.low, rate.high),
    })),
    precision: of === 0 ? 'none, nothing is flagged,' : formatPercentInterval(value, low, high),
    prevalence: formatPercent(point.prevalence),
    cautions: words,
    carriers: rows.map((row) => ({
      what: row.what,
      auc: formatAuc(row),
      averagePrecision: formatDecimals(row.averagePrecision, 3),
      f1: row.f1 === null ? '–' : formatDecimals(row.f1, 3),
    })),
    figures,
    link,
  };
}

/** How it was trained and where its loss ended; models without gradient training say so. */
function trainingWords({ training, seconds }: RunSummary): string {
  if (!training) return `fitted in closed form in ${formatDuration(seconds)}`;
  const { epochs, finalLoss, validationLoss } = training;
  const validation = Number.isFinite(validationLoss) ? `, on validation ${formatNumber(validationLoss, 4)}` : '';
  return `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} in ${formatDuration(seconds)}; loss at the end ${formatNumber(finalLoss, 4)}${validation}`;
}
