/**
 * Arrow's metadata: the schema, and for each batch of rows where the buffers of its columns are. Source: Arrow's `Schema.fbs`,
 * `Message.fbs` and `File.fbs`; the numbers below are the ids of their fields and unions.
 */
import type { Source } from '../contract.ts';
import { Table } from './flatbuffer.ts';

/** `Type` union of `Schema.fbs`. */
export const kinds = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  text: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  union: 14,
  fixedBinary: 15,
  fixedList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeText: 20,
  largeList: 21,
  runEnds: 22,
  binaryView: 23,
  textView: 24,
} as const;

export interface ArrowField {
  name: string;
  kind: number;
  /** Bits of integers; precision of reals (0 half, 1 single, 2 double); length of fixed lists; unit of dates and times. */
  detail: number;
  signed: boolean;
  children: ArrowField[];
  /** Values are in the dictionary of this id, and the column has positions of this type. */
  dictionary?: { id: number; bits: number; signed: boolean };
}

export interface Batch {
  rows: number;
  /** For each node in depth-first order: length and number of missing values. */
  nodes: number[][];
  /** For each buffer: offset from the start of the body, and bytes. */
  buffers: number[][];
  /** Buffers of each field with variable parts, if there are any. */
  variadic: number[];
  codec?: 'LZ4' | 'ZSTD' | 'unknown';
  /** First byte of the body in the file. */
  body: number;
}

export type Message =
  | { kind: 'schema'; schema: ArrowField[]; end: number }
  | { kind: 'batch'; batch: Batch; end: number }
  | { kind: 'dictionary'; id: number; delta: boolean; batch: Batch; end: number }
  | { kind: 'other'; end: number };

const largestMessage = 256 * 1024 * 1024;

/** The message at a place of the file; nothing at the end of a stream. */
export async function readMessage(source: Source, at: number): Promise<Message | undefined> {
  if (at + 8 > source.size) {
    if (at === source.size) return undefined;
    throw new Error('a message that is cut off');
  }
  const start = await source.read(at, at + 8);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  // files from before version 0.15 have no marker before the length
  const marked = view.getUint32(0, true) === 0xffffffff;
  const length = view.getInt32(marked ? 4 : 0, true);
  if (length === 0) return undefined;
  const from = at + (marked ? 8 : 4);
  if (!(length > 0 && length <= largestMessage && from + length <= source.size)) throw new Error('a message that is cut off');
  const message = Table.root(await source.read(from, from + length));
  const body = from + length;
  const end = body + message.long(3);
  if (!(end >= body && end <= source.size)) throw new Error(`a body of ${message.long(3)} bytes in a file of ${source.size}`);
  const header = message.table(2);
  if (!header) return { kind: 'other', end };
  switch (message.byte(1)) {
    case 1:
      return { kind: 'schema', schema: readSchema(header), end };
    case 2: {
      const dictionary = header.table(1);
      if (!dictionary) return { kind: 'other', end };
      return { kind: 'dictionary', id: header.long(0), delta: header.byte(2) !== 0, batch: readBatch(dictionary, body), end };
    }
    case 3:
      return { kind: 'batch', batch: readBatch(header, body), end };
    default:
      return { kind: 'other', end };
  }
}

/** The footer of a file: its schema and where its batches are. */
export function readFooter(bytes: Uint8Array): { schema: ArrowField[]; dictionaries: number[]; batches: number[] } {
  const footer = Table.root(bytes);
  const schema = footer.table(1);
  if (!schema) throw new Error('a footer without a schema');
  const blocks = (id: number) => footer.records(id, 3, 1).map(([offset]) => offset as number);
  return { schema: readSchema(schema), dictionaries: blocks(2), batches: blocks(3) };
}

function readSchema(schema: Table): ArrowField[] {
  if (schema.short(0) !== 0) throw new Error('numbers in big-endian order');
  return schema.tables(1).map((field) => readField(field, 0));
}

function readField(field: Table, depth: number): ArrowField {
  if (depth > 30) throw new Error('fields inside fields without an end');
  const kind = field.byte(2);
  const type = field.table(3);
  const dictionary = field.table(4);
  const index = dictionary?.table(1);
  const detail =
    kind === kinds.int || kind === kinds.fixedList ? (type?.int(0) ?? 0) : (type?.short(0, kind === kinds.date ? 1 : 0) ?? 0);
  return {
    name: field.text(0),
    kind,
    detail,
    signed: type !== undefined && kind === kinds.int && type.byte(1) !== 0,
    children: field.tables(5).map((child) => readField(child, depth + 1)),
    ...(dictionary
      ? { dictionary: { id: dictionary.long(0), bits: index?.int(0) ?? 32, signed: index ? index.byte(1) !== 0 : true } }
      : {}),
  };
}

function readBatch(batch: Table, body: number): Batch {
  const compression = batch.table(3);
  const codec = compression && ((['LZ4', 'ZSTD'] as const)[compression.byte(0)] ?? 'unknown');
  return {
    rows: batch.long(0),
    nodes: batch.records(1, 2),
    buffers: batch.records(2, 2),
    variadic: batch.longs(4),
    ...(codec ? { codec } : {}),
    body,
  };
}
