/**
 * Compact convolutional transformer of images: the supervised reference of the CoDAE study. It is told which training images are signal,
 * so it is no anomaly detector; it shows what a detector could reach at best on such data and such a training sample.
 *
 * In the published code the positions of tokens are a frozen random constant that is neither trained nor saved, and stochastic depth
 * drops the skip instead of the branch; here positions are trained or absent, and the branch is dropped.
 *
 * Sources: Hassani et al., arXiv 2104.05704; L. Anzalone et al., arXiv 2306.12955, and github.com/Luca96/dark-autoencoders. Layers:
 * `compact-transformer-network.ts`.
 */
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { turnImages } from './augment/images.ts';
import { buildCompactTransformer } from './compact-transformer-network.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling, Stage } from './contract.ts';
import { imageShape, inBlocks, rowsAsTensor } from './image-rows.ts';
import { madeOf } from './network.ts';
import { type Classes, classesParams, crossEntropyWords, smoothedCrossEntropy, targetsOf } from './supervised.ts';
import { clippedTrainingParams, type TrainingSettings, trainingOf } from './training-params.ts';

const params = {
  filters: {
    kind: 'integers',
    label: 'Filters of the tokeniser',
    help: 'Of each convolution; every level halves the image. The last number is the width of a token. Attention costs the square of the number of tokens.',
    default: [16, 32, 64],
    min: 1,
    max: 1024,
  },
  heads: {
    kind: 'number',
    label: 'Heads',
    help: 'Attentions side by side in a block.',
    default: 2,
    min: 1,
    max: 64,
    integer: true,
  },
  headWidth: {
    kind: 'number',
    label: 'Width of a head',
    help: 'Numbers in which a head compares tokens; the published network has the full width of a token in each head.',
    default: 32,
    min: 1,
    max: 1024,
    integer: true,
  },
  feedForward: {
    kind: 'number',
    label: 'Feed-forward width',
    help: 'Of the hidden layer behind attention.',
    default: 64,
    min: 1,
    max: 4096,
    integer: true,
  },
  blocks: {
    kind: 'number',
    label: 'Blocks',
    help: 'Attention and feed-forward layers, one block after another.',
    default: 2,
    min: 1,
    max: 32,
    integer: true,
  },
  positions: {
    kind: 'choice',
    label: 'Positions of tokens',
    help: 'A learned vector for each token, or none: then a token knows its place only from its neighbours in the tokeniser.',
    default: 'trained',
    options: [
      { value: 'trained', label: 'trained' },
      { value: 'none', label: 'none' },
    ],
  },
  ...classesParams,
  attentionDropout: {
    kind: 'number',
    label: 'Dropout of attention',
    help: 'Share of the attention weights that a training step leaves out.',
    default: 0.1,
    min: 0,
    max: 0.9,
    advanced: true,
  },
  dropout: {
    kind: 'number',
    label: 'Dropout',
    help: 'Share of the numbers behind each feed-forward layer that a training step leaves out.',
    default: 0.2,
    min: 0,
    max: 0.9,
    advanced: true,
  },
  survival: {
    kind: 'number',
    label: 'Survival of the last block',
    help: 'Chance that a part of the last block works in a training step, for each image; 1 at the first block.',
    default: 0.8,
    min: 0.1,
    max: 1,
    advanced: true,
  },
  labelSmoothing: {
    kind: 'number',
    label: 'Label smoothing',
    help: 'Share of each label that is spread evenly over all classes.',
    default: 0.1,
    min: 0,
    max: 0.9,
    advanced: true,
  },
  phiPadding: {
    kind: 'choice',
    label: 'Rows at the border',
    help: 'Rows are phi and close to a circle. The published network sees zeros beyond the border; wrapped, the tokeniser sees the other end.',
    default: 'zeros',
    options: [
      { value: 'zeros', label: 'zeros, as published' },
      { value: 'circular', label: 'the other end' },
    ],
  },
  augment: {
    kind: 'switch',
    label: 'Flips and turns',
    help: 'In training an image is mirrored in eta, turned in phi by 40 to 280 degrees, both or neither. For images whose rows are phi.',
    default: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input',
    help: 'The published network sees the sum of the three detectors. All constants are fitted on training background.',
    default: 'channel-sum',
    options: [
      { value: 'channel-sum', label: 'channels added up, at most 2,000, over 2,000' },
      { value: 'first-over-maximum', label: 'first channel, divided by its largest training pixel' },
      { value: 'mask', label: 'mask: is the first channel lit?' },
      { value: 'over-maximum', label: 'all channels, divided by the largest training pixel' },
      { value: 'raw', label: 'as they are' },
      { value: 'study', label: 'as the study says' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  ...clippedTrainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings {
  filters: readonly number[];
  heads: number;
  headWidth: number;
  feedForward: number;
  blocks: number;
  positions: 'trained' | 'none';
  classes: Classes;
  attentionDropout: number;
  dropout: number;
  survival: number;
  labelSmoothing: number;
  phiPadding: 'zeros' | 'circular';
  augment: boolean;
  scaling: Scaling;
}

/** How the authors train: decay 1e-4 of each weight per step, which is 0.1 times the rate; gradients of length 1 at most. */
const published: Params = {
  ...{ filters: [64, 128], heads: 2, headWidth: 128, feedForward: 128, blocks: 2, positions: 'trained', classes: 'kind' },
  ...{ learningRate: 1e-3, weightDecay: 0.1, clipNorm: 1, batchSize: 128, epochs: 30, patience: 0, schedule: 'constant' },
};
const signals = ['SUEP', 'SVJ'];

const presets: Readonly<Record<string, Preset>> = {
  cct: {
    name: 'CCT, supervised',
    origin:
      'The classifier of github.com/Luca96/dark-autoencoders with positions that are trained and branches that are dropped. Kept are the weights of the least validation loss instead of the best AUC.',
    params: published,
    reference: { kind: 'images', width: 4176, parameters: 440_644, trainable: 440_644, signals },
  },
  'cct-without-positions': {
    name: 'CCT without positions, supervised',
    origin: 'The same with as many weights as are trained in the source, where positions are a frozen random constant.',
    params: { ...published, positions: 'none' },
    reference: { kind: 'images', width: 4176, parameters: 406_084, trainable: 406_084, signals },
  },
  'cct-narrow': {
    name: 'CCT of 72 tokens, supervised',
    origin: 'Ours, for laptops: three levels of 16, 32 and 64 filters leave 72 tokens of 64 numbers instead of 270 of 128.',
    params: { ...published, filters: [16, 32, 64], headWidth: 32, feedForward: 64, batchSize: 32 },
  },
  'cct-tiny': {
    name: 'CCT of one level, supervised',
    origin: 'Ours: 16 filters, one block, no dropout and no turns, for images of a few pixels.',
    params: {
      ...published,
      ...{ filters: [16], headWidth: 8, feedForward: 32, blocks: 1, attentionDropout: 0, dropout: 0, survival: 1 },
      ...{ labelSmoothing: 0, augment: false, scaling: 'raw', learningRate: 3e-3, weightDecay: 0, batchSize: 32, epochs: 15 },
    },
    reference: { kind: 'images', width: 64, parameters: 2707, trainable: 2707 },
  },
};

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const shape = imageShape(input, 'compact-convolutional-transformer', 2 ** (settings.filters.length + 1));
  const targets = targetsOf(input, settings.classes);
  const spec = { ...settings, circular: settings.phiPadding === 'circular', classes: targets.names.length };
  const network = buildCompactTransformer(shape, spec, seed);
  const { networks } = network;
  const image = (x: Tensor2D): Tensor4D => tf.reshape(x, [-1, ...shape]);
  const stage: Stage = {
    name: 'classification',
    lossName: `${crossEntropyWords(targets)}${settings.labelSmoothing > 0 ? `; labels smoothed by ${settings.labelSmoothing}` : ''}`,
    lossMayBeNegative: false,
    variables: network.trainable,
    ...trainingOf(settings, 1e-7),
    loss: ({ x, label }, context) => {
      const { training } = context;
      if (!label) throw new Error('compact-convolutional-transformer: a batch without labels');
      const seen = training && settings.augment ? turnImages(x, shape, context) : x;
      const logits = network.run(image(seen), training, training ? { of: context, place: 0 } : undefined);
      return smoothedCrossEntropy(logits, label, targets, settings.labelSmoothing);
    },
  };
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    ...madeOf({ ...networks }),
    stages: [stage],
    forward: (batch: Batch) =>
      inBlocks(['logits'], batch.rows, ROWS_AT_ONCE, (start, count) => ({
        logits: network.run(image(rowsAsTensor(batch, start, count)), false),
      })),
  };
}

/** Images of one forward pass: the published network compares 270 x 270 tokens in each. */
const ROWS_AT_ONCE = 64;

const compactConvolutionalTransformer: Model = {
  id: 'compact-convolutional-transformer',
  name: 'Compact convolutional transformer',
  family: 'Supervised references',
  paper: {
    text: 'A. Hassani et al., Escaping the big data paradigm with compact transformers, arXiv 2104.05704; L. Anzalone et al., Mach. Learn.: Sci. Technol. 5 (2024) 035064',
    url: 'https://arxiv.org/abs/2104.05704',
  },
  summary: 'Supervised, not anomaly detection: what a small transformer reaches that is told what the signal looks like.',
  cost: 'The published network needs a graphics card; the narrow one minutes for some thousand images.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'labelled',
  presets,
  defaultPreset: ({ shape }) => (Math.min(shape[0] ?? 0, shape[1] ?? 0) >= 16 ? 'cct-narrow' : 'cct-tiny'),
  params,
  outputs: ['logits'] satisfies OutputName[],
  defaultScore: 'signal-probability',
  build,
};

export default compactConvolutionalTransformer;
