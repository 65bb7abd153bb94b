/**
 * Dense autoencoder: a stack of dense layers squeezes an event into a few numbers and another stack restores it. Trained on
 * background only, it restores background well; what it restores badly is anomalous.
 *
 * Source: Govorkova et al., arXiv 2108.03986 for 40 MHz triggers; the presets name their own sources.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling, Stage } from './contract.ts';
import type { Initialiser } from './init.ts';
import type { Activation } from './layers/dense.ts';
import { limitsFor } from './layers/physical-heads.ts';
import { meanAbsoluteError, meanSquaredError, topTenSquaredError } from './losses.ts';
import { buildNetwork, denseLayers, type LayerSpec, madeOf } from './network.ts';
import { eventScalingParams } from './scaling-params.ts';
import { denoisingParams, type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  sizing: {
    kind: 'choice',
    label: 'Layer widths',
    help: 'Type them, or let them follow the width of the input: half of it, then a quarter, and its square root (at most 8) as latent width.',
    default: 'typed',
    options: [
      { value: 'typed', label: 'as typed' },
      { value: 'from-input', label: 'from the input' },
    ],
  },
  hidden: {
    kind: 'integers',
    label: 'Encoder widths',
    help: 'Hidden layers from the input to the latent layer; an empty list connects them directly.',
    default: [32, 16],
    min: 1,
    max: 4096,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Numbers that an event is squeezed into. Fewer make a harder task and usually a better anomaly detector.',
    default: 3,
    min: 1,
    max: 1024,
    integer: true,
  },
  decoder: {
    kind: 'integers',
    label: 'Decoder widths',
    help: 'Hidden layers from the latent layer to the output; an empty list mirrors the encoder.',
    default: [],
    min: 1,
    max: 4096,
    advanced: true,
  },
  activation: {
    kind: 'choice',
    label: 'Activation',
    help: 'After each hidden layer.',
    default: 'leaky-relu',
    options: [
      { value: 'leaky-relu', label: 'leaky ReLU' },
      { value: 'relu', label: 'ReLU' },
      { value: 'elu', label: 'ELU' },
      { value: 'tanh', label: 'tanh' },
      { value: 'sigmoid', label: 'sigmoid' },
      { value: 'linear', label: 'none' },
    ],
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
  latentActivation: {
    kind: 'choice',
    label: 'Latent activation',
    help: 'ReLU on a narrow latent layer can switch it off for good; some published networks have it.',
    default: 'linear',
    options: [
      { value: 'linear', label: 'none' },
      { value: 'relu', label: 'ReLU' },
      { value: 'tanh', label: 'tanh' },
      { value: 'sigmoid', label: 'sigmoid' },
    ],
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
  hiddenBias: {
    kind: 'switch',
    label: 'Bias in inner layers',
    help: 'The output layer always has one.',
    default: true,
    advanced: true,
  },
  physicalHeads: {
    kind: 'switch',
    label: 'Physical outputs',
    help: 'Bounds phi and eta of the reconstruction to ±π and the acceptance with tanh. Only for objects whose eta and phi are as they are or divided by constants.',
    default: false,
  },
  ...eventScalingParams,
  loss: {
    kind: 'choice',
    label: 'Loss',
    help: 'What training makes small.',
    default: 'mse',
    options: [
      { value: 'mse', label: 'mean squared error' },
      { value: 'mae', label: 'mean absolute error' },
      { value: 'mse-top10', label: 'mean of the ten largest squared errors' },
    ],
  },
  maskedLoss: {
    kind: 'switch',
    label: 'Mask padding',
    help: 'Empty slots and missing values do not count in the loss.',
    default: true,
  },
  initialiser: {
    kind: 'choice',
    label: 'Initial weights',
    help: 'Rule for the random weights before training.',
    default: 'he-uniform',
    options: [
      { value: 'glorot-uniform', label: 'Glorot uniform (Keras)' },
      { value: 'he-uniform', label: 'He uniform' },
      { value: 'he-normal', label: 'He normal' },
      { value: 'pytorch-linear', label: 'uniform ±1/√inputs, bias too (PyTorch)' },
    ],
    advanced: true,
  },
  conventions: {
    kind: 'choice',
    label: 'Constants of',
    help: 'Keras: batch norm keeps 0.99 and adds 1e-3, Adam adds 1e-7. PyTorch: 0.9, 1e-5, 1e-8.',
    default: 'keras',
    options: [
      { value: 'keras', label: 'Keras' },
      { value: 'pytorch', label: 'PyTorch' },
    ],
    advanced: true,
  },
  ...denoisingParams,
  ...trainingParams,
  schedule: { ...trainingParams.schedule, default: 'reduce-on-plateau' },
  minLearningRate: { ...trainingParams.minLearningRate, default: 1e-6 },
} as const satisfies ParamSpecs;

const hackathon: Params = {
  hidden: [32, 16],
  latent: 3,
  activation: 'leaky-relu',
  leakySlope: 0.3,
  batchNorm: true,
  initialiser: 'he-uniform',
  scaling: 'standardised',
  maskedLoss: false,
  learningRate: 1e-3,
  batchSize: 1024,
  epochs: 150,
  patience: 10,
  schedule: 'reduce-on-plateau',
  plateauFactor: 0.1,
  plateauPatience: 2,
  plateauCooldown: 2,
  minLearningRate: 1e-6,
};

const adc2021: Params = {
  hidden: [16],
  latent: 3,
  activation: 'relu',
  latentActivation: 'relu',
  batchNorm: false,
  hiddenBias: false,
  initialiser: 'glorot-uniform',
  scaling: 'raw',
  maskedLoss: false,
  learningRate: 1e-3,
  batchSize: 1024,
  epochs: 10,
  patience: 0,
  schedule: 'constant',
};

const anomalyClr: Params = {
  hidden: [256, 128, 64, 32, 16],
  latent: 5,
  activation: 'leaky-relu',
  leakySlope: 0.01,
  batchNorm: false,
  initialiser: 'pytorch-linear',
  conventions: 'pytorch',
  maskedLoss: false,
  learningRate: 1e-3,
  batchSize: 128,
  epochs: 100,
  patience: 0,
  schedule: 'constant',
};

const offshell: Params = {
  hidden: [32, 16],
  latent: 3,
  activation: 'leaky-relu',
  leakySlope: 0.3,
  batchNorm: false,
  initialiser: 'he-uniform',
  scaling: 'background-scaled',
  maskedLoss: true,
  learningRate: 5e-3,
  batchSize: 0,
  epochs: 20,
  patience: 6,
  schedule: 'cosine',
  minLearningRate: 1e-5,
};

const presets: Readonly<Record<string, Preset>> = {
  'offshell-default': {
    name: 'Offshell default',
    origin: 'Ours: the hackathon widths without batch normalisation, masked loss, quick to train.',
    params: offshell,
    reference: { kind: 'objects', width: 57, parameters: 4924, trainable: 4924 },
  },
  'offshell-table': {
    name: 'Offshell table',
    origin: 'Ours: the default with widths that follow the input.',
    params: { ...offshell, sizing: 'from-input', scaling: 'standardised' },
    reference: { kind: 'table', width: 16, parameters: 900, trainable: 900 },
  },
  'hackathon-42': {
    name: 'Hackathon 42-32-16-3',
    origin:
      'T. Aarrestad, QCD School 2024 (github.com/thaarres/qcd_school_ml), with learning rate 1e-3 (ours), constants from training background only.',
    params: hackathon,
    reference: { kind: 'objects', width: 42, parameters: 4333, trainable: 4141 },
  },
  'hackathon-42-original': {
    name: 'Hackathon, original rate',
    origin:
      'T. Aarrestad, QCD School 2024, with its own learning rate 1e-5, which is still falling after 150 epochs of 2.3 M events.',
    params: { ...hackathon, learningRate: 1e-5 },
    reference: { kind: 'objects', width: 42, parameters: 4333, trainable: 4141 },
  },
  'hackathon-57': {
    name: 'Hackathon 57-32-16-3',
    origin: 'Ours: the same blocks on MET, 4 electrons, 4 muons and 10 jets, the input that the school text describes.',
    params: hackathon,
    reference: { kind: 'objects', width: 57, parameters: 5308, trainable: 5116 },
  },
  'adc2021-official': {
    name: 'ADC2021 57-16-3-16-57',
    origin:
      'Anomaly Detection Data Challenge 2021, example code (github.com/mpp-hep/ADC2021-examplecode). Raw GeV: essentially a pT score.',
    params: adc2021,
    reference: { kind: 'objects', width: 57, parameters: 1977 },
  },
  'adc2021-flops': {
    name: 'ADC2021 57-16-3-8-16-57',
    origin: 'Anomaly Detection Data Challenge 2021, the network of its FLOPs example. Raw GeV: essentially a pT score.',
    params: { ...adc2021, decoder: [8, 16] },
    reference: { kind: 'objects', width: 57, parameters: 2081 },
  },
  '40mhz-dnn': {
    name: '40 MHz DNN',
    origin:
      'Govorkova et al., arXiv 2108.03986. The plain autoencoder is inferred from the code of the variational one; 100 epochs are ours.',
    params: {
      hidden: [32, 16],
      latent: 3,
      activation: 'leaky-relu',
      leakySlope: 0.3,
      batchNorm: true,
      inputNorm: true,
      physicalHeads: true,
      initialiser: 'he-uniform',
      scaling: 'raw',
      targetScaling: '40mhz-target',
      maskedLoss: true,
      learningRate: 3e-3,
      amsgrad: true,
      batchSize: 1024,
      epochs: 100,
      patience: 10,
      schedule: 'reduce-on-plateau',
      plateauFactor: 0.1,
      plateauPatience: 2,
      plateauCooldown: 0,
      minLearningRate: 0,
    },
    reference: { kind: 'objects', width: 57, parameters: 5536, trainable: 5230 },
  },
  'anomalyclr-raw': {
    name: 'AnomalyCLR raw baseline',
    origin:
      'Dillon et al., arXiv 2301.04660 (github.com/bmdillon/AnomalyCLR), the autoencoder on raw data; scaled by training background.',
    params: { ...anomalyClr, scaling: 'background-scaled' },
    reference: { kind: 'objects', width: 57, parameters: 117438 },
  },
  'anomalyclr-representation': {
    name: 'AnomalyCLR on representations',
    origin: 'Dillon et al., arXiv 2301.04660: the same network on the representation, of any width.',
    params: { ...anomalyClr, scaling: 'raw' },
    reference: { kind: 'table', width: 136, parameters: 157965 },
  },
  'relu-32-8': {
    name: 'ReLU 57-32-8-32-57',
    origin:
      'Independent reproduction (github.com/max-cohen54/40MHz_Dataset): raw GeV, masked loss, ReLU on the latent layer too.',
    params: {
      hidden: [32],
      latent: 8,
      activation: 'relu',
      latentActivation: 'relu',
      batchNorm: false,
      initialiser: 'glorot-uniform',
      scaling: 'raw',
      maskedLoss: true,
      learningRate: 1e-3,
      batchSize: 1024,
      epochs: 20,
      patience: 0,
      schedule: 'reduce-on-plateau',
      plateauFactor: 0.2,
      plateauPatience: 3,
      plateauCooldown: 0,
      minLearningRate: 0,
    },
    reference: { kind: 'objects', width: 57, parameters: 4289 },
  },
};

/** The parameters with their types, once they are checked. */
interface Settings extends TrainingSettings {
  sizing: 'typed' | 'from-input';
  hidden: readonly number[];
  latent: number;
  decoder: readonly number[];
  activation: Activation;
  leakySlope: number;
  latentActivation: Activation;
  batchNorm: boolean;
  inputNorm: boolean;
  hiddenBias: boolean;
  physicalHeads: boolean;
  scaling: Scaling;
  targetScaling: Scaling | 'same';
  loss: 'mse' | 'mae' | 'mse-top10';
  maskedLoss: boolean;
  initialiser: Initialiser;
  conventions: 'keras' | 'pytorch';
}

const conventions = {
  keras: { momentum: 0.99, batchNormEpsilon: 1e-3, adamEpsilon: 1e-7 },
  pytorch: { momentum: 0.9, batchNormEpsilon: 1e-5, adamEpsilon: 1e-8 },
};

const losses = {
  mse: {
    compute: meanSquaredError,
    step: { kind: 'mse' },
    words: 'mean squared error: mean over events of (1/D) Σ (x - y)²',
  },
  mae: { compute: meanAbsoluteError, step: { kind: 'mae' }, words: 'mean absolute error: mean over events of (1/D) Σ |x - y|' },
  'mse-top10': {
    compute: topTenSquaredError,
    step: { kind: 'top-n', n: 10 },
    words: 'mean over events of the mean of the ten largest (x - y)²',
  },
} as const;

/** Encoder and decoder as layer descriptions. */
function describeStacks(input: ModelInput, settings: Settings): { encoder: LayerSpec[]; decoder: LayerSpec[] } {
  const { momentum, batchNormEpsilon } = conventions[settings.conventions];
  const { hidden, latent } = widths(input, settings);
  const decoderHidden = settings.decoder.length > 0 ? settings.decoder : [...hidden].reverse();
  const dense = (units: number, bias = settings.hiddenBias): LayerSpec => ({
    kind: 'dense',
    units,
    bias,
    initialiser: settings.initialiser,
  });
  const norm: LayerSpec = { kind: 'batch-norm', momentum, epsilon: batchNormEpsilon };
  const activate = (activation: Activation): LayerSpec[] =>
    activation === 'linear' ? [] : [{ kind: 'activation', activation, slope: settings.leakySlope }];
  const block = (units: number): LayerSpec[] => [
    dense(units),
    ...(settings.batchNorm ? [norm] : []),
    ...activate(settings.activation),
  ];
  return {
    encoder: [
      ...(settings.inputNorm ? [norm] : []),
      ...hidden.flatMap(block),
      dense(latent),
      ...activate(settings.latentActivation),
    ],
    decoder: [
      ...decoderHidden.flatMap(block),
      dense(input.width, true),
      ...(settings.physicalHeads
        ? [{ kind: 'physical-heads', limits: limitsFor(input, targetOf(settings), 'dense-autoencoder') } as const]
        : []),
    ],
  };
}

function widths(input: ModelInput, settings: Settings): { hidden: readonly number[]; latent: number } {
  if (settings.sizing === 'typed') return settings;
  const first = Math.min(128, Math.max(16, Math.ceil(input.width / 2)));
  return {
    hidden: [first, Math.max(8, Math.ceil(first / 2))],
    latent: Math.min(8, Math.max(1, Math.floor(Math.sqrt(input.width)))),
  };
}

function targetOf(settings: Settings): Scaling {
  return settings.targetScaling === 'same' ? settings.scaling : settings.targetScaling;
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const stacks = describeStacks(input, settings);
  const encoder = buildNetwork(input.width, stacks.encoder, { seed, ordinal: 0, inputIsData: true });
  const latentWidth = encoder.model.outputs[0]?.shape[1] as number;
  const decoder = buildNetwork(latentWidth, stacks.decoder, {
    seed,
    ordinal: denseLayers(stacks.encoder),
    inputIsData: false,
  });
  const networks = { encoder: encoder.model, decoder: decoder.model };
  const loss = losses[settings.loss];
  const stage: Stage = {
    name: 'reconstruction',
    lossName: settings.maskedLoss ? `${loss.words}, empty slots and missing values left out` : loss.words,
    lossMayBeNegative: false,
    variables: [...encoder.trainable, ...decoder.trainable],
    ...trainingOf(settings, conventions[settings.conventions].adamEpsilon),
    loss: (batch, { training }) => {
      const y = decoder.run(encoder.run(batch.x, training), training);
      return loss.compute(y, batch.target, settings.maskedLoss ? batch.mask : undefined);
    },
    step: {
      layers: [...encoder.steps, ...decoder.steps],
      loss: { ...loss.step, masked: settings.maskedLoss },
    },
  };
  return {
    scaling: { input: settings.scaling, target: targetOf(settings) },
    ...madeOf(networks),
    stages: [stage],
    async forward(batch: Batch) {
      const [latent, reconstruction] = tf.tidy(() => {
        const z = encoder.run(tf.tensor2d(batch.x, [batch.rows, batch.width]), false);
        return [z, decoder.run(z, false)] as [Tensor2D, Tensor2D];
      });
      try {
        const [z, y] = await Promise.all([latent.data<'float32'>(), reconstruction.data<'float32'>()]);
        return { latent: z, reconstruction: y };
      } finally {
        tf.dispose([latent, reconstruction]);
      }
    },
  };
}

const denseAutoencoder: Model = {
  id: 'dense-autoencoder',
  name: 'Dense autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'E. Govorkova et al., Autoencoders on FPGAs for real-time, unsupervised new physics detection at 40 MHz, Nature Mach. Intell. 4 (2022) 154',
    url: 'https://arxiv.org/abs/2108.03986',
  },
  summary: 'Squeezes an event into a few numbers and restores it; what it restores badly is anomalous.',
  cost: 'Seconds on any machine.',
  recommended: 1,
  baseline: false,
  accepts: ['objects', 'table', 'histograms'],
  trainsOn: 'background',
  presets,
  defaultPreset: (input) =>
    input.kind !== 'objects' ? 'offshell-table' : input.width === 42 ? 'hackathon-42' : 'offshell-default',
  params,
  outputs: ['reconstruction', 'latent'] satisfies OutputName[],
  defaultScore: 'reconstruction-mse-masked',
  build,
};

export default denseAutoencoder;
