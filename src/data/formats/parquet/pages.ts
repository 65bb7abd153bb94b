/**
 * The pages of one column chunk, one after another: header, levels, values. Every length is compared with the bytes that are there
 * before anything is unpacked.
 */
import { parquetHeader } from 'hyparquet/src/column.js';
import { gzip } from '../../codecs/deflate.ts';
import { lz4Block, lz4Frame } from '../../codecs/lz4.ts';
import { snappy } from '../../codecs/snappy.ts';
import { zstd } from '../../codecs/zstd.ts';
import type { Rounding } from '../columns/numbers.ts';
import { bitsFor, readHybrid } from './levels.ts';
import type { Chunk, Leaf } from './schema.ts';
import { decodeValues, type PageValues } from './values.ts';

const largestPage = 1024 * 1024 * 1024;

export interface Page {
  /** Values with missing ones: the number of levels. */
  count: number;
  /** Bytes of the chunk up to the end of this page. */
  end: number;
  /** [count]; absent if every level is the highest. */
  definition?: Uint8Array;
  /** [count]; absent if the column is flat. */
  repetition?: Uint8Array;
  values: PageValues;
}

/**
 * @param wanted says, from the first value of a page and their number, whether the page is needed; the values of others are not
 *   unpacked. Asked for flat columns only.
 */
export async function* pagesOf(
  bytes: Uint8Array,
  leaf: Leaf,
  chunk: Chunk,
  rounding: Rounding,
  wanted: (first: number, count: number) => boolean,
): AsyncGenerator<Page | { count: number; end: number; values?: undefined }> {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  let dictionary: PageValues | undefined;
  let seen = 0;
  while (seen < chunk.values) {
    const header = parquetHeader(reader);
    const packed = header.compressed_page_size;
    const size = header.uncompressed_page_size;
    if (!(packed >= 0 && reader.offset + packed <= bytes.length) || !(size >= 0 && size <= largestPage)) {
      throw new Error(`a page of ${packed} bytes (${size} unpacked) where ${bytes.length - reader.offset} are left`);
    }
    const body = bytes.subarray(reader.offset, reader.offset + packed);
    reader.offset += packed;
    if (header.type === 'DICTIONARY_PAGE' && header.dictionary_page_header) {
      const entries = header.dictionary_page_header.num_values;
      const plain = await unpack(chunk.codec, body, size);
      if (!(entries >= 0 && entries <= plain.length * 8)) throw new Error(`a dictionary of ${entries} entries in ${size} bytes`);
      dictionary = decodeValues(leaf, 'PLAIN', plain, entries, undefined, rounding);
      continue;
    }
    const one = header.type === 'DATA_PAGE' ? header.data_page_header : undefined;
    const two = header.type === 'DATA_PAGE_V2' ? header.data_page_header_v2 : undefined;
    const count = (one ?? two)?.num_values;
    if (count === undefined) continue; // an index page
    if (!(count >= 0 && count <= chunk.values - seen))
      throw new Error(`a page of ${count} values where ${chunk.values - seen} are left`);
    const end = reader.offset;
    if (!leaf.jagged && !wanted(seen, count)) {
      seen += count;
      yield { count, end };
      continue;
    }
    const levels = one
      ? levelsBefore(await unpack(chunk.codec, body, size), leaf, count)
      : await levelsApart(body, size, two as NonNullable<typeof two>, leaf, count, chunk.codec);
    const values = decodeValues(leaf, String((one ?? two)?.encoding), levels.data, levels.present, dictionary, rounding);
    seen += count;
    yield { count, end, ...levels, values };
  }
}

interface Levels {
  definition?: Uint8Array;
  repetition?: Uint8Array;
  /** Values that are stored. */
  present: number;
  data: Uint8Array;
}

/** Version 1: levels stand before the values and are compressed with them, each with its length. */
function levelsBefore(bytes: Uint8Array, leaf: Leaf, count: number): Levels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (largest: number): Uint8Array | undefined => {
    if (largest === 0) return undefined;
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > bytes.length) throw new Error('levels that end behind their page');
    const out = new Uint8Array(count);
    readHybrid(bytes.subarray(at, at + length), bitsFor(largest), out);
    at += length;
    return out;
  };
  const repetition = next(leaf.maxRepetition);
  const definition = next(leaf.maxDefinition);
  return counted(leaf, count, repetition, definition, bytes.subarray(at));
}

/** Version 2: levels stand uncompressed before the page. */
async function levelsApart(
  body: Uint8Array,
  size: number,
  header: { repetition_levels_byte_length: number; definition_levels_byte_length: number; is_compressed?: boolean | undefined },
  leaf: Leaf,
  count: number,
  codec: string,
): Promise<Levels> {
  const first = header.repetition_levels_byte_length;
  const second = first + header.definition_levels_byte_length;
  if (!(first >= 0 && second >= first && second <= body.length && second <= size))
    throw new Error('levels that end behind their page');
  const read = (largest: number, from: number, to: number): Uint8Array | undefined => {
    if (largest === 0) return undefined;
    const out = new Uint8Array(count);
    readHybrid(body.subarray(from, to), bitsFor(largest), out);
    return out;
  };
  const rest = body.subarray(second);
  const data = header.is_compressed !== false && rest.length > 0 ? await unpack(codec, rest, size - second) : rest;
  return counted(leaf, count, read(leaf.maxRepetition, 0, first), read(leaf.maxDefinition, first, second), data);
}

function counted(
  leaf: Leaf,
  count: number,
  repetition: Uint8Array | undefined,
  definition: Uint8Array | undefined,
  data: Uint8Array,
): Levels {
  let present = count;
  if (definition) {
    const full = leaf.maxDefinition;
    for (let i = 0; i < count; i++) if (definition[i] !== full) present--;
  }
  return {
    ...(repetition ? { repetition } : {}),
    ...(definition && present < count ? { definition } : {}),
    present,
    data,
  };
}

async function unpack(codec: string, packed: Uint8Array, size: number): Promise<Uint8Array> {
  switch (codec) {
    case 'UNCOMPRESSED':
      if (packed.length !== size) throw new Error(`${packed.length} bytes instead of ${size}`);
      return packed;
    case 'SNAPPY':
      return snappy(packed, size);
    case 'GZIP':
      return gzip(packed, size);
    case 'ZSTD':
      return zstd(packed, size);
    case 'LZ4_RAW':
      return lz4Block(packed, size);
    case 'LZ4':
      return oldLz4(packed, size);
    default:
      throw new Error(`compression ${codec}`);
  }
}

/** The old codec LZ4 was written as Hadoop's blocks (sizes big endian before each), as a frame, or bare. */
function oldLz4(packed: Uint8Array, size: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length >= 8 && view.getUint32(0, true) === 0x184d2204) return lz4Frame(packed, size);
  const out = new Uint8Array(size);
  let at = 0;
  let filled = 0;
  while (at + 8 <= packed.length) {
    const unpacked = view.getUint32(at);
    const length = view.getUint32(at + 4);
    if (at + 8 + length > packed.length || filled + unpacked > size) return lz4Block(packed, size);
    out.set(lz4Block(packed.subarray(at + 8, at + 8 + length), unpacked), filled);
    filled += unpacked;
    at += 8 + length;
  }
  if (at !== packed.length || filled !== size) throw new Error('damaged LZ4 data');
  return out;
}
