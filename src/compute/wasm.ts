/**
 * Starts TF.js's WASM backend: the three binaries come from our own server, threads are used where the page is cross-origin
 * isolated, and a threaded build that does not come up is replaced by the single-threaded one.
 */
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { within } from './patience.ts';
import { tf, wasm } from './tf.ts';

export interface WasmStart {
  threads: number;
  /** `SIMD, 2 threads`. */
  detail: string;
}

const mostThreads = 8;
/** The threaded build waits for its helpers without an end if one of them cannot be started. */
const startLimitMs = 8_000;

/**
 * Makes `wasm` the active backend.
 *
 * @param threads upper bound; the number of cores and 8 are others
 * @throws Error if no build of it starts
 */
export async function startWasm(threads = mostThreads): Promise<WasmStart> {
  // In Node the package finds its binaries next to itself.
  if (!import.meta.env.SSR) {
    wasm.setWasmPaths({
      'tfjs-backend-wasm.wasm': plainUrl,
      'tfjs-backend-wasm-simd.wasm': simdUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
    });
  }
  if (!running()) {
    const isolated = !import.meta.env.SSR && globalThis.crossOriginIsolated === true;
    const wanted = isolated ? Math.max(1, Math.min(threads, mostThreads, navigator.hardwareConcurrency || 1)) : 1;
    wasm.setThreadsCount(wanted);
    if (wanted === 1) forbidThreads();
    if (!(await activate()) && wanted > 1) {
      forbidThreads();
      forgetStart();
      await activate();
    }
    if (!running()) throw new Error('no WASM build of TF.js starts');
  } else {
    await tf.setBackend('wasm');
  }
  const count = (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')) ? wasm.getThreadsCount() : 1;
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD';
  return { threads: count, detail: `${simd}, ${count} ${count === 1 ? 'thread' : 'threads'}` };
}

function running(): boolean {
  return 'wasm' in tf.engine().registry;
}

async function activate(): Promise<boolean> {
  try {
    return await within(startLimitMs, tf.setBackend('wasm'), 'starting WASM');
  } catch {
    return false;
  }
}

/** Chooses the single-threaded binary at the next start: one thread of the threaded build is only a slower one thread. */
function forbidThreads(): void {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
}

/** Lets the next start begin afresh; TF.js would wait for the start that hangs. */
function forgetStart(): void {
  const factory = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, 2);
}
