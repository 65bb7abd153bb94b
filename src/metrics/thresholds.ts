/**
 * How a threshold is chosen: calibrated on background-only validation scores, at the best point of a labelled validation sample,
 * or typed. The threshold is then frozen for test. Everything uses one rule, flagged if score >= threshold.
 */
import { countText } from '../base/numbers.ts';
import { betaCdf } from '../numeric/special.ts';
import { bestF1, bestGMean } from './precision-recall.ts';
import { type Classes, flaggedAt, type Ranking, rowReaching, totalOf } from './ranking.ts';
import { type OperatingPoint, pointAtTpr } from './roc.ts';
import { maxSic } from './sic.ts';

export type ThresholdRule =
  | { rule: 'value'; value: number }
  /** ε_B, calibrated (`conformalThreshold`). */
  | { rule: 'background-efficiency'; value: number }
  /** ε_S: the point of lowest FPR that reaches it. */
  | { rule: 'signal-efficiency'; value: number }
  | { rule: 'best-f1' }
  | { rule: 'best-g-mean' }
  | { rule: 'max-sic' };

/** A threshold, or the sentence that says why there is none. */
export type ThresholdAnswer = { threshold: number; words: string } | { refusal: string };

/**
 * The smallest double above x. NaN and +∞ stay; the next above -∞ is the most negative double. Worked value: above 1 is
 * 1.0000000000000002.
 */
export function nextUp(x: number): number {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x;
  if (x === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const number = new Float64Array(bits.buffer);
  number[0] = x;
  // the bits of a double count up with its size, whatever its sign
  bits[0]! += x > 0 ? 1n : -1n;
  return number[0];
}

/**
 * Rank, from the smallest, of the calibration score that a background efficiency asks for: k = ⌈(n + 1)(1 - ε)⌉, computed as
 * n + 1 - ⌊(n + 1) ε + 1e-9⌋ against rounding. Above n the sample is too small. Worked values: n 999, ε 0.01 gives 990;
 * n 50 000, ε 1e-5 gives 50 001.
 */
export function conformalRank(n: number, backgroundEfficiency: number): number {
  return n + 1 - Math.floor((n + 1) * backgroundEfficiency + 1e-9);
}

/**
 * Smallest k for which the background efficiency on new events stays at or below ε with the given confidence over calibration
 * samples: BetaCDF(ε; n + 1 - k, k) >= confidence. n + 1 if none does. Worked value: n 1 000, ε 0.05, 0.9 gives 960.
 */
export function confidentRank(n: number, backgroundEfficiency: number, confidence: number): number {
  let low = 1;
  let high = n + 1;
  while (low < high) {
    const k = (low + high) >>> 1;
    if (betaCdf(backgroundEfficiency, n + 1 - k, k) >= confidence) high = k;
    else low = k + 1;
  }
  return low;
}

export interface Calibration {
  threshold: number;
  /** Rank from the smallest and number of calibration scores. */
  k: number;
  n: number;
  /** Mean background efficiency on new events, (n + 1 - k) / (n + 1), if scores are distinct; ties can only lower it. */
  expected: number;
  /** Its standard deviation over calibration samples: it scatters as Beta(n + 1 - k, k). */
  deviation: number;
}

/**
 * Split-conformal threshold for a background efficiency ε: the next double above s_(k), the k-th smallest of n validation
 * scores of background. For exchangeable background the expected efficiency on new events is at most ε, whatever the score.
 *
 * Refused, never extrapolated, if k > n: ε needs at least 1/ε - 1 events. Scores that are not finite are not counted.
 * Source: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005); Lei et al., JASA 113 (2018) 1094.
 *
 * @param validation ranking of validation events; only `background` of it is used
 * @param backgroundEfficiency above 0, below 1
 * @param confidence if given, ε holds with this confidence instead of on average (`confidentRank`)
 */
export function conformalThreshold(
  validation: Ranking,
  background: Classes,
  backgroundEfficiency: number,
  confidence?: number,
): Calibration | { refusal: string; needed: number } {
  if (!(backgroundEfficiency > 0 && backgroundEfficiency < 1))
    return { refusal: `A background efficiency lies between 0 and 1, not at ${backgroundEfficiency}.`, needed: 0 };
  const n = totalOf(validation, background);
  const rank =
    confidence === undefined ? conformalRank(n, backgroundEfficiency) : confidentRank(n, backgroundEfficiency, confidence);
  if (rank > n) {
    const needed = calibrationEvents(backgroundEfficiency, confidence);
    return { refusal: calibrationRefusal(backgroundEfficiency, needed, n, confidence), needed };
  }
  const k = Math.max(1, rank);
  // the k-th smallest is the (n + 1 - k)-th largest
  const score = validation.threshold[rowReaching(validation, background, n + 1 - k)]!;
  const expected = (n + 1 - k) / (n + 1);
  return { threshold: nextUp(score), k, n, expected, deviation: Math.sqrt((expected * (1 - expected)) / (n + 2)) };
}

/**
 * Smallest calibration sample for a background efficiency: ⌈1/ε⌉ - 1 (99 for 1e-2, 99 999 for 1e-5); with a confidence,
 * ⌈ln(1 - confidence) / ln(1 - ε)⌉.
 */
export function calibrationEvents(backgroundEfficiency: number, confidence?: number): number {
  const exact =
    confidence === undefined ? 1 / backgroundEfficiency - 1 : Math.log1p(-confidence) / Math.log1p(-backgroundEfficiency);
  return Math.ceil(exact * (1 - 1e-12) - 1e-12);
}

function calibrationRefusal(backgroundEfficiency: number, needed: number, n: number, confidence?: number): string {
  const wish = confidence === undefined ? '' : ` with ${100 * confidence} % confidence`;
  return `A threshold for a background efficiency of ${backgroundEfficiency}${wish} needs at least ${countText(needed)} background events in validation; there are ${countText(n)}.`;
}

/**
 * Conformal p-value of a score: (1 + number of calibration scores >= s) / (n + 1). With distinct scores an event is flagged at
 * ε exactly if its p-value is at most ε.
 */
export function conformalPValue(validation: Ranking, background: Classes, score: number): number {
  return (1 + flaggedAt(validation, background, score)) / (totalOf(validation, background) + 1);
}

/**
 * The threshold that a rule gives on a validation sample. Rules other than a typed value and a background efficiency look at
 * labels, and say so in `words`.
 */
export function chooseThreshold(rule: ThresholdRule, validation: Ranking, signal: Classes, background: Classes): ThresholdAnswer {
  switch (rule.rule) {
    case 'value':
      return Number.isFinite(rule.value)
        ? { threshold: rule.value, words: 'typed value' }
        : { refusal: 'A threshold is a finite number.' };
    case 'background-efficiency': {
      const found = conformalThreshold(validation, background, rule.value);
      if ('refusal' in found) return { refusal: found.refusal };
      return {
        threshold: found.threshold,
        words: `background efficiency ${rule.value}, calibrated on ${countText(found.n)} validation background events`,
      };
    }
    case 'signal-efficiency': {
      if (!(rule.value > 0 && rule.value <= 1)) return { refusal: 'A signal efficiency lies above 0 and up to 1.' };
      const point = totalOf(validation, signal) > 0 ? pointAtTpr(validation, signal, background, rule.value) : null;
      return atPoint(point, `signal efficiency ${rule.value} on validation (uses labels)`, 'signal');
    }
    case 'best-f1':
      return atPoint(bestF1(validation, signal, background), 'best F1 on validation (uses labels)', 'signal and background');
    case 'best-g-mean':
      return atPoint(
        bestGMean(validation, signal, background),
        'best G-mean on validation (uses labels)',
        'signal and background',
      );
    case 'max-sic':
      return atPoint(
        maxSic(validation, signal, background),
        'largest SIC on validation with at least 25 background events (uses labels)',
        'signal and at least 25 background',
      );
  }
}

function atPoint(point: OperatingPoint | null, words: string, needs: string): ThresholdAnswer {
  if (!point || !Number.isFinite(point.threshold)) return { refusal: `This rule needs ${needs} events in validation.` };
  return { threshold: point.threshold, words };
}
