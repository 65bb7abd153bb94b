/**
 * Supervised references of images: small convolutional networks that are told which training images are signal. They show how much of
 * the distance to perfect is the data's; they are no anomaly detectors.
 *
 * Sources: the tiny and the dense network of github.com/eraraya-ricardo/qcnn-hep; the pattern of the separable network from
 * github.com/Luca96/dark-autoencoders, after Chollet, CVPR 2017.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { turnImages } from './augment/images.ts';
import { circularRows } from './circular.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling, Stage } from './contract.ts';
import { buildImageNetwork, type ImageLayerSpec } from './image-network.ts';
import { imageShape, inBlocks, rowsAsTensor } from './image-rows.ts';
import { madeOf } from './network.ts';
import { type Classes, classesParams, crossEntropyWords, smoothedCrossEntropy, targetsOf } from './supervised.ts';
import { type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  network: {
    kind: 'choice',
    label: 'Network',
    help: 'Plain: convolutions without padding, then dense layers. Separable: a convolution, then blocks that work on each channel first and across channels then, and the mean over all pixels.',
    default: 'separable',
    options: [
      { value: 'plain', label: 'plain convolutions and dense layers' },
      { value: 'separable', label: 'separable convolutions' },
    ],
  },
  filters: {
    kind: 'integers',
    label: 'Filters',
    help: 'Plain: of each convolution of 3 x 3; an empty list goes straight to the dense layers. Separable: of the first convolution, then of each block.',
    default: [32, 64, 128],
    min: 1,
    max: 1024,
  },
  hidden: {
    kind: 'integers',
    label: 'Dense widths',
    help: 'Plain network only: layers between the convolutions and the classes.',
    default: [32],
    min: 1,
    max: 4096,
  },
  crop: {
    kind: 'number',
    label: 'Side of the middle that is seen (0: all)',
    help: 'Pixels around the middle of the image; the rest is cut off before the first layer.',
    unit: 'pixels',
    default: 0,
    min: 0,
    max: 4096,
    integer: true,
  },
  ...classesParams,
  phiPadding: {
    kind: 'choice',
    label: 'Rows at the border',
    help: 'Separable network only. Where rows are phi and close to a circle, the other end can be seen beyond the border instead of zeros.',
    default: 'zeros',
    options: [
      { value: 'zeros', label: 'zeros' },
      { value: 'circular', label: 'the other end' },
    ],
  },
  augment: {
    kind: 'switch',
    label: 'Flips and turns',
    help: 'In training an image is mirrored in eta, turned in phi by 40 to 280 degrees, both or neither. For images whose rows are phi.',
    default: false,
  },
  scaling: {
    kind: 'choice',
    label: 'Input',
    help: 'All constants are fitted on training background.',
    default: 'first-over-maximum',
    options: [
      { value: 'first-over-maximum', label: 'first channel, divided by its largest training pixel' },
      { value: 'first-standardised', label: 'first channel, each pixel standardised' },
      { value: 'first-channel', label: 'first channel as it is' },
      { value: 'mask', label: 'mask: is the first channel lit?' },
      { value: 'over-maximum', label: 'all channels, divided by the largest training pixel' },
      { value: 'standardised', label: 'all channels, each pixel standardised' },
      { value: 'raw', label: 'as they are' },
      { value: 'study', label: 'as the study says' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings {
  network: 'plain' | 'separable';
  filters: readonly number[];
  hidden: readonly number[];
  crop: number;
  classes: Classes;
  phiPadding: 'zeros' | 'circular';
  augment: boolean;
  scaling: Scaling;
}

const centre: Params = {
  ...{ network: 'plain', crop: 8, scaling: 'first-standardised', learningRate: 1e-3, batchSize: 0, epochs: 200 },
  ...{ patience: 0, schedule: 'cosine' },
};
const origin =
  'github.com/eraraya-ricardo/qcnn-hep: the middle 8 x 8 crystals. Batch size and the cosine, instead of rates cut to a tenth after 80 and 120 epochs, are ours.';

const presets: Readonly<Record<string, Preset>> = {
  'tiny-8x8': {
    name: 'Tiny, the middle 8 x 8, supervised',
    origin,
    params: { ...centre, filters: [2, 1], hidden: [8] },
    reference: { kind: 'images', width: 1024, parameters: 193, trainable: 193 },
  },
  'dense-8x8': {
    name: 'Dense, the middle 8 x 8, supervised',
    origin,
    params: { ...centre, filters: [], hidden: [3] },
    reference: { kind: 'images', width: 1024, parameters: 203, trainable: 203 },
  },
  'separable-cnn': {
    name: 'Separable CNN, supervised',
    origin: 'The layers of a classifier in github.com/Luca96/dark-autoencoders; widths and training are ours.',
    params: {
      ...{ network: 'separable', filters: [32, 64, 128], learningRate: 2e-3, batchSize: 0, epochs: 20, patience: 6 },
      schedule: 'cosine',
    },
  },
  'plain-16-16': {
    name: 'Two convolutions of 16, supervised',
    origin: 'Ours: for images of a few pixels and for trying things out.',
    params: {
      ...{ network: 'plain', filters: [16, 16], hidden: [32], scaling: 'first-channel', learningRate: 3e-3 },
      ...{ batchSize: 0, epochs: 20, patience: 6, schedule: 'cosine' },
    },
    reference: { kind: 'images', width: 64, parameters: 10_770, trainable: 10_770 },
  },
};

type Pair = readonly [number, number];

const drawn = { bias: true, initialiser: 'glorot-uniform' } as const;
const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };
const leaky: ImageLayerSpec = { kind: 'activation', activation: 'leaky-relu', slope: 0.2 };
const norm: ImageLayerSpec = { kind: 'batch-norm', momentum: 0.99, epsilon: 1e-3 };
const dense = (units: number): ImageLayerSpec => ({ kind: 'dense', units, ...drawn });
const same = { strides: [1, 1] as Pair, padding: 'same' } as const;
const pool = (side: number): ImageLayerSpec => ({ kind: 'max-pool', size: [side, side], strides: [2, 2], padding: 'same' });

/** 3 x 3 on each channel by itself, then 1 x 1 across them. */
function separable(channels: number, filters: number): ImageLayerSpec[] {
  return [
    { kind: 'conv', filters: channels, size: [3, 3], ...same, groups: channels, ...drawn, bias: false },
    { kind: 'conv', filters, size: [1, 1], ...same, groups: 1, ...drawn },
  ];
}

/** Layers up to the classes, of images of so many rows and columns. */
function specsOf([height, width]: Pair, settings: Settings, classes: number): ImageLayerSpec[] {
  const { crop, filters, hidden } = settings;
  const cut = (side: number): Pair => {
    const over = crop > 0 ? Math.max(0, side - crop) : 0;
    return [Math.floor(over / 2), Math.ceil(over / 2)];
  };
  const [rows, columns] = [cut(height), cut(width)];
  const seen: Pair = [height - rows[0] - rows[1], width - columns[0] - columns[1]];
  const first: ImageLayerSpec[] = seen[0] < height || seen[1] < width ? [{ kind: 'crop', rows, columns }] : [];
  if (settings.network === 'plain') {
    const convolutions = filters.flatMap((count): ImageLayerSpec[] => [
      { kind: 'conv', filters: count, size: [3, 3], strides: [1, 1], padding: 'valid', groups: 1, ...drawn },
      relu,
    ]);
    return [...first, ...convolutions, { kind: 'flatten' }, ...hidden.flatMap((units) => [dense(units), relu]), dense(classes)];
  }
  const [stem = 32, ...blocks] = filters;
  const convolutions: ImageLayerSpec[] = [
    ...[{ kind: 'conv', filters: stem, size: [3, 3] as Pair, ...same, groups: 1, ...drawn } as const, norm, leaky, pool(2)],
    ...blocks.flatMap((count, i) => [
      ...[...separable(i === 0 ? stem : (blocks[i - 1] as number), count), leaky],
      ...[...separable(count, count), norm, leaky, pool(3)],
    ]),
  ];
  const halved = (side: number) => filters.reduce((left) => Math.ceil(left / 2), side);
  const size: Pair = [halved(seen[0]), halved(seen[1])];
  const around = settings.phiPadding === 'circular' ? circularRows(convolutions, seen) : convolutions;
  const mean: ImageLayerSpec = { kind: 'average-pool', size, strides: size, padding: 'valid' };
  return [...first, ...around, mean, { kind: 'flatten' }, dense(classes)];
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const least = settings.network === 'plain' ? 2 * settings.filters.length + 1 : 4;
  const shape = imageShape(input, 'image-classifier', least);
  const targets = targetsOf(input, settings.classes);
  const specs = specsOf([shape[0], shape[1]], settings, targets.names.length);
  const network = buildImageNetwork(shape, specs, { seed, ordinal: 0, inputIsData: true });
  const networks = { classifier: network.model };
  const logitsOf = (x: Tensor2D, training: boolean) => network.run(tf.reshape(x, [-1, ...shape]), training) as Tensor2D;
  const stage: Stage = {
    name: 'classification',
    lossName: crossEntropyWords(targets),
    lossMayBeNegative: false,
    variables: network.trainable,
    ...trainingOf(settings, 1e-7),
    loss: ({ x, label }, context) => {
      const { training } = context;
      if (!label) throw new Error('image-classifier: a batch without labels');
      const seen = training && settings.augment ? turnImages(x, shape, context) : x;
      return smoothedCrossEntropy(logitsOf(seen, training), label, targets, 0);
    },
  };
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    ...madeOf(networks),
    stages: [stage],
    forward: (batch: Batch) =>
      inBlocks(['logits'], batch.rows, ROWS_AT_ONCE, (start, count) => ({
        logits: logitsOf(rowsAsTensor(batch, start, count), false),
      })),
  };
}

/** Images of one forward pass. */
const ROWS_AT_ONCE = 256;

const imageClassifier: Model = {
  id: 'image-classifier',
  name: 'Image classifier',
  family: 'Supervised references',
  paper: {
    text: 'E. Ricardo, qcnn-hep (ML4SCI); F. Chollet, Xception: deep learning with depthwise separable convolutions, CVPR 2017',
    url: 'https://arxiv.org/abs/1610.02357',
  },
  summary: 'Supervised, not anomaly detection: what a convolutional network reaches that is told what the signal looks like.',
  cost: 'A minute for some thousand images of 32 x 32 pixels.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'labelled',
  presets,
  defaultPreset: ({ shape }) => (Math.min(shape[0] ?? 0, shape[1] ?? 0) >= 16 ? 'separable-cnn' : 'plain-16-16'),
  params,
  outputs: ['logits'] satisfies OutputName[],
  defaultScore: 'signal-probability',
  build,
};

export default imageClassifier;
