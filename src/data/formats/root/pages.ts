/**
 * The elements of one RNTuple column: pages of numbers, little endian, that may be split (byte j of all elements together), zigzag
 * coded, or running differences. A page is stored raw if its length is that of its elements.
 */
import { byteSize, type NumberArray, type NumberType, readBits, readNumbers } from '../columns/numbers.ts';
import type { Source } from '../contract.ts';
import type { Cluster, NtupleColumn } from './envelope.ts';
import { bytesOf } from './keys.ts';
import { unzip } from './unzip.ts';

interface Coding {
  type: NumberType;
  split?: true;
  /** How elements are told apart from what is stored. */
  coding?: 'zigzag' | 'differences';
}

/** Types of columns (`ENTupleColumnType`) that are read here; truncated, quantised and switch columns are not. */
const codings: Readonly<Record<number, Coding>> = {
  0: { type: 'bool' },
  1: { type: 'uint8' },
  2: { type: 'uint8' },
  3: { type: 'int8' },
  4: { type: 'uint8' },
  5: { type: 'int16' },
  6: { type: 'uint16' },
  7: { type: 'int32' },
  8: { type: 'uint32' },
  9: { type: 'int64' },
  10: { type: 'uint64' },
  11: { type: 'float16' },
  12: { type: 'float32' },
  13: { type: 'float64' },
  14: { type: 'uint32' },
  15: { type: 'uint64' },
  17: { type: 'int16', split: true, coding: 'zigzag' },
  18: { type: 'uint16', split: true },
  19: { type: 'int32', split: true, coding: 'zigzag' },
  20: { type: 'uint32', split: true },
  21: { type: 'int64', split: true, coding: 'zigzag' },
  22: { type: 'uint64', split: true },
  23: { type: 'float16', split: true },
  24: { type: 'float32', split: true },
  25: { type: 'float64', split: true },
  26: { type: 'uint32', split: true, coding: 'differences' },
  27: { type: 'uint64', split: true, coding: 'differences' },
};
const indexTypes = new Set([0x0e, 0x0f, 0x1a, 0x1b]);

export function numberType(column: NtupleColumn): NumberType | undefined {
  return indexTypes.has(column.type) ? undefined : codings[column.type]?.type;
}

/** True for the column that says where each list ends. */
export function isIndex(column: NtupleColumn): boolean {
  return indexTypes.has(column.type);
}

/**
 * Elements [start, end) of a column, counted from the first of this cluster.
 *
 * @throws Error if the pages hold fewer
 */
export async function readElements(
  source: Source,
  cluster: Cluster,
  columnId: number,
  column: NtupleColumn,
  start: number,
  end: number,
  rounding: { inexact: number },
): Promise<NumberArray[]> {
  const coding = codings[column.type];
  const place = cluster.columns[columnId];
  if (!coding || !place) throw new Error('a column that is not stored in this cluster');
  const parts: NumberArray[] = [];
  let first = 0;
  for (const page of place.pages) {
    const from = Math.max(start, first) - first;
    const to = Math.min(end, first + page.elements) - first;
    first += page.elements;
    if (from >= to) continue;
    const bits = column.type === 0 ? 1 : byteSize[coding.type] * 8;
    const size = Math.ceil((page.elements * bits) / 8);
    const bytes = await unzip(await bytesOf(source, page.seek, page.seek + page.bytes), size);
    const values = decode(bytes, coding, page.elements, rounding);
    parts.push(from === 0 && to === page.elements ? values : values.slice(from, to));
  }
  if (end > first) throw new Error(`${end} elements where the pages hold ${first}`);
  return parts;
}

function decode(bytes: Uint8Array, { type, split, coding }: Coding, count: number, rounding: { inexact: number }): NumberArray {
  if (type === 'bool') return readBits(bytes, 0, count);
  const joined = split ? joinBytes(bytes, count, byteSize[type]) : bytes;
  if (coding === 'zigzag' && type === 'int64') undoLongZigzag(joined);
  const values = readNumbers(joined, type, count, true, rounding);
  if (coding === 'zigzag' && type !== 'int64')
    for (let i = 0; i < count; i++) values[i] = ((values[i] as number) >>> 1) ^ -((values[i] as number) & 1);
  if (coding === 'differences') for (let i = 1; i < count; i++) values[i] = (values[i] as number) + (values[i - 1] as number);
  return values;
}

function joinBytes(bytes: Uint8Array, count: number, size: number): Uint8Array {
  const out = new Uint8Array(count * size);
  for (let k = 0; k < size; k++) for (let i = 0; i < count; i++) out[i * size + k] = bytes[k * count + i] as number;
  return out;
}

function undoLongZigzag(bytes: Uint8Array): void {
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as bigint;
    words[i] = BigInt.asUintN(64, (word >> 1n) ^ -(word & 1n));
  }
}
