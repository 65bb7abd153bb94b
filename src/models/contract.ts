/**
 * What a model is: a declarative record and a function that builds a detector. A detector turns a batch of rows into named
 * outputs; an event's outputs never depend on its companions in the batch. It knows nothing of files, splits or screens.
 *
 * Networks are TF.js Layers models. One description serves training, the layer table, saving, every export and the generated
 * kernels of `compute/`. Initial weights come from our own seeded generator (`init.ts`), never from TF.js.
 */
import type { LayersModel, Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { DataKind, Feature, HistogramPart, ImageAxes, ObjectType } from '../base/kinds.ts';
import type { ParamSpecs, Params } from '../base/params.ts';
import type { StepDescription } from '../compute/steps/contract.ts';
import type { PackedRows } from '../numeric/packed-rows.ts';

/** Everything a score may ask for. Each is row-major [n, k], k fixed by the detector. */
export type OutputName =
  /** In the units of the batch's `target`. */
  | 'reconstruction'
  /** The same numbers where they are an image, for scores that mean something for pixels only. */
  | 'image'
  /** [n, width] log-odds of the pixels, where the reconstruction is the probability of each being lit. */
  | 'pixelLogits'
  | 'latent'
  | 'latentMean'
  | 'latentLogVar'
  /** The large code beside a small `latent` that conditions the decoder. */
  | 'code'
  /** Of each cell of a relaxed one-hot `code`: how far it is spread over its classes, above 0. */
  | 'temperature'
  /** [n, 1] divergence of a relaxed one-hot code from its learned prior, nats. */
  | 'categoricalKl'
  /** One latent number of its own, [n, 1]: the k-th of `latent`. */
  | 'component1'
  | 'component2'
  | 'component3'
  | 'component4'
  /** Share of one topic in a mixture of patterns, [n, 1]. */
  | 'topic1'
  | 'topic2'
  | 'topic3'
  | 'topic4'
  /** [n, 1] divergence of the latent Gaussians from the model's own prior, nats. */
  | 'priorKl'
  /** [n, width] ln of the share of all light that each pixel is expected to have. */
  | 'logShares'
  | 'embedding'
  | 'representation'
  /** The representation as a second stage restores it, of the same width. */
  | 'restoredRepresentation'
  | 'logits'
  | 'distance'
  /** Squared Mahalanobis distance from training background, [n, 1]. */
  | 'mahalanobis'
  /** Mean depth at which random cuts isolate an event, over the mean depth expected of as many training rows, [n, 1]. */
  | 'relativeDepth'
  /** Euclidean distances to the nearest rows of a bank of training background, rising, [n, k]. */
  | 'neighbourDistances'
  /** Of rows that hold several histograms: the anomaly of each by itself, [n, histograms] (`per-histogram.ts`). */
  | 'histogramScores'
  /** One physics number per event. */
  | 'feature';

export type Matrix = Float32Array | Float64Array;
export type Outputs = Readonly<Partial<Record<OutputName, Matrix>>>;

/**
 * How physical values become model numbers. All constants are fitted on training background only.
 *
 * - `raw`: unchanged.
 * - `standardised`: (x - mean) / standard deviation of each number, padding included (a constant column becomes 0).
 * - `background-scaled`: pT / mean of all non-zero pT, eta / 4, phi / π; for data without objects it equals `standardised`.
 * - `40mhz-target`: per slot (pT - mean) / standard deviation over the training events, re-zeroed where the slot is empty;
 *   eta and phi unchanged; for data without objects it equals `standardised`.
 * - `l1-normalised`: each row over the sum of its numbers, a histogram as shares of its entries; an empty histogram stays 0. Of
 *   several histograms in a row each over its own sum.
 * - `mask`: of an image its first channel alone, 1 where it is above 0 and 0 elsewhere; the model's input has the shape [h, w, 1].
 * - `first-channel`: of an image its first channel alone; `first-over-maximum`: the same over its largest training pixel;
 *   `first-standardised`: each pixel of it standardised.
 * - `channel-sum`: the channels of each pixel added up, cut off at 2,000 and over 2,000.
 * - `over-maximum`: every number over the largest one of the training events.
 * - `study`: whatever the study's preprocessing list says.
 */
export type Scaling =
  | 'raw'
  | 'standardised'
  | 'background-scaled'
  | '40mhz-target'
  | 'l1-normalised'
  | 'mask'
  | 'first-channel'
  | 'first-over-maximum'
  | 'first-standardised'
  | 'channel-sum'
  | 'over-maximum'
  | 'study';

/** What a model is told about its input before it is built. */
export interface ModelInput {
  kind: DataKind;
  /** Shape of one row after preprocessing. */
  shape: readonly number[];
  /** Product of `shape`. */
  width: number;
  /** [width] */
  features: readonly Feature[];
  objectTypes?: readonly ObjectType[];
  /** Only for images, where the source knows them: what axes and channels are. */
  image?: ImageAxes;
  /** Only for histograms, where a row holds several of one lumisection, one after another. */
  parts?: readonly HistogramPart[];
  /** Names of the numbers that describe an event and are no input: see `Batch.spectators`. */
  spectators?: readonly string[];
  /** Names of the signal classes: label k of a labelled batch is the k-th of them, counted from 1. */
  signals?: readonly string[];
}

/** Rows in host memory. All matrices are row-major. */
export interface Batch {
  rows: number;
  width: number;
  /** Of one row of `x` and `target`: [height, width, channels] of an image. */
  shape?: readonly number[];
  /** [rows, rawWidth] physical values. */
  raw: Float32Array;
  rawWidth: number;
  rawFeatures: readonly Feature[];
  /** [rows, width] model input, by the detector's `scaling.input`. */
  x: Float32Array;
  /** [rows, width] what a reconstruction is compared with, by `scaling.target`; the same array as `x` where they agree. */
  target: Float32Array;
  /** [rows, width] 1 where the number exists, 0 for padding and missing values. */
  mask: Uint8Array;
  /** [rows] each: numbers that describe the rows. Only a feature cut may look at them, as a reference; no input of any model. */
  spectators?: Readonly<Record<string, Float64Array>>;
  /** [rows] 0 for background, k for the k-th signal of the input; only for models that train on labels. */
  label?: Uint8Array;
  /**
   * Only where the rows lie packed (`data/lazy-batch.ts`): then `raw`, `x`, `target` and `mask` are unpacked and scaled, all rows of
   * them, whenever nobody holds them any more, and this makes a batch of some rows alone.
   */
  pick?(rows: ArrayLike<number>): Batch;
  /** With `pick` only: what a graphics device needs to make `x` and `target` itself; no number is missing. */
  packed?: PackedRows;
}

/** Rows on the device, for a training step. Owned by the training loop; a loss must not dispose them. */
export interface TensorBatch {
  x: Tensor2D;
  target: Tensor2D;
  mask: Tensor2D;
  /** [n, 1] labels as numbers, not on the device yet, so that they can be read; only for models that train on labels. */
  label?: Tensor2D;
  /** A copy of the rows' physical values [n, rawWidth] in host memory, for augmentations before scaling; the loop always gives it. */
  raw?: () => Float32Array;
}

export interface OptimiserSpec {
  kind: 'adam';
  learningRate: number;
  beta1: number;
  beta2: number;
  /** Added outside the root. */
  epsilon: number;
  amsgrad: boolean;
  /** Decoupled decay, multiplied by the learning rate; 0 for none. */
  weightDecay: number;
  /** Each variable's gradient is shortened to this Euclidean length at most, by itself; none if absent or 0. */
  clipNorm?: number;
}

export interface Schedule {
  kind: 'constant' | 'reduce-on-plateau' | 'cosine';
  /** Reduce on plateau: multiply by `factor` after `patience` epochs without an improvement of `minDelta`. */
  factor?: number;
  patience?: number;
  cooldown?: number;
  minDelta?: number;
  minLearningRate?: number;
}

/** One stage of gradient training. */
export interface Stage {
  name: string;
  /** What the loss is called on an axis, with its formula in words. */
  lossName: string;
  /** True for contrastive losses: such a curve has no log axis. */
  lossMayBeNegative: boolean;
  /** Always the same list in the same order. */
  variables: readonly Variable[];
  optimiser: OptimiserSpec;
  schedule: Schedule;
  /** Rows of a step; 0 lets the loop choose by the number of training rows. */
  batchSize: number;
  epochs: number;
  /** Stop after this many epochs without a better validation loss; 0 = never. The best weights are kept in any case. */
  patience: number;
  /** Rows of the training part that this stage trains on, asked for when it begins; all of them if absent. */
  rows?(training: Batch): Promise<Uint32Array>;
  /**
   * What this stage works on instead of the detector's own input, made once from the training rows and once from the validation
   * rows when the stage begins: the representation that an earlier stage has learned, for example.
   */
  input?(batch: Batch): Promise<Batch>;
  /**
   * Deviation of the Gaussian noise that the loop adds to `x` in training, in the units of `x`, where the mask is not 0; `target` has
   * none. Its numbers are those of `StepNoise` with the training's seed. None if absent or 0; not for a loss that draws from the stream
   * `noise` itself.
   */
  inputNoise?: number;
  /** Rows of a validation batch, for a loss that compares the rows of a batch with one another; the loop's own choice if absent. */
  validationBatch?: number;
  /** Mean loss of the batch. Runs inside a tidy; `training` switches batch normalisation and dropout. */
  loss(batch: TensorBatch, context: { training: boolean; seed: number; step: number }): Scalar;
  /** The same step as data, where whole-step trainers may know it (`compute/steps/`); never needed for a right result. */
  step?: StepDescription;
}

/** A row of the layer table. */
export interface LayerRow {
  network: string;
  name: string;
  type: string;
  /** Output shape of one row. */
  shape: readonly number[];
  parameters: number;
  trainable: number;
}

export interface NamedArray {
  name: string;
  shape: readonly number[];
  values: Float32Array | Float64Array;
}

/** One network of a detector, run by itself, so that a score that needs only some of them can be priced. */
export interface DetectorPart {
  /** Its key in `networks`: `encoder`, `f_m`. */
  network: string;
  /** The outputs that cannot be had without it. */
  serves: readonly OutputName[];
  /** Inference on inputs [n, ...] in the order and of the shapes of the network's own. Called inside a tidy. */
  run(inputs: readonly Tensor[]): Tensor;
}

export interface Detector {
  scaling: { input: Scaling; target: Scaling };
  layers: readonly LayerRow[];
  parameters: number;
  trainable: number;
  /** By role: `encoder`, `decoder`. Empty for closed-form models. */
  networks: Readonly<Record<string, LayersModel>>;
  /** What it gives, where its parameters leave out some of the model's outputs; all of them if absent. */
  outputs?: readonly OutputName[];
  /** Whether it trains on labels, where its parameters decide that; by the model's `trainsOn` if absent. */
  seesLabels?: boolean;
  /** What the output `feature` is, for axis titles; only detectors that have this output. */
  feature?: { name: string; unit: string };
  /** Empty for models with a closed form. */
  stages: readonly Stage[];
  /** Constants from training background, before the first stage; only models with stages have it. */
  prepare?(training: Batch): void;
  /** Closed-form fit on training background; only models without stages have it. */
  fit?(training: Batch): void;
  /** Outputs in host memory. Inference mode: nothing random, no batch statistics. */
  forward(batch: Batch): Promise<Outputs>;
  /**
   * What the rows of the batch would be restored as if their output `latent` were `latent` [n, k]: the reconstruction [n, width] in
   * the units of `target`. Whatever else the decoder is given (another code, a condition) stays that of the batch. With the rows' own
   * latent numbers it is their reconstruction. Only detectors with a decoder that can be asked.
   */
  decode?(latent: Matrix, batch: Batch): Promise<Float32Array>;
  /** Every network, if outputs need different ones; absent where one pass through all of them gives everything. */
  parts?: readonly DetectorPart[];
  /** Everything that `setWeights` needs to make an untrained twin equal to this one. */
  weights(): Promise<NamedArray[]>;
  setWeights(weights: readonly NamedArray[]): void;
  dispose(): void;
}

export interface Preset {
  name: string;
  /** Where it comes from, and what is inferred or ours. */
  origin: string;
  params: Params;
  /** Literature's counts for an input of `width` numbers, asserted by the contract suite. */
  reference?: {
    kind: DataKind;
    width: number;
    parameters: number;
    trainable?: number;
    /** Signal classes of the data, where the count depends on them. */
    signals?: readonly string[];
  };
}

/** Trainings that differ in one thing, to be drawn in one figure. */
export interface Comparison {
  id: string;
  name: string;
  /** What the figure answers. */
  question: string;
  /** What changes from point to point, for an axis. */
  variable: string;
  points: readonly ComparisonPoint[];
}

export interface ComparisonPoint {
  label: string;
  /** Where the point lies on an axis of numbers; absent where it has no number. */
  value?: number;
  /** Replaces what is set for the model. */
  params?: Params;
  /** Another model that stands beside it, with parameters that follow those of this one: `{ epochs: 'restoreEpochs' }`. */
  other?: { model: string; preset: string; follows?: Readonly<Record<string, string>> };
}

export interface Model {
  id: string;
  name: string;
  family: string;
  paper: { text: string; url?: string };
  /** One line: what it does. */
  summary: string;
  /** One line: what it costs to train. */
  cost: string;
  /** 1 to 3 for the models that are offered first. */
  recommended?: number;
  /** True for simple references that always run beside the others. */
  baseline: boolean;
  accepts: readonly DataKind[];
  trainsOn: 'background' | 'pairs' | 'labelled' | 'nothing';
  presets: Readonly<Record<string, Preset>>;
  /** The preset that is used when none is named, which may depend on the data. */
  defaultPreset(input: ModelInput): string;
  /** For a baseline: the presets that run beside every training on such data; the default preset alone if absent. */
  baselinePresets?(input: ModelInput): readonly string[];
  params: ParamSpecs;
  /** Sweeps that its paper makes, each one click on the page. */
  comparisons?: readonly Comparison[];
  outputs: readonly OutputName[];
  /** Score shown first. */
  defaultScore: string;
  build(input: ModelInput, params: Params, seed: number): Detector;
}
