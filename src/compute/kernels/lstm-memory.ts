/**
 * Memory for the WASM module `lstm-steps`: a heap of our own with addresses handed out one after another, and copies of rows in and
 * results out. Memory is never given back piece by piece. What is released serves the next, so that fifty models one after another
 * need the memory of one: each reserves gigabytes of addresses, which the collector of garbage does not see.
 */
import { Aside } from './aside.ts';
import { canShareMemory, kernelModule } from './load.ts';

/** What the module exports; addresses and sizes as in `assembly/lstm-steps.ts`. */
export interface LstmKernels {
  scratchBytes(plan: number): number;
  trainBlocks(
    ...numbers: [
      ...[plan: number, scratch: number, gradient: number, x: number, target: number, order: number],
      ...[batch: number, first: number, end: number, scale: number],
    ]
  ): number;
  forwardRows(plan: number, scratch: number, x: number, latent: number, y: number, order: number, count: number): void;
  lossRows(plan: number, scratch: number, x: number, target: number, order: number, count: number): number;
  sumGroups(gradients: number, groups: number, count: number, sum: number): void;
  adam(
    ...numbers: [
      ...[p: number, g: number, m: number, v: number, peak: number, count: number],
      ...[beta1: number, rest1: number, beta2: number, rest2: number, rate: number, epsilon: number, keep: number],
    ]
  ): void;
}

/** Sequences that the kernels work on side by side. */
export const lanes = 8;

const pageBytes = 65536;
const mostPages = 65536;
/** 0 stays free: it means "none". */
const start = 64;
/** Larger ones are left to the collector. */
const keptBytes = 64 * 2 ** 20;

/** Released memories, all zeros. */
const idle: LstmMemory[] = [];
/** Those with a thread of their own, which waits for its next call. */
const idleAside: LstmMemory[] = [];

export class LstmMemory {
  private end = start;

  private constructor(
    readonly memory: WebAssembly.Memory,
    readonly kernels: LstmKernels,
    /** A thread over the same memory. */
    readonly aside: Aside | undefined,
  ) {}

  /** @returns undefined where there is no SIMD */
  static async create(): Promise<LstmMemory | undefined> {
    return idle.pop() ?? LstmMemory.make(false);
  }

  /** One with a thread. @returns undefined where there is none, or no SIMD */
  static async createAside(): Promise<LstmMemory | undefined> {
    const kept = idleAside.pop();
    if (kept || !canShareMemory()) return kept;
    try {
      return await LstmMemory.make(true);
    } catch {
      return undefined;
    }
  }

  /** @param shared with a thread */
  private static async make(shared: boolean): Promise<LstmMemory | undefined> {
    const module = await kernelModule('lstm-steps', shared);
    if (!module) return undefined;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared });
    const instance = await WebAssembly.instantiate(module, { env: { memory } });
    const aside = shared ? await Aside.start(module, memory) : undefined;
    return new LstmMemory(memory, instance.exports as unknown as LstmKernels, aside);
  }

  /** Address of so many bytes, at a multiple of 64, all 0. @throws RangeError if there is no more memory */
  take(bytes: number): number {
    const address = this.end;
    this.end = Math.ceil((address + bytes) / 64) * 64;
    const missing = this.end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageBytes));
    return address;
  }

  /** For the next user; addresses from before no longer count. Called once. */
  release(): void {
    const { buffer } = this.memory;
    if (buffer.byteLength > keptBytes) {
      this.aside?.end();
      return;
    }
    new Uint8Array(buffer, 0, Math.min(this.end, buffer.byteLength)).fill(0);
    this.end = start;
    (this.aside ? idleAside : idle).push(this);
  }

  /** Valid until the next `take`. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
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
