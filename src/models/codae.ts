/**
 * CoDAE, the conditional dual autoencoder: an image becomes a code Z and two numbers Z_m, and the decoder's features are multiplied by
 * maps made of Z_m. It sees which pixels the tracker lit and nothing else, and learns on background to restore them. Each number of Z_m
 * is a score that needs the small encoder alone, so a trigger could afford it; the reconstruction needs all three networks.
 *
 * Source: Anzalone et al., Triggering dark showers with conditional dual auto-encoders, Mach. Learn.: Sci. Technol. 5 (2024) 035064,
 * arXiv 2306.12955; layers, optimiser and augmentations of github.com/Luca96/dark-autoencoders.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { tf } from '../compute/tf.ts';
import { turnImages } from './augment/images.ts';
import { circularRows } from './circular.ts';
import { type CodaeSizes, codeSides, conditionerOf, decoderOf, encoderOf, publishedSizes } from './codae-networks.ts';
import type { Batch, Detector, Matrix, Model, ModelInput, OutputName, Preset, Scaling, Stage } from './contract.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { imageShape, inBlocks, matrixRows, rowsAsTensor } from './image-rows.ts';
import { summedCrossEntropy } from './losses.ts';
import { madeOf } from './network.ts';
import { clippedTrainingParams, type TrainingSettings, trainingOf } from './training-params.ts';

/** Of CoDAE and its variational sibling. */
export const codaeParams = {
  widths: {
    kind: 'integers',
    label: 'Filters',
    help: 'Of each level of the encoders; every level halves the image, and the decoder mirrors them. Cost grows with their square.',
    default: [16, 32, 32, 64],
    min: 1,
    max: 1024,
  },
  code: {
    kind: 'number',
    label: 'Channels of Z',
    help: 'Of the code that f_R makes. More restore an image better, a signal too.',
    default: 16,
    min: 1,
    max: 1024,
    integer: true,
  },
  groups: {
    kind: 'number',
    label: 'Groups',
    help: 'The convolutions of f_R and of the decoder work in so many groups of channels; must divide the filters.',
    default: 4,
    min: 1,
    max: 64,
    integer: true,
    advanced: true,
  },
  conditionerGroups: {
    kind: 'number',
    label: 'Groups of f_m',
    help: 'The same for the small encoder.',
    default: 2,
    min: 1,
    max: 64,
    integer: true,
    advanced: true,
  },
  phiPadding: {
    kind: 'choice',
    label: 'Rows at the border',
    help: 'Rows are phi and close to a circle. The published networks see zeros beyond the border; wrapped, both encoders see the other end. The decoder keeps zeros.',
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
    help: 'The published model sees the mask of the tracker and nothing else. Other pixels must be from 0 to 1.',
    default: 'mask',
    options: [
      { value: 'mask', label: 'mask: 1 where the first channel is above 0' },
      { value: 'raw', label: 'one channel as it is' },
      { value: 'study', label: 'as the study says' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  ...clippedTrainingParams,
} as const satisfies ParamSpecs;

export interface CodaeSettings extends TrainingSettings, CodaeSizes {
  phiPadding: 'zeros' | 'circular';
  augment: boolean;
  scaling: Scaling;
}

/** How the authors train: decay 1e-4 of each weight per step, which is 0.1 times the rate; gradients of length 1 at most. */
export const published: Params = {
  ...{ ...publishedSizes, widths: [...publishedSizes.widths] },
  ...{ learningRate: 1e-3, weightDecay: 0.1, clipNorm: 1, batchSize: 128, epochs: 30, patience: 0, schedule: 'constant' },
};

/** Ours: a sixteenth of the cost, smaller batches because a thousand images would give eight steps an epoch. */
export const narrow: Params = { ...published, widths: [16, 32, 32, 64], code: 16, batchSize: 32 };

/** Ours: two levels, for images of a few pixels and for trying things out. */
export const tiny: Params = {
  ...published,
  ...{ widths: [8, 16], code: 8, groups: 2, learningRate: 3e-3, weightDecay: 0, batchSize: 32, epochs: 15, augment: false },
};

const presets: Readonly<Record<string, Preset>> = {
  codae: {
    name: 'CoDAE',
    origin: 'Anzalone et al., arXiv 2306.12955, networks and optimiser of github.com/Luca96/dark-autoencoders.',
    params: published,
    reference: { kind: 'images', width: 4176, parameters: 1_646_467, trainable: 1_646_467 },
  },
  'codae-narrow': {
    name: 'CoDAE, a quarter as wide',
    origin: 'Ours: the same layers with a quarter of the filters and of the channels of Z; about six times faster.',
    params: narrow,
  },
  'codae-tiny': {
    name: 'CoDAE, two levels',
    origin: 'Ours: two levels of 8 and 16 filters without augmentation, for small images and quick looks.',
    params: tiny,
    reference: { kind: 'images', width: 64, parameters: 10_451, trainable: 10_451 },
  },
};

/**
 * Rows, columns and channels of the images, and sizes that fit.
 *
 * @throws Problem for several channels, for images smaller than the levels need, and for groups that do not divide the filters
 */
export function codaeShape(input: ModelInput, settings: CodaeSettings, model: string): [number, number, 1] {
  const [height, width, channels] = imageShape(input, model, 2 ** (settings.widths.length - 1));
  const refuse = (where: string, expected: string, found: string, fix: string): never => {
    throw new Problem({ where: `model "${model}"${where}`, expected, found, fix });
  };
  if (channels !== 1)
    refuse('', 'images of one channel', `${channels} channels`, 'Choose the mask as input, or load one channel of the images');
  for (const [groups, parameter] of [
    [settings.groups, 'groups'],
    [settings.conditionerGroups, 'conditionerGroups'],
  ] as const) {
    const odd = settings.widths.find((filters) => filters % groups !== 0);
    if (odd !== undefined)
      refuse(`, parameter "${parameter}"`, 'a divisor of all filters', `${groups} for ${odd} filters`, 'Choose other filters');
  }
  return [height, width, 1];
}

/** Layers of an encoder with the border that the settings ask for. */
export function borderedRows(
  { phiPadding }: CodaeSettings,
  specs: ImageLayerSpec[],
  [height, width]: readonly [number, number],
): ImageLayerSpec[] {
  return phiPadding === 'circular' ? circularRows(specs, [height, width]) : specs;
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as CodaeSettings;
  const shape = codaeShape(input, settings, 'codae');
  const [height, width] = shape;
  const sides = codeSides(settings, [height, width]);
  const stacks = {
    encoder: borderedRows(settings, encoderOf(settings), [height, width]),
    conditioner: borderedRows(settings, conditionerOf(settings), [height, width]),
    decoder: decoderOf(settings, sides, [height, width]),
  };
  const next = weightedLayers(stacks.encoder);
  const after = next + weightedLayers(stacks.conditioner);
  const encoder = buildImageNetwork(shape, stacks.encoder, { seed, ordinal: 0, inputIsData: true });
  const conditioner = buildImageNetwork(shape, stacks.conditioner, { seed, ordinal: next, inputIsData: true });
  const decoder = buildImageNetwork([...sides, settings.code], stacks.decoder, {
    ...{ seed, ordinal: after, inputIsData: false, numbers: 2 },
  });
  const networks = { encoder: encoder.model, conditioner: conditioner.model, decoder: decoder.model };
  const codeWidth = sides[0] * sides[1] * settings.code;
  const pixels = height * width;
  const image = (x: Tensor2D): Tensor4D => tf.reshape(x, [-1, ...shape]);
  const restore = (code: Tensor, numbers: Tensor2D, training: boolean): Tensor2D =>
    tf.reshape(decoder.run(code, training, numbers), [-1, pixels]);

  const stage: Stage = {
    name: 'reconstruction',
    lossName: 'cross-entropy: mean over images of -Σ [x log y + (1 - x) log(1 - y)]',
    lossMayBeNegative: false,
    variables: [encoder, conditioner, decoder].flatMap(({ trainable }) => trainable),
    ...trainingOf(settings, 1e-7),
    loss: ({ x }, context) => {
      const { training } = context;
      const seen = training && settings.augment ? turnImages(x, shape, context) : x;
      const pixelsIn = image(seen);
      const logits = restore(encoder.run(pixelsIn, training), conditioner.run(pixelsIn, training) as Tensor2D, training);
      return summedCrossEntropy(logits, seen);
    },
  };
  const codeOf = (batch: Batch, start: number, count: number): Tensor =>
    encoder.run(image(rowsAsTensor(batch, start, count)), false);
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    ...madeOf(networks),
    stages: [stage],
    async forward(batch: Batch) {
      const names = ['reconstruction', 'pixelLogits', 'latent', 'code'] as const;
      const made = await inBlocks(names, batch.rows, ROWS_AT_ONCE, (start, count) => {
        const x = image(rowsAsTensor(batch, start, count));
        const [code, latent] = [encoder.run(x, false), conditioner.run(x, false) as Tensor2D];
        const pixelLogits = restore(code, latent, false);
        return { reconstruction: tf.sigmoid(pixelLogits), pixelLogits, latent, code: tf.reshape(code, [count, codeWidth]) };
      });
      return { ...made, image: made.reconstruction, ...componentsOf(made.latent, 2) };
    },
    async decode(latent: Matrix, batch: Batch) {
      const { y } = await inBlocks(['y'], batch.rows, ROWS_AT_ONCE, (start, count) => ({
        y: tf.sigmoid(restore(codeOf(batch, start, count), matrixRows(latent, 2, start, count), false)),
      }));
      return y;
    },
    parts: [
      {
        network: 'encoder',
        serves: ['code', 'reconstruction', 'image', 'pixelLogits'],
        run: ([x]) => encoder.run(x as Tensor, false),
      },
      {
        network: 'conditioner',
        serves: ['latent', 'component1', 'component2', 'reconstruction', 'image', 'pixelLogits'],
        run: ([x]) => conditioner.run(x as Tensor, false),
      },
      {
        network: 'decoder',
        serves: ['reconstruction', 'image', 'pixelLogits'],
        run: ([code, numbers]) => tf.sigmoid(restore(code as Tensor, numbers as Tensor2D, false)),
      },
    ],
  };
}

/** Each of the `count` numbers of a latent [n, count] by itself, as outputs that a score can ask for. */
export function componentsOf(
  latent: Matrix,
  count: number,
): Partial<Record<'component1' | 'component2' | 'component3' | 'component4', Float32Array>> {
  const rows = count > 0 ? latent.length / count : 0;
  const names = (['component1', 'component2', 'component3', 'component4'] as const).slice(0, count);
  return Object.fromEntries(
    names.map((name, k) => [name, Float32Array.from({ length: rows }, (_, row) => latent[row * count + k] as number)]),
  );
}

/** Images of one forward pass: the last features of the published decoder have 330,000 numbers for each. */
export const ROWS_AT_ONCE = 32;

const codae: Model = {
  id: 'codae',
  name: 'CoDAE',
  family: 'Autoencoders',
  paper: {
    text: 'L. Anzalone et al., Triggering dark showers with conditional dual auto-encoders, Mach. Learn.: Sci. Technol. 5 (2024) 035064',
    url: 'https://arxiv.org/abs/2306.12955',
  },
  summary:
    'Restores which pixels are lit, helped by two numbers for the whole image; the numbers and what is restored badly are scores.',
  cost: 'The published networks need about a graphics card; the narrow ones minutes for a thousand images on any machine.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'background',
  presets,
  defaultPreset: ({ shape }) => (Math.min(shape[0] ?? 0, shape[1] ?? 0) >= 32 ? 'codae-narrow' : 'codae-tiny'),
  params: codaeParams,
  outputs: ['reconstruction', 'image', 'pixelLogits', 'latent', 'code', 'component1', 'component2'] satisfies OutputName[],
  defaultScore: 'reconstruction-bce',
  build,
};

export default codae;
