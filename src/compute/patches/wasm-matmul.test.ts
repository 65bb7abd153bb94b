import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../../numeric/random.ts';
import { heapKernels } from '../kernels/heap.ts';
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
  [[2, 3, 5], [5, 9], false, false],
  [[300, 13], [300, 21], true, false],
  [[5, 700], [17, 700], false, true],
  [[4, 8], [8, 8], false, false],
  [[2, 1, 3, 5], [1, 2, 5, 4], false, false],
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

  it('takes our own product with the patch, which moves nothing', async () => {
    expect(await kernelsOf()).toEqual(['BatchMatMul']);
    expect(heapKernels('heap-products')).toBeDefined();
  });

  it('moves the numbers first where ours does not apply', async () => {
    const x = numbers([2, 1, 3, 5], 1);
    const y = numbers([1, 2, 4, 5], 2);
    const { kernelNames } = await tf.profile(() => tf.matMul(x, y, false, true).dispose());
    expect(kernelNames).toContain('Transpose');
    tf.dispose([x, y]);
  });

  it('leaves no tensor and no memory behind', () => {
    const before = tf.memory();
    tf.tidy(() => tf.matMul(numbers([9, 7], 1), numbers([9, 5], 2), true)).dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });

  it.each(cases)('of %j and %j, transposed %s and %s, equals the CPU backend', async (a, b, ta, tb) => {
    const product = () => tf.tidy(() => tf.matMul(numbers([...a], 1), numbers([...b], 2), ta, tb));
    const found = product();
    await tf.setBackend('cpu');
    const expected = product();
    await tf.setBackend('wasm');
    expect(found.shape).toEqual(expected.shape);
    const right = expected.dataSync();
    // sums of up to 700 products of size 1
    for (const [i, value] of found.dataSync().entries()) expect(Math.abs(value - (right[i] as number))).toBeLessThan(5e-5);
    tf.dispose([found, expected]);
  });
});
