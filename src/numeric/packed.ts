/**
 * Long arrays of numbers kept in two bytes each or fewer and given out as float32. Whole counts of a fixed step and arrays that are mostly
 * zeros are kept exactly, other numbers as IEEE halves. Knows no rows and no images.
 */
import { halfBits, halfNumbers } from './precision.ts';

/**
 * - `uint8`, `uint16`, `int16`: whole multiples of a step, exact.
 * - `sparse`: what is not 0 alone, exact; at most one number in four, so that it takes no more room than 16 bits each.
 * - `float16`: within 2^-11 of themselves; numbers below 2^-14 = 6.1e-5 in size within 2^-25 = 3e-8. What is not 0 stays so.
 */
export type Packing = 'uint8' | 'uint16' | 'int16' | 'sparse' | 'float16';

type Codes = Uint8Array | Uint16Array | Int16Array;

/** Numbers that the codes do not hold, in full: where they stand, rising, and what they are. */
interface Strays {
  at: Uint32Array;
  value: Float32Array;
}

/** What both plain and packed numbers can do. `slice` gives a copy in float32, numbers [start, end). */
export type Numbers = Float32Array | PackedNumbers;

const blockNumbers = 65_536;
/** One number in so many may be a stray, and a few in any case; their positions and values take eight bytes each. */
const [oneStrayIn, fewStrays] = [1000, 100];
/** The same for numbers of which the others are 0. */
const [oneLitIn, fewLit] = [4, 65_536];

/** Packed numbers as data, as they cross to another thread. */
export interface PackedParts {
  packing: Packing;
  length: number;
  codes: Codes;
  step: number;
  strays: Strays;
}

/** Immutable. */
export class PackedNumbers {
  constructor(
    readonly packing: Packing,
    readonly length: number,
    /** [length]; empty where all codes would be 0. */
    private readonly codes: Codes,
    /** What one count is worth; 1 for halves. */
    readonly step: number,
    private readonly strays: Strays,
  ) {}

  /** Bytes in memory. */
  get byteLength(): number {
    return this.codes.byteLength + this.strays.at.byteLength + this.strays.value.byteLength;
  }

  get bytesPerNumber(): number {
    return this.packing === 'sparse' ? this.byteLength / Math.max(1, this.length) : this.codes.BYTES_PER_ELEMENT;
  }

  /** The same numbers from their parts; nothing is copied. */
  static of({ packing, length, codes, step, strays }: PackedParts): PackedNumbers {
    return new PackedNumbers(packing, length, codes, step, strays);
  }

  /** Nothing is copied. */
  asParts(): PackedParts {
    const { packing, length, codes, step, strays } = this;
    return { packing, length, codes, step, strays };
  }

  /** What tells these numbers from others. */
  get parts(): readonly ArrayBufferView[] {
    return [this.codes, this.strays.at, this.strays.value];
  }

  /** Numbers [start, end), written to `out` from `at` on. */
  unpack(start: number, end: number, out: Float32Array | Float64Array, at = 0): void {
    const { codes, step } = this;
    if (this.packing === 'sparse') out.fill(0, at, at + end - start);
    else if (this.packing === 'float16') {
      const numbers = halfNumbers();
      for (let i = start, k = at; i < end; i++, k++) out[k] = numbers[codes[i] as number] as number;
    } else if (step === 1) out.set(codes.subarray(start, end), at);
    else for (let i = start, k = at; i < end; i++, k++) out[k] = (codes[i] as number) * step;
    for (let i = this.firstStray(start); i < this.strays.at.length; i++) {
      const place = this.strays.at[i] as number;
      if (place >= end) break;
      out[at + place - start] = this.strays.value[i] as number;
    }
  }

  /** Bytes of a code; 0 where no number has one. */
  get bytesPerCode(): 0 | 1 | 2 {
    return this.codes.length === 0 ? 0 : this.codes.BYTES_PER_ELEMENT === 1 ? 1 : 2;
  }

  /** The number that each code stands for, by its bits: [256] or [65,536]; [1], a zero, where no number has a code. */
  meanings(): Float32Array {
    const { packing, step, bytesPerCode } = this;
    if (packing === 'float16') return halfNumbers().slice();
    const signed = packing === 'int16';
    return Float32Array.from(
      { length: 256 ** bytesPerCode },
      (_, bits) => (signed && bits >= 2 ** 15 ? bits - 2 ** 16 : bits) * step,
    );
  }

  /**
   * Bits of the codes of some rows of `width` numbers, [rows, width] or [rows, source.length]: those of the numbers `source` of each.
   * Those of strays mean nothing. Empty where no number has a code.
   */
  codesOf(rows: ArrayLike<number>, width: number, source?: ArrayLike<number>): Uint8Array | Uint16Array {
    const all = this.codes;
    const bits = all instanceof Uint8Array ? all : new Uint16Array(all.buffer, all.byteOffset, all.length);
    const own = source?.length ?? width;
    const out = bits.length === 0 ? new Uint8Array(0) : new (bits.constructor as Uint16ArrayConstructor)(rows.length * own);
    if (bits.length === 0) return out;
    for (let n = 0; n < rows.length; n++) {
      const start = (rows[n] as number) * width;
      if (source) for (let j = 0; j < own; j++) out[n * own + j] = bits[start + (source[j] as number)] as number;
      else out.set(bits.subarray(start, start + width), n * own);
    }
    return out;
  }

  /** Calls `take` with the strays of numbers [start, end), rising: their places behind `start` and what they are. */
  eachStray(start: number, end: number, take: (place: number, value: number) => void): void {
    const { at, value } = this.strays;
    for (let i = this.firstStray(start); i < at.length && (at[i] as number) < end; i++)
      take((at[i] as number) - start, value[i] as number);
  }

  /** A copy of numbers [start, end) in float32. */
  slice(start = 0, end = this.length): Float32Array {
    const out = new Float32Array(Math.max(0, end - start));
    this.unpack(start, start + out.length, out);
    return out;
  }

  /** The given rows of `width` numbers one after another, packed alike. */
  rows(chosen: ArrayLike<number>, width: number): PackedNumbers {
    const codes = newCodes(this.packing, chosen.length * width);
    const strays = new GrowingStrays();
    for (let n = 0; n < chosen.length; n++) {
      const start = (chosen[n] as number) * width;
      if (codes.length > 0) codes.set(this.codes.subarray(start, start + width), n * width);
      for (let i = this.firstStray(start); (this.strays.at[i] as number) < start + width; i++)
        strays.add(n * width + (this.strays.at[i] as number) - start, this.strays.value[i] as number);
    }
    return new PackedNumbers(this.packing, chosen.length * width, codes, this.step, strays.finish());
  }

  /** The first stray at or behind a position. */
  private firstStray(position: number): number {
    const { at } = this.strays;
    let [low, high] = [0, at.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((at[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Numbers [start, end) of either kind, written to `out` from `at` on. */
export function copyNumbers(values: Numbers, start: number, end: number, out: Float32Array | Float64Array, at = 0): void {
  if (values instanceof PackedNumbers) values.unpack(start, end, out, at);
  else out.set(values.subarray(start, end), at);
}

/** The given rows of `width` numbers, kept as they were. */
export function pickRows(values: Numbers, rows: ArrayLike<number>, width: number): Numbers {
  if (values instanceof PackedNumbers) return values.rows(rows, width);
  const picked = new Float32Array(rows.length * width);
  for (let n = 0; n < rows.length; n++) {
    const start = (rows[n] as number) * width;
    picked.set(values.subarray(start, start + width), n * width);
  }
  return picked;
}

/** Numbers that are known not to be packed, as all but those of images are. @throws Error for packed ones */
export function plainNumbers(values: Numbers): Float32Array {
  if (values instanceof PackedNumbers) throw new Error(`numbers packed as ${values.packing} are to be unpacked row by row`);
  return values;
}

/** Numbers have to be packed again, in full. */
class HalvesTooSmall extends Error {}

/** Packs what `fill` adds; it is called a second time if the numbers of the first time were no good for halves. */
export async function packNumbers(
  count: number,
  fill: (packer: NumberPacker) => void | Promise<void>,
  options: PackerOptions = {},
): Promise<Numbers> {
  try {
    const packer = new NumberPacker(count, options);
    await fill(packer);
    return packer.finish();
  } catch (error) {
    if (!(error instanceof HalvesTooSmall)) throw error;
    const packer = new NumberPacker(count, { ...options, least: 'float32' });
    await fill(packer);
    return packer.finish();
  }
}

/** Several arrays one after another: plain if one of them is, else packed as all of them allow. */
export function joinNumbers(arrays: readonly Numbers[]): Numbers {
  const count = arrays.reduce((sum, { length }) => sum + length, 0);
  const packings = arrays.map((values) => (values instanceof PackedNumbers ? values.packing : 'float32'));
  if (packings.includes('float32')) {
    const whole = new Float32Array(count);
    let at = 0;
    for (const values of arrays) {
      copyNumbers(values, 0, values.length, whole, at);
      at += values.length;
    }
    return whole;
  }
  const fill = (packer: NumberPacker): Numbers => {
    for (const values of arrays)
      for (let start = 0; start < values.length; start += blockNumbers)
        packer.add(values.slice(start, Math.min(values.length, start + blockNumbers)));
    return packer.finish();
  };
  const steps = arrays.flatMap((values) =>
    values instanceof PackedNumbers && !['sparse', 'float16'].includes(values.packing) ? [values.step] : [],
  );
  const options = steps.length > 0 ? { step: Math.min(...steps) } : {};
  try {
    const least = packings.includes('float16') ? 'float16' : packings.includes('sparse') ? 'sparse' : 'uint8';
    return fill(new NumberPacker(count, { ...options, least }));
  } catch (error) {
    if (!(error instanceof HalvesTooSmall)) throw error;
    return fill(new NumberPacker(count, { least: 'float32' }));
  }
}

/** In the order in which they are tried. */
const ladder = ['uint8', 'uint16', 'int16', 'sparse', 'float16', 'float32'] as const;
type Rung = (typeof ladder)[number];

export interface PackerOptions {
  /** What a count is worth: a power of two; 1 if absent. */
  step?: number;
  /** Nothing smaller is tried. */
  least?: Rung;
}

/** Of codes; the others have none. */
const ranges: Readonly<Record<Rung, readonly [number, number]>> = {
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  sparse: [0, 0],
  float16: [0, 0],
  float32: [0, 0],
};

/** Strays while they come. */
class GrowingStrays {
  count = 0;
  private at = new Uint32Array(64);
  private value = new Float32Array(64);

  add(at: number, value: number): void {
    if (this.count === this.at.length) {
      const longer = { at: new Uint32Array(2 * this.count), value: new Float32Array(2 * this.count) };
      longer.at.set(this.at);
      longer.value.set(this.value);
      Object.assign(this, longer);
    }
    this.at[this.count] = at;
    this.value[this.count++] = value;
  }

  /** Of its own length. */
  finish(): Strays {
    return { at: this.at.slice(0, this.count), value: this.value.slice(0, this.count) };
  }
}

/**
 * Takes numbers as they come and keeps them in as few bytes as hold all of them: it begins with one byte each and goes over to more when
 * a number asks for it, so that they never exist in float32 all at once. Minus zero becomes zero; all numbers must be finite.
 *
 * Worked value: 0, 3, 255 stay in 3 bytes; a 256 behind them makes it 8, and a 0.1 behind that makes all of them halves.
 */
export class NumberPacker {
  private rung: Rung;
  private kept: Codes | Float32Array;
  private strays = new GrowingStrays();
  private filled = 0;
  /** True once a number is not what it was. */
  private rounded = false;

  /**
   * @param count numbers in all
   * @throws RangeError where there is not enough memory
   */
  constructor(
    private readonly count: number,
    private readonly options: PackerOptions = {},
  ) {
    this.rung = options.least ?? 'uint8';
    this.kept = newKept(this.rung, count);
  }

  /**
   * Appends numbers.
   *
   * @throws HalvesTooSmall if halves do not hold them, but numbers before them have been rounded to halves already
   */
  add(numbers: ArrayLike<number>): void {
    let from = 0;
    while (from < numbers.length) {
      from = this.encode(numbers, from);
      if (from < numbers.length) this.climb();
    }
  }

  finish(): Numbers {
    if (this.filled !== this.count) throw new Error(`${this.filled} of ${this.count} numbers were packed`);
    return this.rung === 'float32' ? (this.kept as Float32Array) : this.packedSoFar();
  }

  /** Appends what fits, from `from` on, and gives the first number that does not. */
  private encode(numbers: ArrayLike<number>, from: number): number {
    const { rung, kept } = this;
    let i = from;
    let n = this.filled;
    if (rung === 'float32') {
      for (; i < numbers.length; i++) kept[n++] = numbers[i] as number;
    } else {
      const step = this.options.step ?? 1;
      const halves = halfNumbers();
      const [low, high] = ranges[rung];
      for (; i < numbers.length; i++) {
        const value = numbers[i] as number;
        let code = value / step;
        let fits = code >= low && code <= high && Number.isInteger(code);
        if (rung === 'float16') {
          code = halfCode(value);
          fits = code >= 0;
          this.rounded ||= fits && halves[code] !== value;
        }
        if (fits) {
          if (code !== 0) kept[n] = code;
        } else if (this.strays.count >= mostStrays(rung, n)) break;
        else this.strays.add(n, value);
        n++;
      }
    }
    this.filled = n;
    return i;
  }

  private packedSoFar(): PackedNumbers {
    const step = this.rung === 'sparse' || this.rung === 'float16' ? 1 : (this.options.step ?? 1);
    return new PackedNumbers(this.rung as Packing, this.count, this.kept as Codes, step, this.strays.finish());
  }

  /** Goes over to the next packing that holds what is there. */
  private climb(): void {
    const before = this.packedSoFar();
    const done = this.filled;
    for (let next = ladder.indexOf(this.rung) + 1; next < ladder.length; next++) {
      this.rung = ladder[next] as Rung;
      if (this.rung === 'float32' && this.rounded) throw new HalvesTooSmall();
      this.kept = newKept(this.rung, this.count);
      this.strays = new GrowingStrays();
      this.filled = 0;
      let fits = true;
      for (let start = 0; start < done && fits; start += blockNumbers) {
        const block = before.slice(start, Math.min(done, start + blockNumbers));
        fits = this.encode(block, 0) === block.length;
      }
      if (fits) return;
    }
  }
}

/** Among the first `count` numbers. */
function mostStrays(rung: Rung, count: number): number {
  if (rung === 'uint8') return 0;
  return rung === 'sparse' ? Math.max(fewLit, count / oneLitIn) : Math.max(fewStrays, count / oneStrayIn);
}

function newCodes(packing: Packing, count: number): Codes {
  if (packing === 'sparse') return new Uint8Array(0);
  if (packing === 'uint8') return new Uint8Array(count);
  return packing === 'int16' ? new Int16Array(count) : new Uint16Array(count);
}

function newKept(rung: Rung, count: number): Codes | Float32Array {
  return rung === 'float32' ? new Float32Array(count) : newCodes(rung, count);
}

/** Bits of the nearest half; -1 where it would be infinite, or 0 for a number that is not. */
function halfCode(value: number): number {
  if (Math.abs(value) >= 65520) return -1;
  const bits = halfBits(value);
  return (bits & 0x7fff) === 0 && value !== 0 ? -1 : bits;
}
