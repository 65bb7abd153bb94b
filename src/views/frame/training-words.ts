/** How much of a training is behind us, and several that train together as one. */
import type { Run } from '../../state/run.ts';
import { trainedShare } from '../../state/time-left.ts';
import type { TrainingProgress } from '../../training/contract.ts';

export interface Together {
  /** Of the run whose loss is shown. */
  progress: TrainingProgress | null;
  /** Runs that are under way; those of the group that wait for their turn are not. */
  count: number;
  /** `seed 2`, or `seeds 1, 2, 3` of those under way. */
  seeds: string;
  /** Mean over those under way, 0 to 1; null before there is news. */
  share: number | null;
  /** Sum over those under way. */
  eventsPerSecond: number;
  /** Of the one that takes longest. */
  secondsLeft: number;
}

export function togetherOf({ request, progress, beside }: NonNullable<Run['training']>): Together {
  const under = beside.flatMap((one) => (one.progress ? [{ seed: one.request.seed, ...one.progress }] : []));
  const seeds = under.length > 1 ? `seeds ${under.map(({ seed }) => seed).join(', ')}` : `seed ${request.seed}`;
  const sum = (of: (one: (typeof under)[number]) => number) => under.reduce((total, one) => total + of(one), 0);
  return {
    progress,
    count: Math.max(1, under.length),
    seeds,
    share: under.length > 0 ? sum(trainedShare) / under.length : null,
    eventsPerSecond: sum((one) => one.eventsPerSecond),
    secondsLeft: Math.max(0, ...under.map((one) => one.secondsLeft)),
  };
}
