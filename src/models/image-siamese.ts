/**
 * Siamese network on images: one small convolutional encoder sees two images and learns whether they are the same. Pairs are made from
 * background alone, or take their negatives from a signal class that is named on the screen; then it is a supervised reference. Every
 * image of either kind of pair comes through the same preparation. An image is as odd as its embedding is far from a fixed bank of
 * background embeddings, never from one random partner.
 *
 * Source: A. Saif, ML4SCI, Google Summer of Code 2022 (github.com/ML4SCI/Anomaly-Detection), whose layers and loss are offered; how
 * pairs are made is ours, since in the published ones photons and electrons were prepared in different ways. Siamese networks: Bromley
 * et al., NIPS 1993.
 */
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { oncePerStep, perStep } from '../compute/per-step.ts';
import { tf } from '../compute/tf.ts';
import { turnedImage, turnFrom } from './augment/images.ts';
import { type OddImages, oddCopies, type Sides, turnedCopies } from './augment/showers.ts';
import { type ViewDraw, viewCursor, viewDraw } from './augment/views.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling, Stage, TensorBatch } from './contract.ts';
import { buildImageNetwork, type ImageLayerSpec, type ImageNetwork, weightedLayers } from './image-network.ts';
import { imageShape, inBlocks, rowsAsTensor } from './image-rows.ts';
import { madeOf, type Network } from './network.ts';
import { distances, lossOfPairs, type PairLoss, pairNorm, similarityNetwork } from './pairs.ts';
import { type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  filters: {
    kind: 'integers',
    label: 'Filters',
    help: 'Of each convolution; a maximum pool follows the first, average pools the others.',
    default: [4, 16],
    min: 1,
    max: 512,
  },
  kernel: {
    kind: 'number',
    label: 'Side of the kernels',
    help: 'Pixels; borders are not padded.',
    unit: 'pixels',
    default: 5,
    min: 1,
    max: 11,
    integer: true,
  },
  embedding: {
    kind: 'number',
    label: 'Embedding width',
    help: 'Numbers in which images are compared.',
    default: 10,
    min: 1,
    max: 1024,
    integer: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input',
    help: 'The first channel alone: energy without time, tracker without calorimeters. The first normalisation of the network scales it.',
    default: 'first-channel',
    options: [
      { value: 'first-channel', label: 'first channel as it is' },
      { value: 'mask', label: 'mask: is the first channel lit?' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  positives: {
    kind: 'choice',
    label: 'Pairs that are the same',
    help: 'An image and its copy, which learns what may change; or two images of background, which learns what background has in common.',
    default: 'copies',
    options: [
      { value: 'copies', label: 'an image and its copy' },
      { value: 'class', label: 'two images of background' },
    ],
  },
  copies: {
    kind: 'choice',
    label: 'How copies are made',
    help: 'For a shower: quarter turns and mirror images about the hottest pixel. For a detector whose rows are phi: mirrored in eta, turned in phi by 40 to 280 degrees. Noise is for images in which every pixel has its own meaning.',
    default: 'shower',
    options: [
      { value: 'shower', label: 'about the hottest pixel' },
      { value: 'detector', label: 'mirrored in eta, turned in phi' },
      { value: 'noise', label: 'the same pixels with noise' },
    ],
  },
  noise: {
    kind: 'number',
    label: 'Noise of a copy',
    help: 'Copies with noise only: so many root mean squares of the pixels of the image.',
    default: 0.1,
    min: 0,
    max: 10,
    advanced: true,
  },
  negatives: {
    kind: 'choice',
    label: 'Pairs that are not the same',
    help: 'Made: the other image is one that background does not give. Signal: it is one of a signal class, and the model then sees labels.',
    default: 'made',
    options: [
      { value: 'made', label: 'made from background' },
      { value: 'signal', label: 'labelled signal (supervised)' },
    ],
  },
  negativeClass: {
    kind: 'number',
    label: 'Signal class (0: any)',
    help: 'Labelled pairs only: which signal class the other image comes from, in the order of the data.',
    default: 0,
    min: 0,
    max: 255,
    integer: true,
    advanced: true,
  },
  cutImages: {
    kind: 'switch',
    label: 'Made: cut images',
    help: 'What lies on one side of a line near the hottest pixel comes from another image.',
    default: true,
  },
  addImages: {
    kind: 'switch',
    label: 'Made: add images',
    help: 'A second image, moved by 2 to 6 pixels along rows or columns, takes 10 to 40 % of the energy.',
    default: true,
  },
  smearImages: {
    kind: 'switch',
    label: 'Made: smear images',
    help: '20 to 60 % of the energy is spread over 5 to 9 pixels along rows or columns, as radiation in a magnetic field does.',
    default: true,
  },
  loss: {
    kind: 'choice',
    label: 'Loss',
    help: 'The published one is the absolute error of the similarity; where that is near 0 or 1 it counts wrong pairs and hardly learns. The contrastive loss acts on the distance itself.',
    default: 'bce',
    options: [
      { value: 'bce', label: 'binary cross-entropy' },
      { value: 'mae', label: 'absolute error, as published' },
      { value: 'contrastive', label: 'contrastive, with a margin' },
    ],
  },
  margin: {
    kind: 'number',
    label: 'Margin',
    help: 'Contrastive loss only: pairs that are not the same are pushed apart up to this distance.',
    default: 1,
    min: 1e-3,
    max: 1000,
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings, OddImages {
  filters: readonly number[];
  kernel: number;
  embedding: number;
  scaling: Scaling;
  positives: 'copies' | 'class';
  copies: 'shower' | 'detector' | 'noise';
  noise: number;
  negatives: 'made' | 'signal';
  negativeClass: number;
  loss: PairLoss;
  margin: number;
}

const published: Params = {
  ...{ filters: [4, 16], kernel: 5, embedding: 10, learningRate: 1e-3, batchSize: 0, epochs: 20, patience: 0 },
};

const presets: Readonly<Record<string, Preset>> = {
  'gsoc-siamese': {
    name: 'Siamese of the photon and electron study',
    origin:
      'Layers of A. Saif (ML4SCI, 2022). Ours: pairs made from background alone, cross-entropy, automatic batch size; seen is the energy only.',
    params: published,
    reference: { kind: 'images', width: 1024, parameters: 7340, trainable: 6536 },
  },
  'gsoc-siamese-contrastive': {
    name: 'The same, contrastive loss',
    origin: 'Ours: the same layers and pairs with the loss of Hadsell, Chopra and LeCun, CVPR 2006, margin 1.',
    params: { ...published, loss: 'contrastive' },
  },
  'gsoc-siamese-labelled': {
    name: 'The same, labelled pairs, absolute error',
    origin:
      'Pairs and loss of A. Saif (ML4SCI, 2022) with both classes prepared alike: background with background, background with signal. Sees labels.',
    params: { ...published, positives: 'class', negatives: 'signal', loss: 'mae' },
  },
  'siamese-detector': {
    name: 'Siamese of detector images',
    origin: 'Ours: the same layers on the mask of the tracker; copies are mirrored in eta and turned in phi.',
    params: { ...published, scaling: 'mask', copies: 'detector' },
  },
  'siamese-tiny': {
    name: 'Siamese of small images',
    origin: 'Ours: one convolution of 3 x 3; copies have noise, others are cut, contrastive loss; for images of a few pixels.',
    params: {
      ...published,
      ...{
        filters: [8],
        kernel: 3,
        copies: 'noise',
        addImages: false,
        smearImages: false,
        loss: 'contrastive',
        learningRate: 1e-2,
      },
    },
    reference: { kind: 'images', width: 64, parameters: 1108, trainable: 960 },
  },
};

/** The encoder's layers; flat rows of `embedding` numbers come out. */
function encoderOf({ filters, kernel, embedding }: Pick<Settings, 'filters' | 'kernel' | 'embedding'>): ImageLayerSpec[] {
  const drawn = { bias: true, initialiser: 'glorot-uniform' } as const;
  const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };
  return [
    pairNorm,
    ...filters.flatMap((count, level): ImageLayerSpec[] => [
      { kind: 'conv', filters: count, size: [kernel, kernel], strides: [1, 1], padding: 'valid', groups: 1, ...drawn },
      relu,
      { kind: level === 0 ? 'max-pool' : 'average-pool', size: [2, 2], strides: [2, 2], padding: 'valid' },
    ]),
    ...[{ kind: 'flatten' } as const, pairNorm, { kind: 'dense', units: embedding, ...drawn } as const, relu],
  ];
}

/** The encoder of images and the network that turns a distance into log-odds. */
export function buildImagePair(
  [height, width]: Sides,
  settings: Pick<Settings, 'filters' | 'kernel' | 'embedding'>,
  seed: number,
): { encoder: ImageNetwork; similarity: Network } {
  const specs = encoderOf(settings);
  return {
    encoder: buildImageNetwork([height, width, 1], specs, { seed, ordinal: 0, inputIsData: true }),
    similarity: similarityNetwork(seed, weightedLayers(specs)),
  };
}

/** Pixels that remain of a side after the convolutions and pools. */
function sideAfter(side: number, { filters, kernel }: Settings): number {
  return filters.reduce((left) => Math.floor((left - kernel + 1) / 2), side);
}

export interface ImagePairs {
  /** [m, h w] each: images, what is the same as them, and what is not; the last is empty where there is none. */
  own: Float32Array;
  same: Float32Array;
  other: Float32Array;
}

/**
 * Mean loss of the pairs (own, same) and (own, other), as many of one as of the other.
 *
 * @param training batch normalisation takes the statistics of all images together, then of all distances together
 */
export function imagePairLoss(
  encoder: ImageNetwork,
  similarity: Pick<Network, 'run'>,
  pairs: () => ImagePairs,
  { loss, margin }: Pick<Settings, 'loss' | 'margin'>,
  sides: Sides,
  training: boolean,
): Scalar {
  const names = (['own', 'same', 'other'] as const).filter((name) => pairs()[name].length > 0);
  const imagesOf = (name: keyof ImagePairs): Tensor4D =>
    perStep([pairs()[name].length / (sides[0] * sides[1]), ...sides, 1], () => pairs()[name]);
  const images = tf.concat(names.map(imagesOf));
  const [a, b, c] = tf.split(encoder.run(images, training) as Tensor2D, names.length, 0) as [Tensor2D, Tensor2D, Tensor2D?];
  const near = distances(a, b);
  const truth = tf.onesLike(near);
  if (!c) return lossOfPairs(loss, near, truth, margin, (d) => similarity.run(d, training));
  const far = distances(a, c);
  const distance = tf.concat([near, far]) as Tensor2D;
  return lossOfPairs(loss, distance, tf.concat([truth, tf.zerosLike(far)]) as Tensor2D, margin, (d) =>
    similarity.run(d, training),
  );
}

/** The first channel of physical rows, or its mask; a missing pixel is 0. */
function firstChannel(raw: Float32Array, channels: number, masked: boolean): Float32Array {
  return Float32Array.from({ length: raw.length / channels }, (_, i) => {
    const value = raw[i * channels] as number;
    return masked ? Number(value > 0) : Number.isNaN(value) ? 0 : value;
  });
}

/**
 * Pairs of a batch. Without labels every row is background; with them rows of background are anchors, and the others are drawn from the
 * rows of the chosen class, with replacement. Two images of background are never one and the same, unless there is only one.
 */
export function imagePairs(
  images: Float32Array,
  label: ArrayLike<number> | undefined,
  sides: Sides,
  settings: Pick<Settings, 'positives' | 'copies' | 'noise' | 'negatives' | 'negativeClass'> & OddImages,
  draw: ViewDraw,
): ImagePairs {
  const size = sides[0] * sides[1];
  const rows = Array.from({ length: images.length / size }, (_, i) => i);
  const wanted = settings.negativeClass;
  const anchors = rows.filter((i) => !label || label[i] === 0);
  const signal = rows.filter((i) => label && (wanted === 0 ? (label[i] as number) > 0 : label[i] === wanted));
  const pick = (chosen: readonly number[]) => {
    const out = new Float32Array(chosen.length * size);
    for (const [k, i] of chosen.entries()) out.set(images.subarray(i * size, (i + 1) * size), k * size);
    return out;
  };
  const own = pick(anchors);
  const copied = (): Float32Array => {
    if (settings.copies === 'shower') return turnedCopies(own, sides, draw);
    const out = new Float32Array(own.length);
    for (const k of anchors.keys()) {
      const [image, cursor] = [own.subarray(k * size, (k + 1) * size), viewCursor(draw, k, 'physics')];
      const width = settings.noise * Math.sqrt(image.reduce((sum, value) => sum + value * value, 0) / size);
      const copy =
        settings.copies === 'noise'
          ? image.map((value) => value + width * cursor.normal())
          : turnedImage(image, sides, turnFrom(cursor, sides[0]));
      out.set(copy, k * size);
    }
    return out;
  };
  const partners = (): Float32Array =>
    pick(
      anchors.map((_, k) => {
        const step = anchors.length > 1 ? 1 + viewCursor(draw, k, 'physics').below(anchors.length - 1) : 0;
        return anchors[(k + step) % anchors.length] as number;
      }),
    );
  const same = settings.positives === 'copies' ? copied() : partners();
  if (settings.negatives === 'made') return { own, same, other: oddCopies(same, sides, settings, draw) };
  const others = signal.length === 0 ? [] : anchors.map((_, k) => signal[viewCursor(draw, k, 'anomaly').below(signal.length)]);
  return { own, same, other: pick(others as number[]) };
}

function checkSettings(input: ModelInput, settings: Settings, [height, width]: Sides): void {
  const refuse = (where: string, expected: string, found: string, fix: string): never => {
    throw new Problem({ where: `model "image-siamese"${where}`, expected, found, fix });
  };
  const left = Math.min(sideAfter(height, settings), sideAfter(width, settings));
  if (left < 1) {
    const found = `${settings.filters.length} of side ${settings.kernel} on ${height} x ${width} pixels`;
    refuse(', parameter "filters"', 'convolutions and pools that leave a pixel at least', found, 'Choose fewer or smaller ones');
  }
  if (settings.negatives === 'made' && !settings.cutImages && !settings.addImages && !settings.smearImages)
    refuse(', parameter "cutImages"', 'a way to make images that is switched on', 'none', 'Switch one of them on');
  const signals = input.signals?.length ?? 0;
  if (settings.negatives === 'signal' && signals > 0 && settings.negativeClass > signals)
    refuse(
      ', parameter "negativeClass"',
      `0 for any signal, or 1 to ${signals}`,
      String(settings.negativeClass),
      'Choose one of them',
    );
}

const formulas: Readonly<Record<PairLoss, string>> = {
  bce: 'binary cross-entropy of pairs (ln 2 = 0.693 is guessing)',
  mae: 'mean |p − y| of pairs (0.5 is guessing)',
  contrastive: 'mean of y d² + (1 − y) max(0, margin − d)²',
};

/** The loss, and what counts as the same and what does not. */
function lossWords(settings: Settings, signals: readonly string[]): string {
  const ways = [settings.cutImages ? 'cut' : '', settings.addImages ? 'added' : '', settings.smearImages ? 'smeared' : ''].filter(
    Boolean,
  );
  const named = settings.negativeClass === 0 ? signals.join(' or ') : signals[settings.negativeClass - 1];
  const same = settings.positives === 'copies' ? 'an image and its copy' : 'two images of background';
  const other = settings.negatives === 'made' ? `${ways.join(' or ')} images` : named || 'signal';
  return `${formulas[settings.loss]}; the same: ${same}, not the same: background and ${other}`;
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const [height, width] = imageShape(input, 'image-siamese');
  const sides: Sides = [height, width];
  checkSettings(input, settings, sides);
  const { encoder, similarity } = buildImagePair(sides, settings, seed);
  const networks = { encoder: encoder.model, similarity: similarity.model };
  const labelled = settings.negatives === 'signal';

  const loss = ({ x, label, raw }: TensorBatch, context: { training: boolean; seed: number; step: number }): Scalar => {
    if (labelled && !label) throw new Error('image-siamese: labelled pairs without labels');
    // how many pairs there are follows from the labels, so that such a step is another one each time
    const labels = labelled ? label?.dataSync() : undefined;
    const pairs = oncePerStep(() => {
      const physical = raw?.();
      if (!physical) throw new Error('image-siamese: a batch without physical values');
      const channels = physical.length / (x.shape[0] * height * width);
      const images = firstChannel(physical, channels, settings.scaling === 'mask');
      return imagePairs(images, labels, sides, settings, viewDraw(context));
    });
    // a batch of signal alone has no anchor and teaches nothing
    if (pairs().own.length === 0) return tf.mul(tf.sum(encoder.run(tf.reshape(x, [-1, height, width, 1]), false)), 0) as Scalar;
    return imagePairLoss(encoder, similarity, pairs, settings, sides, context.training);
  };

  const stage: Stage = {
    name: 'pairs',
    lossName: lossWords(settings, input.signals ?? []),
    lossMayBeNegative: false,
    // the contrastive loss asks the distance alone
    variables: settings.loss === 'contrastive' ? encoder.trainable : [...encoder.trainable, ...similarity.trainable],
    ...trainingOf(settings, 1e-7),
    loss,
  };
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    seesLabels: labelled,
    ...madeOf(networks),
    stages: [stage],
    async forward(batch: Batch) {
      const { embedding } = await inBlocks(['embedding'], batch.rows, ROWS_AT_ONCE, (start, count) => ({
        embedding: encoder.run(tf.reshape(rowsAsTensor(batch, start, count), [count, height, width, 1]), false),
      }));
      return { embedding, latent: embedding };
    },
  };
}

/** Images of one forward pass. */
const ROWS_AT_ONCE = 256;

const imageSiamese: Model = {
  id: 'image-siamese',
  name: 'Image siamese network',
  family: 'Contrastive',
  paper: {
    text: 'A. Saif, Anomaly detection, ML4SCI, Google Summer of Code 2022; J. Bromley et al., Signature verification using a siamese time delay neural network, NIPS 1993',
    url: 'https://github.com/ML4SCI/Anomaly-Detection',
  },
  summary: 'Learns which two images are the same; an image far from a bank of background is odd.',
  cost: 'A minute for some thousand images of 32 x 32 pixels.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'pairs',
  presets,
  defaultPreset: ({ shape, image }) =>
    Math.min(shape[0] ?? 0, shape[1] ?? 0) < 16 ? 'siamese-tiny' : image?.periodicRows ? 'siamese-detector' : 'gsoc-siamese',
  params,
  outputs: ['embedding', 'latent'] satisfies OutputName[],
  defaultScore: 'reference-distance',
  build,
};

export default imageSiamese;
