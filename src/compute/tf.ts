/**
 * The one place where the TF.js runtime comes in. Every room that computes with tensors takes `tf` from here, so that there is
 * a single engine with a single list of backends and kernels.
 *
 * In the worker the ES modules are bundled. In Node both packages are left outside the bundle and load as CommonJS; both then
 * require the same copy of tfjs-core. The WebGPU package is loaded on demand (`webgpu.ts`).
 */
import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';

if (import.meta.env.SSR) {
  // The first tensor on the CPU backend would print an advertisement for tfjs-node.
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
}

export { tf, wasm };
