/**
 * Memory for the WASM module `lstm-steps`: a heap of our own with addresses handed out one after another, copies of rows in and
 * results out, and the record that tells what is to be done. Memory is never given back piece by piece. What is released serves the
 * next, so that fifty models one after another need the memory of one: each reserves gigabytes of addresses, which the collector of
 * garbage does not see.
 */
import { type Arena, borrowArena, firstFree, recordAddress, returnArena, type TeamExports } from './arena.ts';

/** What the module exports; addresses and sizes as in `assembly/lstm-steps.ts`. */
export interface LstmKernels extends TeamExports {
  scratchBytes(plan: number): number;
}

/** Sequences that the kernels work on side by side. */
export const lanes = 8;
/** Threads of a team at most. */
export const mostThreads = 8;

/** Where the words of the control record lie (`assembly/lstm-steps.ts`). */
const word = {
  ...{ steps: 32, plan: 36, scratch: 40, scratchBytes: 44, gradients: 48, groups: 52, x: 56, target: 60, order: 64, batch: 68 },
  ...{ weights: 76, sum: 80, firstMoment: 84, secondMoment: 88, peak: 92, count: 96, factors: 100, losses: 104 },
  ...{ latent: 108, y: 112 },
} as const;
const scaleAt = 72;
export type LstmControl = Partial<Record<keyof typeof word, number>>;

export class LstmMemory {
  private end = firstFree;

  private constructor(
    /** With helper threads over the same memory. */
    readonly arena: Arena<LstmKernels>,
  ) {}

  /** @returns undefined where there is no SIMD */
  static async create(): Promise<LstmMemory | undefined> {
    const arena = await borrowArena<LstmKernels>('lstm-steps');
    return arena && new LstmMemory(arena);
  }

  get memory(): WebAssembly.Memory {
    return this.arena.memory;
  }

  /** Address of so many bytes, at a multiple of 64, all 0. @throws RangeError if there is no more memory */
  take(bytes: number): number {
    const address = this.end;
    this.end = Math.ceil((address + bytes) / 64) * 64;
    this.arena.grow(this.end);
    // an arena holds whatever it held
    new Uint8Array(this.memory.buffer, address, bytes).fill(0);
    return address;
  }

  /** Gives the arena to the next user; addresses from before no longer count. Called once. */
  release(): void {
    returnArena(this.arena);
  }

  /** Writes words of the control record. */
  control(words: LstmControl, scale = 0): void {
    for (const [name, value] of Object.entries(words)) this.words(recordAddress + word[name as keyof typeof word], 1)[0] = value;
    this.floats(recordAddress + scaleAt, 1)[0] = scale;
  }

  /** Valid until the next `take`. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }

  put(values: Float32Array | Uint32Array): number {
    const address = this.take(values.byteLength);
    if (values instanceof Float32Array) this.floats(address, values.length).set(values);
    else this.words(address, values.length).set(values);
    return address;
  }
}
