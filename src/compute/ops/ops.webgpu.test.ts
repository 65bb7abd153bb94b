/** Every operation against PyTorch in double precision (`ops.reference.py`) on software WebGPU, composed and with our kernels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farthest, largerCases, operationCases, runCase } from '../../testing/operations.ts';
import { tf } from '../tf.ts';
import { startWebGpu, stopWebGpu } from '../webgpu.ts';
import { dropoutMask } from './dropout.ts';
import { withComposedOperations } from './paths.ts';

/** WGSL allows its exponential and division a few units in the last place. */
const TOLERANCE = 3e-5;

describe('operations on WebGPU', () => {
  beforeAll(async () => {
    await startWebGpu();
  });
  afterAll(() => stopWebGpu());

  it.each(operationCases.map((one, i) => [`${i} ${one.op} ${JSON.stringify(one.options)}`, one] as const))(
    '%s has the value and gradients of PyTorch and leaves no tensor',
    async (_, one) => {
      const before = tf.memory().numTensors;
      for (const work of [<T>(run: () => T) => run(), withComposedOperations]) {
        const { y, gradients } = await work(() => runCase(one));
        expect(farthest(y, one.y.values)).toBeLessThan(TOLERANCE);
        for (const [i, gradient] of gradients.entries())
          expect(farthest(gradient, one.gradients[i]!.values), `gradient ${i}`).toBeLessThan(TOLERANCE);
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it.each(largerCases.map((one, i) => [`${i} ${one.op}`, one] as const))(
    'our kernels and TF.js agree on shapes as models have them: %s',
    async (_, one) => {
      const [ours, composed] = [await runCase(one), await withComposedOperations(() => runCase(one))];
      expect(farthest(ours.y, composed.y)).toBeLessThan(TOLERANCE);
      for (const [i, gradient] of ours.gradients.entries())
        expect(farthest(gradient, composed.gradients[i]!), `gradient ${i}`).toBeLessThan(TOLERANCE);
    },
  );

  it('dropout masks are those of every other backend, bit for bit', async () => {
    const draw = { seed: 4_000_000_000, step: 70_000, place: 2 };
    const [ours, composed] = [dropoutMask([7, 11], 0.3, draw), withComposedOperations(() => dropoutMask([7, 11], 0.3, draw))];
    expect(await ours.data()).toEqual(await composed.data());
    tf.dispose([ours, composed]);
  });
});
