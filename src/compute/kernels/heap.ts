/**
 * Our modules over the heap of TF.js's WASM backend, so that they read and write the numbers of its tensors in place. Every
 * module whose name begins with `heap-` is instantiated when the backend starts, because kernels are called synchronously.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import { tf, type wasm } from '../tf.ts';
import { type HeapModule, HeapTeam, mostCalls } from './heap-team.ts';
import { isShared, kernelModule, moduleNames } from './load.ts';

type Backend = InstanceType<typeof wasm.BackendWasm>;
/** Where Emscripten leaves the memory: beside the library in the threaded build, among its exports in the others. */
type Library = { wasmMemory?: WebAssembly.Memory; asm: { memory?: WebAssembly.Memory } };

type Exports = HeapModule['exports'];

interface Kernels {
  modules: Map<string, Exports>;
  /** Where the heap is a shared memory. */
  team: HeapTeam | undefined;
}

const instances = new WeakMap<Backend, Kernels>();

/** Memory of TF.js's WASM backend; undefined where it does not run. */
function memoryOf(backend: Backend | undefined): WebAssembly.Memory | undefined {
  const library = backend?.wasm as unknown as Library | undefined;
  return library?.wasmMemory ?? library?.asm.memory;
}

/** Size of the heap of TF.js's WASM backend, which never shrinks; 0 where it does not run. */
export function heapBytes(): number {
  return memoryOf(tf.engine().registry.wasm as unknown as Backend | undefined)?.buffer.byteLength ?? 0;
}

/** Instantiates the heap modules for a backend; leaves TF.js alone where there is no SIMD. */
export async function prepareHeapKernels(backend: Backend): Promise<void> {
  if (instances.has(backend)) return;
  const memory = memoryOf(backend);
  const ready: HeapModule[] = [];
  if (memory) {
    for (const name of moduleNames.filter((one) => one.startsWith('heap-'))) {
      const module = await kernelModule(name, isShared(memory));
      if (!module) continue;
      const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
      ready.push({ name, module, exports: exports as Exports });
    }
  }
  instances.set(backend, {
    modules: new Map(ready.map(({ name, exports }) => [name, exports])),
    team: memory && isShared(memory) ? new HeapTeam(memory, ready) : undefined,
  });
}

/** What a heap module exports; undefined unless WASM is the active backend and has SIMD. */
export function heapKernels<Exports>(name: string): Exports | undefined {
  return kernelsHere()?.modules.get(name) as Exports | undefined;
}

function kernelsHere(): Kernels | undefined {
  if (tf.getBackend() !== 'wasm') return undefined;
  const backend = tf.engine().registry.wasm as unknown as Backend | undefined;
  return backend && instances.get(backend);
}

export { mostCalls };

/** Multiplications below which waking a helper costs more than it gives. */
const leastWork = 2 ** 20;

/**
 * Threads for work of so many multiplications, or numbers that are passed over; 1 where there are no helpers. Its parts may be as
 * many, or a few more, so that nobody waits for the slowest.
 */
export function threadsFor(work: number): number {
  if (work < leastWork) return 1;
  return kernelsHere()?.team?.threads() ?? 1;
}

/** Parts of `pieces` equal pieces of work: at most two for each thread. */
export function partsOf(pieces: number, work: number): { first: number; count: number }[] {
  const threads = threadsFor(work);
  const parts = threads === 1 ? 1 : Math.min(pieces, 2 * threads);
  const start = (part: number) => Math.floor((part * pieces) / parts);
  return Array.from({ length: parts }, (_, part) => ({ first: start(part), count: start(part + 1) - start(part) }));
}

/**
 * Calls a function of a heap module once for each list of numbers, with helper threads where they are faster. The calls may not
 * depend on one another.
 *
 * @param work see `threadsFor`
 */
export function callAll(name: string, call: string, work: number, lists: readonly (readonly number[])[]): void {
  const { team, modules } = kernelsHere() as Kernels;
  if (team && lists.length > 1 && work >= leastWork) team.callAll(name, call, work, lists);
  else for (const numbers of lists) modules.get(name)?.[call]?.(...numbers);
}

/**
 * Address of a float32 tensor's numbers. Never write into a tensor that somebody else may hold: XNNPACK keeps a packed copy of
 * weights by tensor. New tensors come from `newTensor`.
 */
export function addressOf(tensor: TensorInfo): number {
  const backend = tf.backend() as unknown as Backend;
  const { memoryOffset } = (backend as unknown as { dataIdMap: { get(id: object): { memoryOffset: number } } }).dataIdMap.get(
    tensor.dataId,
  );
  return memoryOffset;
}

/** A float32 tensor whose numbers are not set yet. */
export function newTensor(shape: readonly number[]): TensorInfo {
  return (tf.backend() as unknown as Backend).makeOutput([...shape], 'float32');
}

/** Room for a kernel's own use; freed by `tf.backend().disposeData(...)` through `freeTensor`. */
export function freeTensor(tensor: TensorInfo): void {
  (tf.backend() as unknown as Backend).disposeData(tensor.dataId);
}
