/**
 * The description of an RNTuple: fields, columns, clusters and pages. Source: ROOT's RNTuple binary format specification, version 1.
 * An envelope holds frames; a frame begins with its size, negative for a list, whose length follows. All numbers are little endian.
 * Ours rather than jsroot's reader, which looks at the first group of clusters only and would leave out rows of long files.
 */

export interface Field {
  id: number;
  parent: number;
  /** 0 plain, 1 collection, 2 record, 3 variant, 4 streamed object. */
  role: number;
  name: string;
  type: string;
  /** Elements of a fixed array, else 1. */
  repeat: number;
  /** A second name for another field, without columns of its own. */
  projected: boolean;
}

export interface NtupleColumn {
  type: number;
  bits: number;
  field: number;
  deferred: boolean;
  representation: number;
}

export interface Alias {
  column: number;
  field: number;
}

export interface PageLocation {
  elements: number;
  seek: number;
  bytes: number;
}

export interface Cluster {
  firstEntry: number;
  entries: number;
  /** For each column: its pages and the number of its first element; nothing if it is suppressed. */
  columns: ({ first: number; pages: PageLocation[] } | undefined)[];
}

export interface Description {
  fields: Field[];
  columns: NtupleColumn[];
  aliases: Alias[];
}

/** A group of clusters whose pages are listed in one place. */
export interface Group {
  clusters: number;
  seek: number;
  bytes: number;
  length: number;
}

const mostPages = 20_000_000;

class Reader {
  private readonly view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16 = () => this.view.getUint16(this.move(2), true);
  u32 = () => this.view.getUint32(this.move(4), true);
  i32 = () => this.view.getInt32(this.move(4), true);
  u64 = () => Number(this.view.getBigUint64(this.move(8), true));
  i64 = () => Number(this.view.getBigInt64(this.move(8), true));

  private move(bytes: number): number {
    this.at += bytes;
    return this.at - bytes;
  }

  text(): string {
    const length = this.u32();
    if (this.at + length > this.view.byteLength) throw new Error('a name that ends behind its frame');
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, length);
    this.at += length;
    return new TextDecoder().decode(bytes);
  }

  /** Type and length of an envelope, then the flags that a reader must understand. */
  envelope(kind: number): void {
    const word = this.view.getBigUint64(this.move(8), true);
    if (Number(word & 0xffffn) !== kind) throw new Error(`part ${word & 0xffffn} of an RNTuple where ${kind} is expected`);
  }

  noFeatures(): void {
    const flags = this.view.getBigUint64(this.move(8), true);
    if (flags !== 0n) throw new Error('an RNTuple with features that are not known here');
  }

  /** Runs `item` inside each frame of a list; the sizes lead from one to the next. */
  list<T>(item: (index: number) => T): T[] {
    return this.frame((count) => {
      const items: T[] = [];
      for (let i = 0; i < count; i++) items.push(this.frame(() => item(i), false));
      return items;
    }, true);
  }

  /** One frame; what it holds beyond what is read is skipped. */
  frame<T>(inside: (count: number) => T, list: boolean): T {
    const start = this.at;
    const size = this.i64();
    if (size < 0 !== list) throw new Error(list ? 'a record where a list is expected' : 'a list where a record is expected');
    const end = start + Math.abs(size);
    if (end > this.view.byteLength || end < this.at) throw new Error('a frame that ends behind its envelope');
    const result = inside(list ? this.u32() : 1);
    if (this.at > end) throw new Error('a frame that is longer than it says');
    this.at = end;
    return result;
  }

  locator(): { bytes: number; seek: number } {
    const bytes = this.i32();
    if (bytes < 0) throw new Error('pages that are stored outside the file');
    return { bytes, seek: this.u64() };
  }
}

export function readHeader(bytes: Uint8Array): Description {
  const reader = new Reader(bytes);
  reader.envelope(1);
  reader.noFeatures();
  reader.text();
  reader.text();
  reader.text();
  return readSchema(reader, 0);
}

/** Adds fields that came later, and lists the groups of clusters. */
export function readFooter(bytes: Uint8Array, description: Description): Group[] {
  const reader = new Reader(bytes);
  reader.envelope(2);
  reader.noFeatures();
  reader.u64();
  const more = reader.frame(() => readSchema(reader, description.fields.length), false);
  description.fields.push(...more.fields);
  description.columns.push(...more.columns);
  description.aliases.push(...more.aliases);
  return reader.list(() => {
    reader.u64();
    reader.u64();
    const clusters = reader.u32();
    const length = reader.u64();
    return { clusters, length, ...reader.locator() };
  });
}

function readSchema(reader: Reader, firstField: number): Description {
  const fields = reader.list((i) => {
    reader.u32();
    reader.u32();
    const parent = reader.u32();
    const role = reader.u16();
    const flags = reader.u16();
    const name = reader.text();
    const type = reader.text();
    reader.text();
    reader.text();
    const repeat = flags & 1 ? reader.u64() : 1;
    return { id: firstField + i, parent, role, name, type, repeat, projected: (flags & 2) !== 0 };
  });
  const columns = reader.list(() => {
    const type = reader.u16();
    const bits = reader.u16();
    const field = reader.u32();
    const flags = reader.u16();
    return { type, bits, field, deferred: (flags & 1) !== 0, representation: reader.u16() };
  });
  const aliases = reader.list(() => ({ column: reader.u32(), field: reader.u32() }));
  return { fields, columns, aliases };
}

/** The clusters of one group. */
export function readPageList(bytes: Uint8Array): Cluster[] {
  const reader = new Reader(bytes);
  reader.envelope(3);
  reader.u64();
  const summaries = reader.list(() => {
    const firstEntry = reader.u64();
    const word = reader.u64();
    return { firstEntry, entries: word % 2 ** 56 };
  });
  let total = 0;
  const nested = reader.frame((clusters) => {
    if (clusters !== summaries.length) throw new Error(`${clusters} lists of pages for ${summaries.length} clusters`);
    return summaries.map(() =>
      reader.frame((columns) => {
        const own: Cluster['columns'] = [];
        for (let c = 0; c < columns; c++) {
          own.push(
            reader.frame((count) => {
              total += count;
              if (total > mostPages) throw new Error(`more than ${mostPages} pages`);
              const pages: PageLocation[] = [];
              for (let p = 0; p < count; p++) pages.push({ elements: Math.abs(reader.i32()), ...reader.locator() });
              const first = reader.i64();
              return first < 0 ? undefined : { first, pages };
            }, true),
          );
        }
        return own;
      }, true),
    );
  }, true);
  return summaries.map((summary, i) => ({ ...summary, columns: nested[i] as Cluster['columns'] }));
}
