/**
 * Dense variational autoencoder: the encoder gives a Gaussian for each latent number, and training keeps these Gaussians close to
 * the unit one. Then the latent space itself tells what is unusual, and a trigger needs the encoder alone.
 *
 * Source: Govorkova et al., arXiv 2108.03986 (Nature Machine Intelligence 4 (2022) 154), after Kingma and Welling, ICLR 2014.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { Detector, Model, ModelInput, Preset, Scaling } from './contract.ts';
import type { Initialiser } from './init.ts';
import { limitsFor } from './layers/physical-heads.ts';
import { buildNetwork, denseLayers, type LayerSpec } from './network.ts';
import { eventScalingParams } from './scaling-params.ts';
import { trainingParams } from './training-params.ts';
import { type VariationalSettings, variationalDetector, variationalOutputs, weightedObjective } from './variational.ts';

const params = {
  hidden: {
    kind: 'integers',
    label: 'Encoder widths',
    help: 'Hidden layers from the input to the two latent layers; the decoder mirrors them.',
    default: [32, 16],
    min: 1,
    max: 4096,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Gaussians that an event is squeezed into, each with a mean and a log variance.',
    default: 3,
    min: 1,
    max: 1024,
    integer: true,
  },
  beta: {
    kind: 'number',
    label: 'β, weight of the KL divergence',
    help: 'Loss = (1 − β) squared error + β KL. Near 1 the Gaussians all become the unit one and the latent scores die; near 0 it is an ordinary autoencoder.',
    default: 0.8,
    min: 0,
    max: 0.9999,
  },
  leakySlope: {
    kind: 'number',
    label: 'Slope of leaky ReLU',
    help: 'Slope for negative inputs: 0.3 in Keras, 0.01 in PyTorch.',
    default: 0.3,
    min: 0,
    max: 1,
    advanced: true,
  },
  batchNorm: {
    kind: 'switch',
    label: 'Batch normalisation',
    help: 'Between each hidden layer and its activation.',
    default: true,
  },
  inputNorm: {
    kind: 'switch',
    label: 'Normalise the input',
    help: 'A batch normalisation before the first layer, which scales raw input.',
    default: false,
    advanced: true,
  },
  physicalHeads: {
    kind: 'switch',
    label: 'Physical outputs',
    help: 'Bounds phi and eta of the reconstruction to ±π and the acceptance with tanh. Only for objects whose eta and phi are as they are or divided by constants.',
    default: false,
  },
  ...eventScalingParams,
  initialiser: {
    kind: 'choice',
    label: 'Initial weights',
    help: 'Rule for the random weights before training.',
    default: 'he-uniform',
    options: [
      { value: 'glorot-uniform', label: 'Glorot uniform (Keras)' },
      { value: 'he-uniform', label: 'He uniform' },
      { value: 'pytorch-linear', label: 'uniform ±1/√inputs, bias too (PyTorch)' },
    ],
    advanced: true,
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

const presets: Readonly<Record<string, Preset>> = {
  'offshell-vae': {
    name: 'Offshell VAE',
    origin: 'Ours: the 40 MHz widths without batch normalisation on background-scaled input, quick to train.',
    params: {
      hidden: [32, 16],
      latent: 3,
      beta: 0.3,
      batchNorm: false,
      scaling: 'background-scaled',
      learningRate: 5e-3,
      batchSize: 0,
      epochs: 20,
      patience: 6,
      schedule: 'cosine',
      minLearningRate: 1e-5,
    },
    reference: { kind: 'objects', width: 57, parameters: 4975, trainable: 4975 },
  },
  '40mhz-dnn-vae': {
    name: '40 MHz DNN VAE',
    origin: 'Govorkova et al., arXiv 2108.03986: raw input, scaled target, β 0.8; 100 epochs are ours.',
    params: {
      hidden: [32, 16],
      latent: 3,
      beta: 0.8,
      batchNorm: true,
      inputNorm: true,
      physicalHeads: true,
      scaling: 'raw',
      targetScaling: '40mhz-target',
      learningRate: 3e-3,
      amsgrad: true,
      batchSize: 1024,
      epochs: 100,
      patience: 10,
      schedule: 'reduce-on-plateau',
    },
    reference: { kind: 'objects', width: 57, parameters: 5587, trainable: 5281 },
  },
};

interface Settings extends VariationalSettings {
  hidden: readonly number[];
  leakySlope: number;
  batchNorm: boolean;
  inputNorm: boolean;
  physicalHeads: boolean;
  scaling: Scaling;
  targetScaling: Scaling | 'same';
  initialiser: Initialiser;
}

const keras = { momentum: 0.99, batchNormEpsilon: 1e-3 };

/** Trunk of the encoder, one of its two heads, and decoder as layer descriptions. */
function describeStacks(input: ModelInput, settings: Settings): Record<'trunk' | 'head' | 'decoder', LayerSpec[]> {
  const { initialiser, leakySlope, batchNorm } = settings;
  const dense = (units: number): LayerSpec => ({ kind: 'dense', units, bias: true, initialiser });
  const norm: LayerSpec = { kind: 'batch-norm', momentum: keras.momentum, epsilon: keras.batchNormEpsilon };
  const block = (units: number): LayerSpec[] => [
    dense(units),
    ...(batchNorm ? [norm] : []),
    { kind: 'activation', activation: 'leaky-relu', slope: leakySlope },
  ];
  const limits = settings.physicalHeads ? limitsFor(input, targetOf(settings), 'dense-variational-autoencoder') : undefined;
  return {
    trunk: [...(settings.inputNorm ? [norm] : []), ...settings.hidden.flatMap(block)],
    head: [dense(settings.latent)],
    decoder: [
      ...[...settings.hidden].reverse().flatMap(block),
      dense(input.width),
      ...(limits ? [{ kind: 'physical-heads', limits } as const] : []),
    ],
  };
}

function targetOf(settings: Settings): Scaling {
  return settings.targetScaling === 'same' ? settings.scaling : settings.targetScaling;
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  if (settings.hidden.length === 0) {
    throw new Problem({
      where: 'model "dense-variational-autoencoder", parameter "hidden"',
      expected: 'at least one hidden layer',
      found: 'none',
      fix: 'Give one width or more, such as 32, 16',
    });
  }
  const stacks = describeStacks(input, settings);
  const trunk = buildNetwork(input.width, stacks.trunk, { seed, ordinal: 0, inputIsData: true });
  const width = settings.hidden.at(-1) as number;
  const first = denseLayers(stacks.trunk);
  const mean = buildNetwork(width, stacks.head, { seed, ordinal: first, inputIsData: false });
  const logVariance = buildNetwork(width, stacks.head, { seed, ordinal: first + 1, inputIsData: false });
  const decoder = buildNetwork(settings.latent, stacks.decoder, { seed, ordinal: first + 2, inputIsData: false });
  const scaling = { input: settings.scaling, target: targetOf(settings) };
  return variationalDetector(
    { trunk, mean, logVariance, decoder },
    settings,
    scaling,
    seed,
    ROWS_AT_ONCE,
    weightedObjective(settings),
  );
}

/** Rows of one forward pass: as many as scoring asks for. */
const ROWS_AT_ONCE = 8192;

const denseVariationalAutoencoder: Model = {
  id: 'dense-variational-autoencoder',
  name: 'Dense variational autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'E. Govorkova et al., Autoencoders on FPGAs for real-time, unsupervised new physics detection at 40 MHz, Nature Mach. Intell. 4 (2022) 154',
    url: 'https://arxiv.org/abs/2108.03986',
  },
  summary: 'An autoencoder whose latent numbers are Gaussians: the encoder alone can score an event.',
  cost: 'Seconds to a minute on any machine.',
  baseline: false,
  accepts: ['objects', 'table'],
  trainsOn: 'background',
  presets,
  defaultPreset: () => 'offshell-vae',
  params,
  outputs: variationalOutputs,
  defaultScore: 'reconstruction-mse-masked',
  build,
};

export default denseVariationalAutoencoder;
