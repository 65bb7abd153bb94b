/**
 * Our modules over the heap of TF.js's WASM backend, so that they read and write the numbers of its tensors in place. Every
 * module whose name begins with `heap-` is instantiated when the backend starts, because kernels are called synchronously.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import { tf, type wasm } from '../tf.ts';
import { kernelsOver, moduleNames } from './load.ts';

type Backend = InstanceType<typeof wasm.BackendWasm>;
/** Where Emscripten leaves the memory: beside the library in the threaded build, among its exports in the others. */
type Library = { wasmMemory?: WebAssembly.Memory; asm: { memory?: WebAssembly.Memory } };

const instances = new WeakMap<Backend, Map<string, unknown>>();

/** Instantiates the heap modules for a backend; leaves TF.js alone where there is no SIMD. */
export async function prepareHeapKernels(backend: Backend): Promise<void> {
  if (instances.has(backend)) return;
  const library = backend.wasm as unknown as Library;
  const memory = library.wasmMemory ?? library.asm.memory;
  const ready = new Map<string, unknown>();
  if (memory) {
    for (const name of moduleNames.filter((module) => module.startsWith('heap-'))) {
      const exports = await kernelsOver(name, memory);
      if (exports) ready.set(name, exports);
    }
  }
  instances.set(backend, ready);
}

/** What a heap module exports; undefined unless WASM is the active backend and has SIMD. */
export function heapKernels<Exports>(name: string): Exports | undefined {
  if (tf.getBackend() !== 'wasm') return undefined;
  const backend = tf.engine().registry.wasm as unknown as Backend | undefined;
  return backend && (instances.get(backend)?.get(name) as Exports | undefined);
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
