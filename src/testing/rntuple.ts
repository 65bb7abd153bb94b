/**
 * A writer of small ROOT files with one RNTuple, for tests: header, directory, keys, the description of the fields, and pages whose
 * bytes the test gives. Nothing is checked, so that a test can write nonsense too.
 */
import type { Source } from '../data/formats/contract.ts';
import { memorySource } from '../data/formats/open.ts';

export interface WrittenField {
  name: string;
  type?: string;
  /** 0 plain, 1 collection, 2 record. */
  role?: number;
  /** Its own number if absent. */
  parent?: number;
  repeat?: number;
  projected?: boolean;
}

export interface WrittenPage {
  elements: number;
  bytes: Uint8Array;
}

export interface WrittenCluster {
  entries: number;
  /** For each column: number of its first element in the file, and its pages. */
  columns: { first: number; pages: WrittenPage[] }[];
}

export interface WrittenNtuple {
  fields: readonly WrittenField[];
  columns: readonly { type: number; bits: number; field: number }[];
  aliases?: readonly { column: number; field: number }[];
  /** Groups of clusters. */
  groups: readonly (readonly WrittenCluster[])[];
}

export function rntupleSource(name: string, ntuple: WrittenNtuple): Source {
  const file = new Bytes().zeros(100);
  const nameBytes = 26 + 5 + 'TFile'.length + 2 + 1;
  file.key('TFile', '', 0, 0).zeros(100 + nameBytes - file.length);
  const directory = file.length;
  file.zeros(60);

  const groups: { clusters: number; seek: number; bytes: number }[] = [];
  let entry = 0;
  for (const clusters of ntuple.groups) {
    const summaries = clusters.map(({ entries }) => {
      entry += entries;
      return record(new Bytes().u64(entry - entries).u64(entries));
    });
    const nested = clusters.map(({ columns }) =>
      list(
        columns.map(({ first, pages }) => {
          const inner = new Bytes();
          for (const page of pages) inner.i32(-page.elements).u32(page.bytes.length).u64(file.add(page.bytes));
          return list(pages.length, inner.i64(first).u32(505));
        }),
      ),
    );
    const body = envelope(3, new Bytes().u64(0).append(list(summaries)).append(list(nested)));
    groups.push({ clusters: clusters.length, seek: file.add(body), bytes: body.length });
  }
  const header = envelope(1, new Bytes().u64(0).text('ntuple').text('').text('test').append(schema(ntuple)));
  const groupRecords = groups.map(({ clusters, seek, bytes }) =>
    record(new Bytes().u64(0).u64(entry).u32(clusters).u64(bytes).u32(bytes).u64(seek)),
  );
  const nothing = { fields: [], columns: [], groups: [] };
  const footer = envelope(
    2,
    new Bytes()
      .u64(0)
      .u64(0)
      .append(record(schema(nothing)))
      .append(list(groupRecords)),
  );
  const seeks = [file.add(header), file.add(footer)] as const;

  const anchor = new Bytes(false)
    .u32(0x40000000 + 66)
    .u16(2)
    .u16(1)
    .u16(0)
    .u16(0)
    .u16(0);
  for (const n of [seeks[0], header.length, header.length, seeks[1], footer.length, footer.length, 2 ** 30]) anchor.u64(n);
  const anchorSeek = file.length;
  file.key('ROOT::RNTuple', 'ntuple', anchor.length, anchorSeek).append(anchor.done());
  const info = file.length;
  file.key('TList', 'StreamerInfo', 0, info);
  const infoBytes = file.length - info;
  const keys = file.length;
  const list0 = new Bytes(false).i32(1).key('ROOT::RNTuple', 'ntuple', anchor.length, anchorSeek);
  file.key('TFile', '', list0.length, keys).append(list0.done());

  const bytes = file.done();
  const head = new Bytes(false).raw('root').u32(62400).u32(100).u32(bytes.length).u32(0).u32(0).u32(0).u32(nameBytes);
  bytes.set(head.raw('\u0004').u32(505).u32(info).u32(infoBytes).done(), 0);
  bytes.set(new Bytes(false).u16(5).u32(0).u32(0).u32(0).u32(0).u32(100).u32(0).u32(keys).done(), directory);
  return memorySource(name, bytes);
}

function schema({ fields, columns, aliases = [] }: WrittenNtuple): Uint8Array {
  const fieldRecords = fields.map(({ name, type = '', role = 0, parent, repeat, projected }, id) => {
    const flags = (repeat ? 1 : 0) + (projected ? 2 : 0);
    const own = new Bytes()
      .u32(0)
      .u32(0)
      .u32(parent ?? id)
      .u16(role)
      .u16(flags)
      .text(name)
      .text(type)
      .text('')
      .text('');
    if (repeat) own.u64(repeat);
    return record(projected ? own.u32(0) : own);
  });
  const columnRecords = columns.map(({ type, bits, field }) => record(new Bytes().u16(type).u16(bits).u32(field).u16(0).u16(0)));
  const aliasRecords = aliases.map(({ column, field }) => record(new Bytes().u32(column).u32(field)));
  return new Bytes().append(list(fieldRecords)).append(list(columnRecords)).append(list(aliasRecords)).append(list([])).done();
}

function envelope(kind: number, body: Bytes): Uint8Array {
  return new Bytes()
    .u64(kind + (body.length + 16) * 65536)
    .append(body.done())
    .u64(0)
    .done();
}

function record(body: Bytes | Uint8Array): Uint8Array {
  const bytes = body instanceof Bytes ? body.done() : body;
  return new Bytes()
    .i64(bytes.length + 8)
    .append(bytes)
    .done();
}

function list(items: readonly Uint8Array[] | number, body = new Bytes()): Uint8Array {
  if (typeof items !== 'number') for (const item of items) body.append(item);
  const count = typeof items === 'number' ? items : items.length;
  return new Bytes()
    .i64(-(body.length + 12))
    .u32(count)
    .append(body.done())
    .done();
}

/** Bytes that grow; little endian unless told otherwise. */
class Bytes {
  private readonly parts: number[] = [];

  constructor(private readonly little = true) {}

  get length(): number {
    return this.parts.length;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.parts);
  }

  /** Appends and returns where it begins. */
  add(bytes: Uint8Array): number {
    const at = this.length;
    this.append(bytes);
    return at;
  }

  append(bytes: Uint8Array): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }

  zeros(count: number): this {
    return this.append(new Uint8Array(count));
  }

  raw(text: string): this {
    return this.append(new TextEncoder().encode(text));
  }

  private number(value: bigint, size: number): this {
    const bytes = Array.from({ length: size }, (_, k) => Number((BigInt.asUintN(64, value) >> BigInt(8 * k)) & 255n));
    return this.append(Uint8Array.from(this.little ? bytes : bytes.reverse()));
  }

  u16 = (value: number): this => this.number(BigInt(value), 2);
  u32 = (value: number): this => this.number(BigInt(value), 4);
  i32 = (value: number): this => this.number(BigInt(value), 4);
  u64 = (value: number): this => this.number(BigInt(value), 8);
  i64 = (value: number): this => this.number(BigInt(value), 8);

  text(text: string): this {
    return this.u32(text.length).raw(text);
  }

  /** A TKey in front of an object of this length; always big endian. */
  key(className: string, name: string, objectLength: number, seek: number): this {
    const length = 26 + 3 + className.length + name.length;
    const key = new Bytes(false)
      .i32(length + objectLength)
      .u16(4)
      .i32(objectLength)
      .u32(0)
      .u16(length)
      .u16(1)
      .u32(seek)
      .u32(100);
    for (const text of [className, name, '']) key.raw(String.fromCharCode(text.length)).raw(text);
    return this.append(key.done());
  }
}
