/** Histograms as SVG step lines: the arithmetic behind the pictures on the shelf and in the column table. Pixels grow downwards. */

export interface StepPicture {
  width: number;
  height: number;
  /** Log y from the largest value down to `largest / decades`; linear from 0 otherwise. */
  log?: boolean;
  /** Powers of ten below the largest value that a log axis shows. */
  decades?: number;
  /** Largest value of the axis; the largest of the values if absent. */
  top?: number;
}

/** Each of unit sum; a histogram without entries stays 0. */
export function unitArea(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.map((n) => (total > 0 ? n / total : 0));
}

/**
 * Path of a step line over equal bins [b], from the left end of the axis to the right one; the first and last step stand on the
 * base line. On a log axis, values below its lower end lie on it. Empty input gives an empty path.
 *
 * Worked value: [1, 2] in 10 x 10 is `M0 10V5H5V0H10V10`.
 */
export function stepPath(values: readonly number[], picture: StepPicture): string {
  const { width, height, log = false, decades = 3 } = picture;
  if (values.length === 0) return '';
  const top = picture.top ?? Math.max(...values);
  const y = (value: number): number => {
    if (!(top > 0) || !(value > 0)) return height;
    const share = log ? 1 + Math.log10(value / top) / decades : value / top;
    return height * (1 - Math.min(1, Math.max(0, share)));
  };
  const steps = values.map((value, i) => `V${round(y(value))}H${round(((i + 1) * width) / values.length)}`);
  return `M0 ${height}${steps.join('')}V${height}`;
}

function round(x: number): number {
  return Math.round(x * 100) / 100;
}

/** Three to seven round numbers from `from` to `to`: multiples of 1, 2 or 5 times a power of ten. */
export function roundValues(from: number, to: number): number[] {
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span)) return [from];
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size < 7) ?? span;
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
