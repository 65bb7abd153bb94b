/**
 * Our own WASM modules: fetched from our server (in Node: read from the disk) and compiled, with relaxed SIMD where the machine
 * has it. A module brings no memory of its own; whoever instantiates it decides over which one it works.
 *
 * Relaxed SIMD multiplies and adds with one rounding instead of two. The same machine therefore always gives the same bits,
 * and two machines of which only one has it agree to rounding.
 */

const urls = import.meta.glob<string>('./built/*.wasm', { query: '?url', import: 'default', eager: true });

/** Names of the modules that are built: `heap-products`, `dense-steps`, ... */
export const moduleNames: readonly string[] = [
  ...new Set(Object.keys(urls).map((path) => path.replace('./built/', '').split('.')[0] as string)),
];

/** (module (func (result v128) ... i32x4.splat)) and the same with f32x4.relaxed_madd. */
const simdProbe = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11];
const relaxedProbe = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11],
];

export type Variant = 'simd' | 'relaxed';

let relaxedAllowed = true;

/** For measurements: modules that are loaded from now on are those for machines without relaxed SIMD. */
export function withoutRelaxedSimd(): void {
  relaxedAllowed = false;
}

/** The better variant that this machine runs; undefined if it has no SIMD. */
export async function variantHere(): Promise<Variant | undefined> {
  if (import.meta.env.SSR) {
    // Node 20 knows relaxed SIMD only behind a flag, which may still be set before the first module that needs it
    const { setFlagsFromString } = await import('node:v8');
    if (!WebAssembly.validate(Uint8Array.from(relaxedProbe))) setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  if (relaxedAllowed && WebAssembly.validate(Uint8Array.from(relaxedProbe))) return 'relaxed';
  return WebAssembly.validate(Uint8Array.from(simdProbe)) ? 'simd' : undefined;
}

/** Whether memory can be shared with helper threads here. */
export function canShareMemory(): boolean {
  return import.meta.env.SSR || (globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer !== 'undefined');
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * A module, compiled once per kind of memory.
 *
 * @param shared whether it will work over shared memory
 * @param variant for tests; the better one by default
 * @returns undefined where there is no SIMD
 * @throws Error if there is no such module or it cannot be fetched
 */
export async function kernelModule(name: string, shared: boolean, variant?: Variant): Promise<WebAssembly.Module | undefined> {
  const chosen = variant ?? (await variantHere());
  if (!chosen) return undefined;
  const key = `${name}.${chosen}.${shared}`;
  let module = compiled.get(key);
  if (!module) {
    module = bytesOf(`./built/${name}.${chosen}.wasm`).then((bytes) =>
      WebAssembly.compile(shared ? bytes : withUnsharedMemory(bytes)),
    );
    compiled.set(key, module);
    module.catch(() => compiled.delete(key));
  }
  return module;
}

/** What a module exports, working over `memory`; undefined where there is no SIMD. The caller knows the functions. */
export async function kernelsOver<Exports>(name: string, memory: WebAssembly.Memory): Promise<Exports | undefined> {
  const module = await kernelModule(name, isShared(memory));
  if (!module) return undefined;
  return (await WebAssembly.instantiate(module, { env: { memory } })).exports as Exports;
}

export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = urls[path];
  if (!url) throw new Error(`no WASM module ${path}`);
  if (import.meta.env.SSR) {
    const { readFile } = await import('node:fs/promises');
    const here = import.meta.url;
    return new Uint8Array(await readFile(new URL(path, here)));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * The modules import a shared memory. Over an unshared one they need one bit less in the import section: limits 0x03 (shared,
 * with a maximum) become 0x01. Atomic loads and stores are allowed there too.
 */
function withUnsharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [...'\u0003env\u0006memory\u0002\u0003'].map((c) => c.charCodeAt(0));
  const at = bytes.findIndex((_, i) => name.every((byte, k) => bytes[i + k] === byte));
  if (at < 0) throw new Error('a WASM module imports no shared memory');
  const changed = bytes.slice();
  changed[at + name.length - 1] = 1;
  return changed;
}
