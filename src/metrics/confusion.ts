/**
 * The confusion matrix at a threshold and the rates that follow from it, each with its interval. Rows of the matrix are truth,
 * columns are the decision; flagged if score >= threshold. One binary search, so it can follow a slider.
 */
import { clopperPearson, type Interval, ONE_SIGMA, wilson } from './intervals.ts';
import { f1 } from './precision-recall.ts';
import { type Classes, flaggedAt, type Ranking, totalOf } from './ranking.ts';

export interface Confusion {
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
}

/** k of n with its interval. `value` is NaN at n = 0, where the interval is [0, 1]. */
export interface Rate extends Interval {
  value: number;
  k: number;
  n: number;
}

export interface Rates {
  /** ε_S = TPR = TP / (TP + FN). */
  signalEfficiency: Rate;
  /** ε_B = FPR = FP / (FP + TN). */
  backgroundEfficiency: Rate;
  /** 1 - ε_S. */
  missRate: Rate;
  /** TNR = 1 - ε_B. */
  trueNegativeRate: Rate;
  /** Purity, TP / (TP + FP): holds for the class mix of this sample only, `prevalence`. */
  precision: Rate;
  /** n_S / (n_S + n_B). */
  prevalence: number;
  f1: number;
}

/** Events of signal and background on each side of a threshold. */
export function confusionAt(ranking: Ranking, signal: Classes, background: Classes, threshold: number): Confusion {
  const truePositives = flaggedAt(ranking, signal, threshold);
  const falsePositives = flaggedAt(ranking, background, threshold);
  return {
    truePositives,
    falsePositives,
    trueNegatives: totalOf(ranking, background) - falsePositives,
    falseNegatives: totalOf(ranking, signal) - truePositives,
  };
}

/**
 * Rates of a confusion matrix with intervals.
 *
 * @param method Wilson's while a slider moves, Clopper-Pearson when it rests
 */
export function ratesOf(
  confusion: Confusion,
  { level = ONE_SIGMA, method = 'clopper-pearson' }: { level?: number; method?: 'clopper-pearson' | 'wilson' } = {},
): Rates {
  const { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn } = confusion;
  const interval = method === 'wilson' ? wilson : clopperPearson;
  const rate = (k: number, n: number): Rate => ({ value: k / n, k, n, ...interval(k, n, level) });
  // the interval of 1 - ε mirrors that of ε
  const mirror = ({ value, k, n, low, high }: Rate): Rate => ({ value: 1 - value, k: n - k, n, low: 1 - high, high: 1 - low });
  const signalEfficiency = rate(tp, tp + fn);
  const backgroundEfficiency = rate(fp, fp + tn);
  return {
    signalEfficiency,
    backgroundEfficiency,
    missRate: mirror(signalEfficiency),
    trueNegativeRate: mirror(backgroundEfficiency),
    precision: rate(tp, tp + fp),
    prevalence: (tp + fn) / (tp + fn + fp + tn),
    f1: f1(tp, fp, tp + fn),
  };
}
