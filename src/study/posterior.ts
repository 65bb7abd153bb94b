/**
 * Whether the Gaussians of a variational autoencoder say anything of the rows: the divergence of each latent number from the unit
 * Gaussian, and how much its mean moves from row to row. Plain arrays in, plain numbers and words out.
 *
 * Source: Burda, Grosse and Salakhutdinov, Importance weighted autoencoders, ICLR 2016 (arXiv 1509.00519), section 5.2: a latent number is
 * active if the variance of its mean over the data is above 0.01.
 */
import { numberText } from '../base/numbers.ts';

/** Variance of the mean above which a latent number counts as active. */
export const activeAbove = 0.01;

export interface Posterior {
  /** Rows that were looked at. */
  rows: number;
  /** [k] mean over the rows of ½ (μ² + σ² − 1 − ln σ²), in nats. */
  divergence: readonly number[];
  /** [k] variance of μ over the rows, divided by rows − 1. */
  variance: readonly number[];
  /** [k] */
  active: readonly boolean[];
}

/**
 * @param mean [n, k]
 * @param logVariance [n, k]
 * @param rows those of them that count, two at least
 * Worked value: μ = -1 and 1 with σ = 1 have the divergence ½ and the variance 2.
 */
export function posteriorOf(
  mean: ArrayLike<number>,
  logVariance: ArrayLike<number>,
  dimensions: number,
  rows: readonly number[],
): Posterior {
  const numbers = Array.from({ length: dimensions }, (_, k) => k);
  const at = (values: ArrayLike<number>, row: number, k: number) => values[row * dimensions + k] as number;
  const meanOf = (of: (row: number) => number) => rows.reduce((sum, row) => sum + of(row), 0) / Math.max(1, rows.length);
  const divergence = numbers.map((k) =>
    meanOf((row) => {
      const log = at(logVariance, row, k);
      return (at(mean, row, k) ** 2 + Math.exp(log) - 1 - log) / 2;
    }),
  );
  const variance = numbers.map((k) => {
    const centre = meanOf((row) => at(mean, row, k));
    return rows.reduce((sum, row) => sum + (at(mean, row, k) - centre) ** 2, 0) / Math.max(1, rows.length - 1);
  });
  return { rows: rows.length, divergence, variance, active: variance.map((value) => value > activeAbove) };
}

/** What it comes to, as a sentence; `noun` is what the rows are called, `images`. */
export function posteriorText({ variance, active }: Posterior, noun: string): string {
  const names = active.flatMap((is, k) => (is ? [`z${k + 1}`] : []));
  const count = active.length;
  if (names.length === 0) {
    const most = numberText(Number(Math.max(...variance).toPrecision(2)));
    const which = count === 1 ? 'the latent number is not active' : `none of the ${count} latent numbers is active`;
    return `Collapsed: ${which}. The variance of μ over background is ${most} at most; active is above ${activeAbove}. The encoder says nothing of the ${noun}, and scores from the latent space are noise.`;
  }
  if (names.length === count) return count === 1 ? 'The latent number is active.' : `All ${count} latent numbers are active.`;
  const others = count - names.length === 1 ? 'the other one has' : 'the others have';
  return `${names.length} of ${count} latent numbers ${names.length === 1 ? 'is' : 'are'} active (${names.join(', ')}); ${others} collapsed and tell${count - names.length === 1 ? 's' : ''} nothing.`;
}
