/** The number of threads of a whole-step trainer, for tests of what it must not change. */
import type { Arena, TeamExports } from '../compute/kernels/arena.ts';
import type { StepTrainer } from '../compute/steps/contract.ts';
import type { ThreadChoice } from '../compute/steps/thread-choice.ts';

/** Takes the choice away from the clock. */
export async function forceThreads(trainer: StepTrainer, threads: number): Promise<void> {
  const inside = trainer as unknown as { arena: Arena<TeamExports>; choice: ThreadChoice; judging?: ThreadChoice };
  inside.arena.startHelpers(threads - 1);
  for (let wait = 0; inside.arena.ready() < threads && wait < 500; wait++) await new Promise((r) => setTimeout(r, 10));
  if (inside.arena.ready() < threads) throw new Error(`only ${inside.arena.ready()} of ${threads} threads came`);
  for (const choice of [inside.choice, inside.judging]) if (choice) choice.run = (_available, _units, work) => work(threads);
}
