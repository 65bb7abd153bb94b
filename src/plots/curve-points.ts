/**
 * Points of an efficiency curve, read from a ranking of any length: a few hundred thresholds chosen so that the curve is
 * complete to the eye on linear and on log axes. Each is found by binary search, so two million scores cost no more than two
 * thousand.
 */
import type { EventClass } from '../base/kinds.ts';
import type { Ranking } from '../metrics/ranking.ts';

/** One threshold: everything with a score at or above it is flagged. */
export interface CurvePoint {
  threshold: number;
  truePositives: number;
  falsePositives: number;
  /** ε_S and ε_B, 0 to 1. */
  tpr: number;
  fpr: number;
}

export interface EfficiencyCurve {
  /** From the highest score down; the start (0, 0) is not in it. */
  points: readonly CurvePoint[];
  signalEvents: number;
  backgroundEvents: number;
}

/** Every threshold is kept up to this many. */
const all = 1200;
const gridSteps = 320;

/** Index of the first entry at which the rising count reaches `target`. */
function reaches(count: (i: number) => number, length: number, target: number): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (count(middle) >= target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Indices of classes with a role. */
export function classesOf(classes: readonly EventClass[], role: EventClass['role']): number[] {
  return classes.flatMap((entry, i) => (entry.role === role ? [i] : []));
}

const kept = new WeakMap<Ranking, Map<string, EfficiencyCurve>>();

/**
 * The curve of one signal class against all background classes; unlabelled events take no part.
 *
 * @returns no points if either side is empty
 */
export function efficiencyCurve(ranking: Ranking, classes: readonly EventClass[], signal: number): EfficiencyCurve {
  const known = kept.get(ranking) ?? new Map<string, EfficiencyCurve>();
  kept.set(ranking, known);
  const key = `${signal} ${classes.map(({ role }) => role).join(' ')}`;
  const before = known.get(key);
  if (before) return before;
  const curve = sample(ranking, classesOf(classes, 'background'), signal);
  known.set(key, curve);
  return curve;
}

function sample(ranking: Ranking, background: readonly number[], signal: number): EfficiencyCurve {
  const length = ranking.threshold.length;
  const falsePositives = (i: number) => background.reduce((sum, label) => sum + (ranking.flagged[label]?.[i] ?? 0), 0);
  const truePositives = (i: number) => ranking.flagged[signal]?.[i] ?? 0;
  const signalEvents = ranking.total[signal] ?? 0;
  const backgroundEvents = background.reduce((sum, label) => sum + (ranking.total[label] ?? 0), 0);
  if (length === 0 || signalEvents === 0 || backgroundEvents === 0) return { points: [], signalEvents, backgroundEvents };
  const chosen = new Set<number>();
  if (length <= all) for (let i = 0; i < length; i++) chosen.add(i);
  else {
    chosen.add(0).add(length - 1);
    for (const [count, total] of [
      [falsePositives, backgroundEvents],
      [truePositives, signalEvents],
    ] as const) {
      for (let step = 1; step <= gridSteps; step++) {
        chosen.add(reaches(count, length, (total * step) / gridSteps));
        chosen.add(reaches(count, length, total ** (step / gridSteps)));
      }
    }
  }
  const points = [...chosen]
    .sort((a, b) => a - b)
    .map((i) => ({
      threshold: ranking.threshold[i] as number,
      truePositives: truePositives(i),
      falsePositives: falsePositives(i),
      tpr: truePositives(i) / signalEvents,
      fpr: falsePositives(i) / backgroundEvents,
    }));
  return { points, signalEvents, backgroundEvents };
}

/** The curve's own numbers at any threshold; two binary searches at most. */
export function pointAt(ranking: Ranking, classes: readonly EventClass[], signal: number, threshold: number): CurvePoint {
  const { length } = ranking.threshold;
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranking.threshold[middle] as number) >= threshold) low = middle + 1;
    else high = middle;
  }
  const count = (label: number) => (low === 0 ? 0 : (ranking.flagged[label]?.[low - 1] ?? 0));
  const background = classesOf(classes, 'background');
  const falsePositives = background.reduce((sum, label) => sum + count(label), 0);
  const backgroundEvents = background.reduce((sum, label) => sum + (ranking.total[label] ?? 0), 0);
  const truePositives = count(signal);
  return {
    threshold,
    truePositives,
    falsePositives,
    tpr: truePositives / (ranking.total[signal] ?? 0),
    fpr: falsePositives / backgroundEvents,
  };
}
