import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { isShared } from './kernels/load.ts';
import { tf } from './tf.ts';
import { startWasm } from './wasm.ts';
import { withSharedMemory } from './wasm-shared.ts';

const build = new Uint8Array(
  readFileSync(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm')),
);

describe('the build of TF.js over a shared memory', () => {
  beforeAll(async () => {
    await startWasm();
  });

  it('differs from the original in one byte and still compiles', () => {
    const changed = withSharedMemory(build);
    expect(changed.length).toBe(build.length);
    expect(changed.filter((byte, i) => byte !== build[i])).toEqual(Uint8Array.of(3));
    expect(WebAssembly.validate(changed)).toBe(true);
  });

  it('refuses a file that is not as expected', () => {
    expect(() => withSharedMemory(build.slice(0, 1000))).toThrow(/0 memory sections/);
  });

  it('runs, grows its memory and gives numbers back that are not shared', () => {
    const { wasm: library } = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory }; HEAPU8: Uint8Array } };
    expect(isShared(library.asm.memory)).toBe(true);
    const before = library.asm.memory.buffer.byteLength;
    const x = tf.fill([2 ** 23], 2);
    expect(library.asm.memory.buffer.byteLength).toBeGreaterThan(before);
    const sum = tf.sum(x);
    const values = sum.dataSync();
    expect([...values]).toEqual([2 ** 24]);
    expect(values.buffer).toBeInstanceOf(ArrayBuffer);
    tf.dispose([x, sum]);
  });
});
