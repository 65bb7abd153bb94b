/** Every operation against PyTorch in double precision (`ops.reference.py`), on the CPU and on WASM. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farthest, largerCases, operationCases, runCase } from '../../testing/operations.ts';
import { startBackend } from '../backend.ts';
import { tf } from '../tf.ts';
import { anomalyContrastiveLoss, anomalyContrastivePlusLoss, contrastiveLoss } from './contrastive.ts';
import { conv2d, conv2dTranspose } from './conv2d.ts';
import { dropout, dropoutMask } from './dropout.ts';
import { instanceNorm } from './norm.ts';
import { choosePath, withComposedOperations } from './paths.ts';
import { upsampleBilinear } from './upsample.ts';

describe.each(['cpu', 'wasm'] as const)('operations on %s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });
  afterAll(() => tf.disposeVariables());

  it.each(operationCases.map((one, i) => [`${i} ${one.op} ${JSON.stringify(one.options)}`, one] as const))(
    '%s has the value and gradients of PyTorch and leaves no tensor',
    async (_, one) => {
      const before = tf.memory().numTensors;
      for (const work of [<T>(run: () => T) => run(), withComposedOperations]) {
        const { y, gradients } = await work(() => runCase(one));
        expect(farthest(y, one.y.values)).toBeLessThan(1e-5);
        expect(gradients.length).toBe(one.gradients.length);
        for (const [i, gradient] of gradients.entries())
          expect(farthest(gradient, one.gradients[i]!.values), `gradient ${i}`).toBeLessThan(1e-5);
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('convolution and its transpose have their worked values', () => {
    tf.tidy(() => {
      const image = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      const y = conv2d(image, tf.tensor4d([2], [1, 1, 1, 1]), tf.tensor1d([1]));
      expect([...y.dataSync()]).toEqual([3, 5, 7, 9]);
      const spread = conv2dTranspose(tf.tensor4d([2], [1, 1, 1, 1]), tf.ones([2, 2, 1, 1]), undefined, { strides: 2 });
      expect([...spread.dataSync()]).toEqual([2, 2, 2, 2]);
    });
  });

  it('a filter that does not fit is refused with the shapes', () => {
    const image = tf.zeros([1, 4, 4, 6]) as tf.Tensor4D;
    expect(() => conv2d(image, tf.zeros([3, 3, 6, 8]), undefined, { groups: 2 })).toThrow(/\[3, 3, 6, 8\] in 2 groups/);
    expect(() => conv2d(image, tf.zeros([5, 5, 6, 8]), undefined, { padding: 'valid' })).toThrow(/larger than the image/);
    image.dispose();
  });

  it('bilinear upsampling of [1, 5] is [1, 2, 4, 5] and keeps a constant image', () => {
    tf.tidy(() => {
      expect([...upsampleBilinear(tf.tensor4d([1, 5], [1, 1, 2, 1])).dataSync()]).toEqual([1, 2, 4, 5, 1, 2, 4, 5]);
      expect(
        Math.max(
          ...upsampleBilinear(tf.fill([1, 3, 5, 2], 2))
            .sub(2)
            .abs()
            .dataSync(),
        ),
      ).toBe(0);
    });
  });

  it('instance norm of thousands of equal pixels is not rounded to one side', () => {
    const places = 72 * 58;
    const values = Float32Array.from({ length: places }, (_, i) => (i % 47 === 0 ? 1.1 : 0.3));
    const mean = values.reduce((sum, value) => sum + value, 0) / places;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / places;
    tf.tidy(() => {
      const y = instanceNorm(tf.tensor4d(values, [1, 72, 58, 1]), tf.tensor1d([1]), tf.tensor1d([0]), 1e-6).dataSync();
      for (const at of [0, 1]) {
        const wanted = ((values[at] as number) - mean) / Math.sqrt(variance + 1e-6);
        expect(Math.abs((y[at] as number) / wanted - 1)).toBeLessThan(5e-6);
      }
    });
  });

  it('contrastive losses have the published check values', () => {
    const e2: [number, number][] = [
      [1, 0],
      [0, 1],
    ];
    const value = (loss: tf.Scalar) => loss.dataSync()[0]!;
    tf.tidy(() => {
      const z = tf.tensor2d(e2);
      expect(value(contrastiveLoss(z, z, 0.1))).toBeCloseTo(-9.306853, 5);
      expect(value(anomalyContrastiveLoss(z, z, tf.neg(z), 0.1))).toBeCloseTo(-19.306853, 5);
      expect(value(anomalyContrastiveLoss(z, z, z, 0.1))).toBeCloseTo(Math.LN2, 5);
      expect(value(anomalyContrastivePlusLoss(z, z, tf.neg(z), 0.1))).toBeCloseTo(-20, 5);
      const three = tf.eye(3) as tf.Tensor2D;
      const physics = tf.tensor2d([1, 1, 0, 0, 1, 1, 1, 0, 1], [3, 3]);
      const anomaly = tf.tensor2d([0, 1, 0, 1, 0, 1, 1, 1, 1], [3, 3]);
      expect(value(contrastiveLoss(three, physics, 0.1))).toBeCloseTo(0.114023, 5);
      expect(value(anomalyContrastiveLoss(three, physics, anomaly, 0.1))).toBeCloseTo(2.038524, 5);
      expect(value(anomalyContrastivePlusLoss(three, physics, anomaly, 0.1))).toBeCloseTo(-5.146567, 5);
      expect(value(contrastiveLoss(three, physics, 0.5))).toBeCloseTo(0.74482, 5);
      expect(value(anomalyContrastiveLoss(three, physics, anomaly, 0.5))).toBeCloseTo(1.12972, 5);
      expect(value(anomalyContrastivePlusLoss(three, physics, anomaly, 0.5))).toBeCloseTo(-1.029313, 5);
    });
  });

  it('dropout keeps its share, scales what it keeps, repeats for a draw and differs for the next step', () => {
    tf.tidy(() => {
      const draw = { of: { seed: 4, step: 7 }, place: 2 };
      const values = dropoutMask([37, 101], 0.3, draw).dataSync();
      const kept = values.filter((value) => value !== 0);
      expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]));
      expect(kept.length / values.length).toBeGreaterThan(0.67);
      expect(kept.length / values.length).toBeLessThan(0.73);
      expect(dropoutMask([37, 101], 0.3, draw).dataSync()).toEqual(values);
      expect(withComposedOperations(() => dropoutMask([37, 101], 0.3, draw)).dataSync()).toEqual(values);
      expect(dropoutMask([37, 101], 0.3, { ...draw, of: { seed: 4, step: 8 } }).dataSync()).not.toEqual(values);
      const x = tf.ones([4]);
      expect(dropout(x, 0, draw)).toBe(x);
    });
  });
});

it.each(
  largerCases.map(
    (one, i) => [`${i} ${one.op} ${JSON.stringify(one.inputs['x']?.shape ?? one.inputs['q']?.shape)}`, one] as const,
  ),
)('our kernels and TF.js agree on wasm: %s', async (_, one) => {
  await startBackend('wasm');
  const [ours, composed] = [await runCase(one), await withComposedOperations(() => runCase(one))];
  expect(farthest(ours.y, composed.y)).toBeLessThan(1e-5);
  for (const [i, gradient] of ours.gradients.entries()) {
    expect(farthest(gradient, composed.gradients[i]!), `gradient ${i}`).toBeLessThan(2e-5);
  }
});

it('falls back to the composed operation where kernels are missing', async () => {
  await startBackend('wasm');
  expect(choosePath({ composed: 'composed', wasm: () => undefined })).toBe('composed');
  expect(choosePath({ composed: 'composed', wasm: () => 'own' })).toBe('own');
  expect(withComposedOperations(() => choosePath({ composed: 'composed', wasm: () => 'own' }))).toBe('composed');
});
