/**
 * Starts TF.js's WASM backend: the binaries come from our own server, threads are used where the page is cross-origin isolated
 * and where they help, and a threaded build that does not come up is replaced by the single-threaded one.
 *
 * Every build and every number of threads gives the same bits: threads divide the rows of a product and never a sum.
 */
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { prepareHeapKernels } from './kernels/heap.ts';
import { canShareMemory } from './kernels/load.ts';
import { within } from './patience.ts';
import { tf, wasm } from './tf.ts';
import type { Backend } from './wasm-library.ts';

export interface WasmStart {
  threads: number;
  /** `SIMD, 2 threads`. */
  detail: string;
}

/** As many helpers as the threaded build starts. */
const mostThreads = 8;
/** The threaded build waits without an end if one of its helpers cannot be started. */
const loadLimitMs = 4_000;

/**
 * Makes `wasm` the active backend. Once it runs, it keeps its threads.
 *
 * @param time measures a piece of typical work, ms. Threads are used if it is faster with them: small products are not, and
 * on a busy machine threads that wait for each other cost a factor.
 * @param threads upper bound; 8 and half the number of logical cores are others
 * @throws Error if no build of it starts
 */
export async function startWasm(time: () => Promise<number> = async () => 0, threads = mostThreads): Promise<WasmStart> {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  if (!running()) {
    const threadable = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
    // The threaded build is started by ourselves or not at all.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    const wanted = simd && threadable && isolated() ? Math.min(threads, mostThreads, physicalCores()) : 1;
    wasm.setThreadsCount(1);
    if (wanted > 1 && (await startThreadedBuild())) await chooseThreads(wanted, time);
    else await startSingleBuild(simd === true);
  }
  if (!(await tf.setBackend('wasm'))) throw new Error('no WASM build of TF.js starts');
  const backend = running();
  if (backend) await prepareHeapKernels(backend);
  const count = library()?.getThreadsCount() ?? 1;
  return { threads: count, detail: `${simd ? 'SIMD' : 'no SIMD'}, ${count} ${count === 1 ? 'thread' : 'threads'}` };
}

function running(): Backend | undefined {
  return tf.engine().registry.wasm as unknown as Backend | undefined;
}

/** The compiled library of the running backend. */
function library() {
  return running()?.wasm.tfjs;
}

function isolated(): boolean {
  return !import.meta.env.SSR && globalThis.crossOriginIsolated === true;
}

/** The build itself uses no more threads than this guess. */
function physicalCores(): number {
  return Math.floor((navigator.hardwareConcurrency || 1) / 2);
}

/** Over a memory that helpers of our own can see where there may be any. */
async function startSingleBuild(simd: boolean): Promise<void> {
  if (simd && canShareMemory() && (await startSharedBuild())) return;
  // In Node the package finds its binaries next to itself.
  if (!import.meta.env.SSR) {
    wasm.setWasmPaths({
      'tfjs-backend-wasm.wasm': plainUrl,
      'tfjs-backend-wasm-simd.wasm': simdUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
    });
  }
  await tf.setBackend('wasm');
}

/** Starts the threaded build with one thread; false, and everything as before, if it does not come up. */
async function startThreadedBuild(): Promise<boolean> {
  return startBuild(async () => {
    const { loadThreadedWasm } = await import('./wasm-threads.ts');
    return loadThreadedWasm(threadedUrl);
  });
}

async function startSharedBuild(): Promise<boolean> {
  return startBuild(async () => {
    const { loadSharedWasm } = await import('./wasm-shared.ts');
    return loadSharedWasm(await singleBuild());
  });
}

async function startBuild(load: () => Promise<Backend>): Promise<boolean> {
  try {
    const backend = await within(loadLimitMs, load(), 'starting WASM');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', () => backend, 2);
    return await tf.setBackend('wasm');
  } catch {
    return false;
  }
}

/** The file of the SIMD build. */
async function singleBuild(): Promise<Uint8Array<ArrayBuffer>> {
  if (import.meta.env.SSR) {
    const [{ readFile }, { createRequire }] = await Promise.all([import('node:fs/promises'), import('node:module')]);
    const path = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm');
    return new Uint8Array(await readFile(path));
  }
  const response = await fetch(simdUrl);
  if (!response.ok) throw new Error(`${simdUrl}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Threads must win clearly: the second measurement has the warmer code. */
const worthwhile = 0.9;

/** One thread first: every pool takes helpers for good, and there are only eight. */
async function chooseThreads(wanted: number, time: () => Promise<number>): Promise<void> {
  const alone = await time();
  library()?.initWithThreadsCount(wanted);
  if ((await time()) > worthwhile * alone) library()?.initWithThreadsCount(1);
}
