/**
 * Fewer points for the same drawing. A curve of a million points is reduced by the path it covers on the paper: the path is
 * measured on every axis on which the curve will be drawn (linear and logarithmic at once), each axis normalised to length 1.
 */

/**
 * Indices of the points to keep, first and last always among them. Between two kept neighbours the path is at most `step`, so
 * no dropped point is further than `step` of any axis from the line drawn; a longer single move keeps both its ends, which is
 * how corners survive. `step` is the smallest that fits `maxPoints`.
 *
 * @param path [n] length covered up to each point, never falling
 * @returns all indices if n <= maxPoints
 */
export function thin(path: Float64Array, maxPoints: number): Uint32Array {
  const n = path.length;
  if (n <= Math.max(2, maxPoints)) return Uint32Array.from({ length: n }, (_, i) => i);
  const total = path[n - 1]! - path[0]!;
  // two neighbouring moves together exceed `step`, so this one always fits; a search finds a finer one
  let coarse = (2 * total) / Math.max(1, maxPoints - 3);
  let fine = 0;
  let best = walk(path, coarse);
  for (let i = 0; i < 12; i++) {
    const step = 0.5 * (coarse + fine);
    const kept = walk(path, step);
    if (kept.length <= maxPoints) {
      coarse = step;
      best = kept;
    } else fine = step;
  }
  return Uint32Array.from(best);
}

/** From each kept point to the furthest one within `step`, or to the next. */
function walk(path: Float64Array, step: number): number[] {
  const last = path.length - 1;
  const kept = [0];
  let at = 0;
  while (at < last) {
    const limit = path[at]! + step;
    let low = at + 1;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (path[middle]! <= limit) low = middle;
      else high = middle - 1;
    }
    at = low;
    kept.push(at);
  }
  return kept;
}

/**
 * Path length along several axes.
 *
 * @param move distance between point i - 1 and point i, all axes summed
 */
export function pathLength(n: number, move: (i: number) => number): Float64Array {
  const path = new Float64Array(n);
  for (let i = 1; i < n; i++) path[i] = path[i - 1]! + move(i);
  return path;
}
