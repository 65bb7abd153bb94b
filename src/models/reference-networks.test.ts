import type { Scalar, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { anomalyContrastivePlusLoss } from '../compute/ops/contrastive.ts';
import { tf } from '../compute/tf.ts';
import { farthest } from '../testing/operations.ts';
import { anomalyClr136, buildSetEncoder } from './anomaly-clr-network.ts';
import { conditionerOf, decoderOf, encoderOf, publishedSizes } from './codae-networks.ts';
import { buildImageNetwork, weightedLayers } from './image-network.ts';

describe('published networks', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it('CoDAE has 612,032 + 270,594 + 763,841 parameters and gives an image of the size that it got', () => {
    const options = { seed: 1, inputIsData: true };
    const [codaeEncoder, codaeConditioner] = [encoderOf(publishedSizes), conditionerOf(publishedSizes)];
    const encoder = buildImageNetwork([72, 58, 1], codaeEncoder, { ...options, ordinal: 0 });
    const conditioner = buildImageNetwork([72, 58, 1], codaeConditioner, { ...options, ordinal: weightedLayers(codaeEncoder) });
    const decoder = buildImageNetwork([5, 4, 64], decoderOf(publishedSizes, [5, 4], [72, 58]), {
      ...options,
      ordinal: 100,
      numbers: 2,
    });
    expect(encoder.model.countParams()).toBe(612_032);
    expect(conditioner.model.countParams()).toBe(270_594);
    expect(decoder.model.countParams()).toBe(763_841);
    expect(encoder.outputShape).toEqual([5, 4, 64]);
    expect(conditioner.outputShape).toEqual([2]);
    expect(decoder.outputShape).toEqual([72, 58, 1]);
    tf.tidy(() => {
      const x = tf.cast(tf.greater(tf.randomUniform([1, 72, 58, 1], 0, 1, 'float32', 3), 0.98), 'float32') as Tensor4D;
      const run = () => decoder.run(encoder.run(x, true), true, conditioner.run(x, true) as Tensor2D);
      const loss = () => tf.mean(tf.square(tf.sub(tf.sigmoid(run()), x))) as Scalar;
      const variables = [encoder, conditioner, decoder].flatMap(({ trainable }) => trainable);
      const { gradients } = stepGradients(loss, variables);
      expect(gradients.every((gradient) => gradient.dataSync().every(Number.isFinite))).toBe(true);
    });
    for (const { model } of [encoder, conditioner, decoder]) model.dispose();
  });

  it.each([
    [136, 487_696],
    [160, 673_600],
  ])('the AnomalyCLR encoder of width %i has %i parameters', (width, parameters) => {
    const encoder = buildSetEncoder({ ...anomalyClr136, width }, 1);
    expect(encoder.model.countParams()).toBe(parameters);
    encoder.model.dispose();
  });

  it('the AnomalyCLR encoder ignores the order of objects and padding, trains, and is the model that is saved', () => {
    const spec = { objects: 5, numbers: 7, width: 12, heads: 3, blocks: 2, headLayers: 2, dropout: 0.1 };
    const encoder = buildSetEncoder(spec, 1);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.randomNormal([4, 5, 7], 0, 1, 'float32', 2) as Tensor3D;
      const mask = tf.tensor2d([1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], [4, 5]);
      const found = encoder.run(x, mask);
      const saved = encoder.model.predict([x, mask]) as Tensor2D[];
      for (const [i, tensor] of found.entries()) expect(farthest(tensor.dataSync(), saved[i]!.dataSync())).toBeLessThan(1e-5);
      const turned = encoder.run(tf.reverse(x, 1), tf.reverse(mask, 1));
      expect(farthest(turned[2]!.dataSync(), found[2]!.dataSync())).toBeLessThan(1e-5);
      const other = tf.add(x, tf.mul(tf.reshape(tf.sub(1, mask), [4, 5, 1]), 9)) as Tensor3D;
      expect(farthest(encoder.run(other, mask)[2]!.dataSync(), found[2]!.dataSync())).toBeLessThan(1e-5);
      const view = (place: number, input: Tensor3D) =>
        encoder.run(input, mask, { of: { seed: 1, step: 1 }, place }).at(-1) as Tensor2D;
      const loss = () => anomalyContrastivePlusLoss(view(0, x), view(2, x), view(4, tf.neg(x)), 0.1);
      const { gradients } = stepGradients(loss, encoder.trainable);
      expect(gradients.every((gradient) => gradient.dataSync().every(Number.isFinite))).toBe(true);
    });
    expect(tf.memory().numTensors).toBe(before);
    encoder.model.dispose();
  });
});
