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

/** Names of the kernels that one product with a transpose runs. */
async function kernelsOf(): Promise<readonly string[]> {
  const a = numbers([8, 6], 1);
  const { kernelNames } = await tf.profile(() => tf.matMul(a, a, true).dispose());
  a.dispose();
  return kernelNames;
}

let unpatched: readonly string[];
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
    unpatched = await kernelsOf();
    patch.apply(tf);
  });

  // how much that costs is measured by the bench, never here
  it('goes to the scalar loop of the library without the patch', () => {
    expect(unpatched).not.toContain('Transpose');
  });

  it('moves the numbers first and takes the fast product with the patch', async () => {
    expect(await kernelsOf()).toContain('Transpose');
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
