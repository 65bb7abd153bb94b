/** Lets so many in at once; the others wait in the order in which they came. */
export class Room {
  private readonly queue: (() => void)[] = [];

  constructor(private free: number) {}

  async enter(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  /** Gives a place back; by itself it makes the room larger by one. */
  leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free++;
  }
}
