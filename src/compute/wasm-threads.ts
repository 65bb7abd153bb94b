/**
 * The threaded build of TF.js's WASM backend, started by ourselves.
 *
 * TF.js hands its helper threads the text of the factory function as it finds it at run time. In a bundle that text is
 * minified and refers to a variable outside itself under a name that no helper knows (`e is not defined`), so the threads
 * die and TF.js waits for them for ever. Ours get the original text of the file. Upstream: tfjs-backend-wasm 4.22.0,
 * dist/backend_wasm.js, `mainScriptUrlOrBlob`; this file can go when `tf.setBackend('wasm')` starts threads in a bundle.
 */
import factory from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';
import factoryText from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js?raw';
import { wasmWorkerContents } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js';
import { type Backend, backendOf, type Library } from './wasm-library.ts';

/**
 * Loads the threaded build with its eight helpers.
 *
 * @param binaryUrl the .wasm file
 * @throws Error if it cannot be loaded; may also wait for ever, if the browser starts no helpers
 */
export async function loadThreadedWasm(binaryUrl: string): Promise<Backend> {
  const helperUrl = scriptUrl(wasmWorkerContents);
  try {
    const library = await new Promise<Library>((resolve, reject) => {
      factory({
        mainScriptUrlOrBlob: new Blob([factoryText], { type: 'text/javascript' }),
        locateFile: (path) => (path.endsWith('.worker.js') ? helperUrl : binaryUrl),
        onAbort: (message) => reject(new Error(message)),
      }).then((loaded) => resolve(loaded as unknown as Library), reject);
    });
    return backendOf(library);
  } finally {
    URL.revokeObjectURL(helperUrl);
  }
}

function scriptUrl(text: string): string {
  return URL.createObjectURL(new Blob([text.replaceAll('\n', '\\n')], { type: 'text/javascript' }));
}
