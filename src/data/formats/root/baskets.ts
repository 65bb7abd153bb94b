/**
 * The baskets of a branch: stretches of entries, compressed one by one, or inside the tree if it was saved before they were full. Only
 * the baskets of the asked rows are read. Source: ROOT's `TBasket` and `TKey`; all numbers are big endian.
 *
 * A basket is a key, then the values of its entries back to back, then, for entries of unequal length, their number and where each
 * begins, counted from the start of the key.
 */
import type { Job } from '../columns/catalogue.ts';
import {
  byteSize,
  joinValues,
  makeNumbers,
  type NumberArray,
  type NumberType,
  offsetsOf,
  readNumbers,
  remarkRounding,
} from '../columns/numbers.ts';
import type { Lists, Source, Values } from '../contract.ts';
import { bytesOf } from './keys.ts';
import { unzip } from './unzip.ts';

/** A basket is rarely above some MB. */
const largestBasket = 1024 * 1024 * 1024;

export type Entry =
  /** `count` numbers from byte `at` of an entry of `stride` bytes. */
  | { kind: 'numbers'; type: NumberType; count: number; at: number; stride: number }
  /** As many numbers as there are, after `header` bytes. */
  | { kind: 'lists'; type: NumberType; header: number }
  | { kind: 'text' }
  | { kind: 'refused'; found: string };

export interface BasketIndex {
  rows: number;
  /** First entry of each basket. */
  starts: readonly number[];
  baskets: ({ seek: number; bytes: number } | { inside: Record<string, unknown> })[];
}

interface Basket {
  /** Values of all its entries. */
  values: Uint8Array;
  entries: number;
  /** [entries] where each begins in `values`; absent if all are equally long. */
  starts?: Uint32Array;
}

/** Entries [start, end) of a branch. */
export async function readEntries(
  source: Source,
  index: BasketIndex,
  entry: Entry,
  name: string,
  start: number,
  end: number,
  job: Job,
): Promise<Values | Lists> {
  const rounding = { inexact: 0 };
  const parts: (NumberArray | string[])[] = [];
  // one part per basket, made once the basket has shown how many entries it has
  const lengths: Uint32Array[] = [];
  let done = start;
  for (const [i, place] of index.baskets.entries()) {
    const first = index.starts[i] as number;
    const last = index.starts[i + 1] ?? index.rows;
    const from = Math.max(start, first) - first;
    const to = Math.min(end, last) - first;
    if (from >= to) continue;
    const basket = 'inside' in place ? insideBasket(place.inside) : await readBasket(source, place.seek, place.bytes);
    if (basket.entries !== last - first)
      throw new Error(`a basket of ${basket.entries} entries where the index says ${last - first}`);
    if (entry.kind === 'numbers') parts.push(numbers(basket, entry, from, to, rounding));
    else if (entry.kind === 'text') parts.push(texts(basket).slice(from, to));
    else if (entry.kind === 'lists') {
      const own = new Uint32Array(basket.starts ? to - from : 0);
      lengths.push(own);
      parts.push(lists(basket, entry, from, to, own, rounding));
    }
    done += to - from;
    await job.progress((done - start) / (end - start));
  }
  if (done !== end) throw new Error(`only ${done - start} of ${end - start} entries`);
  remarkRounding(job, name, rounding);
  const empty = () => (entry.kind === 'numbers' || entry.kind === 'lists' ? makeNumbers(entry.type, 0) : []);
  const values = joinValues(parts, empty) as Values;
  return entry.kind === 'lists' ? { offsets: offsetsOf(lengths), values } : values;
}

async function readBasket(source: Source, seek: number, bytes: number): Promise<Basket> {
  const all = await bytesOf(source, seek, seek + bytes);
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  const length = view.getInt32(6);
  const keyLength = view.getInt16(14);
  if (view.getInt32(0) !== bytes || !(keyLength >= 45 && keyLength <= bytes) || !(length >= 0 && length <= largestBasket)) {
    throw new Error(`a basket of ${bytes} bytes whose key says ${view.getInt32(0)}, ${keyLength} and ${length}`);
  }
  // the key ends with the members of the basket: version, buffer size, size of an offset, entries, end of the values, flag
  const entries = view.getInt32(keyLength - 9);
  const border = view.getInt32(keyLength - 5) - keyLength;
  const payload = await unzip(all.subarray(keyLength), length);
  if (!(entries >= 0 && border >= 0 && border <= length)) throw new Error(`values that end at byte ${border} of ${length}`);
  const rest = payload.subarray(border);
  const values = payload.subarray(0, border);
  if (rest.length < 4 + 4 * entries || entries === 0) return { values, entries };
  const offsets = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  const starts = Uint32Array.from({ length: entries }, (_, i) => offsets.getInt32(4 + 4 * i) - keyLength);
  return { values, entries, starts: checkedStarts(starts, border) };
}

/** A basket that was saved inside its tree; jsroot has unpacked it with the tree. */
function insideBasket(basket: Record<string, unknown>): Basket {
  const entries = Number(basket.fNevBuf);
  const view = (basket.fBufferRef as { arr?: DataView } | undefined)?.arr;
  const values = view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(0);
  const offsets = basket.fEntryOffset as ArrayLike<number> | undefined;
  if (!offsets || offsets.length < entries) return { values, entries };
  const starts = Uint32Array.from({ length: entries }, (_, i) => (offsets[i] as number) - Number(basket.fKeylen));
  return { values, entries, starts: checkedStarts(starts, values.length) };
}

function checkedStarts(starts: Uint32Array, border: number): Uint32Array {
  let before = 0;
  for (const start of starts) {
    if (start < before || start > border) throw new Error(`an entry that begins at byte ${start} of ${border}`);
    before = start;
  }
  return starts;
}

function numbers(
  { values, entries }: Basket,
  { type, count, at, stride }: Extract<Entry, { kind: 'numbers' }>,
  from: number,
  to: number,
  rounding: { inexact: number },
): NumberArray {
  if (values.length !== entries * stride) throw new Error(`${values.length} bytes for ${entries} entries of ${stride}`);
  const width = byteSize[type] * count;
  if (width === stride)
    return readNumbers(values.subarray(from * stride, to * stride), type, (to - from) * count, false, rounding);
  const own = new Uint8Array((to - from) * width);
  for (let row = from; row < to; row++)
    own.set(values.subarray(row * stride + at, row * stride + at + width), (row - from) * width);
  return readNumbers(own, type, (to - from) * count, false, rounding);
}

/** Fills in the length of each list and returns their values. */
function lists(
  { values, entries, starts }: Basket,
  { type, header }: Extract<Entry, { kind: 'lists' }>,
  from: number,
  to: number,
  lengths: Uint32Array,
  rounding: { inexact: number },
): NumberArray {
  if (!starts) throw new Error('lists without a table of where they begin');
  const size = byteSize[type];
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const endOf = (i: number) => (i + 1 < entries ? (starts[i + 1] as number) : values.length);
  let total = 0;
  for (let i = from; i < to; i++) {
    const bytes = endOf(i) - (starts[i] as number) - header;
    const count = bytes / size;
    if (!(bytes >= 0 && Number.isInteger(count))) throw new Error(`a list of ${bytes} bytes`);
    if (header > 0 && view.getInt32((starts[i] as number) + header - 4) !== count)
      throw new Error('a vector whose size is not its length');
    lengths[i - from] = count;
    total += count;
  }
  if (header === 0) return readNumbers(values.subarray(starts[from], endOf(to - 1)), type, total, false, rounding);
  const packed = new Uint8Array(total * size);
  for (let i = from, at = 0; i < to; i++) {
    const own = values.subarray((starts[i] as number) + header, endOf(i));
    packed.set(own, at);
    at += own.length;
  }
  return readNumbers(packed, type, total, false, rounding);
}

/** Texts with their length before them: one byte, or 255 and four bytes. */
function texts({ values, entries }: Basket): string[] {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const decoder = new TextDecoder();
  const out: string[] = [];
  for (let at = 0; out.length < entries; ) {
    let length = view.getUint8(at++);
    if (length === 255) {
      length = view.getInt32(at);
      at += 4;
    }
    if (!(length >= 0 && at + length <= values.length)) throw new Error('a text that ends behind its basket');
    out.push(decoder.decode(values.subarray(at, at + length)));
    at += length;
  }
  return out;
}
