/**
 * What variational autoencoders share, whatever their layers: a trunk with two heads gives a Gaussian per latent number, training
 * draws from it, scoring takes its mean. The loss weighs the error of the reconstruction against the divergence of the Gaussians
 * from the unit one.
 *
 * Source: Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014; weights of the two terms as Govorkova et al.,
 * arXiv 2108.03986, have them.
 */
import type { LayersModel, Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { StepLayer, StepLoss } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import { inBlocks } from './blocks.ts';
import type { Batch, Detector, OutputName, Scaling, Stage, TensorBatch } from './contract.ts';
import { drawLatent, klToUnitGaussian } from './gaussian.ts';
import { meanSquaredError } from './losses.ts';
import { madeOf } from './network.ts';
import { type TrainingSettings, trainingOf } from './training-params.ts';

/** A network on flat rows [n, product of its input's shape]. */
export function flatRows(
  { model, run, trainable }: { model: LayersModel; run(x: Tensor, training: boolean): Tensor; trainable: readonly Variable[] },
  inputShape: readonly number[],
): Stack {
  const inputOf = (x: Tensor2D): Tensor => (inputShape.length > 1 ? tf.reshape(x, [-1, ...inputShape]) : x);
  return { model, trainable, run: (x, training) => run(inputOf(x), training) as Tensor2D };
}

/** One network of the four. */
export interface Stack {
  model: LayersModel;
  /** Flat rows to flat rows; rows of the network's own shape are taken too. */
  run(x: Tensor2D, training: boolean): Tensor2D;
  trainable: readonly Variable[];
  /** The same stack as data, for whole-step trainers; absent where they know no such layers. */
  steps?: readonly StepLayer[];
}

export interface VariationalStacks {
  /** Rows [n, width] to features. */
  trunk: Stack;
  /** Features to means [n, k]. */
  mean: Stack;
  /** Features to log variances [n, k]. */
  logVariance: Stack;
  /** Latent numbers [n, k] to the reconstruction [n, width]. */
  decoder: Stack;
}

export interface VariationalSettings extends TrainingSettings {
  /** Weight of the divergence, from 0 to 1; the reconstruction has 1 - beta. */
  beta: number;
  latent: number;
}

/** What is learned: the loss of a batch, and what the decoder's numbers are. */
export interface Objective {
  lossName: string;
  /** @param y of the decoder, [n, width]; mu and log of the latent Gaussians, [n, k] */
  loss(y: Tensor2D, batch: Pick<TensorBatch, 'target' | 'mask'>, mu: Tensor2D, log: Tensor2D): Scalar;
  /** True if the decoder gives the log-odds of pixels; they are then the output `pixelLogits`. */
  logits: boolean;
  /** The same loss as data: what a whole-step trainer adds up; absent where trainers know no such loss. */
  step?: { loss: StepLoss; klWeight: number };
}

/**
 * (1 - beta) mean of (1/D) Σ m (t - y)² + beta mean of (1/2K) Σ (mu² + sigma² - 1 - ln sigma²). With beta 0 it is the error alone.
 *
 * beta is the weight of the divergence, from 0 to 1.
 */
export function weightedObjective({ beta, latent }: VariationalSettings): Objective {
  return {
    lossName: `(1 − β) mean of (1/D) Σ (x - y)², padding left out, + β mean of (1/2K) Σ (μ² + σ² − 1 − ln σ²), β = ${beta}`,
    loss: (y, { target, mask }, mu, log) =>
      tf.add(tf.mul(meanSquaredError(y, target, mask), 1 - beta), tf.mul(klToUnitGaussian(mu, log), beta)),
    logits: false,
    // the trainers sum over latent numbers
    step: { loss: { kind: 'mse', masked: true, weight: 1 - beta }, klWeight: beta / latent },
  };
}

/** Outputs of every such detector. */
export const variationalOutputs = ['reconstruction', 'latent', 'latentMean', 'latentLogVar'] satisfies OutputName[];

/** Adam's epsilon in Keras. */
const EPSILON = 1e-7;

/**
 * The detector of four networks.
 *
 * @param seed of the noise in training, the run's own
 * @param rowsAtOnce rows of one forward pass
 */
export function variationalDetector(
  { trunk, mean, logVariance, decoder }: VariationalStacks,
  settings: TrainingSettings & { latent: number },
  scaling: { input: Scaling; target: Scaling },
  seed: number,
  rowsAtOnce: number,
  objective: Objective,
): Detector {
  const restored = (y: Tensor2D): Tensor2D => (objective.logits ? tf.sigmoid(y) : y);
  const networks = { encoder: trunk.model, mean: mean.model, logVariance: logVariance.model, decoder: decoder.model };
  const stage: Stage = {
    name: 'reconstruction and KL',
    lossName: objective.lossName,
    lossMayBeNegative: false,
    variables: [trunk, mean, logVariance, decoder].flatMap(({ trainable }) => trainable),
    ...trainingOf(settings, EPSILON),
    loss: (batch, context) => {
      const { training } = context;
      const hidden = trunk.run(batch.x, training);
      const mu = mean.run(hidden, training);
      const log = logVariance.run(hidden, training);
      // the draw is for training only: validation compares with the decoded mean, as the scores do
      const z = training ? drawLatent(mu, log, context) : mu;
      return objective.loss(decoder.run(z, training), batch, mu, log);
    },
    ...describedStep({ trunk, mean, logVariance, decoder }, objective, seed),
  };
  return {
    scaling,
    ...madeOf(networks),
    stages: [stage],
    async forward({ x, width }: Batch) {
      const names = [
        'latentMean',
        'latentLogVar',
        'reconstruction',
        ...(objective.logits ? (['pixelLogits'] as const) : []),
      ] as const;
      const outputs = await inBlocks(x, width, rowsAtOnce, names, (rows) => {
        const hidden = trunk.run(rows, false);
        const mu = mean.run(hidden, false);
        const y = decoder.run(mu, false);
        return [mu, logVariance.run(hidden, false), restored(y), ...(objective.logits ? [y] : [])];
      });
      return { ...outputs, latent: outputs.latentMean };
    },
    async decode(latent) {
      const decoded = await inBlocks(latent, settings.latent, rowsAtOnce, ['y'], (z) => [restored(decoder.run(z, false))]);
      return decoded.y;
    },
    parts: [
      { network: 'encoder', serves: variationalOutputs, run: ([x]) => trunk.run(x as Tensor2D, false) },
      { network: 'mean', serves: ['latent', 'latentMean', 'reconstruction'], run: ([h]) => mean.run(h as Tensor2D, false) },
      { network: 'logVariance', serves: ['latentLogVar'], run: ([h]) => logVariance.run(h as Tensor2D, false) },
      { network: 'decoder', serves: ['reconstruction'], run: ([z]) => restored(decoder.run(z as Tensor2D, false)) },
    ],
  };
}

/** The stage's step as data, if all four networks and the loss are. */
function describedStep(
  { trunk, mean, logVariance, decoder }: VariationalStacks,
  { step }: Objective,
  seed: number,
): Pick<Stage, 'step'> {
  const [toMean, toLogVariance] = [mean, logVariance].map(({ steps }) => (steps?.length === 1 ? steps[0] : undefined));
  if (!step || !trunk.steps || !decoder.steps || toMean?.kind !== 'dense' || toLogVariance?.kind !== 'dense') return {};
  if (!toMean.bias || !toLogVariance.bias) return {};
  const heads = {
    mean: { kernel: toMean.kernel, bias: toMean.bias },
    logVar: { kernel: toLogVariance.kernel, bias: toLogVariance.bias },
  };
  return {
    step: {
      layers: [...trunk.steps, { kind: 'gaussian', ...heads, klWeight: step.klWeight, seed }, ...decoder.steps],
      loss: step.loss,
    },
  };
}
