/**
 * Convolutional autoencoder of images: convolutions and dense layers squeeze an image into a few numbers and others restore it.
 * Trained on background only, it restores background well; what it restores badly is anomalous.
 *
 * On sparse images of zeros and ones squared error makes such a network answer "almost nothing lit", and its score counts pixels;
 * cross-entropy is the default for them.
 *
 * Source: Heimel et al., "QCD or What?", SciPost Phys. 6 (2019) 030, the layers and turned copies of
 * github.com/Luca96/dark-autoencoders.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { turnImages } from './augment/images.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling, Stage } from './contract.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { imageShape, inBlocks, matrixRows, rowsAsTensor } from './image-rows.ts';
import type { Initialiser } from './init.ts';
import { meanSquaredError } from './losses.ts';
import { madeOf } from './network.ts';
import { type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  network: {
    kind: 'choice',
    label: 'Network',
    help: 'Strided: convolutions with stride 2, mirrored. QCD or What: three convolutions with pools, then dense layers of 400 and 100.',
    default: 'strided',
    options: [
      { value: 'strided', label: 'strided convolutions' },
      { value: 'qcd-or-what', label: 'QCD or What' },
    ],
  },
  filters: {
    kind: 'integers',
    label: 'Filters',
    help: 'Of each strided convolution; the decoder mirrors them. Every one halves the image.',
    default: [16, 32],
    min: 1,
    max: 512,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Numbers that an image is squeezed into. Fewer make a harder task and usually a better anomaly detector.',
    default: 8,
    min: 1,
    max: 4096,
    integer: true,
  },
  decoderSide: {
    kind: 'number',
    label: 'Decoder starts at (0: automatic)',
    help: 'QCD or What: side of the square image that the decoder enlarges four times and cuts to size. Automatic: a quarter of the longer side.',
    default: 0,
    min: 0,
    max: 256,
    integer: true,
    advanced: true,
  },
  loss: {
    kind: 'choice',
    label: 'Loss',
    help: 'Cross-entropy is for pixels from 0 to 1, such as masks. Squared error on sparse masks collapses to an empty image.',
    default: 'mse',
    options: [
      { value: 'mse', label: 'mean squared error' },
      { value: 'sse', label: 'summed squared error' },
      { value: 'bce', label: 'summed cross-entropy' },
    ],
  },
  augment: {
    kind: 'switch',
    label: 'Turned copies',
    help: 'In training an image is left alone, mirrored in eta, turned in phi by 40 to 280 degrees either way, or both, one chance in six each. For images of a whole detector, whose rows are phi.',
    default: false,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'All constants are fitted on training background. Standardising each pixel makes much of rarely lit ones and of their noise.',
    default: 'raw',
    options: [
      { value: 'raw', label: 'as they are' },
      { value: 'standardised', label: 'each pixel standardised' },
      { value: 'l1-normalised', label: 'divide each image by its sum' },
      { value: 'over-maximum', label: 'divide by the largest training pixel' },
      { value: 'mask', label: 'mask: is the first channel lit?' },
      { value: 'study', label: 'as the study says' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings {
  network: 'strided' | 'qcd-or-what';
  filters: readonly number[];
  latent: number;
  decoderSide: number;
  loss: 'mse' | 'sse' | 'bce';
  scaling: Scaling;
  augment: boolean;
}

const heimel: Params = {
  ...{ network: 'qcd-or-what', latent: 32, loss: 'bce', scaling: 'mask' },
  ...{ learningRate: 1e-3, batchSize: 128, epochs: 50, patience: 0, schedule: 'constant' },
};

const presets: Readonly<Record<string, Preset>> = {
  'offshell-strided': {
    name: 'Strided 16-32',
    origin: 'Ours: two convolutions with stride 2 and 16 and 32 filters, 8 latent numbers, mirrored; quick to train.',
    params: { learningRate: 2e-3, epochs: 30, patience: 8, schedule: 'cosine', minLearningRate: 1e-5 },
    reference: { kind: 'images', width: 1024, parameters: 44_393, trainable: 44_393 },
  },
  'qcd-or-what-72x58': {
    name: 'QCD or What, 72 x 58',
    origin:
      'Heimel et al., SciPost Phys. 6 (2019) 030, as in github.com/Luca96/dark-autoencoders. Cross-entropy, rate and batch size are ours: with squared error it collapses on masks.',
    params: { ...heimel, decoderSide: 20, augment: true },
    reference: { kind: 'images', width: 4176, parameters: 594_003, trainable: 594_003 },
  },
  'qcd-or-what-72x58-original': {
    name: 'QCD or What, squared error',
    origin:
      'Heimel et al., SciPost Phys. 6 (2019) 030, with its own loss. On sparse masks the score becomes the number of lit pixels.',
    params: { ...heimel, decoderSide: 20, loss: 'sse', augment: true },
    reference: { kind: 'images', width: 4176, parameters: 594_003, trainable: 594_003 },
  },
  'qcd-or-what-32x32': {
    name: 'QCD or What, 32 x 32',
    origin: 'Ours: the same layers on images of 32 x 32 pixels, linear output and mean squared error for energies.',
    params: { ...heimel, loss: 'mse', scaling: 'raw' },
    reference: { kind: 'images', width: 1024, parameters: 183_731, trainable: 183_731 },
  },
};

type Pair = readonly [number, number];

const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };
const prelu: ImageLayerSpec = { kind: 'prelu', start: 0 };

function conv(
  kind: 'conv' | 'conv-transpose',
  filters: number,
  size: number,
  stride: number,
  biasStart?: number,
): ImageLayerSpec {
  const initialiser: Initialiser = 'glorot-uniform';
  const sizes = { filters, size: [size, size] as Pair, strides: [stride, stride] as Pair, padding: 'same' as const };
  const weights = { bias: true, initialiser, ...(biasStart === undefined ? {} : { biasStart }) };
  return kind === 'conv' ? { kind, ...sizes, groups: 1, ...weights } : { kind, ...sizes, ...weights };
}

function dense(units: number): ImageLayerSpec {
  return { kind: 'dense', units, bias: true, initialiser: 'glorot-uniform' };
}

/** The middle of an image of `from` pixels along each side. */
function crop(from: Pair, height: number, width: number): ImageLayerSpec[] {
  const cut = (size: number, wanted: number): Pair => [Math.floor((size - wanted) / 2), Math.ceil((size - wanted) / 2)];
  if (from[0] === height && from[1] === width) return [];
  return [{ kind: 'crop', rows: cut(from[0], height), columns: cut(from[1], width) }];
}

/** Encoder and decoder; the decoder gives logits for cross-entropy and pixels otherwise. */
function stacksOf([height, width, channels]: readonly [number, number, number], settings: Settings) {
  const { latent, loss } = settings;
  const biasStart = loss === 'bce' ? -1 : undefined;
  if (settings.network === 'strided') {
    const { filters } = settings;
    const halves = filters.reduce<Pair>(([h, w]) => [Math.ceil(h / 2), Math.ceil(w / 2)], [height, width]);
    const deepest = filters.at(-1) as number;
    const outwards = [...filters].reverse().slice(1);
    return {
      encoder: [...filters.flatMap((count) => [conv('conv', count, 3, 2), relu]), { kind: 'flatten' } as const, dense(latent)],
      decoder: [
        ...[dense(halves[0] * halves[1] * deepest), relu, { kind: 'reshape', shape: [halves[0], halves[1], deepest] } as const],
        ...outwards.flatMap((count) => [conv('conv-transpose', count, 3, 2), relu]),
        conv('conv-transpose', channels, 3, 2, biasStart),
        ...crop([halves[0] * 2 ** filters.length, halves[1] * 2 ** filters.length], height, width),
        { kind: 'flatten' } as const,
      ],
    };
  }
  const side = settings.decoderSide || Math.ceil(Math.max(height, width) / 4);
  const pool: ImageLayerSpec = { kind: 'average-pool', size: [2, 2], strides: [2, 2], padding: 'valid' };
  return {
    encoder: [
      ...[conv('conv', 10, 3, 1), prelu, conv('conv', 5, 3, 1), prelu, pool, conv('conv', 5, 3, 1), prelu, pool],
      ...[{ kind: 'flatten' } as const, dense(400), prelu, dense(100), prelu, dense(latent)],
    ],
    decoder: [
      ...[dense(100), prelu, dense(side * side), prelu, { kind: 'reshape', shape: [side, side, 1] } as const],
      ...[conv('conv-transpose', 5, 3, 2), prelu, conv('conv', 5, 3, 1), prelu],
      ...[conv('conv-transpose', 5, 3, 2), prelu, conv('conv', 5, 3, 1), prelu],
      ...crop([4 * side, 4 * side], height, width),
      conv('conv', channels, 1, 1, biasStart),
      { kind: 'flatten' } as const,
    ],
  };
}

const words: Readonly<Record<Settings['loss'], string>> = {
  mse: 'mean squared error: mean over images of (1/D) Σ (x - y)²',
  sse: 'summed squared error: mean over images of Σ (x - y)²',
  bce: 'cross-entropy: mean over images of -Σ [x log y + (1 - x) log(1 - y)]',
};

/** Loss of the decoder's output [n, D] beside the target [n, D]. */
function lossOf(kind: Settings['loss'], output: Tensor2D, target: Tensor2D): Scalar {
  if (kind === 'bce') return tf.mul(tf.losses.sigmoidCrossEntropy(target, output), output.shape[1]);
  const mean = meanSquaredError(kind === 'sse' ? tf.sigmoid(output) : output, target);
  return kind === 'sse' ? tf.mul(mean, output.shape[1]) : mean;
}

const outputs = ['reconstruction', 'image', 'pixelLogits', 'latent'] as const satisfies OutputName[];

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const shape = imageShape(input, 'image-autoencoder');
  const stacks = stacksOf(shape, settings);
  const encoder = buildImageNetwork(shape, stacks.encoder, { seed, ordinal: 0, inputIsData: true });
  const decoder = buildImageNetwork([settings.latent], stacks.decoder, {
    ...{ seed, ordinal: weightedLayers(stacks.encoder), inputIsData: false },
  });
  const networks = { encoder: encoder.model, decoder: decoder.model };
  const encode = (x: Tensor2D, training: boolean) => encoder.run(tf.reshape(x, [-1, ...shape]), training) as Tensor2D;
  const decoded = (code: Tensor2D) => {
    const y = decoder.run(code, false) as Tensor2D;
    return settings.loss === 'mse' ? y : tf.sigmoid(y);
  };
  const stage: Stage = {
    name: 'reconstruction',
    lossName: words[settings.loss],
    lossMayBeNegative: false,
    variables: [...encoder.trainable, ...decoder.trainable],
    ...trainingOf(settings, 1e-7),
    // input and target are scaled alike: what is restored is what was seen
    loss({ x }, context) {
      const { training } = context;
      const seen = training && settings.augment ? turnImages(x, shape, context) : x;
      return lossOf(settings.loss, decoder.run(encode(seen, training), training) as Tensor2D, seen);
    },
  };
  return {
    scaling: { input: settings.scaling, target: settings.scaling },
    ...madeOf(networks),
    stages: [stage],
    ...(settings.loss === 'mse' ? { outputs: outputs.filter((name) => name !== 'pixelLogits') } : {}),
    async forward(batch: Batch) {
      const made = await inBlocks(['latent', 'pixelLogits', 'reconstruction'], batch.rows, ROWS_AT_ONCE, (start, count) => {
        const latent = encode(rowsAsTensor(batch, start, count), false);
        const pixelLogits = decoder.run(latent, false) as Tensor2D;
        return { latent, pixelLogits, reconstruction: settings.loss === 'mse' ? pixelLogits : tf.sigmoid(pixelLogits) };
      });
      const { latent, reconstruction, pixelLogits } = made;
      return { latent, reconstruction, image: reconstruction, ...(settings.loss === 'mse' ? {} : { pixelLogits }) };
    },
    async decode(latent, { rows }) {
      const { y } = await inBlocks(['y'], rows, ROWS_AT_ONCE, (start, count) => ({
        y: decoded(matrixRows(latent, settings.latent, start, count)),
      }));
      return y;
    },
    parts: [
      { network: 'encoder', serves: ['latent', 'reconstruction'], run: ([x]) => encoder.run(x as Tensor, false) },
      { network: 'decoder', serves: ['reconstruction'], run: ([z]) => decoded(z as Tensor2D) },
    ],
  };
}

/** Images of one forward pass. */
const ROWS_AT_ONCE = 256;

const imageAutoencoder: Model = {
  id: 'image-autoencoder',
  name: 'Image autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'T. Heimel, G. Kasieczka, T. Plehn and J. M. Thompson, QCD or What?, SciPost Phys. 6 (2019) 030',
    url: 'https://doi.org/10.21468/SciPostPhys.6.3.030',
  },
  summary: 'Squeezes an image through convolutions into a few numbers and restores it; what it restores badly is anomalous.',
  cost: 'A minute for some thousand images of 32 x 32 pixels.',
  recommended: 1,
  baseline: false,
  accepts: ['images'],
  trainsOn: 'background',
  presets,
  defaultPreset: ({ shape }) => (shape[0] === 72 && shape[1] === 58 ? 'qcd-or-what-72x58' : 'offshell-strided'),
  params,
  outputs,
  defaultScore: 'reconstruction-mse',
  build,
};

export default imageAutoencoder;
