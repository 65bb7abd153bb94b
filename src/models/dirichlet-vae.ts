/**
 * Dirichlet VAE: a topic model of images. The encoder gives a Gaussian for each topic, their softmax is the mixture of an image, and
 * the decoder is one matrix: the pattern of each topic. The prior is a Dirichlet distribution, in the Gaussian form that its softmax
 * has, so that some topics are common and others rare. Trained on background alone or on a mixture of which nobody knows the labels.
 *
 * Source: Dillon, Plehn, Sauer and Sorrenson, Better latent spaces for better autoencoders, SciPost Phys. 11 (2021) 061,
 * arXiv 2104.08291; widths, optimiser and weights of the two terms of github.com/Luca96/dark-autoencoders. Gaussian form of the
 * prior: Srivastava and Sutton, ICLR 2017, arXiv 1703.01488, eq. 3.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { differentiable } from '../compute/ops/differentiable.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling, Stage } from './contract.ts';
import { drawLatent } from './gaussian.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { imageShape, inBlocks, matrixRows, rowsAsTensor } from './image-rows.ts';
import { madeOf } from './network.ts';
import { clippedTrainingParams, optimiserOf, scheduleOf, type TrainingSettings } from './training-params.ts';

const params = {
  hidden: {
    kind: 'number',
    label: 'Hidden width',
    help: 'Of the one hidden layer of the encoder; nearly all weights of the model are here.',
    default: 64,
    min: 1,
    max: 65536,
    integer: true,
  },
  concentrations: {
    kind: 'text',
    label: 'Concentrations α',
    help: 'Of the Dirichlet prior, one number above 0 for each topic, two to four of them: a topic with a large one is common, with a small one rare.',
    default: '1, 0.25, 0.1',
  },
  klWeight: {
    kind: 'number',
    label: 'Weight of the divergence',
    help: 'Loss = negative log-likelihood + weight x divergence, both in nats for one image.',
    default: 0.1,
    min: 0,
    max: 1000,
  },
  scaling: {
    kind: 'choice',
    label: 'Input',
    help: 'The published model sees the mask of the tracker and nothing else. Other pixels must not be negative; they count as so many hits.',
    default: 'mask',
    options: [
      { value: 'mask', label: 'mask: 1 where the first channel is above 0' },
      { value: 'raw', label: 'as they are' },
      { value: 'study', label: 'as the study says' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  ...clippedTrainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings {
  hidden: number;
  concentrations: string;
  klWeight: number;
  scaling: Scaling;
}

/** How the source trains: decay 1e-4 of each weight per step, which is 0.1 times the rate; gradients of length 1 at most. */
const published: Params = {
  ...{ hidden: 512, concentrations: '1, 0.25, 0.1', klWeight: 0.1, scaling: 'mask' },
  ...{ learningRate: 1e-3, weightDecay: 0.1, clipNorm: 1, batchSize: 256, epochs: 200, patience: 50, schedule: 'constant' },
};

const presets: Readonly<Record<string, Preset>> = {
  'dirichlet-3': {
    name: 'Three topics',
    origin:
      'Dillon et al., SciPost Phys. 11 (2021) 061, with the widths, prior and optimiser of github.com/Luca96/dark-autoencoders.',
    params: published,
    reference: { kind: 'images', width: 4176, parameters: 2_155_766, trainable: 2_154_742 },
  },
  'dirichlet-3-narrow': {
    name: 'Three topics, an eighth as wide',
    origin: 'Ours: 64 hidden numbers and smaller batches, because a thousand images would give four steps an epoch.',
    params: { ...published, hidden: 64, batchSize: 64 },
    reference: { kind: 'images', width: 4176, parameters: 280_438, trainable: 280_310 },
  },
  'dirichlet-4-tiny': {
    name: 'Four topics, small images',
    origin: 'Ours: four topics alike, 192 hidden numbers and a higher rate, for small images and quick looks.',
    params: {
      ...{ ...published, hidden: 192, concentrations: '10, 10, 10, 10' },
      ...{ batchSize: 32, learningRate: 0.014, weightDecay: 0, epochs: 30, patience: 0 },
    },
    reference: { kind: 'images', width: 64, parameters: 14_856, trainable: 14_472 },
  },
};

/** Means and variances of Gaussians, one for each topic. */
export interface GaussianPrior {
  mean: number[];
  variance: number[];
}

/**
 * The Gaussians whose softmax is nearest to a Dirichlet distribution with concentrations a of R topics:
 * m_k = ln a_k - (1/R) Σ ln a_i, v_k = (1/a_k) (1 - 2/R) + (1/R²) Σ 1/a_i.
 * Worked value: a = (1, 0.25, 0.1) gives m = (1.2296265, -0.1566678, -1.0729586) and v = (2, 3, 5).
 */
export function dirichletPrior(concentrations: readonly number[]): GaussianPrior {
  const topics = concentrations.length;
  const meanLog = concentrations.reduce((sum, a) => sum + Math.log(a), 0) / topics;
  const inverse = concentrations.reduce((sum, a) => sum + 1 / a, 0) / topics ** 2;
  return {
    mean: concentrations.map((a) => Math.log(a) - meanLog),
    variance: concentrations.map((a) => (1 / a) * (1 - 2 / topics) + inverse),
  };
}

/**
 * Divergence of Gaussians from those of a prior [n]: ½ Σ_k [σ²/v + (m - μ)²/v - 1 + ln v - ln σ²]. 0 where both are equal.
 *
 * @param mean μ [n, R]
 * @param logVar ln σ² [n, R]
 */
export function klToPrior(mean: Tensor2D, logVar: Tensor2D, prior: GaussianPrior): Tensor {
  const [m, v] = [tf.tensor1d(prior.mean), tf.tensor1d(prior.variance)];
  const away = tf.add(tf.exp(logVar), tf.squaredDifference(m, mean));
  return tf.mul(tf.sum(tf.sub(tf.add(tf.sub(tf.div(away, v), 1), tf.log(v)), logVar), -1), 0.5);
}

/**
 * Mean over images of -Σ x ln softmax(a), x ≥ 0 of any sum; gradient (Σx softmax(a) - x) / n with respect to a alone.
 * Worked value: two lit pixels of four and equal logits give 2 ln 4.
 */
export function multinomialLoss(logits: Tensor2D, x: Tensor2D): Scalar {
  const rows = x.shape[0];
  return differentiable<Scalar>([logits], ([given]) => {
    const logs = tf.logSoftmax(given as Tensor2D);
    return {
      value: tf.mul(tf.sum(tf.mul(x, logs)), -1 / rows),
      saved: [logs, x],
      gradients: (dy, saved) => {
        const [kept, light] = saved as [Tensor, Tensor];
        const expected = tf.mul(tf.exp(kept), tf.sum(light, -1, true));
        return [tf.mul(tf.sub(expected, light), tf.mul(dy, 1 / rows))];
      },
    };
  });
}

/** @throws Problem for anything but two to four numbers above 0 */
function concentrationsOf({ concentrations }: Settings): number[] {
  const numbers = concentrations
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
    .map(Number);
  if (numbers.length >= 2 && numbers.length <= 4 && numbers.every((a) => a > 0 && Number.isFinite(a))) return numbers;
  throw new Problem({
    where: 'model "dirichlet-vae", parameter "concentrations"',
    expected: 'two to four numbers above 0, such as "1, 0.25, 0.1"',
    found: `"${concentrations}"`,
    fix: 'Give one for each topic',
  });
}

const dense = (units: number, bias = true): ImageLayerSpec => ({ kind: 'dense', units, bias, initialiser: 'glorot-uniform' });

/** ln σ² stays between these; without an upper bound the first steps run away. */
const LOG_VARIANCE = [-20, 2] as const;

const components = ['component1', 'component2', 'component3', 'component4'] as const;
const topics = ['topic1', 'topic2', 'topic3', 'topic4'] as const;
const pictures = ['reconstruction', 'image', 'logShares'] as const;
const inference = ['latent', 'latentMean', 'latentLogVar', 'priorKl'] as const;

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  imageShape(input, 'dirichlet-vae', 2);
  const { width } = input;
  const concentrations = concentrationsOf(settings);
  const count = concentrations.length;
  const prior = dirichletPrior(concentrations);
  let ordinal = 0;
  const network = (from: number, specs: readonly ImageLayerSpec[]) => {
    const made = buildImageNetwork([from], specs, { seed, ordinal, inputIsData: ordinal === 0 });
    ordinal += weightedLayers(specs);
    return made;
  };
  const norm: ImageLayerSpec = { kind: 'batch-norm', momentum: 0.99, epsilon: 1e-3, shift: false };
  const encoder = network(width, [dense(settings.hidden), { kind: 'selu' }, norm]);
  const mean = network(settings.hidden, [dense(count)]);
  const logVariance = network(settings.hidden, [dense(count)]);
  const decoder = network(count, [{ kind: 'softmax' }, dense(width, false)]);
  const stacks = { encoder, mean, logVariance, decoder };
  const networks = Object.fromEntries(Object.entries(stacks).map(([name, { model }]) => [name, model]));
  const bounded = (hidden: Tensor, training: boolean): Tensor2D =>
    tf.clipByValue(logVariance.run(hidden, training), ...LOG_VARIANCE) as Tensor2D;
  /** Means and log variances [n, R]. */
  const gaussiansOf = (x: Tensor2D, training: boolean) => {
    const hidden = encoder.run(x, training);
    return { mu: mean.run(hidden, training) as Tensor2D, log: bounded(hidden, training) };
  };
  /** What the topics expect of an image with as much light as x. */
  const restored = (logits: Tensor2D, x: Tensor2D): Tensor2D => tf.mul(tf.softmax(logits), tf.sum(x, -1, true)) as Tensor2D;

  const stage: Stage = {
    name: 'likelihood and KL',
    lossName: `negative log-likelihood + ${settings.klWeight} KL: mean over images of -Σ x ln y, Σ y = 1, and of the divergence from the prior`,
    lossMayBeNegative: false,
    variables: Object.values(stacks).flatMap(({ trainable }) => trainable),
    optimiser: { ...optimiserOf(settings, 1e-8), beta2: 0.99 },
    schedule: scheduleOf(settings),
    batchSize: settings.batchSize,
    epochs: settings.epochs,
    patience: settings.patience,
    loss: ({ x }, context) => {
      const { training } = context;
      const { mu, log } = gaussiansOf(x, training);
      // the draw is for training only: validation takes the means, as the scores do
      const z = training ? drawLatent(mu, log, context) : mu;
      const divergence = tf.mean(klToPrior(mu, log, prior));
      return tf.add(multinomialLoss(decoder.run(z, training) as Tensor2D, x), tf.mul(divergence, settings.klWeight));
    },
  };

  const outputs = [...pictures, ...inference, ...components.slice(0, count), ...topics.slice(0, count)];
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    ...madeOf(networks),
    outputs,
    stages: [stage],
    async forward(batch: Batch) {
      const names = ['latentMean', 'latentLogVar', 'priorKl', 'topics', 'logShares', 'reconstruction'] as const;
      const made = await inBlocks(names, batch.rows, ROWS_AT_ONCE, (start, rows) => {
        const x = rowsAsTensor(batch, start, rows);
        const { mu, log } = gaussiansOf(x, false);
        const logits = decoder.run(mu, false) as Tensor2D;
        return {
          ...{ latentMean: mu, latentLogVar: log, priorKl: tf.expandDims(klToPrior(mu, log, prior), -1) },
          ...{ topics: tf.softmax(mu), logShares: tf.logSoftmax(logits), reconstruction: restored(logits, x) },
        };
      });
      const { topics: shares, ...rest } = made;
      return {
        ...{ ...rest, latent: made.latentMean, image: made.reconstruction },
        ...columnsOf(made.latentMean, components, count),
        ...columnsOf(shares, topics, count),
      };
    },
    async decode(latent, batch) {
      const { y } = await inBlocks(['y'], batch.rows, ROWS_AT_ONCE, (start, rows) => ({
        y: restored(decoder.run(matrixRows(latent, count, start, rows), false) as Tensor2D, rowsAsTensor(batch, start, rows)),
      }));
      return y;
    },
    parts: [
      { network: 'encoder', serves: outputs, run: ([x]) => encoder.run(x as Tensor, false) },
      {
        network: 'mean',
        serves: outputs.filter((name) => name !== 'latentLogVar'),
        run: ([h]) => mean.run(h as Tensor, false),
      },
      { network: 'logVariance', serves: ['latentLogVar', 'priorKl'], run: ([h]) => bounded(h as Tensor, false) },
      { network: 'decoder', serves: pictures, run: ([z]) => tf.softmax(decoder.run(z as Tensor, false)) },
    ],
  };
}

/** Each column of a matrix [n, count] as an output of its own. */
function columnsOf(matrix: Float32Array, names: readonly OutputName[], count: number): Partial<Record<OutputName, Float32Array>> {
  const rows = matrix.length / count;
  return Object.fromEntries(
    names
      .slice(0, count)
      .map((name, k) => [name, Float32Array.from({ length: rows }, (_, row) => matrix[row * count + k] as number)]),
  );
}

/** Images of one forward pass. */
const ROWS_AT_ONCE = 256;

const dirichletVae: Model = {
  id: 'dirichlet-vae',
  name: 'Dirichlet VAE',
  family: 'Autoencoders',
  paper: {
    text: 'B. M. Dillon, T. Plehn, C. Sauer and P. Sorrenson, Better latent spaces for better autoencoders, SciPost Phys. 11 (2021) 061',
    url: 'https://doi.org/10.21468/SciPostPhys.11.3.061',
  },
  summary: 'Explains each image as a mixture of a few learned patterns; what mixture it is, and how unlikely, are scores.',
  cost: 'A minute or two for a thousand images: a few matrix products.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'background',
  presets,
  defaultPreset: ({ width }) => (width >= 1024 ? 'dirichlet-3-narrow' : 'dirichlet-4-tiny'),
  params,
  outputs: [...pictures, ...inference, ...components, ...topics],
  defaultScore: 'reconstruction-sse',
  build,
};

export default dirichletVae;
