/** A backend of TF.js from a compiled library that we have loaded ourselves. */
import { wasm } from './tf.ts';

export type Backend = InstanceType<typeof wasm.BackendWasm>;
/** What the compiled library offers to be called by name. */
export type Library = Backend['wasm'] & {
  cwrap(name: string, result: 'number' | null, parameters: 'number'[]): (...numbers: number[]) => number;
};

/** Names the functions that TF.js calls, as its own loader does. */
export function backendOf(library: Library): Backend {
  const call = (name: string, parameters: number, result: 'number' | null = null) =>
    library.cwrap(name, result, new Array<'number'>(parameters).fill('number'));
  library.tfjs = {
    init: call('init', 0),
    initWithThreadsCount: call('init_with_threads_count', 1),
    getThreadsCount: call('get_threads_count', 0, 'number'),
    registerTensor: call('register_tensor', 3),
    disposeData: call('dispose_data', 1),
    dispose: call('dispose', 0),
  };
  return new wasm.BackendWasm(library);
}
