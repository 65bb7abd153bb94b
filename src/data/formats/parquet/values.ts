/**
 * The values of one Parquet page, in every encoding that writers use: plain, dictionary, delta, runs and byte streams. Source: the
 * format's `Encodings.md`. Missing values are not stored, so `count` is the number of values that are there.
 */
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import {
  byteSize,
  makeNumbers,
  type NumberArray,
  type NumberType,
  type Rounding,
  readBits,
  readNumbers,
} from '../columns/numbers.ts';
import { bitsFor, readHybrid } from './levels.ts';
import type { Leaf } from './schema.ts';

export type PageValues = NumberArray | string[];

/** @throws Error for an encoding that does not fit the type, or bytes that end too early */
export function decodeValues(
  leaf: Leaf,
  encoding: string,
  bytes: Uint8Array,
  count: number,
  dictionary: PageValues | undefined,
  rounding: Rounding,
): PageValues {
  switch (encoding) {
    case 'PLAIN':
      return leaf.number ? plainNumbers(leaf, leaf.number, bytes, count, rounding) : plainTexts(bytes, count);
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return fromDictionary(bytes, count, dictionary);
    case 'RLE':
      if (leaf.physical === 'BOOLEAN') return runs(bytes, count);
      break;
    case 'DELTA_BINARY_PACKED':
      if (leaf.number && /^INT(32|64)$/.test(leaf.physical)) return deltaNumbers(leaf, leaf.number, bytes, count, rounding);
      break;
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY':
      if (!leaf.number) return deltaTexts(encoding, bytes, count);
      break;
    case 'BYTE_STREAM_SPLIT':
      if (leaf.number) return plainNumbers(leaf, leaf.number, joinStreams(bytes, count, storedSize(leaf)), count, rounding);
  }
  throw new Error(`encoding ${encoding} of ${leaf.physical}`);
}

function storedSize(leaf: Leaf): number {
  return { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 }[leaf.physical] ?? leaf.width;
}

function plainNumbers(leaf: Leaf, number: NumberType, bytes: Uint8Array, count: number, rounding: Rounding): NumberArray {
  if (number === 'bool') return readBits(bytes, 0, count);
  // small integers are stored in 32 bits
  const stored = leaf.physical === 'INT32' && byteSize[number] < 4 ? 'int32' : number;
  return fitted(leaf, number, readNumbers(bytes, stored, count, true, rounding));
}

/** Integers in the size that the schema promises; decimals as doubles. */
function fitted(leaf: Leaf, number: NumberType, values: NumberArray): NumberArray {
  if (leaf.scale !== undefined) {
    const unit = 10 ** leaf.scale;
    return Float64Array.from(values, (value) => value / unit);
  }
  if (values.BYTES_PER_ELEMENT === byteSize[number] || byteSize[number] === 8 || number === 'float16') return values;
  const out = makeNumbers(number, values.length);
  out.set(values);
  return out;
}

function plainTexts(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let at = 0; texts.length < count; ) {
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > bytes.length) throw new Error('a text that ends behind its page');
    texts.push(textOf(bytes.subarray(at, at + length)));
    at += length;
  }
  return texts;
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** First byte: bits of an index; then the indices. */
function fromDictionary(bytes: Uint8Array, count: number, dictionary: PageValues | undefined): PageValues {
  if (!dictionary) throw new Error('a page that needs a dictionary, and none before it');
  const indices = new Uint32Array(count);
  if (count > 0) readHybrid(bytes.subarray(1), bytes[0] ?? 33, indices);
  let largest = 0;
  for (let i = 0; i < count; i++) if ((indices[i] as number) > largest) largest = indices[i] as number;
  if (count > 0 && largest >= dictionary.length) throw new Error(`dictionary entry ${largest} of ${dictionary.length}`);
  if (Array.isArray(dictionary)) return Array.from(indices, (index) => dictionary[index] as string);
  const out = new (dictionary.constructor as Float64ArrayConstructor)(count);
  for (let i = 0; i < count; i++) out[i] = dictionary[indices[i] as number] as number;
  return out as NumberArray;
}

function runs(bytes: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count);
  readHybrid(bytes.subarray(4), bitsFor(1), out);
  return out;
}

function deltaNumbers(leaf: Leaf, number: NumberType, bytes: Uint8Array, count: number, rounding: Rounding): NumberArray {
  const reader = deltaReader(bytes);
  const values = leaf.physical === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
  if (count > 0) deltaBinaryUnpack(reader, count, values);
  const raw = new Uint8Array(values.buffer);
  const stored = leaf.physical === 'INT32' && byteSize[number] < 4 ? 'int32' : number;
  return fitted(leaf, number, readNumbers(raw, stored, count, true, rounding));
}

function deltaTexts(encoding: string, bytes: Uint8Array, count: number): string[] {
  const out: Uint8Array[] = new Array(count);
  const unpack = encoding === 'DELTA_BYTE_ARRAY' ? deltaByteArray : deltaLengthByteArray;
  if (count > 0) unpack(deltaReader(bytes), count, out);
  return out.map(textOf);
}

/** Looks at the header first: a hostile number of miniblocks would be allocated before it is missed. */
function deltaReader(bytes: Uint8Array): { view: DataView; offset: number } {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 128) break;
    }
    return value;
  };
  const block = varint();
  const miniblocks = varint();
  if (miniblocks === 0 || block % miniblocks !== 0 || (block / miniblocks) % 8 !== 0 || block > 2 ** 20) {
    throw new Error('a delta header that makes no sense');
  }
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

/** Byte k of all values stands together; `count` values of `size` bytes come back in their usual order. */
function joinStreams(bytes: Uint8Array, count: number, size: number): Uint8Array {
  if (count * size > bytes.length) throw new Error('byte streams that end too early');
  const out = new Uint8Array(count * size);
  for (let k = 0; k < size; k++) for (let i = 0; i < count; i++) out[i * size + k] = bytes[k * count + i] as number;
  return out;
}
