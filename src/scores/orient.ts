/**
 * Which end of a score is anomalous, decided without labels: background is a bulk with a tail, and the tail is where odd events
 * are. A score of arbitrary sign is turned so that its skewness on validation background is positive.
 */
import type { Score } from './contract.ts';

/**
 * Population skewness m₃ / m₂^(3/2) of the finite values; 0 if there are fewer than three of them or all are equal.
 * Worked value: 0, 0, 3 gives 1 / √2.
 */
export function skewness(values: ArrayLike<number>): number {
  let n = 0;
  let mean = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value)) mean += (value - mean) / ++n;
  }
  let second = 0;
  let third = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = (values[i] as number) - mean;
    if (!Number.isFinite(distance)) continue;
    second += distance * distance;
    third += distance * distance * distance;
  }
  if (n < 3 || second === 0) return 0;
  const variance = second / n;
  return third / n / (variance * Math.sqrt(variance));
}

/**
 * +1 or -1, by which a score is multiplied so that higher is more anomalous; always +1 for scores whose formula fixes it.
 *
 * @param validationBackground scores of background rows of the validation part; never of signal
 */
export function orientationSign(score: Pick<Score, 'orientation'>, validationBackground: ArrayLike<number>): 1 | -1 {
  return score.orientation === 'skewness' && skewness(validationBackground) < 0 ? -1 : 1;
}
