/** Latent points sorted once by falling score within each class, so that the flagged ones are always the first few. */
import type { LatentPoints } from './parts.ts';

export interface ClassPoints {
  /** Rows of the latent view, falling score. */
  rows: Uint32Array;
  /** [n], falling. */
  score: Float64Array;
  x: Float32Array;
  y: Float32Array;
  z: Float32Array;
}

const prepared = new WeakMap<LatentPoints, Map<string, readonly ClassPoints[]>>();

/**
 * @param axes which latent numbers are x, y and z, from 0; one that does not exist gives zeros
 * @returns one entry per class; kept for as long as the latent view itself, as sorting is done when it arrives, not when the threshold moves
 */
export function byClass(latent: LatentPoints, classes: number, axes: readonly [number, number, number]): readonly ClassPoints[] {
  const key = `${classes} ${axes.join(' ')}`;
  const known = prepared.get(latent) ?? new Map<string, readonly ClassPoints[]>();
  prepared.set(latent, known);
  const before = known.get(key);
  if (before) return before;
  const result = Array.from({ length: classes }, (_, label) => {
    const members: number[] = [];
    latent.label.forEach((value, row) => {
      if (value === label) members.push(row);
    });
    members.sort((a, b) => (latent.score[b] as number) - (latent.score[a] as number));
    const rows = Uint32Array.from(members);
    const coordinate = (axis: number) =>
      Float32Array.from(rows, (row) =>
        axis >= 0 && axis < latent.dimensions ? (latent.points[row * latent.dimensions + axis] as number) : 0,
      );
    return {
      rows,
      score: Float64Array.from(rows, (row) => latent.score[row] as number),
      x: coordinate(axes[0]),
      y: coordinate(axes[1]),
      z: coordinate(axes[2]),
    };
  });
  known.set(key, result);
  return result;
}

/** How many of falling scores are at or above a threshold; a binary search. */
export function countFlagged(score: Float64Array, threshold: number): number {
  let low = 0;
  let high = score.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((score[middle] as number) >= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest range that holds all but the outermost 0.2 % of values on either side, with a margin. */
export function coreRange(lists: readonly Float32Array[]): [number, number] {
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  if (length === 0) return [0, 1];
  const all = new Float32Array(length);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  const cut = Math.floor(length * 0.002);
  const low = all[cut] as number;
  const high = all[length - 1 - cut] as number;
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - margin, high + margin];
}
