/**
 * Numbers and short texts as they lie in a file: kind, size and byte order, and how they become JavaScript's typed arrays. Whole
 * numbers of 64 bits become doubles, half precision becomes single. Knows bytes, no formats.
 */
import { Problem } from '../../../base/problem.ts';
import type { Values } from '../contract.ts';

export interface Element {
  /** `bytes` is a text of 8-bit characters, `unicode` one of 32-bit code points; both end at their trailing zeros. */
  kind: 'float' | 'int' | 'uint' | 'bool' | 'bytes' | 'unicode';
  /** Bytes per value. */
  size: number;
  bigEndian: boolean;
}

const largestExact = 2 ** 53;
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** NumPy's word for a type: `float16`, `uint8`, `bool`, `text`. */
export function elementName({ kind, size }: Element): string {
  if (kind === 'bool') return 'bool';
  return kind === 'bytes' || kind === 'unicode' ? 'text' : `${kind}${size * 8}`;
}

/**
 * Memory for `count` values.
 *
 * @throws Problem if there is not enough
 */
export function makeValues({ kind, size }: Element, count: number, where: string): Values {
  try {
    if (kind === 'bytes' || kind === 'unicode') return new Array<string>(count).fill('');
    if (kind === 'float') return size <= 4 ? new Float32Array(count) : new Float64Array(count);
    if (size === 8) return new Float64Array(count);
    if (kind === 'bool') return new Uint8Array(count);
    if (size === 4) return kind === 'int' ? new Int32Array(count) : new Uint32Array(count);
    if (size === 2) return kind === 'int' ? new Int16Array(count) : new Uint16Array(count);
    return kind === 'int' ? new Int8Array(count) : new Uint8Array(count);
  } catch {
    throw tooLarge(count, where);
  }
}

export function tooLarge(count: number, where: string): Problem {
  return new Problem({
    where,
    expected: 'an array that fits into memory',
    found: `${count} values at once`,
    fix: 'Read fewer rows: give a row range',
  });
}

/** Where values lie: value i starts at byte `first + i * stride`. */
export interface Layout {
  first: number;
  stride: number;
  count: number;
}

/**
 * Copies values out of `bytes` to `out[at ...]`.
 *
 * @returns how many 64-bit whole numbers were rounded because a double cannot hold them
 */
export function decode(element: Element, bytes: Uint8Array, { first, stride, count }: Layout, out: Values, at: number): number {
  if (count === 0) return 0;
  const { kind, size } = element;
  if (kind === 'bytes' || kind === 'unicode') {
    const texts = out as string[];
    for (let i = 0; i < count; i++) texts[at + i] = textAt(element, bytes, first + i * stride);
    return 0;
  }
  const numbers = out as Float64Array;
  if (stride === size && asStored(element)) {
    numbers.set(viewOf(element, bytes, first, count) as Float64Array, at);
    return 0;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !element.bigEndian;
  if (size === 8 && kind !== 'float') return wideIntegers(element, view, { first, stride, count }, numbers, at);
  const get = getter(element, view, little);
  for (let i = 0, position = first; i < count; i++, position += stride) numbers[at + i] = get(position);
  return 0;
}

/** True if memory holds such values in the same way as the file. */
function asStored({ kind, size, bigEndian }: Element): boolean {
  if (size === 1) return kind !== 'bool';
  return bigEndian !== isLittleEndian && (kind === 'float' ? size > 2 : size < 8);
}

/**
 * The values as they lie in `bytes`, without a copy, if memory holds them in the same way. Whoever takes the result owns the bytes.
 *
 * @returns undefined for values that have to be decoded
 */
export function asValues(element: Element, bytes: Uint8Array, count: number): Values | undefined {
  if (element.kind === 'bytes' || element.kind === 'unicode' || !asStored(element)) return undefined;
  return viewOf(element, bytes, 0, count);
}

function viewOf({ kind, size }: Element, bytes: Uint8Array, first: number, count: number): Values {
  const start = bytes.byteOffset + first;
  const aligned = start % size === 0;
  const buffer = aligned ? bytes.buffer : bytes.slice(first, first + count * size).buffer;
  const offset = aligned ? start : 0;
  if (kind === 'float') return size === 4 ? new Float32Array(buffer, offset, count) : new Float64Array(buffer, offset, count);
  if (size === 4) return kind === 'int' ? new Int32Array(buffer, offset, count) : new Uint32Array(buffer, offset, count);
  if (size === 2) return kind === 'int' ? new Int16Array(buffer, offset, count) : new Uint16Array(buffer, offset, count);
  return kind === 'int' ? new Int8Array(buffer, offset, count) : new Uint8Array(buffer, offset, count);
}

function getter({ kind, size }: Element, view: DataView, little: boolean): (position: number) => number {
  if (kind === 'bool') return (position) => (view.getUint8(position) === 0 ? 0 : 1);
  if (kind === 'float') {
    if (size === 2) return (position) => halfPrecision(view.getUint16(position, little));
    return size === 4 ? (position) => view.getFloat32(position, little) : (position) => view.getFloat64(position, little);
  }
  const signed = kind === 'int';
  if (size === 4) return signed ? (p) => view.getInt32(p, little) : (p) => view.getUint32(p, little);
  if (size === 2) return signed ? (p) => view.getInt16(p, little) : (p) => view.getUint16(p, little);
  return signed ? (p) => view.getInt8(p) : (p) => view.getUint8(p);
}

function wideIntegers({ kind, bigEndian }: Element, view: DataView, place: Layout, out: Float64Array, at: number): number {
  let inexact = 0;
  for (let i = 0, position = place.first; i < place.count; i++, position += place.stride) {
    const high = position + (bigEndian ? 0 : 4);
    const upper = kind === 'int' ? view.getInt32(high, !bigEndian) : view.getUint32(high, !bigEndian);
    const lower = view.getUint32(position + (bigEndian ? 4 : 0), !bigEndian);
    // both products are exact, so the sum is rounded once, to the nearest double
    const value = upper * 2 ** 32 + lower;
    if (Math.abs(value) >= largestExact) {
      const exact = kind === 'int' ? view.getBigInt64(position, !bigEndian) : view.getBigUint64(position, !bigEndian);
      if (BigInt(value) !== exact) inexact++;
    }
    out[at + i] = value;
  }
  return inexact;
}

/** IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. 0x3c00 is 1, 0x0001 is 2^-24. */
export function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const utf8 = new TextDecoder('utf-8');

function textAt({ kind, size, bigEndian }: Element, bytes: Uint8Array, start: number): string {
  if (kind === 'bytes') {
    let end = start + size;
    while (end > start && bytes[end - 1] === 0) end--;
    return utf8.decode(bytes.subarray(start, end));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  let text = '';
  let zeros = 0;
  for (let i = 0; i + 4 <= size; i += 4) {
    const code = view.getUint32(i, !bigEndian);
    if (code === 0) zeros++;
    else {
      text += '\0'.repeat(zeros) + (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd');
      zeros = 0;
    }
  }
  return text;
}
