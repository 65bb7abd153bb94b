/**
 * Histogram autoencoder: a dense network restores the shape of a lumisection's histogram; loss and score are the mean of its
 * largest squared errors, so that a fault in a few bins is not averaged away. With a second stage, a second network is trained on
 * what the first one restores well: training data that are certified good still hold lumisections with an odd shape.
 *
 * Source: P. Palit et al., "ML4DQM Updates" (2020), github.com/pritampalit/ML4DQM; the presets name their own sources.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import { numberText } from '../base/numbers.ts';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { tf } from '../compute/tf.ts';
import { quantileSorted } from '../numeric/quantile.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Stage } from './contract.ts';
import type { Activation } from './layers/dense.ts';
import { largestSquaredErrors, meanSquaredError } from './losses.ts';
import { buildNetwork, type LayerSpec, madeOf, type Network } from './network.ts';

const activations = [
  { value: 'tanh', label: 'tanh' },
  { value: 'relu', label: 'ReLU' },
  { value: 'sigmoid', label: 'sigmoid' },
  { value: 'linear', label: 'none' },
] as const satisfies readonly { value: Activation; label: string }[];

const params = {
  hidden: {
    kind: 'integers',
    label: 'Encoder widths',
    help: 'Hidden layers from the input to the latent layer; the decoder mirrors them. An empty list connects them directly.',
    default: [10],
    min: 1,
    max: 4096,
  },
  latent: {
    kind: 'number',
    label: 'Latent width',
    help: 'Numbers that a histogram is squeezed into. More freedom restores faults too, and finds fewer of them.',
    default: 3,
    min: 1,
    max: 1024,
    integer: true,
  },
  activation: {
    kind: 'choice',
    label: 'Activation',
    help: 'After each layer but the last.',
    default: 'tanh',
    options: activations,
  },
  outputActivation: {
    kind: 'choice',
    label: 'Output activation',
    help: 'After the last layer.',
    default: 'tanh',
    options: activations,
    advanced: true,
  },
  loss: {
    kind: 'choice',
    label: 'Loss',
    help: 'What training makes small.',
    default: 'mse-top',
    options: [
      { value: 'mse-top', label: 'mean of the largest squared errors' },
      { value: 'mse', label: 'mean squared error' },
    ],
  },
  topBins: {
    kind: 'number',
    label: 'Bins in the loss',
    help: 'So many of the largest squared errors of a histogram count in the loss; the score of the same name always takes ten.',
    unit: 'bins',
    default: 10,
    min: 1,
    max: 4096,
    integer: true,
  },
  secondStage: {
    kind: 'switch',
    label: 'Second stage',
    help: 'Trains a second network, 20-10-20 with sigmoid and tanh, on the lumisections that the first one restores well, and scores with it.',
    default: false,
  },
  accepted: {
    kind: 'number',
    label: 'Accepted by the first stage',
    help: 'Share of the training lumisections, by rising error of the first network, that the second one is trained on.',
    default: 0.95,
    min: 0.05,
    max: 1,
    advanced: true,
  },
  acceptedError: {
    kind: 'number',
    label: 'Accepted below an error of',
    help: 'Instead of the share, where it is above 0: the second network is trained on lumisections whose error in the first one is smaller. Published for a year of lumisections: 7e-6.',
    default: 0,
    min: 0,
    max: 1,
    advanced: true,
  },
  secondEpochs: {
    kind: 'number',
    label: 'Epochs of the second stage',
    help: 'Passes over the accepted lumisections.',
    default: 300,
    min: 1,
    max: 10000,
    integer: true,
    advanced: true,
  },
  secondStart: {
    kind: 'choice',
    label: 'Second output starts at',
    help: 'A sigmoid starts at one half, far above the content of a bin, and needs hundreds of epochs to come down. One over the number of bins is where it ends up anyway.',
    default: 'mean-bin',
    options: [
      { value: 'mean-bin', label: 'one over the number of bins' },
      { value: 'half', label: 'one half, as published' },
    ],
    advanced: true,
  },
  learningRate: {
    kind: 'number',
    label: 'Learning rate',
    help: 'Step size of Adam. Too large and the loss jumps or turns NaN; too small and it hardly moves.',
    default: 1e-3,
    min: 1e-8,
    max: 1,
    log: true,
  },
  batchSize: {
    kind: 'number',
    label: 'Batch size (0: automatic)',
    help: 'Lumisections per step. Automatic: 16 to 1,024, so that an epoch has at least 32 steps.',
    default: 100,
    min: 0,
    max: 1048576,
    integer: true,
  },
  epochs: {
    kind: 'number',
    label: 'Epochs',
    help: 'Passes over the training lumisections, at most.',
    default: 300,
    min: 1,
    max: 10000,
    integer: true,
  },
  patience: {
    kind: 'number',
    label: 'Early stop after',
    help: 'Stops after this many epochs without a better validation loss; 0 never stops early. The best weights are kept in any case.',
    unit: 'epochs',
    default: 0,
    min: 0,
    max: 10000,
    integer: true,
  },
} as const satisfies ParamSpecs;

const standard: Params = {
  hidden: [10],
  latent: 3,
  activation: 'tanh',
  outputActivation: 'tanh',
  loss: 'mse-top',
  topBins: 10,
  learningRate: 1e-3,
  batchSize: 100,
  epochs: 300,
  patience: 0,
};
const counts = (parameters: number) => ({ kind: 'histograms', width: 100, parameters, trainable: parameters }) as const;
const smaller = 'Batch 100 and 300 epochs suit some thousand lumisections (ours).';

const presets: Readonly<Record<string, Preset>> = {
  standard: {
    name: 'Standard 100-10-3-10-100',
    origin: `Palit et al. 2020 (github.com/pritampalit/ML4DQM), tanh everywhere. ${smaller}`,
    params: standard,
    reference: counts(2183),
  },
  'standard-published': {
    name: 'Standard, as published',
    origin: 'Palit et al. 2020: batch 500 and 100 epochs, for a year of lumisections.',
    params: { ...standard, batchSize: 500, epochs: 100 },
    reference: counts(2183),
  },
  deep: {
    name: 'Deep 100-20-10-20-100',
    origin: `Palit et al. 2020, backup: ReLU with tanh on the output. ${smaller}`,
    params: { ...standard, hidden: [20], latent: 10, activation: 'relu' },
    reference: counts(4550),
  },
  shallow: {
    name: 'Shallow 100-50-100',
    origin: `PixelAE (github.com/LukaLambrecht/ML4DQMDC-PixelAE), its default: one hidden layer, tanh. ${smaller}`,
    params: { ...standard, hidden: [], latent: 50 },
    reference: counts(10150),
  },
  double: {
    name: 'Double: standard, then 100-20-10-20-100',
    origin:
      'Base code of ML4DQM (F. Fiori, github.com/cms-DQM/ML4DQM-DC_SharedTools). The accepted share is 95 % instead of a fixed error, and the second output starts at one over the number of bins (ours).',
    params: { ...standard, secondStage: true },
    reference: counts(2183 + 4550),
  },
  'double-published': {
    name: 'Double, second output from one half',
    origin:
      'Base code of ML4DQM: the sigmoid of the second output starts at 0.5 against bins of 0.01, which needs a year of lumisections to come down.',
    params: { ...standard, secondStage: true, secondStart: 'half' },
    reference: counts(2183 + 4550),
  },
  'hit-residuals': {
    name: 'Hit residuals 100-20-5-20-100',
    origin: `Palit et al., for NormalizedHitResiduals_TIB, tanh everywhere. ${smaller}`,
    params: { ...standard, hidden: [20], latent: 5 },
    reference: counts(4345),
  },
};

/** The parameters with their types, once they are checked. */
interface Settings {
  hidden: readonly number[];
  latent: number;
  activation: Activation;
  outputActivation: Activation;
  loss: 'mse-top' | 'mse';
  topBins: number;
  secondStage: boolean;
  accepted: number;
  acceptedError: number;
  secondEpochs: number;
  secondStart: 'mean-bin' | 'half';
  learningRate: number;
  batchSize: number;
  epochs: number;
  patience: number;
}

interface Widths {
  hidden: readonly number[];
  latent: number;
  hiddenActivation: Activation;
  latentActivation: Activation;
  outputActivation: Activation;
}

interface Autoencoder {
  encoder: Network;
  decoder: Network;
  run(x: Tensor2D, training: boolean): Tensor2D;
}

/** @param ordinal of its first layer in the whole model */
function autoencoder(width: number, widths: Widths, seed: number, ordinal: number): Autoencoder {
  const block = (units: number, activation: Activation): LayerSpec[] => [
    { kind: 'dense', units, bias: true, initialiser: 'glorot-uniform' },
    ...(activation === 'linear' ? [] : [{ kind: 'activation', activation, slope: 0 } as const]),
  ];
  const { hidden, latent, hiddenActivation, latentActivation, outputActivation } = widths;
  const encoder = buildNetwork(
    width,
    [...hidden.flatMap((units) => block(units, hiddenActivation)), ...block(latent, latentActivation)],
    { seed, ordinal, inputIsData: true },
  );
  const decoder = buildNetwork(
    latent,
    [...[...hidden].reverse().flatMap((units) => block(units, hiddenActivation)), ...block(width, outputActivation)],
    { seed, ordinal: ordinal + hidden.length + 1, inputIsData: false },
  );
  return { encoder, decoder, run: (x, training) => decoder.run(encoder.run(x, training), training) };
}

function stageOf(name: string, { encoder, decoder, run }: Autoencoder, settings: Settings): Stage {
  const { loss, topBins } = settings;
  const top = loss === 'mse-top';
  return {
    name,
    lossName: top
      ? `mean over lumisections of the mean of the ${topBins} largest (x - y)²`
      : 'mean squared error: mean over lumisections of (1/D) Σ (x - y)²',
    lossMayBeNegative: false,
    variables: [...encoder.trainable, ...decoder.trainable],
    optimiser: {
      kind: 'adam',
      learningRate: settings.learningRate,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
      amsgrad: false,
      weightDecay: 0,
    },
    schedule: { kind: 'constant' },
    batchSize: settings.batchSize,
    epochs: settings.epochs,
    patience: settings.patience,
    loss: ({ x, target }, { training }) =>
      top ? largestSquaredErrors(run(x, training), target, topBins) : meanSquaredError(run(x, training), target),
    step: {
      layers: [...encoder.steps, ...decoder.steps],
      loss: top ? { kind: 'top-n', n: topBins, masked: false } : { kind: 'mse', masked: false },
    },
  };
}

/** The sigmoid's input at which its output is one over the number of bins, as bias of the last layer. */
function startAtMeanBin({ decoder }: Autoencoder, width: number): void {
  const bias = decoder.trainable.at(-1);
  tf.tidy(() => bias?.assign(tf.fill(bias.shape, -Math.log(Math.max(1, width - 1)))));
}

/**
 * Rows whose error lies in the lowest `accepted` share, or below `acceptedError` where that is above 0; the error is what the first
 * stage was trained on.
 *
 * @throws Problem if no row has so small an error
 */
async function acceptedRows(first: Autoencoder, training: Batch, settings: Settings): Promise<Uint32Array> {
  const errors = new Float64Array(training.rows);
  const { width } = training;
  const taken = settings.loss === 'mse' ? width : Math.min(settings.topBins, width);
  const chunk = 8192;
  for (let start = 0; start < training.rows; start += chunk) {
    const end = Math.min(training.rows, start + chunk);
    const x = training.x.subarray(start * width, end * width);
    const y = tf.tidy(() => first.run(tf.tensor2d(x, [end - start, width]), false));
    const restored = await y.data<'float32'>();
    y.dispose();
    for (let row = start; row < end; row++) {
      const squares = Float64Array.from({ length: width }, (_, i) => {
        const at = (row - start) * width + i;
        return ((training.target[row * width + i] as number) - (restored[at] as number)) ** 2;
      }).sort();
      errors[row] = squares.subarray(width - taken).reduce((sum, square) => sum + square, 0) / taken;
    }
  }
  const rising = errors.slice().sort();
  const { acceptedError } = settings;
  if (acceptedError > 0) {
    if (!((rising[0] as number) < acceptedError)) {
      throw new Problem({
        where: 'model "histogram-autoencoder", second stage',
        expected: `training lumisections with an error below ${acceptedError} in the first network`,
        found: `none; the errors are ${numberText(rising[0] as number)} to ${numberText(rising.at(-1) as number)}`,
        fix: 'Choose a larger error, train the first network longer, or set the error to 0 and accept a share',
      });
    }
    return Uint32Array.from(errors.keys()).filter((row) => (errors[row] as number) < acceptedError);
  }
  const limit = quantileSorted(rising, settings.accepted);
  return Uint32Array.from(errors.keys()).filter((row) => (errors[row] as number) <= limit);
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const first = autoencoder(
    input.width,
    { ...settings, hiddenActivation: settings.activation, latentActivation: settings.activation },
    seed,
    0,
  );
  const stages = [stageOf(settings.secondStage ? 'first network' : 'reconstruction', first, settings)];
  let last = first;
  if (settings.secondStage) {
    const widths: Widths = {
      hidden: [20],
      latent: 10,
      hiddenActivation: 'sigmoid',
      latentActivation: 'tanh',
      outputActivation: 'sigmoid',
    };
    last = autoencoder(input.width, widths, seed, 2 * (settings.hidden.length + 1));
    if (settings.secondStart === 'mean-bin') startAtMeanBin(last, input.width);
    stages.push({
      ...stageOf('second network', last, { ...settings, epochs: settings.secondEpochs }),
      rows: (training) => acceptedRows(first, training, settings),
    });
  }
  const networks = {
    ...(last === first ? {} : { firstEncoder: first.encoder.model, firstDecoder: first.decoder.model }),
    encoder: last.encoder.model,
    decoder: last.decoder.model,
  };
  return {
    scaling: { input: 'l1-normalised', target: 'l1-normalised' },
    ...madeOf(networks),
    stages,
    async forward(batch) {
      const [latent, reconstruction] = tf.tidy(() => {
        const z = last.encoder.run(tf.tensor2d(batch.x, [batch.rows, batch.width]), false);
        return [z, last.decoder.run(z, false)] as [Tensor2D, Tensor2D];
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

const histogramAutoencoder: Model = {
  id: 'histogram-autoencoder',
  name: 'Histogram autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'P. Palit, A. Ghosh, S. Sarkar, ML4DQM Updates, Saha Institute of Nuclear Physics (2020)',
    url: 'https://github.com/pritampalit/ML4DQM',
  },
  summary: 'Restores the shape of a lumisection; the ten bins that it restores worst are its score.',
  cost: 'Seconds for some thousand lumisections.',
  recommended: 1,
  baseline: false,
  accepts: ['histograms'],
  trainsOn: 'background',
  presets,
  defaultPreset: () => 'standard',
  params,
  outputs: ['reconstruction', 'latent'] satisfies OutputName[],
  defaultScore: 'reconstruction-mse-top10',
  build,
};

export default histogramAutoencoder;
