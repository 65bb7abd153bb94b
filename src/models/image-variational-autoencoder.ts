/**
 * Convolutional variational autoencoder of images with a Gaussian for each of a few latent numbers: the CVAE of the photon and
 * electron study. Its danger is collapse: the Gaussians all become the unit one and the latent space says nothing of the image, which
 * the page measures (`study/posterior.ts`).
 *
 * Source: A. Saif, ML4SCI, Google Summer of Code 2022, showed a latent space of four numbers and published no code; the layers are those
 * of the VAE in github.com/ML4SCI/QMLHEP (T. Magorsch). Loss: Kingma and Welling, ICLR 2014.
 */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { componentsOf } from './codae.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Scaling } from './contract.ts';
import { klToUnitGaussian } from './gaussian.ts';
import { buildImageNetwork, type ImageLayerSpec, weightedLayers } from './image-network.ts';
import { imageShape } from './image-rows.ts';
import { meanSquaredError, summedCrossEntropy } from './losses.ts';
import { type TrainingSettings, trainingParams } from './training-params.ts';
import { flatRows, type Objective, type Stack, variationalDetector, variationalOutputs } from './variational.ts';

const params = {
  filters: {
    kind: 'integers',
    label: 'Filters',
    help: 'Of each convolution; every one halves the image, and the decoder mirrors them.',
    default: [32, 64],
    min: 1,
    max: 512,
  },
  hidden: {
    kind: 'number',
    label: 'Dense width',
    help: 'Numbers between the convolutions and the two latent layers.',
    default: 32,
    min: 1,
    max: 4096,
    integer: true,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Gaussians that an image is squeezed into, each with a mean and a log variance.',
    default: 4,
    min: 1,
    max: 1024,
    integer: true,
  },
  beta: {
    kind: 'number',
    label: 'β, weight of the KL divergence',
    help: 'Loss = error of the image + β KL, both summed. 1 is the bound on the likelihood; less keeps latent numbers in use that would collapse.',
    default: 1,
    min: 0,
    max: 1000,
  },
  loss: {
    kind: 'choice',
    label: 'Error of the image',
    help: 'Cross-entropy is for pixels from 0 to 1; what lies outside counts as 0 or 1. Between 0 and 1 its least value is above 0.',
    default: 'bce',
    options: [
      { value: 'bce', label: 'summed cross-entropy' },
      { value: 'sse', label: 'summed squared error' },
    ],
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'All constants are fitted on training background.',
    default: 'first-over-maximum',
    options: [
      { value: 'first-over-maximum', label: 'first channel, divided by its largest training pixel' },
      { value: 'over-maximum', label: 'all channels, divided by the largest training pixel' },
      { value: 'mask', label: 'mask: is the first channel lit?' },
      { value: 'raw', label: 'as they are' },
      { value: 'study', label: 'as the study says' },
    ] as const satisfies readonly { value: Scaling; label: string }[],
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings {
  filters: readonly number[];
  hidden: number;
  latent: number;
  beta: number;
  loss: 'bce' | 'sse';
  scaling: Scaling;
}

const presets: Readonly<Record<string, Preset>> = {
  'cvae-32x32': {
    name: 'CVAE, latent 4',
    origin:
      'Layers of github.com/ML4SCI/QMLHEP, latent 4 as in the scatter matrix of A. Saif (inferred). Rate 1e-3 instead of 1e-6, early stop on validation: ours.',
    params: {
      ...{ filters: [32, 64], hidden: 32, latent: 4, beta: 1, loss: 'bce', scaling: 'first-over-maximum' },
      ...{ learningRate: 1e-3, batchSize: 0, epochs: 50, patience: 8, schedule: 'constant' },
    },
    reference: { kind: 'images', width: 1024, parameters: 226_345, trainable: 226_345 },
  },
  'cvae-tiny': {
    name: 'CVAE of two narrow levels',
    origin: 'Ours: 8 and 16 filters, squared error on pixels as they are, for small images and quick looks.',
    params: {
      ...{ filters: [8, 16], hidden: 16, latent: 4, beta: 1, loss: 'sse', scaling: 'raw' },
      ...{ learningRate: 3e-3, batchSize: 0, epochs: 30, patience: 8, schedule: 'cosine' },
    },
    reference: { kind: 'images', width: 64, parameters: 6297, trainable: 6297 },
  },
};

type Pair = readonly [number, number];

const relu: ImageLayerSpec = { kind: 'activation', activation: 'relu', slope: 0 };
const drawn = { bias: true, initialiser: 'glorot-uniform' } as const;
const dense = (units: number): ImageLayerSpec => ({ kind: 'dense', units, ...drawn });

function convolution(kind: 'conv' | 'conv-transpose', filters: number, stride: number): ImageLayerSpec {
  const sizes = { filters, size: [3, 3] as Pair, strides: [stride, stride] as Pair, padding: 'same' as const };
  return kind === 'conv' ? { kind, ...sizes, groups: 1, ...drawn } : { kind, ...sizes, ...drawn };
}

/** Trunk of the encoder, one of its two heads, and the decoder up to flat rows; the decoder's last activation is left to the loss. */
function stacksOf([height, width, channels]: readonly [number, number, number], settings: Settings) {
  const { filters, hidden, latent } = settings;
  const sides = filters.reduce<Pair>(([h, w]) => [Math.ceil(h / 2), Math.ceil(w / 2)], [height, width]);
  const deepest = filters.at(-1) as number;
  const cut = (side: number, wanted: number): Pair => {
    const over = side * 2 ** filters.length - wanted;
    return [Math.floor(over / 2), Math.ceil(over / 2)];
  };
  const [rows, columns] = [cut(sides[0], height), cut(sides[1], width)];
  const crop: ImageLayerSpec[] = rows[1] + columns[1] > 0 ? [{ kind: 'crop', rows, columns }] : [];
  return {
    trunk: [
      ...filters.flatMap((count) => [convolution('conv', count, 2), relu]),
      ...[{ kind: 'flatten' } as const, dense(hidden), relu],
    ],
    head: [dense(latent)],
    decoder: [
      ...[dense(sides[0] * sides[1] * deepest), relu, { kind: 'reshape', shape: [...sides, deepest] } as const],
      ...[...filters].reverse().flatMap((count) => [convolution('conv-transpose', count, 2), relu]),
      ...[convolution('conv-transpose', channels, 1), ...crop, { kind: 'flatten' } as const],
    ],
  };
}

/** Mean over images of E + β Σ_k (μ² + σ² − 1 − ln σ²) / 2, E the summed error of the image. */
function objectiveOf({ loss, beta, latent }: Settings): Objective {
  const error = (y: Tensor2D, target: Tensor2D): Scalar =>
    loss === 'bce' ? summedCrossEntropy(y, tf.clipByValue(target, 0, 1)) : tf.mul(meanSquaredError(y, target), target.shape[1]);
  const words = loss === 'bce' ? '−Σ [x log y + (1 − x) log(1 − y)]' : 'Σ (x − y)²';
  return {
    lossName: `mean over images of ${words} + β ½ Σ (μ² + σ² − 1 − ln σ²), β = ${beta}`,
    loss: (y, { target }, mu, log) => tf.add(error(y, target), tf.mul(klToUnitGaussian(mu, log), beta * latent)),
    logits: loss === 'bce',
  };
}

const components = ['component1', 'component2', 'component3', 'component4'] as const;
const outputs = [...variationalOutputs, 'image', 'pixelLogits', ...components] satisfies OutputName[];

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const shape = imageShape(input, 'image-variational-autoencoder');
  const stacks = stacksOf(shape, settings);
  let ordinal = 0;
  const stack = (inputShape: readonly number[], specs: readonly ImageLayerSpec[]): Stack => {
    const network = buildImageNetwork(inputShape, specs, { seed, ordinal, inputIsData: ordinal === 0 });
    ordinal += weightedLayers(specs);
    return flatRows(network, inputShape);
  };
  const trunk = stack(shape, stacks.trunk);
  const [mean, logVariance] = [stack([settings.hidden], stacks.head), stack([settings.hidden], stacks.head)];
  const decoder = stack([settings.latent], stacks.decoder);
  const scaling = { input: settings.scaling, target: settings.scaling };
  const objective = objectiveOf(settings);
  const detector = variationalDetector({ trunk, mean, logVariance, decoder }, settings, scaling, seed, ROWS_AT_ONCE, objective);
  const numbered = components.slice(0, settings.latent);
  const declared = outputs.filter((name) => {
    if (name === 'pixelLogits') return objective.logits;
    return !(components as readonly string[]).includes(name) || (numbered as readonly string[]).includes(name);
  });
  return {
    ...detector,
    outputs: declared,
    async forward(batch: Batch) {
      const made = await detector.forward(batch);
      const { latentMean = new Float32Array(0), reconstruction = new Float32Array(0) } = made;
      return { ...made, image: reconstruction, ...componentsOf(latentMean, settings.latent) };
    },
  };
}

/** Images of one forward pass. */
const ROWS_AT_ONCE = 256;

const imageVariationalAutoencoder: Model = {
  id: 'image-variational-autoencoder',
  name: 'Image variational autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'A. Saif, Anomaly detection, ML4SCI, Google Summer of Code 2022; D. P. Kingma and M. Welling, Auto-Encoding Variational Bayes, ICLR 2014',
    url: 'https://arxiv.org/abs/1312.6114',
  },
  summary: 'An image as a few Gaussian numbers: the encoder alone can score, as long as the numbers have not collapsed.',
  cost: 'A minute for some thousand images of 32 x 32 pixels.',
  baseline: false,
  accepts: ['images'],
  trainsOn: 'background',
  presets,
  defaultPreset: ({ shape }) => (Math.min(shape[0] ?? 0, shape[1] ?? 0) >= 16 ? 'cvae-32x32' : 'cvae-tiny'),
  params,
  outputs,
  defaultScore: 'reconstruction-sse',
  build,
};

export default imageVariationalAutoencoder;
