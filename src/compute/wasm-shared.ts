/**
 * The build of TF.js's WASM backend without threads, over a shared memory. TF.js itself runs on one thread as before; helpers of
 * ours see the numbers of its tensors and take parts of large kernels (kernels/heap-team.ts). The threaded build would do, too, but
 * it starts eight helpers of its own, and not at all on two cores.
 */
import factory from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import { type Backend, backendOf, type Library } from './wasm-library.ts';

/** The memory section: one memory, with a maximum, of 256 pages at first and 65,536 at most. */
const memorySection = [5, 7, 1, 1, 0x80, 2, 0x80, 0x80, 4];
/** Of these, the one that says what limits there are: 3 is shared, with a maximum. */
const limits = 3;

/**
 * @param bytes of the SIMD build
 * @throws Error if it does not start, for instance because so much address space cannot be had
 */
export async function loadSharedWasm(bytes: Uint8Array<ArrayBuffer>): Promise<Backend> {
  const module = await WebAssembly.compile(withSharedMemory(bytes));
  const library = await new Promise<Library>((resolve, reject) => {
    factory({
      instantiateWasm: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => {
        WebAssembly.instantiate(module, imports).then(receive, reject);
        return {};
      },
      onAbort: (message) => reject(new Error(message)),
    }).then((loaded) => resolve(loaded as unknown as Library), reject);
  });
  return backendOf(library);
}

/** @throws Error if the file is not as it was when this was written */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const places = [];
  for (let at = bytes.indexOf(5); at >= 0; at = bytes.indexOf(5, at + 1)) {
    if (memorySection.every((byte, k) => bytes[at + k] === byte)) places.push(at);
  }
  if (places.length !== 1)
    throw new Error(`the WASM build of TF.js has ${places.length} memory sections of the known form, not 1`);
  const changed = bytes.slice();
  changed[(places[0] as number) + limits] = 3;
  return changed;
}
