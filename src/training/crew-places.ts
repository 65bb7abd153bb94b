/**
 * Members of an ensemble on threads with a TF.js of their own: how many at once, by cores and by memory, and what happens where
 * there is no such thread.
 */

import { canShareMemory } from '../compute/kernels/load.ts';
import type { Batch } from '../models/contract.ts';
import { hireMember, MemberLost, type Trained, type Watch } from './crew.ts';
import type { Job } from './crew-contract.ts';
import type { TrainingData } from './loop.ts';
import { bytesOf, type PortableData, portable, shared } from './portable.ts';
import { Room } from './room.ts';

/** What a thread takes beside the heap of its TF.js, bytes. */
const threadBytes = 2 ** 26;
/** Memory where nothing is known of it, bytes. */
const usualBytes = 2 ** 33;
/** A heap may grow so much after it was first seen: judging takes more rows at once than a step. */
const growth = 2;

export interface CrewOptions {
  /** Threads at once at most. */
  seats: number;
  /** Bytes of rows that threads may hold together. */
  mostCopied: number;
}

/** Of one ensemble. */
export class Crew {
  /** One until it is known how much memory a member takes. */
  private readonly room = new Room(1);
  private widened = false;
  private tellKnown: () => void = () => undefined;
  /** The first has shown how much memory it takes: who still waits does so for others. */
  private readonly known = new Promise<void>((resolve) => {
    this.tellKnown = resolve;
  });
  /** By the training rows, which members share. */
  private readonly carried = new Map<Batch, PortableData | undefined>();

  constructor(private readonly options: CrewOptions) {}

  /**
   * Trains on a thread as soon as there is memory for one more; the threads of all start at once.
   *
   * @param onWait hears whether it waits for others, and with `false` that it begins
   * @returns undefined where it cannot be done there, for the rows, the memory or want of a thread; then nothing has happened
   * @throws what the training throws
   */
  async train(
    job: Omit<Job, 'data'>,
    data: TrainingData,
    watch: Omit<Watch, 'onHeap'>,
    onWait: (waits: boolean) => void,
  ): Promise<Trained | undefined> {
    const rows = this.rowsOf(data);
    if (!rows) return undefined;
    const hired = hireMember();
    let begun = false;
    void this.known.then(() => {
      if (!begun) onWait(true);
    });
    await this.room.enter();
    try {
      const member = await hired;
      begun = true;
      onWait(false);
      if (!member) return undefined;
      try {
        return await member.train({ ...job, data: rows }, { ...watch, onHeap: (bytes) => this.widen(bytes) });
      } finally {
        member.giveBack();
      }
    } catch (error) {
      if (!(error instanceof MemberLost)) throw error;
      console.warn(`a member of an ensemble is trained again here: ${error.message}`);
      return undefined;
    } finally {
      this.room.leave();
    }
  }

  private rowsOf(data: TrainingData): PortableData | undefined {
    if (!this.carried.has(data.training)) {
      const plain = portable(data);
      const copies = canShareMemory() ? 1 : this.options.seats;
      const fits = plain && copies * bytesOf(plain) <= this.options.mostCopied;
      this.carried.set(data.training, fits ? shared(plain) : undefined);
    }
    return this.carried.get(data.training);
  }

  /** Lets in as many as there is memory for, once the first has shown how much it takes. */
  private widen(heap: number): void {
    if (this.widened) return;
    this.widened = true;
    const fit = membersIn(memoryHere() / 2, heap);
    for (let more = Math.min(this.options.seats, fit) - 1; more > 0; more--) this.room.leave();
    this.tellKnown();
  }
}

/**
 * Threads that so much memory holds, at least one.
 *
 * @param heap of one of them after its first steps, bytes. Worked value: 4 GiB hold 9 of 192 MiB, each counted as 448 MiB.
 */
export function membersIn(memory: number, heap: number): number {
  return Math.max(1, Math.floor(memory / (growth * heap + threadBytes)));
}

/** Memory of this machine, bytes; browsers tell it roughly, or not at all. */
function memoryHere(): number {
  if (import.meta.env.SSR) return process.getBuiltinModule('node:os').totalmem();
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return deviceMemory ? deviceMemory * 2 ** 30 : usualBytes;
}
