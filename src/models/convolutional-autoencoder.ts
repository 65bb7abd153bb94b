/**
 * Convolutional autoencoder of events: the objects of an event as a grid of slots by pT, eta and phi, squeezed by convolutions into
 * a few numbers and restored. Neighbouring slots share weights, so it has few parameters; a trigger can run it.
 *
 * Sources: Govorkova et al., arXiv 2108.03986 (Nature Machine Intelligence 4 (2022) 154); example code of the Anomaly Detection
 * Data Challenge 2021. Layers: `event-convolutions.ts`.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { inBlocks } from './blocks.ts';
import type { Detector, Model, ModelInput, OutputName, Preset, Stage } from './contract.ts';
import { type GridSettings, gridParams, gridStacks, ROWS_AT_ONCE, targetScalingOf } from './event-convolutions.ts';
import { buildImageNetwork, weightedLayers } from './image-network.ts';
import { meanSquaredError } from './losses.ts';
import { madeOf } from './network.ts';
import { denoisingParams, type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  ...gridParams,
  maskedLoss: {
    kind: 'switch',
    label: 'Mask padding',
    help: 'Empty slots do not count in the loss.',
    default: true,
  },
  ...denoisingParams,
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends GridSettings, TrainingSettings {
  maskedLoss: boolean;
}

const presets: Readonly<Record<string, Preset>> = {
  'offshell-cnn': {
    name: 'Offshell CNN',
    origin: 'Ours: the 40 MHz layers on background-scaled input without batch normalisation, quick to train.',
    params: {
      ...{ network: '40mhz', filters: [16, 32], latent: 8, scaling: 'background-scaled', physicalHeads: true },
      ...{ learningRate: 5e-3, batchSize: 0, epochs: 20, patience: 6, schedule: 'cosine', minLearningRate: 1e-5 },
    },
    reference: { kind: 'objects', width: 57, parameters: 7528, trainable: 7528 },
  },
  '40mhz-cnn': {
    name: '40 MHz CNN',
    origin: 'Govorkova et al., arXiv 2108.03986: raw input, scaled target, bounded outputs; 100 epochs are ours.',
    params: {
      ...{ network: '40mhz', filters: [16, 32], latent: 8, inputNorm: true, physicalHeads: true },
      ...{ scaling: 'raw', targetScaling: '40mhz-target', learningRate: 3e-3, amsgrad: true, batchSize: 1024 },
      ...{ epochs: 100, patience: 10, schedule: 'reduce-on-plateau' },
    },
    reference: { kind: 'objects', width: 57, parameters: 7532, trainable: 7530 },
  },
  'adc2021-cnn': {
    name: 'ADC2021 CNN',
    origin:
      'Anomaly Detection Data Challenge 2021, example code (github.com/mpp-hep/ADC2021-examplecode), without its closing ReLU, which cannot give a negative angle. Raw GeV: essentially a pT score.',
    params: {
      ...{ network: 'adc2021', filters: [10], latent: 8, physicalHeads: false, scaling: 'raw', maskedLoss: false },
      ...{ learningRate: 1e-3, batchSize: 1024, epochs: 10, patience: 0, schedule: 'constant' },
    },
    reference: { kind: 'objects', width: 57, parameters: 4822, trainable: 4800 },
  },
};

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const { shape, trunk, latent, decoder: back } = gridStacks(input, settings, 'convolutional-autoencoder');
  const inwards = [...trunk, ...latent];
  const encoder = buildImageNetwork(shape, inwards, { seed, ordinal: 0, inputIsData: true });
  const decoder = buildImageNetwork([settings.latent], back, { seed, ordinal: weightedLayers(inwards), inputIsData: false });
  const networks = { encoder: encoder.model, decoder: decoder.model };
  const encode = (x: Tensor, training: boolean) => encoder.run(tf.reshape(x, [-1, ...shape]), training) as Tensor2D;
  const decode = (z: Tensor2D, training: boolean) => decoder.run(z, training) as Tensor2D;
  const stage: Stage = {
    name: 'reconstruction',
    lossName: `mean squared error: mean over events of (1/D) Σ (x - y)²${settings.maskedLoss ? ', padding left out' : ''}`,
    lossMayBeNegative: false,
    variables: [...encoder.trainable, ...decoder.trainable],
    ...trainingOf(settings, 1e-7),
    loss: ({ x, target, mask }, { training }) =>
      meanSquaredError(decode(encode(x, training), training), target, settings.maskedLoss ? mask : undefined),
  };
  return {
    scaling: { input: settings.scaling, target: targetScalingOf(settings) },
    ...madeOf(networks),
    stages: [stage],
    forward: ({ x, width }) =>
      inBlocks(x, width, ROWS_AT_ONCE, ['latent', 'reconstruction'], (rows) => {
        const z = encode(rows, false);
        return [z, decode(z, false)];
      }),
    async decode(codes) {
      const { reconstruction } = await inBlocks(codes, settings.latent, ROWS_AT_ONCE, ['reconstruction'], (z) => [
        decode(z, false),
      ]);
      return reconstruction;
    },
    parts: [
      { network: 'encoder', serves: ['latent', 'reconstruction'], run: ([x]) => encode(x as Tensor, false) },
      { network: 'decoder', serves: ['reconstruction'], run: ([z]) => decode(z as Tensor2D, false) },
    ],
  };
}

const convolutionalAutoencoder: Model = {
  id: 'convolutional-autoencoder',
  name: 'Convolutional autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'E. Govorkova et al., Autoencoders on FPGAs for real-time, unsupervised new physics detection at 40 MHz, Nature Mach. Intell. 4 (2022) 154',
    url: 'https://arxiv.org/abs/2108.03986',
  },
  summary: 'Reads the objects of an event as a grid, squeezes it by convolutions and restores it.',
  cost: 'A minute for some ten thousand events.',
  baseline: false,
  accepts: ['objects'],
  trainsOn: 'background',
  presets,
  defaultPreset: () => 'offshell-cnn',
  params,
  outputs: ['reconstruction', 'latent'] satisfies OutputName[],
  defaultScore: 'reconstruction-mse-masked',
  build,
};

export default convolutionalAutoencoder;
