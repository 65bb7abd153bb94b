/**
 * The one source of randomness: Philox 4x32-10, a counter-based generator. A value is a function of (seed, stream, step,
 * index), so weights, splits, shuffles, noise and samples can be made in any order, on any device, and come out the same.
 * Integers are identical everywhere; normal deviates are identical wherever this file runs, and equal to rounding on a GPU.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
 */
import { exp, ln, sinCosTurns } from './elementary.ts';

/** Independent streams of one seed. The number is part of every result, so it never changes. */
export const streams = {
  initialise: 1,
  split: 2,
  shuffle: 3,
  noise: 4,
  dropout: 5,
  augment: 6,
  sample: 7,
  bootstrap: 8,
  subset: 9,
} as const;
export type Stream = keyof typeof streams;

/** High 32 bits of a 32 x 32 bit product. */
function multiplyHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const middle = ah * bl + ((al * bl) >>> 16);
  const low = al * bh + (middle % 0x10000);
  return (ah * bh + Math.floor(middle / 0x10000) + Math.floor(low / 0x10000)) >>> 0;
}

/**
 * Ten rounds of Philox 4x32.
 *
 * @param out receives four words, each an unsigned 32-bit integer
 * Worked value: counter 0 7 0 0, key 42 0 gives c590608c 67e7daa9 c0040026 a1d5db6b.
 */
export function philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array): void {
  let a = c0 >>> 0;
  let b = c1 >>> 0;
  let c = c2 >>> 0;
  let d = c3 >>> 0;
  let p = k0 >>> 0;
  let q = k1 >>> 0;
  for (let round = 0; round < 10; round++) {
    const h0 = multiplyHigh(0xd2511f53, a);
    const l0 = Math.imul(0xd2511f53, a) >>> 0;
    const h1 = multiplyHigh(0xcd9e8d57, c);
    const l1 = Math.imul(0xcd9e8d57, c) >>> 0;
    a = (h1 ^ b ^ p) >>> 0;
    b = l1;
    c = (h0 ^ d ^ q) >>> 0;
    d = l0;
    p = (p + 0x9e3779b9) >>> 0;
    q = (q + 0xbb67ae85) >>> 0;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

/**
 * Random numbers of one (seed, stream, step, index), drawn one after another. Make one per event, per layer or per shuffle:
 * two cursors with different coordinates are independent, equal coordinates repeat exactly.
 */
export class Cursor {
  private readonly words = new Uint32Array(4);
  private block = 0;
  private left = 0;
  private spare = Number.NaN;
  private readonly stream: number;
  private index: number;

  /** @param seed a whole number from 1 to 2^32 - 1 */
  constructor(
    private readonly seed: number,
    stream: Stream,
    private readonly step = 0,
    index = 0,
  ) {
    if (!Number.isInteger(seed) || seed < 1 || seed > 0xffffffff)
      throw new Error(`seed must be a whole number from 1 to 4294967295, got ${seed}`);
    this.stream = streams[stream];
    this.index = index;
  }

  /** Moves to another index of the same stream, as a new cursor would be; saves an allocation per event. */
  moveTo(index: number): this {
    this.index = index;
    this.block = 0;
    this.left = 0;
    this.spare = Number.NaN;
    return this;
  }

  /** Uniform integer in [0, 2^32). */
  word(): number {
    if (this.left === 0) {
      philox(this.block++, this.index, this.step, 0, this.seed, this.stream, this.words);
      this.left = 4;
    }
    return this.words[4 - this.left--] as number;
  }

  /** Uniform in [0, 1), 24 bits. */
  uniform(): number {
    return (this.word() >>> 8) * 2 ** -24;
  }

  /** Uniform in (0, 1), 24 bits, never an end point: safe for logarithms. */
  open(): number {
    return ((this.word() >>> 8) + 0.5) * 2 ** -24;
  }

  /** Uniform integer in [0, n), without bias (the tail is rejected). */
  below(n: number): number {
    const limit = Math.floor(0x100000000 / n) * n;
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** Normal deviate, mean 0 and standard deviation 1 (Box-Muller). */
  normal(): number {
    if (!Number.isNaN(this.spare)) {
      const value = this.spare;
      this.spare = Number.NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * ln(this.open()));
    const [sin, cos] = sinCosTurns(this.uniform() - 0.5);
    this.spare = radius * sin;
    return radius * cos;
  }

  /** Exponential deviate with the given mean. */
  exponential(mean = 1): number {
    return -mean * ln(this.open());
  }

  /** Poisson deviate by multiplication; for means up to about 50. */
  poisson(mean: number): number {
    const limit = exp(-mean);
    let product = this.open();
    let count = 0;
    while (product > limit) {
      product *= this.open();
      count++;
    }
    return count;
  }
}

/** A random order of 0 .. n-1 (Fisher-Yates), identical on every machine. */
export function permutation(n: number, seed: number, stream: Stream, step = 0): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const cursor = new Cursor(seed, stream, step);
  for (let i = n - 1; i > 0; i--) {
    const j = cursor.below(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
