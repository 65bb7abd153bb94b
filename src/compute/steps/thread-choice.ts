/**
 * One thread or all of them? Small batches and busy machines are faster with one. The numbers are the same, so it is tried on
 * the work itself: both are measured, the faster goes on, and the other gets another chance from time to time.
 */

/** Calls between two trials of the slower choice, once the code is warm; before, trials come at calls 4, 8, 16 and 32. */
const trialEvery = 64;
/** Weight of the newest measurement. */
const freshness = 0.3;

export class ThreadChoice {
  /** Threads of the latest call. */
  threads = 1;
  private calls = 0;
  /** Time per unit of work with one thread and with several, ms; NaN before the first measurement. */
  private alone = Number.NaN;
  private together = Number.NaN;

  /**
   * Does the work with one thread or with `available`, and remembers how long it took.
   *
   * @param units size of the work, so that calls of different length compare
   */
  run(available: number, units: number, work: (threads: number) => void, now: () => number = () => performance.now()): void {
    const several = available > 1 && this.preferSeveral();
    this.threads = several ? available : 1;
    const start = now();
    work(this.threads);
    const time = (now() - start) / units;
    if (several) this.together = mixed(this.together, time);
    else this.alone = mixed(this.alone, time);
    if (available > 1) this.calls++;
  }

  private preferSeveral(): boolean {
    if (Number.isNaN(this.alone)) return false;
    if (Number.isNaN(this.together)) return true;
    const faster = this.together < this.alone;
    const warm = this.calls % trialEvery === 0;
    const early = this.calls < trialEvery && (this.calls & (this.calls - 1)) === 0;
    return warm || early ? !faster : faster;
  }
}

function mixed(old: number, fresh: number): number {
  return Number.isNaN(old) ? fresh : (1 - freshness) * old + freshness * fresh;
}
