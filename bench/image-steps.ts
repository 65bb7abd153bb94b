/** Whole training steps of the convolutional and set networks, for comparisons of speed. */
import type { Scalar, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { stepGradients } from '../src/compute/breathe.ts';
import { anomalyContrastivePlusLoss } from '../src/compute/ops/contrastive.ts';
import { withComposedOperations } from '../src/compute/ops/paths.ts';
import { createOptimiser } from '../src/compute/optimiser.ts';
import { tf } from '../src/compute/tf.ts';
import { anomalyClr136, buildSetEncoder } from '../src/models/anomaly-clr-network.ts';
import { codaeConditioner, codaeDecoder, codaeEncoder } from '../src/models/codae-networks.ts';
import { buildImageNetwork, type ImageLayerSpec } from '../src/models/image-network.ts';

export interface TimedStep {
  batch: number;
  variables: readonly Variable[];
  loss(step: number): Scalar;
}

const conv = (kind: 'conv' | 'conv-transpose', filters: number): ImageLayerSpec => ({
  ...{ kind, filters, size: [3, 3], strides: [2, 2], padding: 'same', groups: 1, bias: true, initialiser: 'glorot-uniform' },
});
const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };

/** Convolutional autoencoder of 32 x 32 x 2 images: 16 and 32 filters, stride 2, mirrored. */
export function convolutionalStep(batch = 64): TimedStep {
  const network = buildImageNetwork(
    [32, 32, 2],
    [conv('conv', 16), relu, conv('conv', 32), relu, conv('conv-transpose', 16), relu, conv('conv-transpose', 2)],
    { seed: 1, ordinal: 0, inputIsData: true },
  );
  const x = tf.randomUniform([batch, 32, 32, 2], 0, 1, 'float32', 1) as Tensor4D;
  return {
    batch,
    variables: network.trainable,
    loss: () => tf.mean(tf.square(tf.sub(network.run(x, true), x))) as Scalar,
  };
}

export function anomalyClrStep(batch = 128): TimedStep {
  const encoder = buildSetEncoder(anomalyClr136, 1);
  const mask = tf.cast(tf.less(tf.randomUniform([batch, 19], 0, 1, 'float32', 2), 0.5), 'float32') as Tensor2D;
  const views = [3, 4, 5].map((seed) =>
    tf.tidy(() => tf.mul(tf.randomUniform([batch, 19, 7], 0, 1, 'float32', seed), tf.reshape(mask, [batch, 19, 1])) as Tensor3D),
  );
  return {
    batch,
    variables: encoder.trainable,
    loss: (step) => {
      const [z, physics, anomaly] = views.map(
        (view, i) => encoder.run(view, mask, { seed: 1, step, place: i * encoder.dropoutPlaces }).at(-1) as Tensor2D,
      ) as [Tensor2D, Tensor2D, Tensor2D];
      return anomalyContrastivePlusLoss(z, physics, anomaly, 0.1);
    },
  };
}

export function codaeStep(batch = 32): TimedStep {
  const data = { seed: 1, ordinal: 0, inputIsData: true };
  const encoder = buildImageNetwork([72, 58, 1], codaeEncoder, data);
  const conditioner = buildImageNetwork([72, 58, 1], codaeConditioner, { ...data, ordinal: 100 });
  const decoder = buildImageNetwork([5, 4, 64], codaeDecoder([5, 4], [72, 58]), {
    ...{ seed: 1, ordinal: 200, inputIsData: false, numbers: 2 },
  });
  const x = tf.tidy(() =>
    tf.cast(tf.less(tf.randomUniform([batch, 72, 58, 1], 0, 1, 'float32', 1), 0.02), 'float32'),
  ) as Tensor4D;
  return {
    batch,
    variables: [encoder, conditioner, decoder].flatMap(({ trainable }) => trainable),
    loss: () => {
      const logits = decoder.run(encoder.run(x, true), true, conditioner.run(x, true) as Tensor2D);
      return tf.mul(tf.losses.sigmoidCrossEntropy(x, logits), x.size / batch) as Scalar;
    },
  };
}

export const imageSteps = { 'conv-ae': convolutionalStep, 'anomaly-clr': anomalyClrStep, codae: codaeStep };

/**
 * Events per second over at least `seconds` and two steps, and the loss after the last one. `clock` gives seconds: the wall's, or
 * those of the processor, which stay meaningful beside other work.
 */
export async function timeSteps(make: () => TimedStep, seconds: number, plain = false, clock = () => performance.now() / 1000) {
  const step = make();
  const optimiser = createOptimiser(
    { kind: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false, weightDecay: 0 },
    step.variables,
  );
  let last = Number.NaN;
  const one = async (number: number) => {
    const run = () => stepGradients(() => step.loss(number), step.variables);
    const { loss, gradients } = plain ? withComposedOperations(run) : run();
    optimiser.step(gradients, 1e-3);
    last = (await loss.data())[0] as number;
    tf.dispose([loss, gradients]);
  };
  await one(0);
  const started = clock();
  let steps = 0;
  while (steps < 2 || clock() - started < seconds) await one(++steps);
  const elapsed = clock() - started;
  return { eventsPerSecond: (steps * step.batch) / elapsed, loss: last, steps };
}
