/** Thresholds that a labelled validation sample chooses, best F1 and best G-mean, and what they do on the test events. */
import type { EventClass } from '../base/kinds.ts';
import { bestF1, bestGMean, f1, precision } from '../metrics/precision-recall.ts';
import type { Ranking } from '../metrics/ranking.ts';
import type { OperatingPoint } from '../metrics/roc.ts';
import { classesOf, pointAt } from './curve-points.ts';

export interface ChosenPoint {
  rule: 'best-f1' | 'best-g-mean';
  /** With plotly's small HTML. */
  name: string;
  /** On test events. */
  point: OperatingPoint;
  precision: number;
  f1: number;
  gMean: number;
  symbol: string;
}

/**
 * Chosen on validation, reported on test: chosen on the events that it is judged by, a threshold is optimistic.
 *
 * @param signal class index, -1 where there is none
 * @returns none where validation has no signal or no background, or test has none
 */
export function chosenPoints(test: Ranking, validation: Ranking, classes: readonly EventClass[], signal: number): ChosenPoint[] {
  if (signal < 0) return [];
  const background = classesOf(classes, 'background');
  const rules = [
    { rule: 'best-f1', name: 'best F<sub>1</sub>', found: bestF1(validation, signal, background), symbol: 'diamond-open' },
    { rule: 'best-g-mean', name: 'best G-mean', found: bestGMean(validation, signal, background), symbol: 'square-open' },
  ] as const;
  return rules.flatMap(({ rule, name, found, symbol }) => {
    if (!found) return [];
    const point = pointAt(test, classes, signal, found.threshold);
    const signalEvents = test.total[signal] ?? 0;
    const gMean = Math.sqrt(point.tpr * (1 - point.fpr));
    if (!Number.isFinite(gMean)) return [];
    return [
      {
        rule,
        name,
        symbol,
        point: { ...point, threshold: found.threshold },
        precision: precision(point.tp, point.fp),
        f1: f1(point.tp, point.fp, signalEvents),
        gMean,
      },
    ];
  });
}
