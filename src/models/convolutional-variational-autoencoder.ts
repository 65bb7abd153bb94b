/**
 * Convolutional variational autoencoder of events: the convolutions of the convolutional autoencoder before a Gaussian for each
 * latent number. The encoder alone can score an event, which is what a trigger has time for.
 *
 * Source: Govorkova et al., arXiv 2108.03986 (Nature Machine Intelligence 4 (2022) 154). Layers: `event-convolutions.ts`; loss and
 * draw: `variational.ts`.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import type { Detector, Model, ModelInput, Preset } from './contract.ts';
import { type GridSettings, gridParams, gridStacks, ROWS_AT_ONCE, targetScalingOf } from './event-convolutions.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { trainingParams } from './training-params.ts';
import {
  flatRows,
  type Stack,
  type VariationalSettings,
  variationalDetector,
  variationalOutputs,
  weightedObjective,
} from './variational.ts';

const params = {
  ...gridParams,
  latent: {
    ...gridParams.latent,
    help: 'Gaussians that an event is squeezed into, each with a mean and a log variance.',
  },
  beta: {
    kind: 'number',
    label: 'β, weight of the KL divergence',
    help: 'Loss = (1 − β) squared error + β KL. Near 1 the Gaussians all become the unit one and the latent scores die; near 0 it is an ordinary autoencoder.',
    default: 0.8,
    min: 0,
    max: 0.9999,
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

type Settings = GridSettings & VariationalSettings;

const presets: Readonly<Record<string, Preset>> = {
  'offshell-cnn-vae': {
    name: 'Offshell CNN VAE',
    origin:
      'Ours: the 40 MHz layers on background-scaled input without batch normalisation and with a smaller β, quick to train.',
    params: {
      ...{ network: '40mhz', filters: [16, 32], latent: 8, beta: 0.1, scaling: 'background-scaled', physicalHeads: true },
      ...{ learningRate: 5e-3, batchSize: 0, epochs: 20, patience: 6, schedule: 'cosine', minLearningRate: 1e-5 },
    },
    reference: { kind: 'objects', width: 57, parameters: 8048, trainable: 8048 },
  },
  '40mhz-cnn-vae': {
    name: '40 MHz CNN VAE',
    origin: 'Govorkova et al., arXiv 2108.03986: raw input, scaled target, bounded outputs, β 0.8; 100 epochs are ours.',
    params: {
      ...{ network: '40mhz', filters: [16, 32], latent: 8, beta: 0.8, inputNorm: true, physicalHeads: true },
      ...{ scaling: 'raw', targetScaling: '40mhz-target', learningRate: 3e-3, amsgrad: true, batchSize: 1024 },
      ...{ epochs: 100, patience: 10, schedule: 'reduce-on-plateau' },
    },
    reference: { kind: 'objects', width: 57, parameters: 8052, trainable: 8050 },
  },
};

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const stacks = gridStacks(input, settings, 'convolutional-variational-autoencoder');
  let ordinal = 0;
  const stack = (inputShape: readonly number[], specs: readonly ImageLayerSpec[]): Stack & { width: number } => {
    const network = buildImageNetwork(inputShape, specs, { seed, ordinal, inputIsData: ordinal === 0 });
    ordinal += weightedLayers(specs);
    return { ...flatRows(network, inputShape), width: network.outputShape[0] as number };
  };
  const trunk = stack(stacks.shape, stacks.trunk);
  const mean = stack([trunk.width], stacks.latent.slice(0, 1));
  const logVariance = stack([trunk.width], stacks.latent.slice(0, 1));
  const decoder = stack([settings.latent], stacks.decoder);
  const scaling = { input: settings.scaling, target: targetScalingOf(settings) };
  return variationalDetector(
    { trunk, mean, logVariance, decoder },
    settings,
    scaling,
    seed,
    ROWS_AT_ONCE,
    weightedObjective(settings),
  );
}

const convolutionalVariationalAutoencoder: Model = {
  id: 'convolutional-variational-autoencoder',
  name: 'Convolutional variational autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'E. Govorkova et al., Autoencoders on FPGAs for real-time, unsupervised new physics detection at 40 MHz, Nature Mach. Intell. 4 (2022) 154',
    url: 'https://arxiv.org/abs/2108.03986',
  },
  summary: 'Convolutions over the objects of an event before Gaussian latent numbers: the encoder alone can score an event.',
  cost: 'A minute for some ten thousand events.',
  baseline: false,
  accepts: ['objects'],
  trainsOn: 'background',
  presets,
  defaultPreset: () => 'offshell-cnn-vae',
  params,
  outputs: variationalOutputs,
  defaultScore: 'reconstruction-mse-masked',
  build,
};

export default convolutionalVariationalAutoencoder;
