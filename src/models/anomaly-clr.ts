/**
 * AnomalyCLR: a network learns, from background alone, to place an event near copies that physics does not tell apart and away from
 * copies that new physics might make; an autoencoder on what it has learned then finds what is unusual there.
 *
 * Two stages. First the contrastive loss on the last head layer, with augmentations in GeV and radians before scaling. Then a dense
 * autoencoder on the chosen representation, the encoder frozen and its dropout off.
 *
 * Source: Dillon et al., Anomalies, Representations, and Self-Supervision, SciPost Phys. Core 7 (2024) 056, arXiv 2301.04660.
 */
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { anomalyContrastiveLoss, anomalyContrastivePlusLoss, contrastiveLoss } from '../compute/ops/contrastive.ts';
import { oncePerStep, perStep } from '../compute/per-step.ts';
import { tf } from '../compute/tf.ts';
import { comparisons } from './anomaly-clr-comparisons.ts';
import { buildSetEncoder } from './anomaly-clr-network.ts';
import { eventLayout } from './augment/event.ts';
import { type AugmentationSettings, augmentationParams } from './augment/params.ts';
import { anomalyViews, physicsViews, viewDraw } from './augment/views.ts';
import { weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, OutputName, Preset, Schedule, Stage, TensorBatch } from './contract.ts';
import { eventTokens, fitTokenScale, type PhiForm, type TokenScale, tokenWidth } from './event-tokens.ts';
import { meanSquaredError } from './losses.ts';
import { buildNetwork, denseLayers, type LayerSpec, madeOf, readWeights, writeWeights } from './network.ts';
import { trainingParams } from './training-params.ts';

const params = {
  dimension: {
    kind: 'number',
    label: 'Representation width d',
    help: 'Width of embedding, transformer and head. The cost grows with its square.',
    default: 32,
    min: 4,
    max: 1024,
    integer: true,
  },
  heads: {
    kind: 'number',
    label: 'Attention heads',
    help: 'Must divide the width.',
    default: 4,
    min: 1,
    max: 64,
    integer: true,
    advanced: true,
  },
  blocks: {
    kind: 'number',
    label: 'Transformer blocks',
    help: 'Layers of attention.',
    default: 2,
    min: 1,
    max: 24,
    integer: true,
  },
  headLayers: {
    kind: 'number',
    label: 'Head layers',
    help: 'Layers between the sum over objects and the contrastive loss.',
    default: 2,
    min: 1,
    max: 8,
    integer: true,
    advanced: true,
  },
  dropout: {
    kind: 'number',
    label: 'Dropout',
    help: 'In contrastive training only.',
    default: 0.1,
    min: 0,
    max: 0.9,
    advanced: true,
  },
  phiForm: {
    kind: 'choice',
    label: 'phi enters as',
    help: 'A linear phi jumps at ±π; sine and cosine do not.',
    default: 'linear',
    options: [
      { value: 'linear', label: 'phi / π, as published' },
      { value: 'sine-cosine', label: 'sine and cosine' },
    ],
    advanced: true,
  },
  loss: {
    kind: 'choice',
    label: 'Contrastive loss',
    help: 'CLR pulls physics copies together and pushes other events apart; AnomCLR also pushes the anomaly copy away; AnomCLR+ does only the two and needs no other events.',
    default: 'anom-clr-plus',
    options: [
      { value: 'anom-clr-plus', label: 'AnomCLR+' },
      { value: 'anom-clr', label: 'AnomCLR' },
      { value: 'clr', label: 'CLR' },
    ],
  },
  temperature: {
    kind: 'number',
    label: 'Temperature τ',
    help: 'Similarities are divided by it.',
    default: 0.1,
    min: 0.001,
    max: 10,
    advanced: true,
  },
  ...augmentationParams,
  learningRate: {
    kind: 'number',
    label: 'Learning rate, contrastive',
    help: 'Step size of Adam in the first stage.',
    default: 5e-4,
    min: 1e-8,
    max: 1,
    log: true,
  },
  schedule: {
    ...trainingParams.schedule,
    help: `${trainingParams.schedule.help} Of both stages.`,
  },
  batchSize: {
    kind: 'number',
    label: 'Batch size',
    help: 'Events per step in both stages. CLR and AnomCLR compare every event of a batch with every other.',
    default: 128,
    min: 2,
    max: 65536,
    integer: true,
  },
  epochs: {
    kind: 'number',
    label: 'Epochs, contrastive',
    help: 'Passes over training background in the first stage.',
    default: 5,
    min: 1,
    max: 10000,
    integer: true,
  },
  representation: {
    kind: 'number',
    label: 'Representation',
    help: '0 is the sum over objects, 1 and up the head layers; the contrastive loss uses the last.',
    default: 1,
    min: 0,
    max: 8,
    integer: true,
  },
  standardise: {
    kind: 'switch',
    label: 'Standardise the representation',
    help: 'With constants of training background, before the autoencoder. The published one takes it as it is.',
    default: true,
  },
  restoreRate: {
    kind: 'number',
    label: 'Learning rate, autoencoder',
    help: 'Step size of Adam in the second stage.',
    default: 1e-3,
    min: 1e-8,
    max: 1,
    log: true,
    advanced: true,
  },
  restoreEpochs: {
    kind: 'number',
    label: 'Epochs, autoencoder',
    help: 'Passes over the representations of training background in the second stage.',
    default: 30,
    min: 1,
    max: 10000,
    integer: true,
  },
} as const satisfies ParamSpecs;

interface Settings extends AugmentationSettings {
  dimension: number;
  heads: number;
  blocks: number;
  headLayers: number;
  dropout: number;
  phiForm: PhiForm;
  loss: 'anom-clr-plus' | 'anom-clr' | 'clr';
  temperature: number;
  learningRate: number;
  schedule: Schedule['kind'];
  batchSize: number;
  epochs: number;
  representation: number;
  standardise: boolean;
  restoreRate: number;
  restoreEpochs: number;
}

const lossNames: Readonly<Record<Settings['loss'], string>> = {
  'anom-clr-plus': 'AnomCLR+: mean of −(s(z, z′) − s(z, z*)) / τ',
  'anom-clr': 'AnomCLR: mean of −(s(z, z′) − s(z, z*)) / τ + ln Σ exp(s / τ) over other events',
  clr: 'CLR: mean of −s(z, z′) / τ + ln Σ exp(s / τ) over other events',
};

/** What a representation is standardised by. */
interface Shift {
  /** [d] each. */
  mean: Float64Array;
  deviation: Float64Array;
}

/** Encoder widths of the second stage, bottleneck last. */
const restorer = [256, 128, 64, 32, 16, 5];
/** Events of one forward pass: attention keeps several arrays of slots x slots per event. */
const FORWARD_ROWS = 512;

function stacksOf(width: number): { encoder: LayerSpec[]; decoder: LayerSpec[] } {
  const dense = (units: number): LayerSpec => ({ kind: 'dense', units, bias: true, initialiser: 'pytorch-linear' });
  const block = (units: number): LayerSpec[] => [dense(units), { kind: 'activation', activation: 'leaky-relu', slope: 0.01 }];
  return {
    encoder: [...restorer.slice(0, -1).flatMap(block), dense(restorer.at(-1) as number)],
    decoder: [...restorer.slice(0, -1).reverse().flatMap(block), dense(width)],
  };
}

function checkSettings({ dimension, heads, representation, headLayers, ...settings }: Settings): void {
  const refuse = (parameter: string, expected: string, found: string, fix: string): never => {
    throw new Problem({ where: `model "anomaly-clr", parameter "${parameter}"`, expected, found, fix });
  };
  if (dimension % heads !== 0) {
    refuse('heads', `a divisor of the width ${dimension}`, String(heads), 'Choose another number of heads or another width');
  }
  if (representation > headLayers) {
    refuse('representation', `at most ${headLayers}, the last head layer`, String(representation), 'Choose a smaller number');
  }
  if (settings.loss !== 'clr' && !settings.addObjects && !settings.splitObjects && !settings.shift) {
    refuse('loss', 'an anomaly augmentation that is switched on', 'none', 'Switch one on, or choose the loss CLR');
  }
}

function build(input: ModelInput, given: Params, seed: number): Detector {
  const settings = given as unknown as Settings;
  checkSettings(settings);
  const types = input.objectTypes;
  if (!types || input.width !== 3 * types.length) {
    throw new Problem({
      where: 'model "anomaly-clr"',
      expected: 'objects with pT, eta and phi',
      found: `${input.kind} of ${input.width} numbers`,
      fix: 'Choose data with reconstructed objects',
    });
  }
  const { dimension: d, phiForm } = settings;
  const layout = eventLayout(types);
  const slots = types.length;
  const features = tokenWidth(types, phiForm);
  const encoder = buildSetEncoder({ ...settings, objects: slots, numbers: features, width: d }, seed);
  const stacks = stacksOf(d);
  // ordinals far above those of the encoder, so that its depth does not change the draws of the second stage
  const squeeze = buildNetwork(d, stacks.encoder, { seed, ordinal: 1000, inputIsData: true });
  const restore = buildNetwork(restorer.at(-1) as number, stacks.decoder, {
    seed,
    ordinal: 1000 + denseLayers(stacks.encoder),
    inputIsData: false,
  });
  const networks = { encoder: encoder.model, squeeze: squeeze.model, restore: restore.model };
  let scale: TokenScale = { pT: 1 };
  let shift: Shift = { mean: new Float64Array(d), deviation: new Float64Array(d).fill(1) };

  /** The events and their copies, one after another, as one batch of tokens and mask. */
  const tensorsOf = (views: () => readonly Float32Array[]): [Tensor3D, Tensor2D] => {
    const parts = oncePerStep(() => views().map((view) => eventTokens(view, types, phiForm, scale)));
    const rows = parts().reduce((sum, { mask }) => sum + mask.length / slots, 0);
    const joined = (name: 'tokens' | 'mask', width: number) => {
      const whole = new Float32Array(rows * width);
      let offset = 0;
      for (const part of parts()) {
        whole.set(part[name], offset);
        offset += part[name].length;
      }
      return whole;
    };
    return [
      perStep<Tensor3D>([rows, slots, features], () => joined('tokens', slots * features)),
      perStep<Tensor2D>([rows, slots], () => joined('mask', slots)),
    ];
  };

  const contrastive = (batch: TensorBatch, context: { training: boolean; seed: number; step: number }): Scalar => {
    const views = () => {
      const raw = batch.raw?.();
      if (!raw) throw new Error('anomaly-clr: a batch without physical values');
      const copies = viewDraw(context);
      return [
        raw,
        physicsViews(raw, layout, settings, copies),
        ...(settings.loss === 'clr' ? [] : [anomalyViews(raw, layout, settings, copies)]),
      ];
    };
    const draw = context.training && settings.dropout > 0 ? { of: context, place: 0 } : undefined;
    const z = encoder.run(...tensorsOf(views), draw).at(-1) as Tensor2D;
    const [own, copy, odd] = tf.split(z, settings.loss === 'clr' ? 2 : 3, 0) as [Tensor2D, Tensor2D, Tensor2D];
    if (settings.loss === 'clr') return contrastiveLoss(own, copy, settings.temperature);
    const compare = settings.loss === 'anom-clr' ? anomalyContrastiveLoss : anomalyContrastivePlusLoss;
    return compare(own, copy, odd, settings.temperature);
  };

  /** The chosen representation [n, d] of raw events, and the last one, dropout off. */
  const represent = async (raw: Float32Array): Promise<{ chosen: Float32Array; last: Float32Array }> => {
    const width = 3 * slots;
    const rows = raw.length / width;
    const chosen = new Float32Array(rows * d);
    const last = new Float32Array(rows * d);
    for (let start = 0; start < rows; start += FORWARD_ROWS) {
      const part = raw.subarray(start * width, Math.min(rows, start + FORWARD_ROWS) * width);
      const pair = tf.tidy(() => {
        const all = encoder.run(...tensorsOf(() => [part]));
        return [all[settings.representation] as Tensor2D, all.at(-1) as Tensor2D].map((t) => t.clone());
      });
      try {
        const [a, b] = await Promise.all(pair.map((t) => t.data<'float32'>()));
        chosen.set(a as Float32Array, start * d);
        last.set(b as Float32Array, start * d);
      } finally {
        tf.dispose(pair);
      }
    }
    return { chosen, last };
  };

  const standardised = (r: Float32Array): Float32Array =>
    r.map((value, i) => (value - (shift.mean[i % d] as number)) / (shift.deviation[i % d] as number));

  const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false, weightDecay: 0 } as const;
  let shiftFitted = false;
  const stages: Stage[] = [
    {
      name: 'contrastive',
      lossName: lossNames[settings.loss],
      lossMayBeNegative: true,
      variables: encoder.trainable,
      optimiser: { ...adam, learningRate: settings.learningRate },
      schedule: { kind: settings.schedule },
      batchSize: settings.batchSize,
      validationBatch: settings.batchSize,
      epochs: settings.epochs,
      patience: 0,
      loss: contrastive,
    },
    {
      name: 'autoencoder on the representation',
      lossName: 'mean squared error of the representation: mean over events of (1/d) Σ (r - r̂)²',
      lossMayBeNegative: false,
      variables: [...squeeze.trainable, ...restore.trainable],
      optimiser: { ...adam, learningRate: settings.restoreRate },
      schedule: { kind: settings.schedule },
      batchSize: settings.batchSize,
      epochs: settings.restoreEpochs,
      patience: 0,
      async input(batch) {
        const { chosen } = await represent(batch.raw);
        // asked for training rows first
        if (!shiftFitted && settings.standardise) shift = fitShift(chosen, d);
        shiftFitted = true;
        const x = standardised(chosen);
        return { ...batch, width: d, x, target: x, mask: new Uint8Array(x.length).fill(1) };
      },
      loss: ({ x, target }, { training }) => meanSquaredError(restore.run(squeeze.run(x, training), training), target),
      step: { layers: [...squeeze.steps, ...restore.steps], loss: { kind: 'mse', masked: false } },
    },
  ];

  return {
    scaling: { input: 'raw', target: 'raw' },
    ...madeOf(networks),
    stages,
    prepare(training) {
      scale = fitTokenScale(training.raw);
      shiftFitted = false;
    },
    async forward(batch: Batch) {
      const { chosen, last } = await represent(batch.raw);
      const representation = standardised(chosen);
      const tensors = tf.tidy(() => {
        const latent = squeeze.run(tf.tensor2d(representation, [batch.rows, d]), false);
        return [latent, restore.run(latent, false)] as Tensor2D[];
      });
      try {
        const [latent, restored] = await Promise.all(tensors.map((t) => t.data<'float32'>()));
        if (!latent || !restored) throw new Error('anomaly-clr: an output is missing');
        return { representation, restoredRepresentation: restored, latent, embedding: unitRows(last, d) };
      } finally {
        tf.dispose(tensors);
      }
    },
    async weights() {
      return [
        ...(await readWeights(networks)),
        { name: 'scale/pT', shape: [1], values: Float64Array.of(scale.pT) },
        { name: 'shift/mean', shape: [d], values: shift.mean.slice() },
        { name: 'shift/deviation', shape: [d], values: shift.deviation.slice() },
      ];
    },
    setWeights(weights) {
      writeWeights(networks, weights);
      scale = { pT: weightNamed(weights, 'anomaly-clr', 'scale/pT', 1)[0] as number };
      shift = {
        mean: weightNamed(weights, 'anomaly-clr', 'shift/mean', d),
        deviation: weightNamed(weights, 'anomaly-clr', 'shift/deviation', d),
      };
    },
    dispose() {
      for (const network of Object.values(networks)) network.dispose();
    },
  };
}

/** Mean and standard deviation of each column; 1 for a constant one. */
function fitShift(r: Float32Array, d: number): Shift {
  const rows = r.length / d;
  const mean = new Float64Array(d);
  const deviation = new Float64Array(d);
  for (let i = 0; i < r.length; i++) mean[i % d] = (mean[i % d] as number) + (r[i] as number) / rows;
  for (let i = 0; i < r.length; i++) {
    deviation[i % d] = (deviation[i % d] as number) + ((r[i] as number) - (mean[i % d] as number)) ** 2 / rows;
  }
  return { mean, deviation: deviation.map((variance) => Math.sqrt(variance) || 1) };
}

/** Each row divided by its length; a row of zeros stays. */
function unitRows(values: Float32Array, d: number): Float32Array {
  const units = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += d) {
    let sum = 0;
    for (let i = start; i < start + d; i++) sum += (values[i] as number) ** 2;
    const length = Math.sqrt(sum) || 1;
    for (let i = start; i < start + d; i++) units[i] = (values[i] as number) / length;
  }
  return units;
}

const published: Params = {
  dimension: 136,
  heads: 4,
  blocks: 4,
  headLayers: 2,
  dropout: 0.1,
  loss: 'anom-clr-plus',
  temperature: 0.1,
  learningRate: 5e-5,
  batchSize: 128,
  epochs: 100,
  representation: 1,
  standardise: false,
  restoreRate: 1e-3,
  restoreEpochs: 100,
};

const presets: Readonly<Record<string, Preset>> = {
  'offshell-clr': {
    name: 'Offshell CLR, d = 32',
    origin: 'Ours: a small encoder that trains in minutes; standardised representation.',
    params: { dimension: 32, heads: 4, blocks: 2, learningRate: 1e-3, batchSize: 256, epochs: 5, restoreEpochs: 30 },
    reference: { kind: 'objects', width: 57, parameters: 119909 },
  },
  'anomalyclr-136': {
    name: 'AnomalyCLR, d = 136',
    origin: 'Dillon et al., arXiv 2301.04660, settings of the co-author notebook: encoder 487,696, autoencoder 157,965.',
    params: published,
    reference: { kind: 'objects', width: 57, parameters: 645661 },
  },
  'anomalyclr-160': {
    name: 'AnomalyCLR, d = 160',
    origin: 'The same with the width that is quoted for the paper (recalled, not verified).',
    params: { ...published, dimension: 160 },
  },
};

const anomalyClr: Model = {
  id: 'anomaly-clr',
  name: 'AnomalyCLR',
  family: 'Contrastive',
  paper: {
    text: 'B. M. Dillon, L. Favaro, F. Feiden, T. Modak, T. Plehn, Anomalies, Representations, and Self-Supervision, SciPost Phys. Core 7 (2024) 056',
    url: 'https://arxiv.org/abs/2301.04660',
  },
  summary:
    'Learns what physics does not care about and what would be odd, from background alone; an autoencoder judges what it learned.',
  cost: 'Minutes for the small preset, hours for the published width without a GPU.',
  baseline: false,
  accepts: ['objects'],
  trainsOn: 'pairs',
  presets,
  defaultPreset: () => 'offshell-clr',
  params,
  comparisons,
  outputs: ['representation', 'restoredRepresentation', 'latent', 'embedding'] satisfies OutputName[],
  defaultScore: 'representation-autoencoder',
  build,
};

export default anomalyClr;
