/**
 * Memory for the WASM module `lstm-steps`: a heap of our own with addresses handed out one after another, copies of rows in and
 * results out, and the record that tells what is to be done. Memory is never given back piece by piece. What is released serves the
 * next, so that fifty models one after another need the memory of one: each reserves gigabytes of addresses, which the collector of
 * garbage does not see.
 */
import { type Arena, borrowArena, firstFree, recordAddress, returnArena, type TeamExports } from './arena.ts';
import { kernelModule } from './load.ts';

/** What the module exports; addresses and sizes as in `assembly/lstm-steps.ts`. */
export interface LstmKernels extends TeamExports {
  scratchBytes(plan: number): number;
  forwardRows(plan: number, scratch: number, x: number, latent: number, y: number, order: number, count: number): void;
}

/** Sequences that the kernels work on side by side. */
export const lanes = 8;

/** Where the words of the control record lie (`assembly/lstm-steps.ts`). */
const word = {
  ...{ steps: 32, plan: 36, scratch: 40, scratchBytes: 44, gradients: 48, groups: 52, x: 56, target: 60, order: 64, batch: 68 },
  ...{ weights: 76, sum: 80, firstMoment: 84, secondMoment: 88, peak: 92, count: 96, factors: 100, losses: 104 },
} as const;
const scaleAt = 72;
export type LstmControl = Partial<Record<keyof typeof word, number>>;

const pageBytes = 65536;
const mostPages = 65536;
/** 0 stays free: it means "none". */
const start = 64;

export class LstmMemory {
  private constructor(
    readonly memory: WebAssembly.Memory,
    readonly kernels: LstmKernels,
    private end: number,
    /** Helper threads over the same memory, of one that trains. */
    readonly arena?: Arena<LstmKernels>,
  ) {}

  /** For forward passes, by this thread alone. @returns undefined where there is no SIMD */
  static async create(): Promise<LstmMemory | undefined> {
    const module = await kernelModule('lstm-steps', false);
    if (!module) return undefined;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages });
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    return new LstmMemory(memory, exports as unknown as LstmKernels, start);
  }

  /** For training. @returns undefined where there is no SIMD */
  static async createTeam(): Promise<(LstmMemory & { arena: Arena<LstmKernels> }) | undefined> {
    const arena = await borrowArena<LstmKernels>('lstm-steps');
    return arena && (new LstmMemory(arena.memory, arena.exports, firstFree, arena) as LstmMemory & { arena: typeof arena });
  }

  /** Address of so many bytes, at a multiple of 64, all 0. @throws RangeError if there is no more memory */
  take(bytes: number): number {
    const address = this.end;
    this.end = Math.ceil((address + bytes) / 64) * 64;
    const missing = this.end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageBytes));
    // an arena holds whatever it held
    new Uint8Array(this.memory.buffer, address, bytes).fill(0);
    return address;
  }

  /** Gives the arena to the next user; addresses from before no longer count. Called once. */
  release(): void {
    if (this.arena) returnArena(this.arena);
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
