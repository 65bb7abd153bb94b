/**
 * Confidence intervals of counts and efficiencies. `level` is the central coverage: `ONE_SIGMA` unless said otherwise.
 * Knows nothing of scores; errors of an AUC are in `auc-error.ts`, everything else in `bootstrap.ts`.
 */
import { betaInv, chi2Inv, normalQuantile } from '../numeric/special.ts';

export interface Interval {
  low: number;
  high: number;
}

/** Chance that a normal variable lies within one standard deviation, 68.27 %. */
export const ONE_SIGMA = 0.6826894921370859;

/**
 * Clopper-Pearson interval of an efficiency, k of n: never covers less than `level`, at the price of covering more.
 *
 *   low = BetaInv(α/2; k, n - k + 1), high = BetaInv(1 - α/2; k + 1, n - k), α = 1 - level;
 *
 * low = 0 at k = 0, high = 1 at k = n; [0, 1] at n = 0. Worked value: 3 of 10 at 0.95 gives 0.0667395 to 0.6524529.
 */
export function clopperPearson(k: number, n: number, level: number = ONE_SIGMA): Interval {
  checkCounts(k, n);
  const tail = 0.5 * (1 - level);
  return {
    low: k === 0 ? 0 : betaInv(tail, k, n - k + 1),
    high: k === n ? 1 : betaInv(1 - tail, k + 1, n - k),
  };
}

/**
 * Wilson's score interval, nearly the same and much faster: for bands that are redrawn while a slider moves. With p = k/n,
 *
 *   centre (p + z²/2n) / (1 + z²/n), half-width z / (1 + z²/n) · √(p(1 - p)/n + z²/4n²).
 *
 * [0, 1] at n = 0. Worked value: 3 of 10 at 0.95 gives 0.1077913 to 0.6032219.
 */
export function wilson(k: number, n: number, level: number = ONE_SIGMA): Interval {
  checkCounts(k, n);
  if (n === 0) return { low: 0, high: 1 };
  const z = normalQuantile(0.5 * (1 + level));
  const p = k / n;
  const z2 = (z * z) / n;
  const centre = (p + 0.5 * z2) / (1 + z2);
  const half = (z / (1 + z2)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n));
  return { low: k === 0 ? 0 : Math.max(0, centre - half), high: k === n ? 1 : Math.min(1, centre + half) };
}

/**
 * Garwood's central interval of a Poisson mean from a count n:
 *
 *   low = χ²Inv(α/2; 2n)/2 (0 at n = 0), high = χ²Inv(1 - α/2; 2n + 2)/2.
 *
 * Worked values at one standard deviation: n = 0 gives 0 to 1.84102, n = 3 gives 1.367295 to 5.918186.
 */
export function garwood(n: number, level: number = ONE_SIGMA): Interval {
  if (!(n >= 0)) throw new Error(`a count cannot be ${n}`);
  const tail = 0.5 * (1 - level);
  return { low: n === 0 ? 0 : 0.5 * chi2Inv(tail, 2 * n), high: 0.5 * chi2Inv(1 - tail, 2 * n + 2) };
}

/**
 * Standard error of SIC = ε_S / √ε_B by error propagation:
 *
 *   σ/SIC = √((1 - ε_S)/(n_S ε_S) + (1 - ε_B)/(4 n_B ε_B)), about 1 / (2 √FP).
 *
 * NaN at ε_S = 0 or ε_B = 0. Symmetric only for FP >= 25. Worked value: ε_S 0.3 of 5 000, ε_B 0.002 of 20 000 is 0.0818790 SIC.
 */
export function sicError(tpr: number, signalEvents: number, fpr: number, backgroundEvents: number): number {
  if (!(tpr > 0 && fpr > 0)) return Number.NaN;
  const relative = Math.sqrt((1 - tpr) / (signalEvents * tpr) + (1 - fpr) / (4 * backgroundEvents * fpr));
  return (relative * tpr) / Math.sqrt(fpr);
}

function checkCounts(k: number, n: number): void {
  if (!(k >= 0 && k <= n)) throw new Error(`${k} of ${n} is not an efficiency`);
}
