/**
 * Points of an efficiency curve for drawing, read from a ranking of any length without walking through it: a few hundred rows
 * at which the count of signal or background reaches even steps, linear and logarithmic, each found by binary search. Two
 * million scores cost no more than two thousand. Numbers that are quoted come from `metrics/`, never from these points.
 */
import type { EventClass } from '../base/kinds.ts';
import { type Classes, position, type Ranking, rowReaching, totalOf } from '../metrics/ranking.ts';
import { type OperatingPoint, pointInRow } from '../metrics/roc.ts';

export interface EfficiencyCurve {
  /** From the highest score down; the start (0, 0) is not in it. */
  points: readonly OperatingPoint[];
  signalEvents: number;
  backgroundEvents: number;
}

/** Every threshold is kept up to this many. */
const all = 1200;
const gridSteps = 320;

/** Indices of classes with a role. */
export function classesOf(classes: readonly EventClass[], role: EventClass['role']): number[] {
  return classes.flatMap((entry, i) => (entry.role === role ? [i] : []));
}

const kept = new WeakMap<Ranking, Map<string, EfficiencyCurve>>();

/**
 * The curve of one signal class against all background classes; unlabelled events take no part.
 *
 * @param signal class index; -1 where there is no signal
 * @returns no points if either side is empty; kept for as long as the ranking itself
 */
export function efficiencyCurve(ranking: Ranking, classes: readonly EventClass[], signal: number): EfficiencyCurve {
  const known = kept.get(ranking) ?? new Map<string, EfficiencyCurve>();
  kept.set(ranking, known);
  const key = `${signal} ${classes.map(({ role }) => role).join(' ')}`;
  const before = known.get(key);
  if (before) return before;
  const curve = sample(ranking, classesOf(classes, 'background'), signal < 0 ? [] : signal);
  known.set(key, curve);
  return curve;
}

function sample(ranking: Ranking, background: Classes, signal: Classes): EfficiencyCurve {
  const rows = ranking.threshold.length;
  const signalEvents = totalOf(ranking, signal);
  const backgroundEvents = totalOf(ranking, background);
  if (rows === 0 || signalEvents === 0 || backgroundEvents === 0) return { points: [], signalEvents, backgroundEvents };
  const chosen = new Set<number>();
  if (rows <= all) for (let row = 0; row < rows; row++) chosen.add(row);
  else {
    chosen.add(0).add(rows - 1);
    for (const [classes, total] of [
      [background, backgroundEvents],
      [signal, signalEvents],
    ] as const) {
      for (let step = 1; step <= gridSteps; step++) {
        chosen.add(rowReaching(ranking, classes, Math.ceil((total * step) / gridSteps)));
        chosen.add(rowReaching(ranking, classes, Math.ceil(total ** (step / gridSteps))));
      }
    }
  }
  const points = [...chosen]
    .filter((row) => row < rows)
    .sort((a, b) => a - b)
    .map((row) => pointInRow(ranking, signal, background, row));
  return { points, signalEvents, backgroundEvents };
}

/** The exact numbers at any threshold, by one binary search. */
export function pointAt(ranking: Ranking, classes: readonly EventClass[], signal: number, threshold: number): OperatingPoint {
  const row = position(ranking, threshold) - 1;
  return pointInRow(ranking, signal < 0 ? [] : signal, classesOf(classes, 'background'), row);
}
