/**
 * The reference models whose training steps are compared. Each gives one stage with its initial weights and its rows, all from seeds,
 * so that every engine starts from the same numbers and must print the same loss; and the same network once more in plain TF.js.
 * To add a model: an entry here and its network in `torch_training.py`.
 */
import type { Scalar, Tensor, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs';
import type { Params } from '../../src/base/params.ts';
import { anomalyContrastivePlusLoss } from '../../src/compute/ops/contrastive.ts';
import { tf } from '../../src/compute/tf.ts';
import { anomalyClr136, buildSetEncoder } from '../../src/models/anomaly-clr-network.ts';
import { conditionerOf, decoderOf, encoderOf, publishedSizes } from '../../src/models/codae-networks.ts';
import type { Batch, Detector, Model, Stage } from '../../src/models/contract.ts';
import denseAutoencoder from '../../src/models/dense-autoencoder.ts';
import { buildImageNetwork, type ImageLayerSpec } from '../../src/models/image-network.ts';
import lstmAutoencoder from '../../src/models/lstm-autoencoder.ts';
import { Cursor } from '../../src/numeric/random.ts';
import { batchOf, dense57, detectorOf, normalRows, shareRows } from '../rows.ts';
import { plainContrast, plainImage, plainSetEncoder } from './plain.ts';

export interface Made {
  stage: Stage;
  /** Whole batches, the last one complete. */
  data: Batch;
  /** Loss of a batch x [batch, width] in plain TF.js, of the stage's own variables. */
  plain(x: Tensor2D): Scalar;
}

export interface Reference {
  id: string;
  words: string;
  /** Rows of a step, unless asked for otherwise. */
  batch: number;
  /** Step after which the losses of all engines are compared. */
  compared: number;
  /** What the goals say of it. */
  kind: 'dense' | 'recurrent' | 'convolutional' | 'transformer';
  /** @param dropout false for comparing losses: engines draw different ones */
  make(dropout: boolean, batch: number): Made;
}

const rate = 1e-3;
const adam = {
  kind: 'adam',
  learningRate: rate,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
} as const;

export const references: readonly Reference[] = [
  dense('dense-57-256', 256),
  dense('dense-57-4096', 4096),
  {
    id: 'hackathon-42',
    words: 'dense autoencoder 42-32-16-3-16-32-42 with batch normalisation, LeakyReLU',
    batch: 1024,
    compared: 20,
    kind: 'dense',
    make: (_, batch) =>
      registered(denseAutoencoder, batch, batchOf(normalRows(16 * batch, 42), 42), {
        ...dense57,
        hidden: [32, 16],
        latent: 3,
        batchNorm: true,
      }),
  },
  {
    id: 'conv-ae',
    words: 'convolutional autoencoder of 32 x 32 x 2 images, 16 and 32 filters with stride 2, mirrored',
    batch: 64,
    compared: 5,
    kind: 'convolutional',
    make: (_, batch) => convolutional(batch),
  },
  {
    id: 'lstm-1303',
    words: 'LSTM autoencoder 10-3-3-10, 1,303 parameters, sequences of 100 steps',
    batch: 500,
    compared: 3,
    kind: 'recurrent',
    make: (_, batch) => registered(lstmAutoencoder, batch, batchOf(shareRows(2 * batch, 100), 100), { learningRate: rate }),
  },
  {
    id: 'anomaly-clr-136',
    words: 'AnomalyCLR, d = 136, 4 blocks, 4 heads, dropout 0.1: three views of each event in one pass, AnomCLR+ loss',
    batch: 128,
    compared: 3,
    kind: 'transformer',
    make: anomalyClr,
  },
  {
    id: 'codae',
    words: 'CoDAE, masks of 72 x 58 pixels, 1.6 million parameters, summed cross-entropy',
    batch: 32,
    compared: 2,
    kind: 'convolutional',
    make: (_, batch) => codae(batch),
  },
];

function dense(id: string, usual: number): Reference {
  return {
    id,
    words: 'dense autoencoder 57-64-32-16-32-64-57, LeakyReLU',
    batch: usual,
    compared: 20,
    kind: 'dense',
    make: (_, batch) => registered(denseAutoencoder, batch, batchOf(normalRows(16 * batch, 57), 57), dense57),
  };
}

/** A registered model, whose TF.js layers are the plain side. */
function registered(model: Model, batchSize: number, data: Batch, settings: Params): Made {
  const kind = model === lstmAutoencoder ? 'histograms' : 'table';
  const detector = detectorOf(model, kind, data, { ...settings, batchSize });
  detector.prepare?.(data);
  const plain = (x: Tensor2D): Scalar => tf.losses.meanSquaredError(x, layersOf(detector, x));
  return { stage: detector.stages[0] as Stage, data, plain };
}

function layersOf({ networks }: Detector, x: Tensor2D): Tensor2D {
  return Object.values(networks).reduce<Tensor>(
    (value, network) => network.apply(value, { training: true }) as Tensor,
    x,
  ) as Tensor2D;
}

function convolutional(batch: number): Made {
  const conv = (kind: 'conv' | 'conv-transpose', filters: number): ImageLayerSpec => ({
    ...{ kind, filters, size: [3, 3], strides: [2, 2], padding: 'same', groups: 1, bias: true, initialiser: 'glorot-uniform' },
  });
  const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };
  const layers = [conv('conv', 16), relu, conv('conv', 32), relu, conv('conv-transpose', 16), relu, conv('conv-transpose', 2)];
  const network = buildImageNetwork([32, 32, 2], layers, { seed: 1, ordinal: 0, inputIsData: true });
  const cursor = new Cursor(1, 'noise');
  const images = (x: Tensor2D): Tensor4D => tf.reshape(x, [-1, 32, 32, 2]);
  return {
    stage: stageOf(batch, network.trainable, ({ x }) => tf.mean(tf.square(tf.sub(network.run(images(x), true), images(x))))),
    data: batchOf(
      Float32Array.from({ length: 4 * batch * 2048 }, () => cursor.uniform()),
      2048,
    ),
    plain: (x) => tf.losses.meanSquaredError(images(x), plainImage(layers, network.trainable)(images(x))),
  };
}

function codae(batch: number): Made {
  const given = { seed: 1, inputIsData: true };
  const [codaeEncoder, codaeConditioner] = [encoderOf(publishedSizes), conditionerOf(publishedSizes)];
  const decoding = decoderOf(publishedSizes, [5, 4], [72, 58]);
  const encoder = buildImageNetwork([72, 58, 1], codaeEncoder, { ...given, ordinal: 0 });
  const conditioner = buildImageNetwork([72, 58, 1], codaeConditioner, { ...given, ordinal: 100 });
  const decoder = buildImageNetwork([5, 4, 64], decoding, { seed: 1, ordinal: 200, inputIsData: false, numbers: 2 });
  const cursor = new Cursor(1, 'noise');
  const images = (x: Tensor2D): Tensor4D => tf.reshape(x, [-1, 72, 58, 1]);
  /** Of an image, its pixels summed. */
  const crossEntropy = (x: Tensor, logits: Tensor) => tf.mul(tf.losses.sigmoidCrossEntropy(x, logits), 72 * 58) as Scalar;
  return {
    stage: stageOf(
      batch,
      [encoder, conditioner, decoder].flatMap(({ trainable }) => trainable),
      (rows) => {
        const x = images(rows.x);
        return crossEntropy(x, decoder.run(encoder.run(x, true), true, conditioner.run(x, true) as Tensor2D));
      },
    ),
    data: batchOf(
      Float32Array.from({ length: 2 * batch * 72 * 58 }, () => (cursor.uniform() < 0.02 ? 1 : 0)),
      72 * 58,
    ),
    plain(rows) {
      const x = images(rows);
      const code = plainImage(codaeEncoder, encoder.trainable)(x) as Tensor4D;
      const numbers = plainImage(codaeConditioner, conditioner.trainable)(x) as Tensor2D;
      return crossEntropy(x, plainImage(decoding, decoder.trainable, numbers)(code));
    },
  };
}

const { objects, numbers } = anomalyClr136;

/** A row holds an event's three views [3, objects, numbers], then which objects exist [objects]. */
function anomalyClr(dropout: boolean, batch: number): Made {
  const spec = dropout ? anomalyClr136 : { ...anomalyClr136, dropout: 0 };
  const encoder = buildSetEncoder(spec, 1);
  const width = objects * numbers;
  const cursor = new Cursor(1, 'noise');
  const x = new Float32Array(4 * batch * (3 * width + objects));
  for (let at = 0; at < x.length; at += 3 * width + objects) {
    for (let slot = 0; slot < objects; slot++) {
      if (slot > 0 && cursor.uniform() < 0.5) continue;
      x[at + 3 * width + slot] = 1;
      for (let view = 0; view < 3; view++)
        for (let j = 0; j < numbers; j++) x[at + view * width + slot * numbers + j] = cursor.normal();
    }
  }
  /** Views one after another [3 n, objects, numbers], and their masks. */
  const inputs = (rows: Tensor2D): [Tensor3D, Tensor2D] => {
    const [views, mask] = tf.split(rows, [3 * width, objects], 1) as [Tensor2D, Tensor2D];
    const together = tf.concat(tf.split(views, 3, 1), 0);
    return [tf.reshape(together, [-1, objects, numbers]), tf.tile(mask, [3, 1])];
  };
  const thirds = (z: Tensor2D) => tf.split(z, 3, 0) as [Tensor2D, Tensor2D, Tensor2D];
  return {
    stage: stageOf(batch, encoder.trainable, (rows, draw) => {
      const z = encoder.run(...inputs(rows.x), dropout ? { of: draw, place: 0 } : undefined).at(-1) as Tensor2D;
      return anomalyContrastivePlusLoss(...thirds(z), 0.1);
    }),
    data: batchOf(x, 3 * width + objects),
    plain: (rows) => plainContrast(...thirds(plainSetEncoder(spec, encoder.trainable)(...inputs(rows))), 0.1),
  };
}

function stageOf(
  batchSize: number,
  variables: readonly Variable[],
  loss: (...given: Parameters<Stage['loss']>) => Tensor,
): Stage {
  return {
    ...{ name: 'reference', lossName: 'loss', lossMayBeNegative: true, schedule: { kind: 'constant' }, epochs: 1, patience: 0 },
    ...{ variables, optimiser: adam, batchSize },
    loss: (batch, context) => loss(batch, context) as Scalar,
  };
}
