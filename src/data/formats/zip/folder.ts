/**
 * Loose files as one source: the bytes of the ZIP archive that storing them would give, composed while they are read. So a dropped folder
 * of images is opened, fingerprinted and named in a study like one file, and nothing is copied.
 */
import type { Source } from '../contract.ts';

const dosDate = 0x21; // the first of January 1980: the archive must not depend on when files were written
const largest32 = 0xffffffff;

/** One file of a folder. */
export interface FolderEntry {
  /** Path inside the folder, with `/`: `signal/event1.png`. */
  path: string;
  source: Source;
}

interface Segment {
  start: number;
  size: number;
  read(from: number, to: number): Promise<Uint8Array>;
}

/**
 * @param name what the folder is called
 * @param entries its files in any order; they are sorted by path, so that the same folder always gives the same bytes
 */
export function folderSource(name: string, entries: readonly FolderEntry[]): Source {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const segments: Segment[] = [];
  const directory: Uint8Array[] = [];
  let size = 0;
  const add = (length: number, read: Segment['read']): void => {
    segments.push({ start: size, size: length, read });
    size += length;
  };
  const addBytes = (bytes: Uint8Array): void => add(bytes.length, async (from, to) => bytes.slice(from, to));
  for (const { path, source } of sorted) {
    const title = new TextEncoder().encode(path);
    directory.push(entryOf(title, source.size, size));
    addBytes(localHeader(title, source.size));
    add(source.size, (from, to) => source.read(from, to));
  }
  const start = size;
  for (const entry of directory) addBytes(entry);
  addBytes(endOf(sorted.length, start, size - start));
  return {
    name,
    size,
    read: async (from, to) => {
      const end = Math.min(to, size);
      const out = new Uint8Array(Math.max(0, end - from));
      for (let at = from, i = find(segments, from); at < end; i++) {
        const segment = segments[i] as Segment;
        const part = await segment.read(at - segment.start, Math.min(end - segment.start, segment.size));
        if (part.length === 0 && segment.size > 0) throw new Error(`${name} ended early`);
        out.set(part, at - from);
        at = segment.start + segment.size;
      }
      return out;
    },
  };
}

/** The segment that holds a position. */
function find(segments: readonly Segment[], position: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle] as Segment).start <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Fields of a record, little endian: [value, bytes]. */
function record(...fields: readonly (readonly [value: number, bytes: 2 | 4 | 8])[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((total, [, bytes]) => total + bytes, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [value, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return out;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** No checksum: it would cost reading every file before the first is shown. */
function localHeader(title: Uint8Array, size: number): Uint8Array {
  const narrow = Math.min(size, largest32);
  return joined(
    record(
      [0x04034b50, 4],
      [20, 2],
      [0x800, 2],
      [0, 2],
      [0, 2],
      [dosDate, 2],
      [0, 4],
      [narrow, 4],
      [narrow, 4],
      [title.length, 2],
      [0, 2],
    ),
    title,
  );
}

function entryOf(title: Uint8Array, size: number, offset: number): Uint8Array {
  const wide = size >= largest32 || offset >= largest32;
  const extra = wide ? record([1, 2], [24, 2], [size, 8], [size, 8], [offset, 8]) : new Uint8Array(0);
  const narrow = wide ? largest32 : size;
  return joined(
    record([0x02014b50, 4], [20, 2], [20, 2], [0x800, 2], [0, 2], [0, 2], [dosDate, 2], [0, 4], [narrow, 4], [narrow, 4]),
    record([title.length, 2], [extra.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], [wide ? largest32 : offset, 4]),
    title,
    extra,
  );
}

function endOf(count: number, start: number, size: number): Uint8Array {
  const wide = count >= 0xffff || start >= largest32;
  const end64 = record([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [size, 8], [start, 8]);
  const locator = record([0x07064b50, 4], [0, 4], [start + size, 8], [1, 4]);
  const few = Math.min(count, 0xffff);
  const end = record(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [few, 2],
    [few, 2],
    [Math.min(size, largest32), 4],
    [Math.min(start, largest32), 4],
    [0, 2],
  );
  return wide ? joined(end64, locator, end) : end;
}
