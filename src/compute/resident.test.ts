import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { startBackend } from './backend.ts';
import { leakCheck } from './memory.ts';
import { residentMatrix } from './resident.ts';
import { tf } from './tf.ts';

const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe.each(['wasm', 'cpu'] as const)('a resident matrix on %s', (backend) => {
  beforeAll(() => startBackend(backend).then(() => undefined));
  afterAll(() => startBackend('cpu').then(() => undefined));

  it.each(['host', 'device'] as const)('in the %s place gives rows in the order asked for', async (place) => {
    const left = await leakCheck(() => {
      const matrix = residentMatrix(values, 4, 2, { place });
      const batch = matrix.batch(Uint32Array.of(3, 0, 3));
      expect(batch.arraySync()).toEqual([
        [7, 8],
        [1, 2],
        [7, 8],
      ]);
      batch.dispose();
      matrix.dispose();
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
  });

  it.each(['host', 'device'] as const)('in the %s place takes bytes as numbers', (place) => {
    const matrix = residentMatrix(Uint8Array.of(1, 0, 255), 3, 1, { place });
    const batch = matrix.batch(Uint32Array.of(0, 2));
    expect(batch.dtype).toBe('float32');
    expect(Array.from(batch.dataSync())).toEqual([1, 255]);
    batch.dispose();
    matrix.dispose();
  });

  it.each(['host', 'device'] as const)('in the %s place levels, normalises and adds noise', (place) => {
    // levels of the column are 2 apart, so that 100 becomes level 50 and 101 becomes level 51 (half goes up)
    const normalise = { scale: Float32Array.of(0.5), offset: Float32Array.of(-1) };
    const matrix = residentMatrix(Float32Array.of(0, 510, 100, 101), 4, 1, { place, storage: 'uint8', normalise });
    const [plain, noisy] = [
      matrix.batch(Uint32Array.of(3, 2, 1)),
      matrix.batch(Uint32Array.of(3, 2, 1), { of: { seed: 5, step: 7 }, deviation: 0.25 }),
    ];
    expect(Array.from(plain.dataSync())).toEqual([50, 49, 254]);
    const cursor = new Cursor(5, 'noise', 7);
    for (const [place, value] of [50, 49, 254].entries())
      expect(noisy.dataSync()[place]).toBeCloseTo(value + 0.25 * cursor.moveTo(place).normal(), 4);
    tf.dispose([plain, noisy]);
    matrix.dispose();
  });

  it('gives a batch that later changes of another batch do not reach', () => {
    const matrix = residentMatrix(values, 4, 2);
    const first = matrix.batch(Uint32Array.of(0));
    const second = matrix.batch(Uint32Array.of(1));
    expect(Array.from(first.dataSync())).toEqual([1, 2]);
    expect(Array.from(second.dataSync())).toEqual([3, 4]);
    first.dispose();
    second.dispose();
  });
});

it('a matrix of the wrong size is refused', () => {
  expect(() => residentMatrix(values, 3, 2)).toThrow('8 numbers are not 3 rows of 2');
});
