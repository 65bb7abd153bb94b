/** A stage that shows the noise on its input: its loss is the mean square of what the input is away from the target. */
import { tf } from '../compute/tf.ts';
import type { Stage } from '../models/contract.ts';
import { Cursor } from '../numeric/random.ts';

export function noiseStage(inputNoise: number): Stage {
  const factor = tf.variable(tf.scalar(1));
  return {
    name: 'noise',
    lossName: 'mean square of the noise',
    lossMayBeNegative: false,
    variables: [factor],
    optimiser: { kind: 'adam', learningRate: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false, weightDecay: 0 },
    schedule: { kind: 'constant' },
    batchSize: 4,
    epochs: 1,
    patience: 0,
    inputNoise,
    loss: ({ x, target }) => tf.tidy(() => tf.mean(tf.square(tf.sub(tf.mul(x, factor), target)))),
  };
}

/** Mean square of the noise of a step over a batch of `rows` rows. @param exists whether number j of row s of the batch exists */
export function meanSquareNoise(
  { rows, width, deviation, seed, step }: { rows: number; width: number; deviation: number; seed: number; step: number },
  exists: (s: number, j: number) => boolean = () => true,
): number {
  let sum = 0;
  for (let s = 0; s < rows; s++) {
    const cursor = new Cursor(seed, 'noise', step, s);
    for (let j = 0; j < width; j++) {
      const deviate = cursor.normal();
      if (exists(s, j)) sum += (deviation * deviate) ** 2;
    }
  }
  return sum / (rows * width);
}
