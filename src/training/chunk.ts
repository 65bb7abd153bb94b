/** How many steps to give at once, found by measured time: pause and stop feel immediate, and no submit holds a GPU for long. */

/** Work between two looks at the message queue, ms. */
export const CHUNK_MS = 30;
/**
 * Answers from a GPU have a least delay, whatever the work: a browser may look only every 100 ms. A chunk may take this many
 * times the quickest one seen, up to a limit, or it would shrink without getting quicker.
 */
const OVER_LEAST = 1.5;
const MOST_MS = 150;

export class ChunkSize {
  private size = 1;
  private least = Number.POSITIVE_INFINITY;

  /** Steps of the next chunk, at least 1. */
  get steps(): number {
    return Math.max(1, Math.floor(this.size));
  }

  /** Takes the time of the chunk before; the size at most doubles or halves. A shorter last chunk of an epoch does not count. */
  measured(steps: number, ms: number): void {
    if (steps < this.steps) return;
    this.least = Math.min(this.least, ms);
    const allowed = Math.max(CHUNK_MS, Math.min(MOST_MS, OVER_LEAST * this.least));
    this.size = Math.max(1, this.size * Math.min(2, Math.max(0.5, allowed / Math.max(ms, 0.1))));
  }
}
