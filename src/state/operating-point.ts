/**
 * What one threshold means: counts, rates and intervals per class, precision, trigger rate, and what the statistics allow to be
 * said. A few binary searches per call, whatever the number of events; called on every frame of a drag.
 */
import type { ClassRole, EventClass } from '../base/kinds.ts';
import type { RowNoun } from '../base/nouns.ts';
import { REFUSE_BELOW, WARN_BELOW } from '../metrics/floor.ts';
import { clopperPearson } from '../metrics/intervals.ts';
import { flaggedInRow, position, type Ranking, rowReaching, totalOf } from '../metrics/ranking.ts';
import { conformalThreshold } from '../metrics/thresholds.ts';
import { formatCount, formatNumber, formatPercent, formatThreshold } from '../plots/format.ts';
import type { Cell } from '../worker/api.ts';

/** k of n with its Clopper-Pearson 68 % interval, 0 to 1; NaN for n = 0. */
export interface Rate {
  count: number;
  of: number;
  value: number;
  low: number;
  high: number;
}

export interface ClassRow {
  label: number;
  name: string;
  role: ClassRole;
  flagged: number;
  kept: number;
  rate: Rate;
  /** The cells of the confusion matrix that these counts are; absent for classes that take no part in it. */
  cells?: { flagged: Cell; kept: Cell };
}

export interface OperatingPoint {
  threshold: number;
  rows: readonly ClassRow[];
  /** ε_B over all background classes. */
  background: Rate;
  /** ε_S of the chosen signal. */
  signal: Rate;
  /** TP / (TP + FP). */
  precision: Rate;
  /** n_S / (n_S + n_B) of the test events. */
  prevalence: number;
  /** Events whose score is not a finite number; they are in no rate. */
  nonFinite: number;
  /** False if so few background events are flagged that only the interval of ε_B may be printed. */
  supported: boolean;
  /** What the statistics do not support, in words. */
  caution: string | null;
}

export function rateOf(count: number, of: number): Rate {
  if (of === 0) return { count, of, value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const { low, high } = clopperPearson(count, of);
  return { count, of, value: count / of, low, high };
}

/** @param signal index of the class that counts as positive */
export function operatingPoint(test: Ranking, classes: readonly EventClass[], signal: number, threshold: number): OperatingPoint {
  const row = position(test, threshold) - 1;
  const rows = classes.map(({ name, role }, label): ClassRow => {
    const flagged = flaggedInRow(test, label, row);
    const total = test.total[label] ?? 0;
    const entry = { label, name, role, flagged, kept: total - flagged, rate: rateOf(flagged, total) };
    if (role === 'background') return { ...entry, cells: { flagged: 'falsePositives', kept: 'trueNegatives' } };
    return label === signal ? { ...entry, cells: { flagged: 'truePositives', kept: 'falseNegatives' } } : entry;
  });
  const of = (list: readonly ClassRow[], key: 'flagged' | 'kept') => list.reduce((sum, row) => sum + row[key], 0);
  const backgrounds = rows.filter(({ role }) => role === 'background');
  const falsePositives = of(backgrounds, 'flagged');
  const backgroundEvents = falsePositives + of(backgrounds, 'kept');
  const chosen = rows.filter(({ label, role }) => label === signal && role === 'signal');
  const truePositives = of(chosen, 'flagged');
  const signalEvents = truePositives + of(chosen, 'kept');
  return {
    threshold,
    rows,
    background: rateOf(falsePositives, backgroundEvents),
    signal: rateOf(truePositives, signalEvents),
    precision: rateOf(truePositives, truePositives + falsePositives),
    prevalence: signalEvents / (signalEvents + backgroundEvents),
    nonFinite: test.nonFinite.reduce((sum, count) => sum + count, 0),
    supported: falsePositives >= REFUSE_BELOW,
    caution: cautionFor(falsePositives, backgroundEvents),
  };
}

function cautionFor(falsePositives: number, backgroundEvents: number): string | null {
  if (backgroundEvents === 0) return 'No background events in the test split: no background efficiency.';
  if (falsePositives < REFUSE_BELOW)
    return `${falsePositives === 0 ? 'No' : `Only ${formatCount(falsePositives)}`} background ${falsePositives < 2 ? 'event is' : 'events are'} flagged, too few to quote an efficiency (${REFUSE_BELOW} are needed): the 68 % interval is all that can be said.`;
  if (falsePositives < WARN_BELOW)
    return `${formatCount(falsePositives)} background events are flagged: ε_B is known to ${formatNumber(100 / Math.sqrt(falsePositives), 2)} %.`;
  return null;
}

/** What a screen reader says for a threshold. */
export function spokenThreshold(point: OperatingPoint, signalName: string, unit: string, noun: RowNoun): string {
  const flagged = [
    ...(point.background.of > 0
      ? [
          point.supported
            ? `${formatPercent(point.background.value)} of background`
            : `${formatCount(point.background.count)} background ${point.background.count === 1 ? noun.one : noun.several}`,
        ]
      : []),
    ...(point.signal.of > 0 ? [`${formatPercent(point.signal.value)} of ${signalName}`] : []),
  ];
  return `${formatThreshold(point.threshold)}${unit === '' ? '' : ` ${unit}`}, flags ${flagged.join(' and ') || 'nothing that is labelled'}`;
}

export interface EfficiencyPreset {
  value: number;
  /** Why it cannot be chosen; null if it can. */
  reason: string | null;
}

/** The background efficiencies on offer, and why some cannot be calibrated on the validation background. */
export function efficiencyPresets(validation: Ranking, classes: readonly EventClass[]): EfficiencyPreset[] {
  const background = classes.flatMap(({ role }, label) => (role === 'background' ? [label] : []));
  const events = totalOf(validation, background);
  return [1e-1, 1e-2, 1e-3, 1e-4, 1e-5].map((value) => {
    const answer = conformalThreshold(validation, background, value);
    if (!('refusal' in answer)) return { value, reason: null };
    return {
      value,
      reason: `needs ${formatCount(answer.needed)} background events in validation; there are ${formatCount(events)}`,
    };
  });
}

/**
 * A slider without a figure behind it, even in the logarithm of the background efficiency: 0 flags all background, 1 a single
 * event of it.
 */
export function thresholdAtSlider(test: Ranking, classes: readonly EventClass[], slider: number): number {
  const background = classes.flatMap(({ role }, label) => (role === 'background' ? [label] : []));
  const count = Math.max(1, Math.round(totalOf(test, background) ** (1 - slider)));
  return test.threshold[Math.min(test.threshold.length - 1, rowReaching(test, background, count))] ?? Number.NaN;
}

/** Where that slider stands for an operating point. */
export function sliderPosition({ background }: OperatingPoint): number {
  if (background.of < 2) return 0;
  return 1 - Math.log(Math.max(1, background.count)) / Math.log(background.of);
}
