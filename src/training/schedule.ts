/** Learning rate from epoch to epoch. Plain numbers; knows no tensors. */
import type { Schedule } from '../models/contract.ts';
import { sinCos } from '../numeric/elementary.ts';

export interface LearningRate {
  /** For the epoch that comes next. */
  readonly value: number;
  /** Tells how an epoch went: its validation loss, or its training loss where there are no validation rows. */
  report(loss: number): void;
}

/**
 * - `constant`: always `initial`.
 * - `reduce-on-plateau` (as Keras has it): after `patience` epochs in a row without a loss below the best one by more than
 *   `minDelta`, multiply by `factor`; then `cooldown` epochs do not count. Never below `minLearningRate`.
 * - `cosine`: least + (initial - least) (1 + cos(π e / epochs)) / 2 in epoch e counted from 0 (Loshchilov and Hutter, ICLR 2017,
 *   eq. 5, without restarts).
 *
 * @param epochs planned for the stage
 */
export function learningRateOf(schedule: Schedule, initial: number, epochs: number): LearningRate {
  const least = Math.min(initial, schedule.minLearningRate ?? 0);
  switch (schedule.kind) {
    case 'constant':
      return { value: initial, report: () => {} };
    case 'cosine': {
      let epoch = 0;
      return {
        get value() {
          return least + ((initial - least) * (1 + sinCos((Math.PI * Math.min(epoch, epochs)) / epochs)[1])) / 2;
        },
        report: () => {
          epoch++;
        },
      };
    }
    case 'reduce-on-plateau':
      return plateau(schedule, initial, least);
  }
}

function plateau(schedule: Schedule, initial: number, least: number): LearningRate {
  const { factor = 0.1, patience = 10, cooldown = 0, minDelta = 1e-4 } = schedule;
  let value = initial;
  let best = Number.POSITIVE_INFINITY;
  let waited = 0;
  let resting = 0;
  return {
    get value() {
      return value;
    },
    report(loss) {
      if (resting > 0) {
        resting--;
        waited = 0;
      }
      if (loss < best - minDelta) {
        best = loss;
        waited = 0;
      } else if (resting === 0 && ++waited >= patience) {
        value = Math.max(least, value * factor);
        resting = cooldown;
        waited = 0;
      }
    },
  };
}
