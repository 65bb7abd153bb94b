import { describe, expect, it } from 'vitest';
import { ThreadChoice } from './thread-choice.ts';

/** A machine on which a unit of work takes so many milliseconds with one thread, and with two. */
function threadsOver(calls: number, alone: number, together: number, available = 2): number[] {
  const choice = new ThreadChoice();
  let time = 0;
  return Array.from({ length: calls }, () => {
    let used = 0;
    choice.run(
      available,
      10,
      (threads) => {
        used = threads;
        time += 10 * (threads === 1 ? alone : together);
      },
      () => time,
    );
    return used;
  });
}

describe('the choice of threads', () => {
  it('tries both and stays with the faster, but for a trial now and then', () => {
    expect(threadsOver(10, 2, 1)).toEqual([1, 2, 1, 2, 1, 2, 2, 2, 1, 2]);
    expect(threadsOver(300, 2, 1).filter((n) => n === 2).length).toBeGreaterThan(280);
    expect(threadsOver(300, 1, 2).filter((n) => n === 1).length).toBeGreaterThan(280);
  });

  it('never uses what is not there', () => {
    expect(new Set(threadsOver(100, 2, 1, 1))).toEqual(new Set([1]));
  });
});
