/**
 * HDF5, read lazily with h5wasm (the HDF5 C library compiled to WebAssembly). In the worker the browser's file is mounted and
 * only the bytes that are asked for are read; in Node the file is opened by its path. It knows arrays, types and filters, and
 * nothing of physics.
 *
 * Two habits of the library shape this file. A read through a missing filter returns uninitialised memory unless the throwing
 * error handler is switched on, so it is switched on first and filters are looked at before every read. And its memory is limited
 * to 2 GiB and never shrinks, so arrays are read in bands of whole chunks below about 100 MB.
 */
import type { Dataset, Group, File as H5File, Metadata } from 'h5wasm';
import { Problem, type ProblemDetails } from '../../base/problem.ts';
import type { ArrayInfo, Format, OpenFile, ReadOptions, Source, Values } from './contract.ts';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bytes unpacked by one call of the library. */
const bandBytes = 96 * 1024 * 1024;
const largestExact = 2 ** 53;
/** Filters inside the library: deflate, shuffle, Fletcher32, szip, n-bit, scale-offset. */
const builtIn = new Set([1, 2, 3, 4, 5, 6]);
const filterNames: Readonly<Record<number, string>> = {
  1: 'gzip',
  2: 'shuffle',
  3: 'fletcher32',
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
  32026: 'Blosc2',
};
/** HDF5 type classes (H5T_class_t). */
const H5T = { integer: 0, float: 1, string: 3, enumeration: 8 } as const;
const typeClassNames: Readonly<Record<number, string>> = {
  2: 'time',
  4: 'bit field',
  5: 'opaque',
  6: 'compound',
  7: 'reference',
  9: 'variable-length',
  10: 'array',
};

const hdf5: Format = {
  id: 'hdf5',
  name: 'HDF5',
  extensions: ['h5', 'hdf5', 'hdf', 'he5'],
  recognises: (head) => (signatureOffset(head) >= 0 ? 1 : 0),
  open: async (source) => {
    const mounted = await mount(source);
    try {
      return openFile(source, mounted);
    } catch (error) {
      mounted.release();
      throw refusal(source, error);
    }
  },
};
export default hdf5;

/** The signature stands at byte 0, 512, 1024, 2048 ...; -1 if it is not in the head. */
function signatureOffset(head: Uint8Array): number {
  for (let offset = 0; offset + signature.length <= head.length; offset = offset === 0 ? 512 : offset * 2) {
    if (signature.every((byte, i) => head[offset + i] === byte)) return offset;
  }
  return -1;
}

interface Mounted {
  library: typeof import('h5wasm');
  /** Where the library finds the file. */
  path: string;
  release(): void;
}

/** Three ways to the bytes: by path (Node), by mounting the browser's file (worker), by copying into the library's memory. */
async function mount(source: Source): Promise<Mounted> {
  if (source.path !== undefined) {
    // through a variable, so that the bundler leaves Node's build out of the page
    const nodeBuild = 'h5wasm/node';
    const library = (await import(/* @vite-ignore */ nodeBuild)) as typeof import('h5wasm');
    (await library.ready).activate_throwing_error_handler();
    return { library, path: source.path, release: () => {} };
  }
  const library = await import('h5wasm');
  const module = await library.ready;
  module.activate_throwing_error_handler();
  const FS = module.FS as typeof module.FS & { filesystems: { WORKERFS: unknown } };
  let count = 0;
  while (FS.analyzePath(`/file${count}`, false).exists) count++;
  const folder = `/file${count}`;
  FS.mkdir(folder);
  const path = `${folder}/data`;
  if (source.file && 'FileReaderSync' in globalThis) {
    // a blob with a name of ours, so that no character of the user's file name meets the library
    FS.mount(FS.filesystems.WORKERFS as never, { blobs: [{ name: 'data', data: source.file }] }, folder);
    return {
      library,
      path,
      release: () => {
        FS.unmount(folder);
        FS.rmdir(folder);
      },
    };
  }
  FS.writeFile(path, await source.read(0, source.size));
  return {
    library,
    path,
    release: () => {
      FS.unlink(path);
      FS.rmdir(folder);
    },
  };
}

function openFile(source: Source, { library, path, release }: Mounted): OpenFile {
  const file = new library.File(path, 'r');
  const remarks: string[] = [];
  const arrays: ArrayInfo[] = [];
  const open = { file, library, source, remarks };
  collect(open, file, '', arrays);
  let closed = false;
  return {
    format: 'hdf5',
    name: source.name,
    arrays,
    tabular: false,
    remarks,
    read: (name, options = {}) => {
      const array = arrays.find((entry) => entry.name === name);
      if (closed || !array) return Promise.reject(closed ? new Error(`${source.name} is closed`) : noArray(source, name, arrays));
      return readArray(open, array, options);
    },
    close: () => {
      if (closed) return;
      closed = true;
      file.close();
      release();
    },
  };
}

interface Opened {
  file: H5File;
  library: typeof import('h5wasm');
  source: Source;
  remarks: string[];
}

/** Walks groups depth first; links that lead nowhere or into other files are mentioned and left out. */
function collect(open: Opened, group: Group, prefix: string, arrays: ArrayInfo[]): void {
  for (const key of group.keys()) {
    const name = `${prefix}${key}`;
    const entry = group.get(key);
    if (entry instanceof open.library.Dataset) arrays.push(arrayInfo(entry, name, placeOf(open, name)));
    else if (entry instanceof open.library.Group) collect(open, entry, `${name}/`, arrays);
    else if (entry instanceof open.library.ExternalLink || entry instanceof open.library.BrokenSoftLink) {
      open.remarks.push(`"${name}" is a link that leads out of this file; it was left out`);
    }
  }
}

function arrayInfo(dataset: Dataset, name: string, where: string): ArrayInfo {
  const metadata = dataset.metadata;
  const filters = dataset.filters.map(({ id, name: own }) => filterNames[id] ?? own ?? String(id));
  const attributes = shortAttributes(dataset);
  const problem = filterProblem(dataset, where) ?? typeProblem(metadata, where) ?? storageProblem(metadata, where);
  return {
    name,
    shape: metadata.shape ?? [0],
    type: typeName(metadata),
    ...(filters.length > 0 ? { filters } : {}),
    ...(metadata.chunks?.[0] ? { chunkRows: metadata.chunks[0] } : {}),
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
    ...(problem ? { problem } : {}),
  };
}

/** NumPy's word for a type; big-endian numbers are converted on reading, so the word does not mention it. */
function typeName(metadata: Metadata): string {
  const { type, size, signed } = metadata;
  if (type === H5T.float) return `float${size * 8}`;
  if (type === H5T.integer) return `${signed ? '' : 'u'}int${size * 8}`;
  if (type === H5T.string) return 'text';
  if (type === H5T.enumeration) {
    const members = Object.keys(metadata.enum_type?.members ?? {});
    return members.length === 2 && members.includes('TRUE') && members.includes('FALSE') ? 'bool' : `int${size * 8}`;
  }
  return typeClassNames[type] ?? 'unknown';
}

function shortAttributes(dataset: Dataset): Record<string, string | number> {
  const short: Record<string, string | number> = {};
  for (const [name, attribute] of Object.entries(dataset.attrs)) {
    if (attribute.shape === null || attribute.shape.some((n) => n !== 1)) continue;
    const { type } = attribute.metadata;
    if (type !== H5T.integer && type !== H5T.float && type !== H5T.string) continue;
    const json = attribute.json_value;
    const value = Array.isArray(json) ? json[0] : json;
    if (typeof value === 'number' || (typeof value === 'string' && value.length <= 200)) short[name] = value;
  }
  return short;
}

// ---- reading -----------------------------------------------------------------------------------------------------------

async function readArray(open: Opened, info: ArrayInfo, options: ReadOptions): Promise<Values> {
  const where = placeOf(open, info.name);
  if (info.problem) throw new Problem(info.problem);
  const dataset = open.file.get(info.name) as Dataset;
  const metadata = dataset.metadata;

  const rows = info.shape[0] ?? 1;
  const [start, end] = checkRows(options.rows ?? [0, rows], rows, where);
  const rowLength = info.shape.slice(1).reduce((product, n) => product * n, 1);
  const band = bandRows(rowLength * metadata.size, info.chunkRows ?? 1);
  const out = makeValues(metadata, (end - start) * rowLength, where);
  let inexact = 0;
  for (let from = start; from < end; ) {
    options.signal?.throwIfAborted();
    // bands end on whole chunks, whatever row the first one starts at
    const to = Math.min(end, (Math.floor(from / band) + 1) * band);
    inexact += copyBand(sliceRows(open, dataset, info, from, to, where), out, (from - start) * rowLength);
    from = to;
    options.onProgress?.({ done: (from - start) / (end - start), message: `Reading ${info.name} of ${open.source.name}` });
    // a turn of the event loop, so that a message that cancels the reading can arrive
    if (from < end) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (inexact > 0) {
    open.remarks.push(`"${info.name}": ${inexact} whole numbers beyond 2^53 were rounded to the nearest double`);
  }
  return out;
}

function bandRows(rowBytes: number, chunkRows: number): number {
  const rows = Math.max(1, Math.floor(bandBytes / Math.max(1, rowBytes)));
  return rows > chunkRows ? rows - (rows % chunkRows) : rows;
}

function sliceRows(open: Opened, dataset: Dataset, info: ArrayInfo, from: number, to: number, where: string): unknown {
  try {
    return info.shape.length === 0 ? [dataset.value] : dataset.slice([[from, to]]);
  } catch (error) {
    throw new Problem({
      where,
      expected: `rows ${from} to ${to} to be readable`,
      found: `damaged or unreadable data (${deepestReason(messageOf(error))})`,
      fix: `Copy ${open.source.name} again, or check it with h5dump`,
      details: messageOf(error),
    });
  }
}

/** Copies one band and returns how many 64-bit integers did not fit a double exactly. */
function copyBand(band: unknown, out: Values, offset: number): number {
  if (band instanceof BigInt64Array || band instanceof BigUint64Array) {
    let inexact = 0;
    for (let i = 0; i < band.length; i++) {
      const value = Number(band[i]);
      if (Math.abs(value) >= largestExact && BigInt(value) !== band[i]) inexact++;
      out[offset + i] = value;
    }
    return inexact;
  }
  if (Array.isArray(band)) for (let i = 0; i < band.length; i++) out[offset + i] = band[i] as never;
  else (out as Float64Array).set(band as Float64Array, offset);
  return 0;
}

function makeValues(metadata: Metadata, length: number, where: string): Values {
  const { type, size, signed } = metadata;
  try {
    if (type === H5T.string) return new Array<string>(length).fill('');
    if (type === H5T.float) return size === 4 ? new Float32Array(length) : new Float64Array(length);
    if (size === 8) return new Float64Array(length);
    if (size === 4) return signed ? new Int32Array(length) : new Uint32Array(length);
    if (size === 2) return signed ? new Int16Array(length) : new Uint16Array(length);
    return signed ? new Int8Array(length) : new Uint8Array(length);
  } catch {
    throw new Problem({
      where,
      expected: 'an array that fits into memory',
      found: `${length} numbers at once`,
      fix: 'Read fewer rows: give a row range',
    });
  }
}

function checkRows([start, end]: readonly [number, number], rows: number, where: string): [number, number] {
  if (start >= 0 && start < end && end <= rows) return [start, end];
  if (start === 0 && end === 0 && rows === 0) return [0, 0];
  throw new Problem({
    where,
    expected: `a row range inside 0 to ${rows}`,
    found: `${start} to ${end}`,
    fix: 'Correct the row range',
  });
}

/** A filter that is not built in: the library would need a plugin, and without it would return whatever its memory holds. */
function filterProblem(dataset: Dataset, where: string): ProblemDetails | undefined {
  const filter = dataset.filters.find(({ id }) => !builtIn.has(id));
  if (!filter) return undefined;
  return {
    where,
    expected: 'data without compression or with gzip, szip, shuffle or Fletcher32',
    found: `HDF5 filter ${filter.id} (${filterNames[filter.id] ?? (filter.name || 'unknown')})`,
    fix: "Save it again with h5py: create_dataset(..., compression='gzip')",
  };
}

function typeProblem(metadata: Metadata, where: string): ProblemDetails | undefined {
  const { type, size } = metadata;
  const plain = type === H5T.string || type === H5T.integer || type === H5T.enumeration;
  if (plain || (type === H5T.float && (size === 4 || size === 8))) return undefined;
  return {
    where,
    expected: 'numbers of 32 or 64 bits, whole numbers, or text',
    found: `type ${typeName(metadata)}`,
    fix: type === H5T.float ? 'Save it as float32' : 'Save it as one plain array for each quantity',
  };
}

function storageProblem(metadata: Metadata, where: string): ProblemDetails | undefined {
  if (!metadata.virtual_sources?.length) return undefined;
  const names = [...new Set(metadata.virtual_sources.map((entry) => entry.file_name))].slice(0, 3).join(', ');
  return {
    where,
    expected: 'data inside this file',
    found: `a virtual dataset that points to other files (${names})`,
    fix: 'Copy the data into one file with h5py or h5repack',
  };
}

// ---- refusals ----------------------------------------------------------------------------------------------------------

function placeOf(open: Opened, name: string): string {
  return `${open.source.name}, dataset "${name}"`;
}

function noArray(source: Source, name: string, arrays: readonly ArrayInfo[]): Problem {
  return new Problem({
    where: source.name,
    expected: `a dataset "${name}"`,
    found: arrays.length > 0 ? arrays.map((array) => array.name).join(', ') : 'no datasets',
    fix: 'Choose one of the datasets that are there',
  });
}

function refusal(source: Source, error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = messageOf(error);
  const truncated = /truncated file: eof = (\d+), .*stored_eof = (\d+)/.exec(message);
  if (truncated) {
    return new Problem({
      where: source.name,
      expected: `an HDF5 file of ${truncated[2]} bytes, as its header says`,
      found: `${truncated[1]} bytes: the file was cut off`,
      fix: 'Copy or download the file again',
      details: message,
    });
  }
  return new Problem({
    where: source.name,
    expected: 'an HDF5 file that can be opened',
    found: `a damaged file (${deepestReason(message)})`,
    fix: 'Copy or download the file again, or check it with h5dump',
    details: message,
  });
}

/** The library throws objects that carry a message but are not always Errors. */
function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}

/** The innermost line of an HDF5 error stack, without source paths: `truncated file: eof = ...`. */
function deepestReason(message: string): string {
  const reasons = [...message.matchAll(/in \w+\(\): ([^\n]+)/g)].map((match) => match[1] as string);
  const reason = reasons.at(-1) ?? message.split('\n')[0] ?? message;
  return reason.length > 160 ? `${reason.slice(0, 157)}...` : reason;
}
