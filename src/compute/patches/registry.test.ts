import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { applyPatches, patches } from './registry.ts';

const folder = new URL('.', import.meta.url).pathname;

describe('patches', () => {
  it('are found by file name, each with a test beside it', () => {
    const files = readdirSync(folder);
    expect(patches.length).toBeGreaterThanOrEqual(5);
    for (const { id } of patches) {
      expect(files).toContain(`${id}.ts`);
      expect(files).toContain(`${id}.test.ts`);
    }
  });

  it.each(patches.map((patch) => [patch.id, patch] as const))('%s says what is wrong, where, and when it can go', (_, patch) => {
    expect(patch.bug).not.toBe('');
    expect(patch.link).toMatch(/^https:\/\/|^tfjs-/);
    expect(patch.until).not.toBe('');
  });

  it('are applied once, however often a backend starts', async () => {
    await startBackend('wasm');
    const kernel = tf.getKernel('BatchMatMul', 'wasm');
    await startBackend('cpu');
    await startBackend('wasm');
    applyPatches('wasm');
    expect(tf.getKernel('BatchMatMul', 'wasm')).toBe(kernel);
  });
});
