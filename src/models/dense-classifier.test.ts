import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../compute/backend.ts';
import { tf } from '../compute/tf.ts';
import { findScore } from '../scores/registry.ts';
import { checkStudy } from '../study/schema.ts';
import type { Batch } from './contract.ts';
import { binaryCrossEntropy } from './losses.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('binary cross-entropy', () => {
  it('is ln 2 at no opinion, with gradient (sigmoid(z) - y) / n', () => {
    tf.tidy(() => {
      const z = tf.tensor2d([[0], [Math.log(3)]]);
      const y = tf.tensor2d([[0], [1]]);
      // ln 2 and -ln(3/4)
      expect(binaryCrossEntropy(z, y).dataSync()[0]).toBeCloseTo((Math.log(2) - Math.log(0.75)) / 2, 6);
      const gradient = tf
        .grad((logits) => binaryCrossEntropy(logits as tf.Tensor2D, y))(z)
        .dataSync();
      expect([...gradient]).toEqual([expect.closeTo(0.25, 6), expect.closeTo(-0.125, 6)]);
    });
  });
});

describe('the score of a supervised reference', () => {
  const of = (rows: number, logits: number[]) => [
    ...findScore('signal-probability').compute({ rows } as Batch, { logits: Float32Array.from(logits) }, {}),
  ];
  it('is the log-odds itself for one logit', () => {
    expect(of(2, [1.5, -2])).toEqual([1.5, -2]);
  });
  it('is ln Σ exp(others) - background for several, however large they are', () => {
    expect(of(1, [0, 0, 0])).toEqual([expect.closeTo(Math.log(2), 12)]);
    expect(of(1, [-5000, 5000, 5000])[0]).toBeCloseTo(10000 + Math.log(2), 9);
  });
});

describe('a study with a supervised reference', () => {
  it('says where its signal comes from', () => {
    const study = checkStudy(
      { version: 1, data: { sample: 'collider-events' }, split: { signalTrain: 0.5 }, models: [{ id: 'dense-classifier' }] },
      'study.json',
    );
    expect(study.split?.signalTrain).toBe(0.5);
  });
});
