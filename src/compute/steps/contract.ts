/**
 * A training step as data. A model may describe the step of a stage (forward pass, loss, variables) beside its loss function;
 * a whole-step trainer that understands the description then runs it in a few kernels, and the loop needs no TF.js at all.
 * Where no trainer takes the description, the stage's loss function runs under TF.js autodiff. Both paths give the same numbers
 * to rounding, and neither the model nor the loop's user sees which one ran.
 */
import type { Scalar, Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import type { OptimiserState } from '../optimiser.ts';
import type { Draw } from '../per-step.ts';
import type { RoundedStorage, TableStorage } from '../row-storage.ts';

export type StepActivation = 'leaky-relu' | 'relu' | 'elu' | 'tanh' | 'sigmoid';

export interface StepDense {
  /** [in, latent] */
  kernel: Variable;
  /** [latent] */
  bias: Variable;
}

/** One layer of a chain over rows [n, width]. Variables are the model's own: trainers read them at start and write them in `sync`. */
export type StepLayer =
  /** x W + b; kernel [in, out], bias [out]. */
  | { kind: 'dense'; kernel: Variable; bias?: Variable }
  /** Over the batch in training (biased variance), moving statistics `momentum · old + (1 - momentum) · batch`. All [width]. */
  | {
      kind: 'batch-norm';
      gamma: Variable;
      beta: Variable;
      movingMean: Variable;
      movingVariance: Variable;
      momentum: number;
      epsilon: number;
    }
  /** `slope` of leaky ReLU for negative inputs. */
  | { kind: 'activation'; activation: StepActivation; slope: number }
  /** limit · tanh(x) where the limit is not 0, else x. [width] */
  | { kind: 'physical-heads'; limits: readonly number[] }
  /**
   * Variational sampling. mu = x Wm + bm and logVar = x Wv + bv, [n, latent]; gives mu + exp(logVar / 2) · noise in training and
   * mu elsewhere, and adds klWeight · mean over rows of -½ Σ (1 + logVar - mu² - exp(logVar)) to the loss in both. The noise of
   * row s of the batch in step k of the stage (both from 0) is `Cursor(seed, 'noise', k, s)`'s normal deviates in turn, so its
   * integers are the same on every path. At most one in a chain. A trainer that does not know it answers `undefined`, and the
   * stage's own loss then does the same under TF.js.
   */
  | { kind: 'gaussian'; mean: StepDense; logVar: StepDense; klWeight: number; seed: number }
  /**
   * Rows are sequences [steps, features], row-major. TF.js conventions: gates i f c o; kernel [features, 4u], recurrent kernel
   * [u, 4u], bias [4u]; tanh cell. Gives the last state [u], or all of them [steps, u] with `sequences`.
   */
  | {
      kind: 'lstm';
      kernel: Variable;
      recurrentKernel: Variable;
      bias: Variable;
      units: number;
      steps: number;
      features: number;
      gate: 'sigmoid' | 'hard-sigmoid';
      sequences: boolean;
    }
  /** [u] to [steps, u]. */
  | { kind: 'repeat'; steps: number }
  /** The same dense layer at each of `steps` positions: [steps, in] to [steps, out]. */
  | { kind: 'dense-per-step'; steps: number; kernel: Variable; bias?: Variable };

/** Of a batch [n, D]: mean over rows. With `masked`, errors are multiplied by the mask first and D still counts all numbers. */
export type StepLoss =
  /** weight · (1/D) Σ (y - t)²; the weight is 1 if absent */
  | { kind: 'mse'; masked: boolean; weight?: number }
  /** (1/D) Σ |y - t| */
  | { kind: 'mae'; masked: boolean }
  /** Mean of the `n` largest (y - t)², exactly n where some are equal (the first ones). */
  | { kind: 'top-n'; n: number; masked: boolean }
  /**
   * Of a siamese network, on a batch [3n, D] of three equal parts: events, copies that are the same events, odd copies that are not.
   * Mean over the 2n pairs (event, copy), (event, odd copy) of the binary cross-entropy of log-odds head(d) with 1 for a copy and 0
   * for an odd one; d = √max(Σ (a - b)², leastSquare), without a gradient where the sum is the smaller one. Needs `views`.
   */
  | { kind: 'pairs'; masked: false; leastSquare: number; head: StepPairHead };

/** log-odds = kernel · norm(d) + bias, the norm being a batch normalisation over the 2n distances. Variables of one number each. */
export interface StepPairHead extends Omit<Extract<StepLayer, { kind: 'batch-norm' }>, 'kind'> {
  kernel: Variable;
  bias: Variable;
}

/** Rows that are made on the host for each step, from the physical values of the step's rows. */
export interface StepViews {
  /** Views of a row: a batch of n rows has views · n rows, one view of all after another. */
  views: number;
  /** Rows that are judged at once in `evaluate`. */
  validationRows: number;
  /**
   * @param raw [n, rawWidth]
   * @param step of the stage, from 0; null for validation
   * @returns [views · n, width]
   */
  make(raw: Float32Array, step: number | null): Float32Array;
}

/** Factor of the reconstruction's error in the loss, beside the divergence of a sampling layer. */
export function lossWeight(loss: StepLoss): number {
  return loss.kind === 'mse' ? (loss.weight ?? 1) : 1;
}

export interface StepDescription {
  /** Applied in order to the batch's `x`. */
  layers: readonly StepLayer[];
  loss: StepLoss;
  /** What the layers are applied to instead of `x`. */
  views?: StepViews;
  /** Noise on `x` in training. A trainer that does not know it answers `undefined`. Not beside views or a sampling layer. */
  inputNoise?: StepNoise;
}

/**
 * Gaussian noise that is added to the numbers of `x` whose mask is not 0, in training only; the target has none. That of number j of
 * row s of the batch in step k of the stage (all from 0) is `deviation` times the j-th normal deviate of `Cursor(seed, 'noise', k, s)`.
 */
export interface StepNoise {
  deviation: number;
  seed: number;
}

/** Rows in host memory, row-major; not copied where a trainer need not, so they must not change. */
export interface StepData {
  rows: number;
  width: number;
  x: Float32Array;
  /** The same array as `x` where they agree. */
  target: Float32Array;
  targetWidth: number;
  /** [rows, targetWidth]; used only by a masked loss and by noise on the input. */
  mask: Uint8Array;
  /** How `x` and `target` are to lie on a WebGPU device; float32 if absent. A trainer that has no other form ignores it. */
  storage?: TableStorage;
  /** What the rows come from: two with the same source have the same rows. */
  source?: object;
  /** Physical values [rows, rawWidth], for views. */
  raw?: Float32Array;
  rawWidth?: number;
}

/** A stage's step as TF.js operations: what a trainer needs that records it instead of knowing its layers. */
export interface StepOperations {
  seed: number;
  /** Puts the training rows where steps can reach them; those that train together share the first one's. */
  rows(): StepRows;
  /** The same for rows to be judged; absent if there are none. */
  judged?: () => StepRows;
  /** Rows that are judged at once. */
  validationRows: number;
  /** How the rows lie on the device where it is not float32. */
  storage?: RoundedStorage;
  /** Mean loss of a batch of `rows` or `judged`. What changes from step to step comes in by `perStep`. */
  loss(batch: unknown, context: { training: boolean; seed: number; step: number }): Scalar;
}

export interface StepRows {
  rows: number;
  /**
   * The rows with these numbers, as a step in training has them. What it makes belongs to the tidy that it is called in.
   *
   * @param draw what noise on them follows from; without noise if absent
   */
  batch(rows: Uint32Array, draw?: Draw): unknown;
  dispose(): void;
}

export interface StepTrainer {
  /** What runs, for a developer's eyes: `WASM dense, 2 threads`. */
  readonly words: string;
  /** How the rows lie on the device where it is not float32. */
  readonly storage?: RoundedStorage;
  /** Calls of `run` that may be under way at once, so that a GPU never waits for an answer to be read; 1 if absent. */
  readonly depth?: number;
  /**
   * Consecutive steps: step k trains on rows order[(first + k) · batch ...]. Resolves with the loss of each step, [count], when
   * they are known; weights are those after the last step. Callers choose `count` by measured time.
   */
  run(order: Uint32Array, batch: number, first: number, count: number, learningRate: number): Promise<Float32Array>;
  /**
   * Mean loss over all rows in inference mode, each row counting the same. Absent where the trainer cannot: the stage's own loss under
   * TF.js then judges the weights that `sync` leaves.
   */
  evaluate?(data: StepData): Promise<number>;
  /** Writes the present weights (and moving statistics) into the model's variables. */
  sync(): Promise<void>;
  optimiserState(): Promise<OptimiserState>;
  restore(state: OptimiserState): void;
  dispose(): void;
}

/** What one of several members asks for, as `StepTrainerKind.create` is asked. */
export interface StepRequest {
  step: StepDescription;
  data: StepData;
  optimiser: OptimiserSpec;
  variables: readonly Variable[];
  batch: number | undefined;
}

/** The same where the step may be known by its operations alone. */
export interface AnyStepRequest extends Omit<StepRequest, 'step'> {
  step: StepDescription | undefined;
  operations?: StepOperations;
}

/**
 * Several trainings of one description in the same kernels, step by step together; each has the numbers that it has alone. Members
 * count from 0. The methods are those of `StepTrainer`.
 */
export interface EnsembleTrainer {
  readonly words: string;
  /** How the rows lie on the device where it is not float32. */
  readonly storage?: RoundedStorage;
  readonly members: number;
  /**
   * @param orders row numbers of each member
   * @param rates learning rate of each member
   * @returns loss of each step and member, [count, members]
   */
  run(
    orders: readonly Uint32Array[],
    batch: number,
    first: number,
    count: number,
    rates: readonly number[],
  ): Promise<Float32Array>;
  /** Mean loss of each member over its rows. Absent where the trainer cannot, as for a `StepTrainer`. */
  evaluate?(data: readonly StepData[]): Promise<number[]>;
  sync(member: number): Promise<void>;
  optimiserState(member: number): Promise<OptimiserState>;
  restore(member: number, state: OptimiserState): void;
  dispose(): void;
}

/** How the rows lie, as a trainer says it that keeps them as it was asked to. */
export function roundedRows({ storage = 'float32' }: StepData): Pick<StepTrainer, 'storage'> {
  return storage === 'float32' ? {} : { storage };
}

/** Whether all members train on the same rows. */
export function sameRows(requests: readonly { data: StepData }[]): boolean {
  return new Set(requests.map(({ data }) => data.source)).size === 1;
}

/** Physical values of the given rows, for views. */
export function rawRows({ raw, rawWidth = 0 }: StepData, rows: Uint32Array): Float32Array {
  const taken = new Float32Array(rows.length * rawWidth);
  for (const [i, row] of rows.entries()) {
    taken.set((raw as Float32Array).subarray(row * rawWidth, (row + 1) * rawWidth), i * rawWidth);
  }
  return taken;
}

/** One file per trainer in this folder; `registry.ts` asks them in order. */
export interface StepTrainerKind {
  id: string;
  /** The backend it runs on. */
  backend: 'wasm' | 'webgpu';
  /**
   * @param variables the trainable ones, in the order of the stage: optimiser state is flat in this order
   * @param batch rows of a training batch, if the caller knows them already: `run` then gets the same
   * @returns undefined if the description is outside its shapes and limits; the caller then uses TF.js
   */
  create(
    step: StepDescription,
    data: StepData,
    optimiser: OptimiserSpec,
    variables: readonly Variable[],
    batch?: number,
  ): Promise<StepTrainer | undefined>;
  /**
   * As `create`, with steps that run on a thread of their own, so that several trainers work at once; the same numbers.
   * Undefined where there is no such thread; absent if the trainer has no such form.
   */
  createAside?: StepTrainerKind['create'];
  /**
   * One trainer for several members with the same description, data and batch size, whose steps run in the same kernels.
   * Undefined where they are too many or too large for that; absent if the trainer has no such form.
   */
  createTogether?(requests: readonly StepRequest[]): Promise<EnsembleTrainer | undefined>;
}
