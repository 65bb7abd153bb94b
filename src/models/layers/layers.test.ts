import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../compute/backend.ts';
import { stepGradients } from '../../compute/breathe.ts';
import { tf } from '../../compute/tf.ts';
import { Cursor } from '../../numeric/random.ts';
import { meanAbsoluteError, meanSquaredError, topTenSquaredError } from '../losses.ts';
import { buildNetwork, type LayerSpec } from '../network.ts';
import { trainingBatchNorm } from './batch-norm.ts';
import type { Activation } from './dense.ts';
import { PhysicalHeads } from './physical-heads.ts';

function matrix(rows: number, columns: number, seed: number): tf.Tensor2D {
  const cursor = new Cursor(seed, 'noise');
  return tf.tensor2d(
    Float32Array.from({ length: rows * columns }, () => cursor.normal()),
    [rows, columns],
  );
}

/** Loss and gradients as plain arrays. */
function evaluate(loss: () => tf.Scalar, variables: readonly tf.Variable[]): number[][] {
  return tf.tidy(() => {
    const found = stepGradients(loss, variables);
    return [found.loss, ...found.gradients].map((tensor) => [...tensor.dataSync()]);
  });
}

function expectClose(found: number[][], wanted: number[][], tolerance: number): void {
  for (const [i, numbers] of wanted.entries()) {
    const scale = Math.max(...numbers.map(Math.abs), 1e-3);
    for (const [j, number] of numbers.entries()) expect(Math.abs(found[i]![j]! - number) / scale).toBeLessThan(tolerance);
  }
}

describe.each(['cpu', 'wasm'] as const)('training operations on %s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });
  afterAll(() => tf.disposeVariables());

  it.each(['linear', 'leaky-relu', 'relu', 'elu', 'tanh', 'sigmoid'] as Activation[])(
    'a stack with %s has the loss and gradients of the TF.js layers it stands for',
    (activation) => {
      const block = (units: number, bias: boolean): LayerSpec[] => [
        { kind: 'dense', units, bias, initialiser: 'glorot-uniform' },
        ...(activation === 'linear' ? [] : [{ kind: 'activation', activation, slope: 0.3 } as const]),
      ];
      const specs = [...block(9, true), ...block(4, false), ...block(11, true)];
      const network = buildNetwork(7, specs, { seed: 1, ordinal: 0, inputIsData: true });
      const x = matrix(20, 7, 1);
      const target = matrix(20, 11, 2);
      const loss = (training: boolean) => () => tf.losses.meanSquaredError(target, network.run(x, training)) as tf.Scalar;
      expectClose(evaluate(loss(true), network.trainable), evaluate(loss(false), network.trainable), 1e-5);
      tf.dispose([x, target]);
      network.model.dispose();
    },
  );

  it('batch normalisation has the loss, gradients and moving statistics of TF.js', () => {
    const x = tf.variable(matrix(20, 5, 3));
    const target = matrix(20, 5, 4);
    const layer = tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3, inputShape: [5] });
    layer.build([null, 5]);
    const [gamma, beta, movingMean, movingVariance] = layer.weights.map((weight) => weight.read() as tf.Variable);
    const own = [1, 0, 0, 1].map((value) => tf.variable(tf.fill([5], value)));
    const theirs = evaluate(
      () => tf.losses.meanSquaredError(target, layer.call(x, { training: true }) as tf.Tensor) as tf.Scalar,
      [x, gamma!, beta!],
    );
    const ours = evaluate(() => {
      const [ownGamma, ownBeta, ownMean, ownVariance] = own;
      const variables = { gamma: ownGamma!, beta: ownBeta!, movingMean: ownMean!, movingVariance: ownVariance! };
      return tf.losses.meanSquaredError(
        target,
        trainingBatchNorm(x as unknown as tf.Tensor2D, variables, 0.9, 1e-3),
      ) as tf.Scalar;
    }, [x, own[0]!, own[1]!]);
    expectClose(ours, theirs, 1e-5);
    expectClose(
      own.slice(2).map((variable) => [...variable.dataSync()]),
      [movingMean!, movingVariance!].map((variable) => [...variable.dataSync()]),
      1e-5,
    );
    tf.dispose([x, target, own, gamma!, beta!, movingMean!, movingVariance!]);
  });

  it('losses have the values and gradients of their composed forms', () => {
    const y = tf.variable(matrix(6, 14, 5));
    const t = matrix(6, 14, 6);
    const mask = tf.tidy(() => tf.cast(tf.greater(matrix(6, 14, 7), -0.5), 'float32')) as tf.Tensor2D;
    const prediction = y as unknown as tf.Tensor2D;
    for (const m of [undefined, mask]) {
      const masked = () => tf.mul(tf.sub(y, t), m ?? 1);
      expectClose(
        evaluate(() => meanSquaredError(prediction, t, m), [y]),
        evaluate(() => tf.mean(tf.square(masked())) as tf.Scalar, [y]),
        1e-5,
      );
      expectClose(
        evaluate(() => meanAbsoluteError(prediction, t, m), [y]),
        evaluate(() => tf.mean(tf.abs(masked())) as tf.Scalar, [y]),
        1e-5,
      );
    }
    tf.dispose([y, t, mask]);
  });

  it('the ten largest squared errors of 0.001, 0.002, ..., 0.100 have mean 0.0955 and the only gradients', () => {
    const y = tf.variable(
      tf.tensor2d(
        Array.from({ length: 100 }, (_, i) => Math.sqrt((((i * 37) % 100) + 1) / 1000)),
        [1, 100],
      ),
    );
    const zeros = tf.zeros([1, 100]) as tf.Tensor2D;
    const [loss, gradient] = evaluate(() => topTenSquaredError(y as unknown as tf.Tensor2D, zeros), [y]);
    expect(loss![0]).toBeCloseTo(0.0955, 6);
    const values = [...y.dataSync()];
    for (const [i, slope] of gradient!.entries()) {
      expect(slope).toBeCloseTo(values[i]! ** 2 > 0.0905 ? values[i]! / 5 : 0, 6);
    }
    // ties: exactly ten are taken
    y.assign(tf.ones([1, 100]));
    const [, tied] = evaluate(() => topTenSquaredError(y as unknown as tf.Tensor2D, zeros), [y]);
    expect(tied!.filter((slope) => slope !== 0)).toHaveLength(10);
    tf.dispose([y, zeros]);
  });

  it('physical outputs are limit tanh(o), or o where there is no limit', () => {
    const layer = new PhysicalHeads({ name: `heads_${backend}`, limits: [0, 3, Math.PI] });
    const values = tf.tidy(() => [...layer.call(tf.tensor2d([[50, 50, 0.5]])).dataSync()]);
    expect(values[0]).toBe(50);
    expect(values[1]).toBeCloseTo(3, 6);
    expect(values[2]).toBeCloseTo(Math.PI * Math.tanh(0.5), 6);
  });
});
