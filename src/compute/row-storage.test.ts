import { describe, expect, it } from 'vitest';
import { startBackend } from './backend.ts';
import { bytesOfRows, halfWords, storageOfRows, storageWords } from './row-storage.ts';

describe('rows on a graphics device', () => {
  it.each(['wasm', 'cpu'] as const)('are float32 on %s whatever their size and the choice, without a word', async (backend) => {
    await startBackend(backend);
    for (const choice of ['auto', 'float32', 'float16', 'uint8'] as const) {
      expect(storageOfRows([new Float32Array(1000)], choice, 1)).toBe('float32');
      expect(storageWords('float32', choice, 4000, 1)).toBeUndefined();
    }
  });

  it('are counted once however often they are named', () => {
    const rows = new Float32Array(10);
    expect(bytesOfRows([rows, rows, new Float32Array(5)])).toBe(60);
    expect(bytesOfRows([])).toBe(0);
  });

  it('are told of in a sentence with their size and the limit', () => {
    expect(halfWords(1_230_000_000, 536_870_912)).toMatch(
      /would take 1.230 MB on the graphics device and more than 537 MB are not kept/,
    );
  });
});
