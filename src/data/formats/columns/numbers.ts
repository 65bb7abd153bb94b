/**
 * Numbers as files store them, turned into typed arrays: 64-bit integers as doubles, half precision as single, bits as bytes, either
 * byte order. Every function reads inside the bytes it is given and throws a RangeError where they end.
 */
import type { Job } from './catalogue.ts';

/** Plain number types by NumPy's words. */
export type NumberType =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64';

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

export const byteSize: Readonly<Record<NumberType, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

const constructors = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: Float64Array,
  uint64: Float64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<NumberType, unknown>;

/** The array that holds values of a type once they are read. */
export function makeNumbers(type: NumberType, length: number): NumberArray {
  return new constructors[type](length);
}

/** Counts 64-bit integers that were rounded. */
export interface Rounding {
  inexact: number;
}

/**
 * `count` numbers of one byte order that stand back to back.
 *
 * @param bytes at least count times the size of the type, else a RangeError
 */
export function readNumbers(
  bytes: Uint8Array,
  type: NumberType,
  count: number,
  littleEndian: boolean,
  rounding?: Rounding,
): NumberArray {
  const size = byteSize[type];
  if (count * size > bytes.length) throw new RangeError(`${count} values of ${size} bytes in ${bytes.length} bytes`);
  // an own copy: aligned, and free to be swapped in place
  const copy = bytes.slice(0, count * size);
  if (!littleEndian && size > 1) swapBytes(copy, size);
  if (type === 'int64' || type === 'uint64') return wholeDoubles(copy, type === 'int64', rounding);
  if (type === 'float16') return Float32Array.from(new Uint16Array(copy.buffer), halfToSingle);
  return new constructors[type](copy.buffer as ArrayBuffer);
}

/** Reverses every group of `size` bytes. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 4) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
    }
    return;
  }
  for (let start = 0; start < bytes.length; start += size) {
    for (let a = start, b = start + size - 1; a < b; a++, b--) {
      const byte = bytes[a] as number;
      bytes[a] = bytes[b] as number;
      bytes[b] = byte;
    }
  }
}

/** Little-endian 64-bit integers as doubles; those beyond 2^53 are rounded to the nearest, and counted. */
function wholeDoubles(bytes: Uint8Array, signed: boolean, rounding?: Rounding): Float64Array {
  const low = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const high = signed ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : low;
  const out = new Float64Array(bytes.length >> 3);
  for (let i = 0; i < out.length; i++) {
    const top = high[2 * i + 1] as number;
    const value = top * 2 ** 32 + (low[2 * i] as number);
    out[i] = value;
    if (top >= 2 ** 21 || top < -(2 ** 21)) {
      const exact = (BigInt(top) << 32n) | BigInt(low[2 * i] as number);
      if (rounding && BigInt(value) !== exact) rounding.inexact++;
    }
  }
  return out;
}

/** Says once per column that whole numbers were rounded. */
export function remarkRounding(job: Job, name: string, { inexact }: Rounding): void {
  if (inexact > 0) job.remark(`"${name}": whole numbers beyond 2^53 were rounded to the nearest double`);
}

/** IEEE half precision: 1 sign, 5 exponent and 10 fraction bits. 0x3c00 is 1, 0x7bff is 65504. */
export function halfToSingle(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** `count` bits from bit `start` on, least significant first, as 0 and 1. */
export function readBits(bytes: Uint8Array, start: number, count: number): Uint8Array {
  if (start + count > bytes.length * 8) throw new RangeError(`${count} bits in ${bytes.length} bytes`);
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = ((bytes[(start + i) >> 3] as number) >> ((start + i) & 7)) & 1;
  return out;
}

/** One array after another; of the type of the first, or doubles if they differ (a part with missing values became doubles). */
export function joinValues(
  parts: readonly (NumberArray | string[])[],
  empty: () => NumberArray | string[],
): NumberArray | string[] {
  if (parts.length === 0) return empty();
  if (parts.length === 1) return parts[0] as NumberArray;
  if (Array.isArray(parts[0])) return (parts as string[][]).flat();
  const numbers = parts as readonly NumberArray[];
  const total = numbers.reduce((sum, part) => sum + part.length, 0);
  const first = numbers[0] as NumberArray;
  const alike = numbers.every((part) => part.constructor === first.constructor);
  const out = alike ? new (first.constructor as Float64ArrayConstructor)(total) : new Float64Array(total);
  let at = 0;
  for (const part of numbers) {
    out.set(part, at);
    at += part.length;
  }
  return out as NumberArray;
}

/** Offsets of lists from their lengths, part after part: [total + 1], the first is 0. */
export function offsetsOf(lengths: readonly Uint32Array[]): Uint32Array {
  const offsets = new Uint32Array(lengths.reduce((sum, part) => sum + part.length, 0) + 1);
  let at = 0;
  for (const part of lengths) {
    for (const length of part) {
      offsets[at + 1] = (offsets[at] as number) + length;
      at++;
    }
  }
  return offsets;
}
