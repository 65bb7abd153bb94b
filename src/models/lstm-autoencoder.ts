/**
 * LSTM autoencoder: a histogram is read bin after bin as a sequence, squeezed into the last state of a small recurrent network and
 * written out again by another. Trained on certified good lumisections; what it writes badly is anomalous.
 *
 * Source: P. Palit et al., "ML4DQM Updates" (2020), github.com/pritampalit/ML4DQM; LSTM of Hochreiter and Schmidhuber, Neural Comput.
 * 9 (1997) 1735, with forget gates, in the conventions of Keras (gates i, f, c, o; forget bias 1; sigmoid gates).
 */
import type { LayersModel, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { type LstmForward, lstmForward } from '../compute/kernels/lstm-forward.ts';
import { lstmChainOf } from '../compute/kernels/lstm-plan.ts';
import type { StepLayer } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Stage } from './contract.ts';
import { initialKernel, initialRecurrentKernel } from './init.ts';
import { trainingDense } from './layers/dense.ts';
import { lstmLayer } from './layers/lstm.ts';
import { largestSquaredErrors, meanSquaredError } from './losses.ts';
import { madeOf } from './network.ts';

const params = {
  encoder: {
    kind: 'integers',
    label: 'Encoder widths',
    help: 'LSTM layers from the sequence to the latent state, the last of which is the latent width; the decoder mirrors them.',
    default: [10, 3],
    min: 1,
    max: 64,
  },
  loss: {
    kind: 'choice',
    label: 'Loss',
    help: 'What training makes small. The score shown first is the mean of the ten largest squared errors with either.',
    default: 'mse',
    options: [
      { value: 'mse', label: 'mean squared error' },
      { value: 'mse-top', label: 'mean of the largest squared errors' },
    ],
  },
  topBins: {
    kind: 'number',
    label: 'Bins in the loss',
    help: 'So many of the largest squared errors of a histogram count, where the loss is the mean of the largest.',
    unit: 'bins',
    default: 10,
    min: 1,
    max: 4096,
    integer: true,
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
    help: 'Passes over the training lumisections, at most. The loss rests on a plateau for some 200 epochs before it falls.',
    default: 300,
    min: 1,
    max: 10000,
    integer: true,
  },
  patience: {
    kind: 'number',
    label: 'Early stop after',
    help: 'Stops after this many epochs without a better validation loss; 0 never stops early, which the plateau calls for.',
    unit: 'epochs',
    default: 0,
    min: 0,
    max: 10000,
    integer: true,
  },
} as const satisfies ParamSpecs;

const usual: Params = { encoder: [10, 3], loss: 'mse', learningRate: 1e-3, batchSize: 100, epochs: 300, patience: 0 };
const counts = (parameters: number) => ({ kind: 'histograms', width: 100, parameters, trainable: parameters }) as const;

const presets: Readonly<Record<string, Preset>> = {
  'lstm-10-3': {
    name: 'LSTM 10-3-3-10',
    origin:
      'Palit et al. 2020 (github.com/pritampalit/ML4DQM), full length. Adam 1e-3, batch 100 and 300 epochs suit some thousand lumisections (ours).',
    params: usual,
    reference: counts(1303),
  },
  'lstm-10-3-published': {
    name: 'LSTM 10-3-3-10, as published',
    origin: 'Palit et al. 2020: Adam 1e-4, batch 500, about 60 epochs, for a year of lumisections.',
    params: { ...usual, learningRate: 1e-4, batchSize: 500, epochs: 60 },
    reference: counts(1303),
  },
  'lstm-10-5': {
    name: 'LSTM 10-5-5-10',
    origin: 'Palit et al. 2020, an earlier variant, with the settings of the first preset (ours).',
    params: { ...usual, encoder: [10, 5] },
    reference: counts(1671),
  },
};

interface Settings {
  encoder: readonly number[];
  loss: 'mse' | 'mse-top';
  topBins: number;
  learningRate: number;
  batchSize: number;
  epochs: number;
  patience: number;
}

interface Networks {
  encoder: LayersModel;
  decoder: LayersModel;
}

/** Two TF.js models from rows [n, steps] to the latent state and back. */
function buildNetworks(steps: number, widths: readonly number[], seed: number): Networks {
  const lstm = (units: number, ordinal: number, returnSequences: boolean) =>
    tf.layers.lstm({
      name: `lstm_${ordinal}`,
      units,
      returnSequences,
      activation: 'tanh',
      recurrentActivation: 'sigmoid',
      kernelInitializer: 'zeros',
      recurrentInitializer: 'zeros',
    });
  const latent = widths.at(-1) as number;
  const encoder = tf.sequential({
    layers: [
      tf.layers.reshape({ name: 'sequence', targetShape: [steps, 1], inputShape: [steps] }),
      ...widths.map((units, i) => lstm(units, i + 1, i < widths.length - 1)),
    ],
  });
  const decoder = tf.sequential({
    layers: [
      tf.layers.repeatVector({ name: 'repeat', n: steps, inputShape: [latent] }),
      ...[...widths].reverse().map((units, i) => lstm(units, i + 1, true)),
      tf.layers.timeDistributed({
        name: 'dense_1',
        layer: tf.layers.dense({ name: 'dense_1', units: 1, kernelInitializer: 'zeros' }),
      }),
      tf.layers.reshape({ name: 'row', targetShape: [steps] }),
    ],
  });
  let ordinal = 0;
  for (const layer of [...encoder.layers, ...decoder.layers]) {
    if (layer.weights.length > 0) tf.tidy(() => layer.setWeights(initialWeights(layer.getWeights(), seed, ordinal++)));
  }
  return { encoder, decoder };
}

/** Of an LSTM (kernel, recurrent kernel, bias with 1 for the forget gate) or of a dense layer. Call it in a tidy. */
function initialWeights(weights: readonly Tensor[], seed: number, ordinal: number): Tensor[] {
  const [fanIn, fanOut] = (weights[0] as Tensor).shape as [number, number];
  const kernel = tf.tensor(initialKernel('glorot-uniform', fanIn * fanOut, fanIn, fanOut, seed, ordinal), [fanIn, fanOut]);
  if (weights.length === 2) return [kernel, tf.zeros([fanOut])];
  const units = fanOut / 4;
  const bias = Float32Array.from({ length: fanOut }, (_, i) => (Math.floor(i / units) === 1 ? 1 : 0));
  return [kernel, tf.tensor(initialRecurrentKernel(units, seed, ordinal), [units, fanOut]), tf.tensor1d(bias)];
}

/** The two models as one chain for whole-step trainers. */
function stepLayers({ encoder, decoder }: Networks, steps: number): StepLayer[] {
  return [...encoder.layers, ...decoder.layers].flatMap((layer): StepLayer[] => {
    const [kernel, second, bias] = layer.trainableWeights.map((weight) => weight.read() as Variable);
    switch (layer.getClassName()) {
      case 'LSTM':
        return [
          {
            kind: 'lstm',
            kernel: kernel as Variable,
            recurrentKernel: second as Variable,
            bias: bias as Variable,
            units: (bias as Variable).size / 4,
            steps,
            features: (kernel as Variable).shape[0] as number,
            gate: 'sigmoid',
            sequences: layer.outputShape.length === 3,
          },
        ];
      case 'RepeatVector':
        return [{ kind: 'repeat', steps }];
      case 'TimeDistributed':
        return [{ kind: 'dense-per-step', steps, kernel: kernel as Variable, bias: second as Variable }];
      default:
        return [];
    }
  });
}

/** The chain with operations that bring their own gradients. Call it in a tidy. */
function runSteps(layers: readonly StepLayer[], x: Tensor2D): { latent: Tensor2D; y: Tensor2D } {
  let value = x;
  let latent = x;
  let repeated = false;
  for (const layer of layers) {
    switch (layer.kind) {
      case 'lstm':
        value = lstmLayer(value, layer.kernel, layer.recurrentKernel, layer.bias, { ...layer, repeated });
        repeated = false;
        break;
      case 'repeat':
        latent = value;
        repeated = true;
        break;
      case 'dense-per-step': {
        const [units, outputs] = layer.kernel.shape as [number, number];
        const each = tf.reshape(value, [-1, units]) as Tensor2D;
        const linear = { activation: 'linear', slope: 0 } as const;
        value = tf.reshape(trainingDense(each, layer.kernel, layer.bias, linear, false), [-1, layer.steps * outputs]);
        break;
      }
      default:
        throw new Error(`no ${layer.kind} in this chain`);
    }
  }
  return { latent, y: value };
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  const steps = input.width;
  const networks = buildNetworks(steps, settings.encoder, seed);
  const described = stepLayers(networks, steps);
  const chain = lstmChainOf(described);
  const top = settings.loss === 'mse-top';
  const stage: Stage = {
    name: 'reconstruction',
    lossName: top
      ? `mean over lumisections of the mean of the ${settings.topBins} largest (x - y)²`
      : 'mean squared error: mean over lumisections of (1/D) Σ (x - y)²',
    lossMayBeNegative: false,
    variables: [...networks.encoder.trainableWeights, ...networks.decoder.trainableWeights].map(
      (weight) => weight.read() as Variable,
    ),
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
    loss: ({ x, target }) => {
      const { y } = runSteps(described, x);
      return top ? largestSquaredErrors(y, target, settings.topBins) : meanSquaredError(y, target);
    },
    step: {
      layers: described,
      loss: top ? { kind: 'top-n', n: settings.topBins, masked: false } : { kind: 'mse', masked: false },
    },
  };

  let kernel: Promise<LstmForward | undefined> | undefined;
  const forward = async (batch: Batch) => {
    // the CPU backend keeps to plain JavaScript, as the one that others are compared with
    if (chain && tf.getBackend() !== 'cpu') kernel ??= lstmForward(chain);
    const found = await kernel;
    if (found) {
      const { latent, y } = await found.run(batch.x, batch.rows);
      return { latent, reconstruction: y };
    }
    const outputs = tf.tidy(() => runSteps(described, tf.tensor2d(batch.x, [batch.rows, steps])));
    try {
      const [latent, reconstruction] = await Promise.all([outputs.latent.data<'float32'>(), outputs.y.data<'float32'>()]);
      return { latent, reconstruction };
    } finally {
      tf.dispose(outputs);
    }
  };

  return {
    scaling: { input: 'l1-normalised', target: 'l1-normalised' },
    ...madeOf({ ...networks }),
    stages: [stage],
    forward,
  };
}

const lstmAutoencoder: Model = {
  id: 'lstm-autoencoder',
  name: 'LSTM autoencoder',
  family: 'Autoencoders',
  paper: {
    text: 'P. Palit, A. Ghosh, S. Sarkar, ML4DQM Updates, Saha Institute of Nuclear Physics (2020)',
    url: 'https://github.com/pritampalit/ML4DQM',
  },
  summary: 'Reads a histogram bin by bin as a sequence and writes it out again from its last state.',
  cost: 'A minute for some thousand lumisections at full length.',
  recommended: 2,
  baseline: false,
  accepts: ['histograms'],
  trainsOn: 'background',
  presets,
  defaultPreset: () => 'lstm-10-3',
  params,
  outputs: ['reconstruction', 'latent'] satisfies OutputName[],
  defaultScore: 'reconstruction-mse-top10',
  build,
};

export default lstmAutoencoder;
