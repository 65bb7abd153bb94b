import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../../numeric/random.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import patch from './wasm-matmul.ts';

function numbers(shape: number[], index: number): Tensor {
  const cursor = new Cursor(1, 'noise', 1, index);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => cursor.normal()),
    shape,
  );
}

/** Best of three, ms. */
function time(work: () => Tensor): number {
  const once = () => {
    const start = performance.now();
    work().dispose();
    return performance.now() - start;
  };
  once();
  return Math.min(once(), once(), once());
}

let unpatched: { transposed: number; moved: number };
const cases = [
  [[5, 3], [5, 4], true, false],
  [[3, 5], [4, 5], false, true],
  [[5, 3], [4, 5], true, true],
  [[2, 5, 3], [2, 5, 4], true, false],
  [[2, 3, 5], [1, 4, 5], false, true],
] as const;

describe('a product with a transpose on wasm', () => {
  beforeAll(async () => {
    await startWasm();
    const a = numbers([400, 400], 1);
    unpatched = {
      transposed: time(() => tf.matMul(a, a, true)),
      moved: time(() => tf.tidy(() => tf.matMul(tf.transpose(a), a))),
    };
    a.dispose();
    patch.apply(tf);
  });

  it('is several times slower than moving the numbers first, without the patch', () => {
    expect(unpatched.transposed).toBeGreaterThan(3 * unpatched.moved);
  });

  it('is about as fast as that with the patch', () => {
    const a = numbers([400, 400], 1);
    expect(time(() => tf.matMul(a, a, true))).toBeLessThan(unpatched.transposed / 2);
    a.dispose();
  });

  it.each(cases)('of %j and %j, transposed %s and %s, equals the CPU backend', async (a, b, ta, tb) => {
    const product = () => tf.tidy(() => tf.matMul(numbers([...a], 1), numbers([...b], 2), ta, tb));
    const found = product();
    await tf.setBackend('cpu');
    const expected = product();
    await tf.setBackend('wasm');
    expect(found.shape).toEqual(expected.shape);
    const right = expected.dataSync();
    for (const [i, value] of found.dataSync().entries()) expect(value).toBeCloseTo(right[i] as number, 5);
    tf.dispose([found, expected]);
  });
});
