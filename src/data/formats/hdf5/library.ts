/**
 * The HDF5 C library (h5wasm, compiled to WebAssembly) and one file opened in it. In the worker the browser's file is mounted and only
 * the bytes that are asked for are read; in Node the file is opened by its path.
 *
 * The package offers one instance for the life of the page. Damaged files can stop an instance for good, an error leaves its C stack
 * half unwound, and its memory never shrinks; so instances are made here from the factory inside the package, and one that met an
 * error is not used again. A read through a missing filter would return uninitialised memory, so the throwing error handler is
 * switched on first.
 */
import type { H5Module, Metadata } from '../../../../node_modules/h5wasm/src/hdf5_util_helpers.d.ts';
import { isNode } from '../bytes/node.ts';
import type { Source } from '../contract.ts';
import { mayRequest, rangesOf } from './ranges.ts';

export type { CompoundMember, Filter, H5Module, Metadata } from '../../../../node_modules/h5wasm/src/hdf5_util_helpers.d.ts';

/** An idle instance that grew beyond this is let go. */
const largestIdleHeap = 512 * 1024 * 1024;

export interface Instance {
  module: H5Module;
  /** An error went through its C frames. */
  spent: boolean;
  files: number;
  /** Filters that were put into its file system. */
  plugins: Set<number>;
}

/** The two builds: `memory` for the worker and for bytes, `disk` for paths in Node. */
type Build = 'memory' | 'disk';

const instances = new Map<Build, Instance>();

async function instanceOf(build: Build): Promise<Instance> {
  const ready = instances.get(build);
  if (ready && !ready.spent && (ready.files > 0 || ready.module.HEAPU8.length <= largestIdleHeap)) return ready;
  const module = await makeModule(build);
  module.activate_throwing_error_handler();
  const made = { module, spent: false, files: 0, plugins: new Set<number>() };
  instances.set(build, made);
  return made;
}

async function makeModule(build: Build): Promise<H5Module> {
  const options = { noInitialRun: true, print: () => {}, printErr: () => {} };
  if (build === 'memory') {
    // behind the package's exports, which offer only an instance that is already made
    const { default: make } = await import('../../../../node_modules/h5wasm/dist/esm/hdf5_util.js');
    return make(options);
  }
  // through a variable, so that the bundler leaves Node's build out of the page
  const nodeBuild = '../../../../node_modules/h5wasm/dist/node/hdf5_util.js';
  const { default: make } = await import(/* @vite-ignore */ nodeBuild);
  return make(options);
}

/** A file opened in an instance; opened again in a new one after an error. */
export class Session {
  private live: { instance: Instance; id: bigint; release(): void } | undefined;

  /** Which build of the library it is opened in. */
  readonly build: Build;

  constructor(private readonly source: Source) {
    this.build = source.path !== undefined && isNode ? 'disk' : 'memory';
  }

  /** The instance and the number of the file in it. */
  async enter(): Promise<{ instance: Instance; module: H5Module; id: bigint }> {
    if (this.live?.instance.spent) this.close();
    if (!this.live) {
      const instance = await instanceOf(this.build);
      const { path, release } = await mount(this.source, instance.module);
      instance.files++;
      try {
        this.live = { instance, id: open(instance, path), release };
      } catch (error) {
        instance.files--;
        release();
        throw error;
      }
    }
    const { instance, id } = this.live;
    return { instance, module: instance.module, id };
  }

  close(): void {
    const { live } = this;
    if (!live) return;
    this.live = undefined;
    live.instance.files--;
    if (!live.instance.spent) {
      attempt(
        live.instance,
        () => live.instance.module.close_file(live.id),
        () => undefined,
      );
    }
    live.release();
  }
}

function open(instance: Instance, path: string): bigint {
  const { module } = instance;
  const id = attempt(instance, () => module.open(path, module.H5F_ACC_RDONLY, false, -1, -1));
  if (id < 0n) throw new Error('the library could not open the file');
  return id;
}

/**
 * A call into the library. Whatever it throws (an HDF5 error, an abort, a memory fault) means that the instance is spent.
 *
 * @param otherwise gives the result in case of an error; without it the error is passed on
 */
export function attempt<T>(instance: Instance, call: () => T, otherwise?: (error: unknown) => T): T {
  try {
    return call();
  } catch (error) {
    instance.spent = true;
    if (otherwise) return otherwise(error);
    throw error;
  }
}

/**
 * Four ways to the bytes: by path (Node), by mounting the browser's file or ranges of an address (worker), by copying into the library's
 * memory.
 */
async function mount(source: Source, module: H5Module): Promise<{ path: string; release(): void }> {
  if (source.path !== undefined && isNode) return { path: source.path, release: () => {} };
  const FS = module.FS as typeof module.FS & { filesystems: { WORKERFS: unknown } };
  let count = 0;
  while (FS.analyzePath(`/file${count}`, false).exists) count++;
  const folder = `/file${count}`;
  FS.mkdir(folder);
  const path = `${folder}/data`;
  const mounted = source.file ?? (source.url !== undefined && mayRequest() ? rangesOf(source.url, source.size) : undefined);
  if (mounted && 'FileReaderSync' in globalThis) {
    // a blob with a name of ours, so that no character of the user's file name meets the library
    FS.mount(FS.filesystems.WORKERFS as never, { blobs: [{ name: 'data', data: mounted }] }, folder);
    return { path, release: () => quietly([() => FS.unmount(folder), () => FS.rmdir(folder)]) };
  }
  FS.writeFile(path, await source.read(0, source.size));
  return { path, release: () => quietly([() => FS.unlink(path), () => FS.rmdir(folder)]) };
}

/** Tidying up in an instance that may be spent. */
function quietly(steps: readonly (() => unknown)[]): void {
  try {
    for (const step of steps) step();
  } catch {
    // the instance is let go as a whole
  }
}

/**
 * Raw values of rows [from, to), little endian, handed to `use` where they lie in the library's memory: they are gone afterwards.
 *
 * @param reclaim true if the values point to memory that the library allocated for texts or lists
 */
export function withRows<T>(
  { instance, module, id }: { instance: Instance; module: H5Module; id: bigint },
  path: string,
  metadata: Metadata,
  [from, to]: readonly [number, number],
  reclaim: boolean,
  use: (bytes: Uint8Array) => T,
): T {
  const shape = metadata.shape ?? [];
  const rows = to - from;
  const bytes = shape.slice(1).reduce((product, n) => product * n, rows) * metadata.size;
  const counts = [rows, ...shape.slice(1)].map(BigInt);
  const scalar = shape.length === 0;
  return attempt(instance, () => {
    const pointer = module._malloc(Math.max(8, bytes)) >>> 0;
    if (pointer === 0) throw new RangeError(`no memory for ${bytes} bytes`);
    const offsets = [from, ...shape.slice(1).map(() => 0)].map(BigInt);
    const ones = counts.map(() => 1n);
    const status = scalar
      ? module.get_dataset_data(id, path, null, null, null, BigInt(pointer))
      : module.get_dataset_data(id, path, counts, offsets, ones, BigInt(pointer));
    if (status < 0) throw new Error('the library could not read these rows');
    const result = use(module.HEAPU8.subarray(pointer, pointer + bytes));
    if (reclaim && !scalar) module.reclaim_vlen_memory_count(id, path, '', BigInt(pointer), counts);
    else if (reclaim) module.reclaim_vlen_memory(id, path, '', BigInt(pointer));
    module._free(pointer);
    return result;
  });
}
