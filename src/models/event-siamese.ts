/**
 * Siamese network on events: one encoder sees two versions of an event and learns to say whether they are the same event measured
 * twice or not. Pairs are made, never labelled: an event with its physics copy is the same, an event with its anomaly copy is not.
 * An event is then as odd as its embedding is far from a fixed bank of background embeddings, never from one random partner.
 *
 * Ours: the idea of the siamese network of the photon-electron study (A. Saif, ML4SCI, Google Summer of Code 2022) on events, with
 * the copies of AnomalyCLR (Dillon et al., arXiv 2301.04660). Siamese networks: Bromley et al., NIPS 1993.
 */

import type { Scalar, Tensor2D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { oncePerStep, perStep } from '../compute/per-step.ts';
import type { StepPairHead } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import { joined } from '../numeric/joined.ts';
import { type EventLayout, eventLayout } from './augment/event.ts';
import { type AugmentationSettings, augmentationParams } from './augment/params.ts';
import { noisyRows, oddRows, type TableAugmentations } from './augment/table.ts';
import { anomalyViews, physicsViews, VALIDATION_STEP, type ViewDraw, viewDraw } from './augment/views.ts';
import { inBlocks } from './blocks.ts';
import { weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Stage, TensorBatch } from './contract.ts';
import { fitTokenScale } from './event-tokens.ts';
import { buildNetwork, denseLayers, type LayerSpec, madeOf, type Network, readWeights, writeWeights } from './network.ts';
import { distances, LEAST_SQUARE, lossOfPairs, pairNorm, similarityNetwork } from './pairs.ts';
import { type TrainingSettings, trainingOf, trainingParams } from './training-params.ts';

const params = {
  hidden: {
    kind: 'integers',
    label: 'Encoder widths',
    help: 'Hidden layers, each with batch normalisation and leaky ReLU.',
    default: [32, 16],
    min: 1,
    max: 4096,
  },
  embedding: {
    kind: 'number',
    label: 'Embedding width',
    help: 'Numbers in which events are compared.',
    default: 10,
    min: 1,
    max: 1024,
    integer: true,
  },
  ...augmentationParams,
  noise: {
    kind: 'number',
    label: 'Noise of a table',
    help: 'Tables only: the copy that is the same row differs by so many standard deviations of each column.',
    default: 0.1,
    min: 0,
    max: 10,
  },
  swapColumns: {
    kind: 'switch',
    label: 'Anomaly of a table: swap columns',
    help: 'Tables only: about half of the columns take the values of other rows, which breaks correlations alone.',
    default: true,
  },
  moveColumns: {
    kind: 'switch',
    label: 'Anomaly of a table: move columns',
    help: 'Tables only: about half of the columns are moved by 2 to 5 standard deviations.',
    default: true,
  },
  ...trainingParams,
} as const satisfies ParamSpecs;

interface Settings extends TrainingSettings, AugmentationSettings, TableAugmentations {
  hidden: readonly number[];
  embedding: number;
}

const presets: Readonly<Record<string, Preset>> = {
  'event-siamese-10': {
    name: 'Event siamese, 10 numbers',
    origin: 'Ours: the widths of the 40 MHz encoder, ten ReLU numbers as in the image network of the photon-electron study.',
    params: {
      ...{ hidden: [32, 16], embedding: 10, learningRate: 3e-3, batchSize: 0, epochs: 20, patience: 6 },
      ...{ schedule: 'cosine', minLearningRate: 1e-5 },
    },
    reference: { kind: 'objects', width: 57, parameters: 2980, trainable: 2768 },
  },
};

/** Rows of one forward pass. */
const ROWS_AT_ONCE = 8192;
/** Rows that are judged at once: their odd copies are drawn together. */
const VALIDATION_ROWS = 8192;

/** Constants of training background [width]: a number becomes (x - mean) / deviation. */
interface Scale {
  mean: Float64Array;
  deviation: Float64Array;
}

/** Objects: pT / mean of all non-zero pT, eta / 4, phi / π. Tables: standardised, a constant column becoming 0. */
function fitScale({ raw, rows }: Batch, width: number, isObjects: boolean): Scale {
  const mean = new Float64Array(width);
  if (isObjects) {
    const units = [fitTokenScale(raw).pT, 4, Math.PI];
    return { mean, deviation: Float64Array.from(mean, (_, i) => units[i % 3] as number) };
  }
  const count = new Float64Array(width);
  const each = (visit: (column: number, value: number) => void) => {
    for (let i = 0; i < rows * width; i++) if (Number.isFinite(raw[i])) visit(i % width, raw[i] as number);
  };
  each((column, value) => {
    count[column] = (count[column] as number) + 1;
    mean[column] = (mean[column] as number) + value;
  });
  for (let c = 0; c < width; c++) mean[c] = (mean[c] as number) / Math.max(1, count[c] as number);
  const squares = new Float64Array(width);
  each((column, value) => {
    squares[column] = (squares[column] as number) + (value - (mean[column] as number)) ** 2;
  });
  const deviation = squares.map((sum, c) => Math.sqrt(sum / Math.max(1, count[c] as number)) || Number.POSITIVE_INFINITY);
  return { mean, deviation };
}

/** Scaled rows; a missing value becomes the mean. */
function scaled(raw: Float32Array, { mean, deviation }: Scale): Float32Array {
  const width = mean.length;
  return raw.map((value, i) =>
    Number.isFinite(value) ? (value - (mean[i % width] as number)) / (deviation[i % width] as number) : 0,
  );
}

export interface PairNetworks {
  /** Scaled events [n, width] to embeddings [n, k]. */
  encoder: Pick<Network, 'model' | 'run'>;
  /** Distances [n, 1] to the log-odds that both are the same event [n, 1]. */
  similarity: Pick<Network, 'run'>;
}

/**
 * Mean binary cross-entropy of the pairs (event, copy), which are the same, and (event, odd copy), which are not; as many of one as
 * of the other.
 *
 * @param views makes the events, copies and odd copies of the step, scaled, [n, width] each
 */
export function pairLoss({ encoder, similarity }: PairNetworks, views: () => readonly Float32Array[], training: boolean): Scalar {
  const width = encoder.model.inputs[0]?.shape[1] as number;
  const made = oncePerStep(views);
  const rows = (made()[0] as Float32Array).length / width;
  const all = tf.concat(made().map((_, i) => perStep<Tensor2D>([rows, width], () => made()[i] as Float32Array)));
  const [own, copy, odd] = tf.split(encoder.run(all, training), 3, 0) as [Tensor2D, Tensor2D, Tensor2D];
  const truth = tf.concat([tf.ones([rows, 1]), tf.zeros([rows, 1])]) as Tensor2D;
  const distance = tf.concat([distances(own, copy), distances(own, odd)]) as Tensor2D;
  return lossOfPairs('bce', distance, truth, 1, (d) => similarity.run(d, training));
}

function checkSettings(input: ModelInput, settings: Settings): void {
  const refuse = (where: string, expected: string, found: string, fix: string): never => {
    throw new Problem({ where: `model "event-siamese"${where}`, expected, found, fix });
  };
  const isObjects = input.kind === 'objects';
  if (isObjects && input.width !== 3 * (input.objectTypes?.length ?? 0)) {
    refuse(
      '',
      'objects with pT, eta and phi',
      `${input.kind} of ${input.width} numbers`,
      'Choose data with reconstructed objects',
    );
  }
  const ways = isObjects
    ? [settings.addObjects, settings.splitObjects, settings.shift]
    : [settings.swapColumns, settings.moveColumns];
  if (!ways.includes(true)) {
    const where = `, parameter "${isObjects ? 'addObjects' : 'swapColumns'}"`;
    refuse(where, 'an anomaly copy that is switched on', 'none', 'Switch one of the anomaly copies on');
  }
}

/** The events of a batch, the copies that are the same events and the copies that are not, scaled. */
type Views = (raw: Float32Array, scale: Scale, draw: ViewDraw) => [Float32Array, Float32Array, Float32Array];

function eventPairs(layout: EventLayout, settings: Settings): Views {
  return (raw, scale, draw) => [
    scaled(raw, scale),
    scaled(physicsViews(raw, layout, settings, draw), scale),
    scaled(anomalyViews(raw, layout, settings, draw), scale),
  ];
}

function tablePairs(width: number, settings: Settings): Views {
  return (raw, scale, draw) => {
    const x = scaled(raw, scale);
    return [x, noisyRows(x, width, settings.noise, draw), oddRows(x, width, settings, draw)];
  };
}

/** The encoder of events and the network that turns a distance into log-odds. */
export function buildPairNetworks(width: number, settings: Pick<Settings, 'hidden' | 'embedding'>, seed: number) {
  const dense = (units: number): LayerSpec => ({ kind: 'dense', units, bias: true, initialiser: 'glorot-uniform' });
  const inwards: LayerSpec[] = [
    pairNorm,
    ...settings.hidden.flatMap((units): LayerSpec[] => [
      ...[dense(units), pairNorm],
      { kind: 'activation', activation: 'leaky-relu', slope: 0.3 },
    ]),
    ...[dense(settings.embedding), { kind: 'activation', activation: 'relu', slope: 0 } as const],
  ];
  return {
    encoder: buildNetwork(width, inwards, { seed, ordinal: 0, inputIsData: true }),
    similarity: similarityNetwork(seed, denseLayers(inwards)),
  };
}

/** The two layers of the similarity network as a whole-step trainer has them. */
function similarityVariables([norm, dense]: Network['steps']): StepPairHead {
  if (norm?.kind !== 'batch-norm' || dense?.kind !== 'dense' || !dense.bias)
    throw new Error('event-siamese: other similarity layers');
  const { kind: _, ...rest } = norm;
  return { ...rest, kernel: dense.kernel, bias: dense.bias };
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  checkSettings(input, settings);
  const { width } = input;
  const isObjects = input.kind === 'objects';
  const { encoder, similarity } = buildPairNetworks(width, settings, seed);
  const networks = { encoder: encoder.model, similarity: similarity.model };
  const views = isObjects ? eventPairs(eventLayout(input.objectTypes ?? []), settings) : tablePairs(width, settings);
  let scale: Scale = { mean: new Float64Array(width), deviation: new Float64Array(width).fill(1) };

  const variablesOf = similarityVariables(similarity.steps);
  const loss = (batch: TensorBatch, context: { training: boolean; seed: number; step: number }): Scalar => {
    const made = () => {
      const raw = batch.raw?.();
      if (!raw) throw new Error('event-siamese: a batch without physical values');
      return views(raw, scale, viewDraw(context));
    };
    return pairLoss({ encoder, similarity }, made, context.training);
  };

  const stage: Stage = {
    name: 'pairs',
    lossName: 'binary cross-entropy of pairs, the same event against its anomaly copy; ln 2 = 0.693 is guessing',
    lossMayBeNegative: false,
    variables: [...encoder.trainable, ...similarity.trainable],
    ...trainingOf(settings, 1e-7),
    loss,
    step: {
      layers: encoder.steps,
      loss: { kind: 'pairs', masked: false, leastSquare: LEAST_SQUARE, head: variablesOf },
      views: {
        ...{ views: 3, validationRows: VALIDATION_ROWS },
        make: (raw, step) => joined(views(raw, scale, { seed, step: step ?? VALIDATION_STEP })),
      },
    },
    validationBatch: VALIDATION_ROWS,
  };
  return {
    scaling: { input: 'raw', target: 'raw' },
    ...madeOf(networks),
    stages: [stage],
    prepare(training) {
      scale = fitScale(training, width, isObjects);
    },
    async forward({ raw }: Batch) {
      const run = (x: Tensor2D) => [encoder.run(x, false)];
      const { embedding } = await inBlocks(scaled(raw, scale), width, ROWS_AT_ONCE, ['embedding'], run);
      return { embedding, latent: embedding };
    },
    async weights() {
      return [
        ...(await readWeights(networks)),
        { name: 'scale/mean', shape: [width], values: scale.mean.slice() },
        { name: 'scale/deviation', shape: [width], values: scale.deviation.slice() },
      ];
    },
    setWeights(weights) {
      writeWeights(networks, weights);
      scale = {
        mean: weightNamed(weights, 'event-siamese', 'scale/mean', width),
        deviation: weightNamed(weights, 'event-siamese', 'scale/deviation', width),
      };
    },
    dispose() {
      encoder.model.dispose();
      similarity.model.dispose();
    },
  };
}

const eventSiamese: Model = {
  id: 'event-siamese',
  name: 'Event siamese network',
  family: 'Contrastive',
  paper: {
    text: 'Ours; J. Bromley et al., Signature verification using a siamese time delay neural network, NIPS 1993',
    url: 'https://github.com/ML4SCI/Anomaly-Detection',
  },
  summary: 'Learns which two versions of an event are the same; an event far from a bank of background is odd.',
  cost: 'A minute for some ten thousand events.',
  baseline: false,
  accepts: ['objects', 'table'],
  trainsOn: 'pairs',
  presets,
  defaultPreset: () => 'event-siamese-10',
  params,
  outputs: ['embedding', 'latent'] satisfies OutputName[],
  defaultScore: 'reference-distance',
  build,
};

export default eventSiamese;
