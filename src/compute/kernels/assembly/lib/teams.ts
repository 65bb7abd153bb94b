/**
 * A team of threads that run the same function over shared memory. Work is handed out in tasks, whoever is free takes the next;
 * results must not depend on who took it. The last to arrive at a barrier does the serial work in between.
 */

/** Rounds of looking before a thread goes to sleep. */
const patience: i32 = 4000;

/** Layout of a team's words. `count`: threads, `arrived`, `generation`: barriers so far, `next`: the next task. */
const COUNT: usize = 0;
const ARRIVED: usize = 4;
const GENERATION: usize = 8;
const NEXT: usize = 12;

/** The next task's number. */
// @ts-ignore: decorator
@inline
export function nextTask(team: usize): i32 {
  return load<i32>(team + COUNT) == 1 ? countAlone(team) : atomic.add<i32>(team + NEXT, 1);
}

// @ts-ignore: decorator
@inline
function countAlone(team: usize): i32 {
  const task = load<i32>(team + NEXT);
  store<i32>(team + NEXT, task + 1);
  return task;
}

/** True for the last thread to arrive: it does the serial work and then calls `release`. The others return when it has. */
export function arrive(team: usize): bool {
  const count = load<i32>(team + COUNT);
  if (count == 1) return true;
  const generation = atomic.load<i32>(team + GENERATION);
  if (atomic.add<i32>(team + ARRIVED, 1) == count - 1) return true;
  for (let i = 0; i < patience; i++) if (atomic.load<i32>(team + GENERATION) != generation) return false;
  while (atomic.load<i32>(team + GENERATION) == generation) park(team + GENERATION, generation, false);
  return false;
}

/** Starts the next round of tasks. */
export function release(team: usize): void {
  if (load<i32>(team + COUNT) == 1) {
    store<i32>(team + NEXT, 0);
    return;
  }
  atomic.store<i32>(team + NEXT, 0);
  atomic.store<i32>(team + ARRIVED, 0);
  atomic.add<i32>(team + GENERATION, 1);
  park(team + GENERATION, 0, true);
}

/** Before the others are called. */
export function prepareTeam(team: usize, threads: i32): void {
  store<i32>(team + COUNT, threads);
  store<i32>(team + ARRIVED, 0);
  store<i32>(team + NEXT, 0);
}

/**
 * Sleeps while the word has this value, or wakes all who sleep on it. May return early: callers look at the word again.
 *
 * A function of its own, for V8 11.3: its quick compiler (Liftoff) loses local variables that are held in registers across
 * `atomic.wait` and `atomic.notify`, and a step then skips its work; across a call it saves them. Seen with Node 20 in each cold
 * run, never with `--no-liftoff` and never without the two instructions. Nothing may be read after them here, and the call of
 * itself, which is never made, keeps the optimiser from putting the body back into its callers. wasm-dense-threads.test.ts runs cold.
 */
export function park(word: usize, value: i32, wake: bool): void {
  if (word == 0) park(4, value, wake);
  else if (wake) atomic.notify(word, -1);
  else atomic.wait<i32>(word, value, -1);
}
