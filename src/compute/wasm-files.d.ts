/** A file of the WASM backend that comes without types. */
declare module '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js' {
  /** Program of a helper thread. */
  export const wasmWorkerContents: string;
}
