import { describe, expect, it } from 'vitest';
import type { Schedule } from '../models/contract.ts';
import { learningRateOf } from './schedule.ts';

function rates(schedule: Schedule, losses: readonly number[], epochs = losses.length): number[] {
  const rate = learningRateOf(schedule, 1, epochs);
  return losses.map((loss) => {
    const value = rate.value;
    rate.report(loss);
    return value;
  });
}

describe('learning rate', () => {
  it('stays', () => {
    expect(rates({ kind: 'constant' }, [3, 3, 3])).toEqual([1, 1, 1]);
  });

  it('falls after patience epochs without improvement, rests in the cooldown, and stops at the least', () => {
    const schedule: Schedule = {
      kind: 'reduce-on-plateau',
      factor: 0.1,
      patience: 2,
      cooldown: 2,
      minDelta: 1e-4,
      minLearningRate: 0.05,
    };
    // epoch 1 is the best; 2 and 3 are no better: down. 4 rests; 5 ends the rest and counts, as in Keras, with 6: down to the least
    expect(rates(schedule, [1, 1, 1, 1, 1, 1, 1])).toEqual([1, 1, 1, 0.1, 0.1, 0.1, 0.05]);
  });

  it('counts an improvement smaller than minDelta as none', () => {
    const schedule: Schedule = { kind: 'reduce-on-plateau', factor: 0.5, patience: 1, minDelta: 0.1 };
    expect(rates(schedule, [1, 0.95, 0.7, 0.7])).toEqual([1, 1, 0.5, 0.5]);
  });

  it('follows half a cosine: 1 at first, half way in the middle', () => {
    const found = rates({ kind: 'cosine', minLearningRate: 0.2 }, [1, 1, 1, 1]);
    expect(found[0]).toBe(1);
    expect(found[2]).toBeCloseTo(0.6, 12);
    expect(found[3]).toBeCloseTo(0.2 + 0.4 * (1 - Math.SQRT1_2), 12);
  });
});
