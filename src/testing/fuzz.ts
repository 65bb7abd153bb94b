/**
 * Damages valid files in seeded ways and watches what opening and reading them does. Each case must end in data or in one Problem: no other
 * error, no hang, no flood of memory, and never silently fewer rows than the file says. Case n of a format depends on the seed and n alone, so
 * that one case can be repeated by itself.
 */
import { gzipSync, zipSync } from 'fflate';
import { Problem } from '../base/problem.ts';
import type { OpenFile, Source } from '../data/formats/contract.ts';
import { memorySource, openSource } from '../data/formats/open.ts';
import { Cursor } from '../numeric/random.ts';
import { npyBytes } from './files.ts';

/** Values that lengths and counts are replaced with. */
const hostile = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 40, 2 ** 53, 2 ** 63];
const hostileTexts = [
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '9'.repeat(40),
  '"',
  '\n',
  '[[[[',
];
/** Rows of each array that are read, and arrays of each file. */
const rowsRead = 2000;
const arraysRead = 12;

type Mutate = (bytes: Uint8Array, cursor: Cursor) => Uint8Array;

/** Half of all positions are near the start or the end, where most formats keep their structure. */
function position(length: number, cursor: Cursor): number {
  const near = Math.min(length, 512);
  const choice = cursor.below(4);
  if (choice === 0) return cursor.below(near);
  return choice === 1 ? length - 1 - cursor.below(near) : cursor.below(length);
}

function replaced(bytes: Uint8Array, at: number, cut: number, insert: Uint8Array): Uint8Array {
  const end = Math.min(bytes.length, at + cut);
  const out = new Uint8Array(at + insert.length + bytes.length - end);
  out.set(bytes.subarray(0, at));
  out.set(insert, at);
  out.set(bytes.subarray(end), at + insert.length);
  return out;
}

export const mutations: Readonly<Record<string, Mutate>> = {
  'cut off': (bytes, cursor) => bytes.slice(0, cursor.below(bytes.length)),
  'bits flipped': (bytes, cursor) => {
    const out = bytes.slice();
    for (let i = 1 + cursor.below(8); i > 0; i--) {
      const at = position(out.length, cursor);
      out[at] = (out[at] as number) ^ (1 << cursor.below(8));
    }
    return out;
  },
  'bytes overwritten': (bytes, cursor) => {
    const out = bytes.slice();
    const at = position(out.length, cursor);
    for (let i = 0; i < 1 + cursor.below(32) && at + i < out.length; i++) out[at + i] = cursor.below(256);
    return out;
  },
  'zeros written': (bytes, cursor) => {
    const at = position(bytes.length, cursor);
    return bytes.slice().fill(0, at, at + 1 + cursor.below(64));
  },
  'hostile length': (bytes, cursor) => {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    const size = [1, 2, 4, 8][cursor.below(4)] as number;
    if (out.length < size) return out;
    const at = Math.min(position(out.length, cursor), out.length - size);
    const value = hostile[cursor.below(hostile.length)] as number;
    const little = cursor.below(2) === 0;
    if (size === 1) view.setUint8(at, value % 256);
    else if (size === 2) view.setUint16(at, value % 65536, little);
    else if (size === 4) view.setUint32(at, value % 2 ** 32, little);
    else view.setBigUint64(at, BigInt(value), little);
    return out;
  },
  'part removed': (bytes, cursor) => replaced(bytes, position(bytes.length, cursor), 1 + cursor.below(64), new Uint8Array(0)),
  'part doubled': (bytes, cursor) => {
    const at = position(bytes.length, cursor);
    return replaced(bytes, at, 0, bytes.slice(at, at + 1 + cursor.below(256)));
  },
  'hostile text': (bytes, cursor) => {
    const text = new TextEncoder().encode(hostileTexts[cursor.below(hostileTexts.length)]);
    return replaced(bytes, position(bytes.length, cursor), cursor.below(2) * text.length, text);
  },
};

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Traps made by hand, by format: small files that promise or unpack to far more than they hold, and names that mean something to somebody. */
export function traps(): { format: string; name: string; bytes: Uint8Array }[] {
  const zeros = new Uint8Array(24 * 1024 * 1024);
  const liar = zipSync({ 'x.npy': npyBytes('<f8', [100], new Float64Array(100)) });
  const directory = Buffer.from(liar).indexOf('PK\x01\x02');
  new DataView(liar.buffer).setUint32(directory + 24, 0x7ffffff0, true);
  return [
    { format: 'gzip', name: 'bomb.csv.gz', bytes: gzipSync(zeros) },
    { format: 'gzip', name: 'bomb.npy.gz', bytes: gzipSync(npyBytes('<f8', [3e6], zeros)) },
    { format: 'zip', name: 'bomb.zip', bytes: zipSync({ 'x.csv': zeros }) },
    { format: 'npz', name: 'liar.npz', bytes: liar },
    {
      format: 'npz',
      name: 'names.npz',
      bytes: zipSync({
        '__proto__.npy': npyBytes('<f4', [2], new Float32Array(2)),
        '../x.npy': npyBytes('<f4', [2], new Float32Array(2)),
      }),
    },
    { format: 'npy', name: 'huge.npy', bytes: npyBytes('<f8', [2 ** 40, 3], new Float64Array(3)) },
    {
      format: 'npy',
      name: 'names.npy',
      bytes: npyBytes("[('__proto__', '<f8'), ('<script>', '<f8')]", [2], new Float64Array(4)),
    },
    { format: 'csv', name: 'wide.csv', bytes: text(','.repeat(2_000_000)) },
    { format: 'csv', name: 'names.csv', bytes: text('__proto__,constructor,<script>alert(1)</script>\n1,2,3\n') },
    { format: 'csv', name: 'quote.csv', bytes: text(`a,b\n"${'x'.repeat(100_000)}\n`) },
    { format: 'json', name: 'deep.json', bytes: text('['.repeat(1_000_000)) },
    { format: 'json', name: 'names.json', bytes: text('{"__proto__": {"x": [1]}, "constructor": [2]}') },
    { format: 'json', name: 'keys.jsonl', bytes: text(Array.from({ length: 30_000 }, (_, i) => `{"k${i}": 1}`).join('\n')) },
  ];
}

export interface Outcome {
  /** What was done to the file. */
  mutation: string;
  /** `data` and `problem` are what may happen; anything else is a fault. */
  result: 'data' | 'problem' | 'fault';
  message: string;
  milliseconds: number;
}

/** Damaged bytes of one case. */
export function damage(bytes: Uint8Array, seed: number, index: number): { mutation: string; bytes: Uint8Array } {
  const cursor = new Cursor(seed, 'noise', index);
  const names = Object.keys(mutations);
  const mutation = names[index % names.length] as string;
  return { mutation, bytes: (mutations[mutation] as Mutate)(bytes, cursor) };
}

/** Opens a file and reads the first and last rows of its arrays, checking each against its own catalogue. */
export async function outcome(source: Source, mutation: string): Promise<Outcome> {
  const start = performance.now();
  const done = (result: Outcome['result'], message: string): Outcome => {
    return { mutation, result, message, milliseconds: performance.now() - start };
  };
  let file: OpenFile | undefined;
  let problem = '';
  try {
    file = await openSource(source);
    for (const array of file.arrays.slice(0, arraysRead)) {
      try {
        await readSome(file, array);
      } catch (error) {
        if (!(error instanceof Problem)) return done('fault', `${array.name}: ${words(error)}`);
        problem ||= error.message;
      }
    }
  } catch (error) {
    if (!(error instanceof Problem)) return done('fault', words(error));
    problem = error.message;
  } finally {
    file?.close();
  }
  if ('polluted' in {} || Object.keys(Object.prototype).length > 0) return done('fault', 'a prototype was changed');
  return problem ? done('problem', problem) : done('data', '');
}

async function readSome(file: OpenFile, { name, shape, jagged }: OpenFile['arrays'][number]): Promise<void> {
  if (!shape.every((n) => Number.isInteger(n) && n >= 0)) throw new Error(`impossible shape ${shape.join(' x ')}`);
  const rows = shape[0] ?? 1;
  const width = shape.slice(1).reduce((product, n) => product * n, 1);
  const some = Math.max(1, Math.min(rowsRead, Math.floor(4e6 / Math.max(1, width))));
  if (width > 4e7 || rows === 0) return;
  const ranges: [number, number][] = [[0, Math.min(rows, some)]];
  if (rows > some) ranges.push([rows - 1, rows]);
  for (const [from, to] of ranges) {
    if (jagged && file.readLists) {
      const { offsets, values } = await file.readLists(name, { rows: [from, to] });
      if (offsets.length !== to - from + 1 || offsets.at(-1) !== values.length)
        throw new Error(`lists of ${offsets.length - 1} rows instead of ${to - from}`);
    } else {
      const values = await file.read(name, { rows: [from, to] });
      if (values.length !== (to - from) * width) throw new Error(`${values.length} values instead of ${(to - from) * width}`);
    }
  }
}

function words(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}\n${error.stack?.split('\n').slice(1, 4).join('\n')}`
    : String(error);
}

/** Rows of the arrays of a file, for comparing a cut file with the whole. */
export async function rowsOf(source: Source): Promise<Map<string, number>> {
  const file = await openSource(source);
  const rows = new Map(file.arrays.map(({ name, shape }) => [name, shape[0] ?? 1]));
  file.close();
  return rows;
}

/** Case `index` of a format. */
export async function fuzzCase(fixture: { name: string; bytes: Uint8Array }, seed: number, index: number): Promise<Outcome> {
  const { mutation, bytes } = damage(fixture.bytes, seed, index);
  if (bytes.length === 0) return { mutation, result: 'problem', message: 'empty', milliseconds: 0 };
  return outcome(memorySource(fixture.name, bytes), mutation);
}
