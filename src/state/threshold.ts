/**
 * From a rule to a number: where the threshold stands for the present score. Background efficiencies are calibrated on
 * validation background and best F1 is chosen on validation; both are then frozen for the test events. A rule that the
 * statistics refuse gives way to the nearest one that they support, and says so.
 */
import { rowReaching, totalOf } from '../metrics/ranking.ts';
import { chooseThreshold } from '../metrics/thresholds.ts';
import type { ScoreView } from '../worker/api.ts';
import type { ThresholdChoice } from './session.ts';

export interface ThresholdState {
  /** Flagged if score >= threshold; NaN only if there is no scored background at all. */
  threshold: number;
  /** How it was chosen, in words. */
  words: string;
  /** Why the rule that was asked for could not be met, if so. */
  problem: string | null;
}

/** @param signal class index of the signal that best F1 is chosen for */
export function thresholdOf(view: ScoreView, choice: ThresholdChoice, signal: number | null): ThresholdState {
  const background = view.classes.flatMap((c, i) => (c.role === 'background' ? [i] : []));
  const answer = chooseThreshold(choice, view.validation, signal ?? [], background);
  if ('threshold' in answer) return { ...answer, problem: null };
  const coarser = chooseThreshold({ rule: 'background-efficiency', value: 0.1 }, view.validation, [], background);
  if ('threshold' in coarser) return { ...coarser, problem: `${answer.refusal} The threshold shown is for 10⁻¹.` };
  const n = totalOf(view.test, background);
  const row = n === 0 ? -1 : rowReaching(view.test, background, Math.max(1, Math.floor(n / 10)));
  return {
    threshold: row < 0 ? Number.NaN : (view.test.threshold[row] ?? Number.NaN),
    words: 'a tenth of the test background (optimistic: chosen on test)',
    problem: `${answer.refusal} The threshold shown flags a tenth of the test background; chosen on test, it is optimistic.`,
  };
}
