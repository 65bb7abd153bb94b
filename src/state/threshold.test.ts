import { describe, expect, it } from 'vitest';
import { bestF1 } from '../metrics/precision-recall.ts';
import { flaggedAt, rank } from '../metrics/ranking.ts';
import { conformalThreshold } from '../metrics/thresholds.ts';
import type { ScoreView } from '../worker/api.ts';
import { thresholdOf } from './threshold.ts';

/** Background scores 1 to `n`, signal scores n / 2 + 1/2 to n + n / 2. */
function sample(n: number) {
  const background = Array.from({ length: n }, (_, i) => i + 1);
  const signal = Array.from({ length: n }, (_, i) => i + n / 2 + 0.5);
  const label = Uint8Array.from({ length: 2 * n }, (_, i) => (i < n ? 0 : 1));
  return rank(Float64Array.from([...background, ...signal]), label, 2);
}

function viewOf(validation: number, test: number): ScoreView {
  return {
    run: 'run-1',
    score: 's',
    name: 's',
    formula: '',
    unit: '',
    sign: 1,
    classes: [
      { name: 'background', role: 'background' },
      { name: 'A', role: 'signal' },
    ],
    test: sample(test),
    validation: sample(validation),
  };
}

describe('a threshold rule', () => {
  const view = viewOf(999, 400);

  it('for a background efficiency is the calibrated value of the validation background', () => {
    const answer = thresholdOf(view, { rule: 'background-efficiency', value: 0.01 }, 1);
    const calibrated = conformalThreshold(view.validation, [0], 0.01);
    expect(answer).toMatchObject({ threshold: 'threshold' in calibrated ? calibrated.threshold : null, problem: null });
    // 999 scores 1 ... 999: the 990th stays unflagged, 991 and above are flagged
    expect(answer.threshold).toBeGreaterThan(990);
    expect(answer.threshold).toBeLessThan(991);
    expect(answer.words).toMatch(/calibrated on 999/);
  });
  it('of the best F1 is found on validation', () => {
    const answer = thresholdOf(view, { rule: 'best-f1' }, 1);
    expect(answer.threshold).toBe(bestF1(view.validation, 1, [0])?.threshold);
    expect(answer.words).toMatch(/uses labels/);
  });
  it('of a typed value is that value', () => {
    expect(thresholdOf(view, { rule: 'value', value: 12.5 }, null)).toMatchObject({ threshold: 12.5, problem: null });
  });
});

describe('a rule that the statistics refuse', () => {
  it('gives way to a background efficiency of a tenth, and says so', () => {
    const view = viewOf(50, 400);
    const answer = thresholdOf(view, { rule: 'background-efficiency', value: 1e-4 }, 1);
    const tenth = thresholdOf(view, { rule: 'background-efficiency', value: 0.1 }, 1);
    expect(answer.threshold).toBe(tenth.threshold);
    expect(answer.problem).toMatch(/needs at least .* there are 50\. The threshold shown is for 10⁻¹/);
  });
  it('gives way as well where best F1 has no signal', () => {
    expect(thresholdOf(viewOf(50, 400), { rule: 'best-f1' }, null).problem).toMatch(/needs signal and background events/);
  });
  it('without a validation part flags a tenth of the test background and calls that optimistic', () => {
    const view = viewOf(0, 400);
    for (const choice of [{ rule: 'best-f1' }, { rule: 'background-efficiency', value: 0.01 }] as const) {
      const answer = thresholdOf(view, choice, 1);
      expect(flaggedAt(view.test, [0], answer.threshold)).toBe(40);
      expect(answer.words).toMatch(/optimistic/);
      expect(answer.problem).toMatch(/chosen on test, it is optimistic/);
    }
  });
  it('is no number only where no background was scored at all', () => {
    expect(thresholdOf(viewOf(0, 0), { rule: 'background-efficiency', value: 0.01 }, 1).threshold).toBeNaN();
  });
});
