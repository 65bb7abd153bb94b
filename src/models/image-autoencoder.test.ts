import type { Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import { Cursor } from '../numeric/random.ts';
import { fixture } from '../testing/fixtures.ts';
import { turnedImage, turnsOf } from './augment/images.ts';
import type { Stage } from './contract.ts';
import model from './image-autoencoder.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('turned copies', () => {
  const [height, width, images] = [18, 12, 6];
  const cursor = new Cursor(5, 'sample');
  const pixels = Array.from({ length: images }, () =>
    Float32Array.from({ length: height * width }, () => Number(cursor.uniform() < 0.1)),
  );
  const lossOf = (stage: Stage, rows: readonly Float32Array[], training: boolean) =>
    tf.tidy(() => {
      const x = tf.tensor2d(
        rows.flatMap((row) => [...row]),
        [images, height * width],
      ) as Tensor2D;
      return stage
        .loss({ x, target: x, mask: tf.ones([images, height * width]) }, { training, seed: 3, step: 5 })
        .dataSync()[0] as number;
    });
  const stageWith = (augment: boolean): Stage => {
    const { input } = fixture('images', 64, 1);
    const given = checkParams(model.params, { loss: 'bce', scaling: 'mask', augment }, 'test');
    return model.build({ ...input, shape: [height, width, 1], width: height * width }, given, 1).stages[0] as Stage;
  };

  it('are what training restores, and only training', () => {
    const stage = stageWith(true);
    const turns = turnsOf(images, height, 3, 5);
    const turned = pixels.map((image, i) => turnedImage(image, [height, width], turns[i] as (typeof turns)[number]));
    expect(turned).not.toEqual(pixels);
    const trained = lossOf(stage, pixels, true);
    expect(trained).toBeCloseTo(lossOf(stage, turned, false), 4);
    expect(Math.abs(trained - lossOf(stage, pixels, false))).toBeGreaterThan(1e-3);
  });
  it('can be left out, as small images want it', () => {
    const stage = stageWith(false);
    expect(lossOf(stage, pixels, true)).toBe(lossOf(stage, pixels, false));
    expect(model.presets['qcd-or-what-32x32']?.params).not.toMatchObject({ augment: true });
  });
});
