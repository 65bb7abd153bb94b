import type { Tensor, Variable } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../compute/backend.ts';
import { tf } from '../../compute/tf.ts';
import { farthest } from '../../testing/operations.ts';
import { MaskedSum, SequencePooling } from './sequence-pooling.ts';
import { SpatialConditioning } from './spatial-conditioning.ts';
import references from './transformer-block.reference.json';
import { TransformerBlock } from './transformer-block.ts';

interface Numbers {
  shape: number[];
  values: number[];
}

const tensorOf = ({ shape, values }: Numbers): Tensor => tf.tensor(values, shape, 'float32');

describe('layers of our own', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });
  afterAll(() => tf.disposeVariables());

  it.each(references.map((one) => [one.norm, one] as const))(
    'a transformer block with norms %s has the output and gradients of PyTorch',
    (_, one) => {
      const layer = new TransformerBlock({
        heads: 2,
        feedForward: 7,
        activation: one.activation as 'relu' | 'gelu',
        norm: one.norm as 'pre' | 'post',
        epsilon: 1e-5,
        dropout: 0.5,
      });
      layer.build([
        [null, 5, 6],
        [null, 5],
      ]);
      const weights = one.weights.map(tensorOf);
      layer.setWeights(weights);
      const [x, mask, dy] = [one.x, one.mask, one.dy].map(tensorOf) as [Tensor, Tensor, Tensor];
      const variables = layer.trainableWeights.map((weight) => weight.read() as Variable);
      tf.tidy(() => {
        const masked = (given: Tensor) => tf.mul(layer.call([given, mask]), tf.reshape(mask, [2, 5, 1]));
        expect(farthest(masked(x).dataSync(), one.y.values)).toBeLessThan(1e-5);
        const loss = (given: Tensor) => tf.sum(tf.mul(masked(given), dy)) as tf.Scalar;
        expect(
          farthest(
            tf
              .grad((given: Tensor) => loss(given))(x)
              .dataSync(),
            one.dx.values,
          ),
        ).toBeLessThan(2e-5);
        const { grads } = tf.variableGrads(() => loss(x), variables);
        for (const [i, variable] of variables.entries())
          expect(farthest(grads[variable.name]!.dataSync(), one.gradients[i]!.values), variable.name).toBeLessThan(2e-5);
        // dropout changes the output and repeats
        const draw = { of: { seed: 1, step: 2 }, place: 3 };
        const [first, again] = [layer.call([x, mask], { draw }), layer.call([x, mask], { draw })];
        expect([...first.dataSync()]).toEqual([...again.dataSync()]);
        expect(farthest(first.dataSync(), layer.call([x, mask]).dataSync())).toBeGreaterThan(0.01);
      });
      tf.dispose([weights, x, mask, dy]);
    },
  );

  it('a block does not care about the order of the objects, nor about padding', () => {
    const layer = new TransformerBlock({
      ...{ heads: 2, feedForward: 7, activation: 'relu', norm: 'post', epsilon: 1e-5, dropout: 0 },
    });
    layer.build([null, 5, 6]);
    const weights = references[0]!.weights.map(tensorOf);
    layer.setWeights(weights);
    tf.tidy(() => {
      const x = tensorOf(references[0]!.x).slice([0, 0, 0], [1, 3, 6]);
      const plain = layer.call(x);
      expect(farthest(tf.reverse(layer.call(tf.reverse(x, 1)), 1).dataSync(), plain.dataSync())).toBeLessThan(1e-5);
      const padded = tf.concat([x, tf.fill([1, 2, 6], 9)], 1);
      const out = layer.call([padded, tf.tensor2d([[1, 1, 1, 0, 0]])]).slice([0, 0, 0], [1, 3, 6]);
      expect(farthest(out.dataSync(), plain.dataSync())).toBeLessThan(1e-5);
    });
    tf.dispose(weights);
  });

  it('pools a sequence by softmax weights, and sums what exists', () => {
    const layer = new SequencePooling({});
    layer.build([null, 2, 2]);
    tf.tidy(() => {
      layer.setWeights([tf.tensor2d([[1], [0]]), tf.tensor1d([5])]);
      // logits 0 and ln 3: weights 1/4 and 3/4
      const x = tf.tensor3d([0, 8, Math.log(3), 4], [1, 2, 2]);
      const [first, second] = layer.call(x).dataSync();
      expect(first).toBeCloseTo(0.75 * Math.log(3), 6);
      expect(second).toBeCloseTo(5, 6);
      const sum = new MaskedSum({}).call([tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 3, 2]), tf.tensor2d([[1, 0, 1]])]);
      expect([...sum.dataSync()]).toEqual([6, 8]);
    });
  });

  it('conditioning multiplies by a map of the numbers and the coordinates', () => {
    const layer = new SpatialConditioning({});
    layer.build([
      [null, 3, 2, 1],
      [null, 2],
    ]);
    expect(layer.countParams()).toBe(9 * 4 + 1);
    tf.tidy(() => {
      // only the middle of the filter: number 1 + 2 number 2 + 10 x + 100 y + 1000
      const kernel = new Float32Array(36);
      kernel.set([1, 2, 10, 100], 16);
      layer.setWeights([tf.tensor4d(kernel, [3, 3, 4, 1]), tf.tensor1d([1000])]);
      const out = layer.call([tf.fill([1, 3, 2, 1], 2), tf.tensor2d([[3, 4]])]);
      expect([...out.dataSync()]).toEqual([901, 921, 1001, 1021, 1101, 1121].map((map) => 2 * map));
      // an output is 2 (number 1 + 2 number 2 + ...): the six pixels add up
      const sum = (numbers: Tensor) => tf.sum(layer.call([tf.fill([2, 3, 2, 1], 2), numbers]) as Tensor);
      expect([
        ...tf
          .grad(sum)(
            tf.tensor2d([
              [3, 4],
              [5, 6],
            ]),
          )
          .dataSync(),
      ]).toEqual([12, 24, 12, 24]);
    });
  });
});
