/**
 * The outside of a ROOT file: its header, its directories and the keys in them. A key is the name of an object and where its bytes
 * are. Source: ROOT's `TFile`, `TDirectory` and `TKey` class descriptions. All numbers are big endian.
 */
import { Problem } from '../../../base/problem.ts';
import type { Source } from '../contract.ts';
import { unzip } from './unzip.ts';

const mostKeys = 100_000;
const deepest = 20;
/** Objects are metadata: trees of thousands of branches take some tens of MB. */
const largestObject = 512 * 1024 * 1024;

export interface Key {
  /** With the directories before it: `dir/hpx`. */
  path: string;
  className: string;
  title: string;
  cycle: number;
  /** Bytes [seek, seek + bytes) in the file; the object begins after `keyLength`. */
  seek: number;
  bytes: number;
  keyLength: number;
  objectLength: number;
}

export interface Outside {
  /** Highest cycles only. */
  keys: Key[];
  /** Descriptions of the classes in the file. */
  streamers: Key;
}

/** @throws Problem if the file is cut off or was never closed */
export async function readOutside(source: Source): Promise<Outside> {
  const head = await viewOf(source, 0, Math.min(source.size, 100));
  const large = head.getUint32(4) >= 1_000_000;
  const begin = head.getUint32(8);
  const end = large ? eight(head, 12) : head.getUint32(12);
  if (end > source.size) {
    throw new Problem({
      where: source.name,
      expected: `a ROOT file of ${end} bytes, as its header says`,
      found: `${source.size} bytes: the file was cut off`,
      fix: 'Copy or download the file again',
    });
  }
  const nameBytes = head.getUint32(large ? 36 : 28);
  const seekInfo = large ? eight(head, 45) : head.getUint32(37);
  const infoBytes = head.getUint32(large ? 53 : 41);
  const seekKeys = await directoryKeys(source, begin + nameBytes);
  if (seekKeys === 0) {
    throw new Problem({
      where: source.name,
      expected: 'a ROOT file that was closed',
      found: 'one without a list of keys: the program that wrote it stopped before the end',
      fix: 'Write it again, or recover it by opening it in ROOT in update mode',
    });
  }
  const keys: Key[] = [];
  await collect(source, seekKeys, '', keys, 0);
  const streamers = parseKey(await viewOf(source, seekInfo, seekInfo + infoBytes), 0, '').key;
  return { keys: highestCycles(keys), streamers: { ...streamers, seek: seekInfo } };
}

/** The object of a key, unpacked. */
export async function readObject(source: Source, key: Key): Promise<Uint8Array> {
  if (!(key.keyLength > 0 && key.bytes >= key.keyLength && key.objectLength >= 0 && key.objectLength <= largestObject)) {
    throw new Error(`a key of ${key.bytes} bytes for an object of ${key.objectLength}`);
  }
  const payload = await bytesOf(source, key.seek + key.keyLength, key.seek + key.bytes);
  return unzip(payload, key.objectLength);
}

/** Bytes [start, end), which must lie inside the file. */
export async function bytesOf(source: Source, start: number, end: number): Promise<Uint8Array> {
  if (!(start >= 0 && end >= start && end <= source.size)) throw new Error(`bytes ${start} to ${end} of ${source.size}`);
  const bytes = await source.read(start, end);
  if (bytes.length !== end - start) throw new Error(`only ${bytes.length} bytes where ${end - start} were asked for`);
  return bytes;
}

async function viewOf(source: Source, start: number, end: number): Promise<DataView> {
  const bytes = await bytesOf(source, start, end);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function eight(view: DataView, at: number): number {
  return Number(view.getBigInt64(at));
}

/** Where the keys of a directory are; 0 if it has none. */
async function directoryKeys(source: Source, at: number): Promise<number> {
  const view = await viewOf(source, at, Math.min(source.size, at + 42));
  const large = view.getInt16(0) > 1000;
  return large ? eight(view, 34) : view.getInt32(26);
}

async function collect(source: Source, seek: number, prefix: string, keys: Key[], depth: number): Promise<void> {
  const start = await viewOf(source, seek, Math.min(source.size, seek + 8));
  const bytes = start.getInt32(0);
  const view = await viewOf(source, seek, seek + bytes);
  let { at } = parseKey(view, 0, '');
  const count = view.getInt32(at);
  at += 4;
  // a key takes at least 27 bytes
  if (!(count >= 0 && count * 27 <= bytes && keys.length + count <= mostKeys)) throw new Error(`${count} keys in ${bytes} bytes`);
  for (let i = 0; i < count; i++) {
    const parsed = parseKey(view, at, prefix);
    at = parsed.at;
    const { key } = parsed;
    if (!/^TDirectory(File)?$/.test(key.className)) keys.push(key);
    else if (depth < deepest) {
      const inside = await directoryKeys(source, key.seek + key.keyLength);
      if (inside > 0 && inside !== seek) await collect(source, inside, `${key.path}/`, keys, depth + 1);
    }
  }
}

function parseKey(view: DataView, start: number, prefix: string): { key: Key; at: number } {
  const large = view.getInt16(start + 4) > 1000;
  let at = start + (large ? 34 : 26);
  const text = (): string => {
    let length = view.getUint8(at++);
    if (length === 255) {
      length = view.getInt32(at);
      at += 4;
    }
    if (!(length >= 0 && at + length <= view.byteLength)) throw new Error('a name that ends behind its key');
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
    at += length;
    return new TextDecoder().decode(bytes);
  };
  const className = text();
  const name = text();
  const title = text();
  const key: Key = {
    path: `${prefix}${name}`,
    className,
    title,
    cycle: view.getInt16(start + 16),
    seek: large ? eight(view, start + 18) : view.getInt32(start + 18),
    bytes: view.getInt32(start),
    keyLength: view.getInt16(start + 14),
    objectLength: view.getInt32(start + 6),
  };
  return { key, at };
}

/** A tree that is saved several times has a key for each; the last one is the complete one. */
function highestCycles(keys: readonly Key[]): Key[] {
  const best = new Map<string, Key>();
  for (const key of keys) {
    const known = best.get(key.path);
    if (!known || key.cycle > known.cycle) best.set(key.path, key);
  }
  return [...best.values()];
}
