/**
 * What a file format is: something that recognises the first bytes of a file and opens it as a lazily readable list of
 * arrays. It knows nothing of physics; layouts give the arrays a meaning.
 */
import type { OnProgress } from '../../base/kinds.ts';
import type { ProblemDetails } from '../../base/problem.ts';

/** A file, wherever it lives. Reads are positional; nothing reads the whole of it unless the format leaves no choice. */
export interface Source {
  name: string;
  /** Bytes. */
  size: number;
  /** Bytes [start, end). */
  read(start: number, end: number): Promise<Uint8Array>;
  /** The browser's file, in the browser. */
  file?: File;
  /** The path on disk, outside the browser. */
  path?: string;
  /** Reading backwards is dear: the bytes come out of a compressed stream. */
  sequential?: true;
  /** How many archives it was taken out of. */
  nested?: number;
  /** Where it was fetched from. */
  url?: string;
}

export type Values =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | string[];

export interface ArrayInfo {
  /** Path inside the file: `Particles`, `df/block0_values`, or a column's name. */
  name: string;
  shape: readonly number[];
  /** `float32`, `int64`, `text` ... as the file calls it, in NumPy's words. */
  type: string;
  /** Compression filters by name, if any. */
  filters?: readonly string[];
  /** One list of values per row instead of one value: `shape` is [rows], `type` that of an element; read with `readLists`. */
  jagged?: boolean;
  /** Names of the columns of an array of rank 2, where the file gives them. */
  columns?: readonly string[];
  /** Rows that are stored together; reading in multiples of them from row 0 unpacks nothing twice. */
  chunkRows?: number;
  /** Why it cannot be read, if that is known beforehand: an unknown filter, an unsupported type. */
  problem?: ProblemDetails;
  /** Attributes that are short texts or numbers. */
  attributes?: Readonly<Record<string, string | number>>;
}

export interface ReadOptions {
  /** Rows [start, end) along the first axis; all if absent. */
  rows?: readonly [start: number, end: number];
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** One list per row, back to back. */
export interface Lists {
  /** [rows + 1] first is 0; row i owns values [offsets[i], offsets[i + 1]). */
  offsets: Uint32Array;
  values: Values;
}

/** An opened file: a catalogue of arrays and a way to read one. Columns of a text table are arrays of rank 1. */
export interface OpenFile {
  format: string;
  name: string;
  arrays: readonly ArrayInfo[];
  /** True if all arrays are columns of one table. */
  tabular: boolean;
  /** Things a reader should know: "no header line". Grows while arrays are read. */
  remarks?: readonly string[];
  /** Values in C order; 64-bit integers come as float64, text as strings. Throws a Problem for anything unreadable. */
  read(name: string, options?: ReadOptions): Promise<Values>;
  /** Lists of a jagged array. Throws a Problem for anything unreadable, and for an array that is not jagged. */
  readLists?(name: string, options?: ReadOptions): Promise<Lists>;
  close(): void;
}

export interface Format {
  id: string;
  name: string;
  extensions: readonly string[];
  /** It packs a file of another format; the opened file carries that format's id. */
  wraps?: true;
  /** Reads a file from front to back, so that a large one may come out of a compressed stream. */
  sequential?: true;
  /** Judges by the first bytes (at least 512 if the file has them), not by the name alone. 0 = no, 1 = certain. */
  recognises(head: Uint8Array, fileName: string): number;
  open(source: Source, options?: { onProgress?: OnProgress; signal?: AbortSignal }): Promise<OpenFile>;
}
