/**
 * How many kernels one submit takes, found by measured time: a screen shares the device and stutters while a long submit runs, and a
 * watchdog ends one that takes seconds; each submit has a price of its own, so short ones are wasteful. How kernels are divided
 * into submits changes no number.
 */

/** Time of a submit that is left as it is, ms. */
const SHORTEST_MS = 20;
const LONGEST_MS = 50;
const WANTED_MS = 35;
/** Least delay of an answer from a device, whatever the work, at most: a browser may look only every 100 ms. */
const MOST_DELAY_MS = 100;
/** Two measurements tell work and delay apart if their numbers of kernels differ by this factor. */
const APART = 1.5;
/** TF.js's own 15 costs a dense step 16 submits and five times the JavaScript. */
const KERNELS_AT_FIRST = 128;
/** Tensors that are no longer used keep their memory until the submit, so even a fast device gets no more kernels at once. */
const MOST_KERNELS = 256;

export class SubmitSize {
  private size = KERNELS_AT_FIRST;
  private delay = 0;
  private least = MOST_DELAY_MS;
  private before: { kernels: number; ms: number } | undefined;

  /** Kernels of a submit, 1 to 256. */
  get kernels(): number {
    return Math.floor(this.size);
  }

  /**
   * Takes the time from a submit of some kernels, or from the first of several in a row, to the answer that they are done. The size
   * at most doubles or halves. Fewer kernels than half a submit say how quick an answer can be, and count if they alone take too long.
   */
  measured(kernels: number, ms: number): void {
    this.learnDelay(kernels, ms);
    const own = Math.max(0.1, ms - this.delay);
    if (kernels < this.kernels / 2 && own <= LONGEST_MS) return;
    const work = (own * this.size) / kernels;
    if (work >= SHORTEST_MS && work <= LONGEST_MS) return;
    const factor = Math.min(2, Math.max(0.5, WANTED_MS / work));
    this.size = Math.min(MOST_KERNELS, Math.max(1, this.size * factor));
  }

  /** The part of the time that does not grow with the kernels, or a size would fall and fall without getting quicker. */
  private learnDelay(kernels: number, ms: number): void {
    this.least = Math.min(this.least, ms);
    const before = this.before ?? { kernels, ms };
    const apart = Math.max(kernels, before.kernels) / Math.min(kernels, before.kernels) >= APART;
    if (apart) {
      const slope = Math.max(0, (ms - before.ms) / (kernels - before.kernels));
      this.delay = Math.max(0, ms - slope * kernels);
    }
    this.delay = Math.min(this.delay, this.least);
    if (apart || !this.before) this.before = { kernels, ms };
  }
}

/**
 * Times the submits of a queue and sizes those to come. One question is under way at a time, and the next is for all that was submitted
 * meanwhile, so that each kernel is counted once and nothing waits.
 */
export class SubmitClock {
  private asked = false;
  private waiting = { kernels: 0, since: 0 };
  private lastDone = Number.NEGATIVE_INFINITY;

  /**
   * @param done resolves when the device has done all that was submitted so far
   * @param now ms
   */
  constructor(
    readonly size: SubmitSize,
    private readonly done: () => Promise<unknown>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Must follow each submit. */
  submitted(kernels: number): void {
    if (kernels === 0) return;
    if (this.waiting.kernels === 0) this.waiting.since = this.now();
    this.waiting.kernels += kernels;
    if (!this.asked) void this.ask();
  }

  private async ask(): Promise<void> {
    const { kernels, since } = this.waiting;
    this.waiting = { kernels: 0, since: 0 };
    this.asked = true;
    try {
      await this.done();
      const at = this.now();
      // a queue that was still busy began with these only when it had done the ones before
      this.size.measured(kernels, at - Math.max(since, this.lastDone));
      this.lastDone = at;
    } catch {
      // a device that is lost says nothing of its pace
    }
    this.asked = false;
    if (this.waiting.kernels > 0) void this.ask();
  }
}

const clocks = new WeakMap<GPUDevice, SubmitClock>();

/** The one clock of a device, for all who submit to its queue. */
export function submitClock(device: GPUDevice): SubmitClock {
  const known = clocks.get(device) ?? new SubmitClock(new SubmitSize(), () => device.queue.onSubmittedWorkDone());
  clocks.set(device, known);
  return known;
}
