/** Every operation against PyTorch in double precision (`ops.reference.py`) on software WebGPU, composed and with our kernels. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farthest, largerCases, operationCases, randomCase, runCase } from '../../testing/operations.ts';
import { tf } from '../tf.ts';
import { countGpu } from '../webgpu/counters.ts';
import { mostWorkgroups, withLimits } from '../webgpu/tensor-kernel.ts';
import { startWebGpu, stopWebGpu, webGpuDevice } from '../webgpu.ts';
import { denseAsConvolution } from './dense.ts';
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

  it.each(largerCases.map((one, i) => [`${i} ${one.op}`, one] as const))(
    'on a device that binds little, the composed form runs as if it were asked for: %s',
    async (_, one) => {
      const device = webGpuDevice();
      // reads of tensors wait for the device, so the limit is left before them
      const dispatches = async (work: <T>(run: () => T) => T) => {
        let found: ReturnType<typeof runCase> | undefined;
        const { dispatches: count } = await countGpu(device, async () => {
          found = work(() => runCase(one));
        });
        return { count, ...(await found!) };
      };
      const small = await dispatches((run) => withLimits({ bytes: 16 }, run));
      const composed = await dispatches(withComposedOperations);
      expect(small.count).toBe(composed.count);
      expect(farthest(small.y, composed.y)).toBe(0);
      for (const [i, gradient] of small.gradients.entries()) expect(farthest(gradient, composed.gradients[i]!)).toBe(0);
    },
  );

  it.each([
    ['contrastiveLoss', 37, 19, 0.1],
    ['contrastiveLoss', 65, 130, 0.05],
    ['anomalyContrastiveLoss', 33, 64, 0.2],
  ])('%s of %i events and %i numbers, tau %f, is the composed one to 1e-5', async (op, events, width, tau) => {
    const names = op === 'contrastiveLoss' ? ['z', 'zPhysics'] : ['z', 'zPhysics', 'zAnomaly'];
    const one = randomCase(op, { tau }, Object.fromEntries(names.map((name) => [name, [events, width]])), []);
    const [ours, composed] = [await runCase(one), await withComposedOperations(() => runCase(one))];
    expect(farthest(ours.y, composed.y)).toBeLessThan(1e-5);
    for (const [i, gradient] of ours.gradients.entries()) {
      const wanted = composed.gradients[i]!;
      const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const apart = gradient.reduce((most, value, at) => Math.max(most, Math.abs(value - wanted[at]!)), 0);
      expect(apart / scale, `gradient ${i}`).toBeLessThan(1e-5);
    }
  });

  it('a contrastive loss of vectors that are too wide for the kernel runs composed', async () => {
    const one = randomCase('contrastiveLoss', { tau: 0.1 }, { z: [3, 1025], zPhysics: [3, 1025] }, []);
    const [ours, composed] = [await runCase(one), await withComposedOperations(() => runCase(one))];
    expect(ours).toEqual(composed);
  });

  it.each([
    [
      'attention to more keys than a query holds',
      'attention',
      { heads: 2 },
      { q: [1, 2, 4], k: [1, 129, 4], v: [1, 129, 4] },
      [1, 2, 4],
    ],
    [
      'an instance norm of more images than a grid has workgroups',
      'instanceNorm',
      { epsilon: 1e-3 },
      { x: [9, 1, 2, 1], scale: [1], shift: [1] },
      [9, 1, 2, 1],
    ],
    [
      'a contrastive loss of more events than a grid has workgroups',
      'contrastiveLoss',
      { tau: 0.1 },
      { z: [9, 2], zPhysics: [9, 2] },
      [],
    ],
  ])('%s runs composed', async (_, op, options, shapes, output) => {
    const one = randomCase(op, options, shapes, output);
    const counts: number[] = [];
    const found = [];
    for (const work of [<T>(run: () => T) => withLimits({ workgroups: 8 }, run), withComposedOperations]) {
      let result: ReturnType<typeof runCase> | undefined;
      const { dispatches } = await countGpu(webGpuDevice(), async () => {
        result = work(() => runCase(one));
      });
      counts.push(dispatches);
      found.push(await result!);
    }
    expect(counts[0]).toBe(counts[1]);
    expect(found[0]).toEqual(found[1]);
    // what is pretended here is so of every device
    expect(mostWorkgroups).toBeLessThanOrEqual(webGpuDevice().limits.maxComputeWorkgroupsPerDimension);
  });

  it('dropout masks are those of every other backend, bit for bit', async () => {
    const draw = { of: { seed: 4_000_000_000, step: 70_000 }, place: 2 };
    const [ours, composed] = [dropoutMask([7, 11], 0.3, draw), withComposedOperations(() => dropoutMask([7, 11], 0.3, draw))];
    expect(await ours.data()).toEqual(await composed.data());
    tf.dispose([ours, composed]);
  });

  it.each([
    [38, 9, 21],
    [37, 6, 130],
  ])('a dense layer of %i rows, %i inputs and %i outputs has the value and gradients of TF.js', async (rows, inputs, outputs) => {
    const numbers = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
    const given = [numbers([rows, inputs], 1), numbers([inputs, outputs], 2), numbers([outputs], 3)];
    const dy = numbers([rows, outputs], 4);
    const spec = { activation: 'leaky-relu', slope: 0.2 } as const;
    const ours = tf.valueAndGrads(
      (x: Tensor, w: Tensor, b: Tensor): Tensor => denseAsConvolution(x as Tensor2D, w, b, spec, false) as Tensor,
    );
    const theirs = tf.valueAndGrads((x: Tensor, w: Tensor, b: Tensor): Tensor => {
      const product: Tensor = tf.matMul(x as Tensor2D, w as Tensor2D);
      return tf.leakyRelu(tf.add(product, b), 0.2);
    });
    const [found, wanted] = [ours(given, dy), theirs(given, dy)];
    const read = ({ value, grads }: typeof found) => Promise.all([value, ...grads].map((tensor) => tensor.data()));
    const [a, b] = [await read(found), await read(wanted)];
    for (const [i, list] of a.entries()) expect(farthest(list, b[i]!)).toBeLessThan(TOLERANCE);
    expect(
      withComposedOperations(() => denseAsConvolution(given[0] as Tensor2D, given[1]!, given[2], spec, false)),
    ).toBeUndefined();
    tf.dispose([given, dy, found.value, found.grads, wanted.value, wanted.grads]);
  });
});
