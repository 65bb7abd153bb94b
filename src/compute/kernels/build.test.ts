import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, folder, modules, variants } from '../../../scripts/build-wasm.mjs';
import { moduleNames, variantHere } from './load.ts';

const files = modules.flatMap((name) => variants.map((variant) => ({ name, variant, file: `${name}.${variant}.wasm` })));
const built = (file: string) => new Uint8Array(readFileSync(join(folder, 'built', file)));

describe('the WASM modules', () => {
  // allows relaxed SIMD in Node 20
  beforeAll(() => variantHere());

  it('are exactly those that have a source', () => {
    expect(readdirSync(join(folder, 'built')).sort()).toEqual(files.map(({ file }) => file).sort());
    expect([...moduleNames].sort()).toEqual([...modules].sort());
  });

  it.each(files)('$file is what its source compiles to', async ({ name, variant, file }) => {
    expect(Buffer.from(await compile(name, variant)).equals(Buffer.from(built(file)))).toBe(true);
  });

  it.each(files)('$file brings no data that would overwrite a heap and imports nothing but a memory', async ({ file }) => {
    const module = await WebAssembly.compile(built(file));
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
    expect(sectionsOf(built(file))).not.toContain(11);
  });
});

/** Section numbers of a WASM file; 11 is data. */
function sectionsOf(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    found.push(bytes[at++] as number);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 127) << shift;
      more = byte > 127;
    }
    at += size;
  }
  return found;
}
