/** Steering of a training by messages, from the page or from another thread: pauses, and the wish that it ends. */
import type { TrainingControl } from './contract.ts';

export class Control implements TrainingControl {
  stopRequested = false;
  pauseRequested = false;
  private gate: Promise<void> = Promise.resolve();
  private open: () => void = () => undefined;
  constructor(readonly onProgress: TrainingControl['onProgress']) {}
  waitWhilePaused(): Promise<void> {
    return this.gate;
  }
  pause(): void {
    this.open();
    this.pauseRequested = true;
    this.gate = new Promise((resolve) => {
      this.open = resolve;
    });
  }
  resume(): void {
    this.open();
    this.pauseRequested = false;
    this.gate = Promise.resolve();
  }
  stop(): void {
    this.stopRequested = true;
    this.resume();
  }
}
