/**
 * A dense stack as a plan for kernels: which columns of a scratch row hold what, where each weight lies in the flat buffers,
 * and in which phases the layers run. Numbers only; `dense-kernels.ts` writes WGSL from it.
 *
 * A scratch row belongs to one event of the batch: its input, target and mask, the output of every unit, and the gradient of
 * the loss with respect to each of them. A unit is a layer with the pointwise function that follows it: the derivative of such
 * a function is written in terms of its output, so a unit needs no second copy.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { StepActivation, StepDescription, StepLayer, StepLoss, StepNoise } from '../steps/contract.ts';

/** Columns [at, at + width) of a scratch row. */
export interface Block {
  at: number;
  width: number;
}

/** A function of each number alone. `limits` lie in the constants, one per column. */
export type Pointwise =
  | { kind: 'activation'; activation: StepActivation; slope: number }
  | { kind: 'physical-heads'; limits: number };

export interface Value {
  /** What the unit gives, after its pointwise function. */
  output: Block;
  /** Gradient of the loss with respect to what the unit gives before its pointwise function. */
  gradient: Block;
  post: Pointwise | null;
}

export type Unit =
  | { kind: 'dense'; from: Value; to: Value; kernel: number; transposed: number; bias: number | null }
  | {
      kind: 'batch-norm';
      from: Value;
      to: Value;
      gamma: number;
      beta: number;
      /** In the statistics buffer: moving mean, moving variance, mean, 1 / deviation, mean of dy, mean of dy · xHat; each [width]. */
      statistics: number;
      normalised: Block;
      momentum: number;
      epsilon: number;
    }
  /** A pointwise function that follows another one. */
  | { kind: 'pointwise'; from: Value; to: Value }
  /**
   * mu = x Wm + bm and logVar = x Wv + bv, of which a deviate mu + exp(logVar / 2) · noise is drawn in training and mu is taken
   * elsewhere. Both lie behind one another in `moments`, their gradients in `momentsGradient`.
   */
  | {
      kind: 'gaussian';
      from: Value;
      to: Value;
      moments: Block;
      momentsGradient: Block;
      noise: Block;
      mean: { kernel: number; transposed: number; bias: number };
      logVar: { kernel: number; transposed: number; bias: number };
      klWeight: number;
      seed: number;
    };

export interface Plan {
  units: readonly Unit[];
  input: Block;
  target: Block;
  /** Absent where neither the loss nor noise on the input looks at it. */
  mask: Block | null;
  inputNoise: StepNoise | null;
  /** The target is the input without its noise. */
  targetIsClean: boolean;
  output: Value;
  loss: StepLoss;
  /** Numbers of a scratch row. */
  scratchWidth: number;
  /** Trainable numbers, in the order of the variables. */
  parameters: number;
  /** Numbers of the parameter buffer: the parameters, transposed kernels, constants. */
  parameterBuffer: number;
  constants: readonly number[];
  /** Where the constants begin. */
  constantsAt: number;
  /** For each parameter its place in the transposed kernels; `noTwin` for one that has none. */
  twins: Uint32Array;
  statistics: number;
  /** Variables that training moves beside the trainable ones: each lies at `at` in the statistics. */
  moving: readonly { variable: Variable; at: number }[];
  /** True if some layer or the loss needs numbers of the whole batch. */
  batchStatistics: boolean;
  /** Of a loss of pairs. */
  pairs: PlannedPairs | null;
}

/** Places of a loss of pairs: its four parameters, its moving mean and variance, and two columns of a scratch row. */
export interface PlannedPairs {
  gamma: number;
  beta: number;
  kernel: number;
  bias: number;
  statistics: number;
  /** Distance of a pair, then what its gradient is multiplied by. */
  scratch: Block;
  momentum: number;
  epsilon: number;
  leastSquare: number;
}

export const noTwin = 0xffffffff;
const widestLayer = 4096;

/**
 * @param variables the trainable ones; each must belong to exactly one place of the stack
 * @returns undefined for what these kernels do not do: other layers, shared or frozen weights, layers wider than 4,096
 */
export function planDense(
  { layers, loss, views, inputNoise }: StepDescription,
  inputWidth: number,
  targetWidth: number,
  sameTarget: boolean,
  variables: readonly Variable[],
): Plan | undefined {
  if ((loss.kind === 'pairs') !== (views?.views === 3)) return undefined;
  if (inputNoise && (views || inputWidth !== targetWidth || layers.some(({ kind }) => kind === 'gaussian'))) return undefined;
  const offsets = new Map<string, number>();
  let parameters = 0;
  for (const variable of variables) {
    offsets.set(variable.name, parameters);
    parameters += variable.size;
  }
  const used = new Set<string>();
  let complete = true;
  const place = (variable: Variable): number => {
    const at = offsets.get(variable.name);
    if (at === undefined || used.has(variable.name)) complete = false;
    used.add(variable.name);
    return at ?? 0;
  };

  let column = 0;
  const block = (width: number): Block => {
    column += width;
    return { at: column - width, width };
  };
  const value = (width: number, post: Pointwise | null): Value => ({ output: block(width), gradient: block(width), post });
  const input = block(inputWidth);
  const target = sameTarget && !inputNoise ? input : block(targetWidth);
  const mask = loss.masked || inputNoise ? block(targetWidth) : null;

  let parameterBuffer = parameters;
  const twins = new Uint32Array(parameters).fill(noTwin);
  const transpose = (kernel: number, rows: number, columns: number): number => {
    const start = parameterBuffer;
    parameterBuffer += rows * columns;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) twins[kernel + i * columns + j] = start + j * rows + i;
    return start;
  };
  const constants: number[] = [];
  const pointwiseOf = (layer: StepLayer | undefined): Pointwise | null => {
    if (layer?.kind === 'activation') return { kind: 'activation', activation: layer.activation, slope: layer.slope };
    if (layer?.kind !== 'physical-heads') return null;
    constants.push(...layer.limits);
    return { kind: 'physical-heads', limits: constants.length - layer.limits.length };
  };

  const units: Unit[] = [];
  const moving: { variable: Variable; at: number }[] = [];
  let statistics = 0;
  let from: Value = { output: input, gradient: { at: 0, width: 0 }, post: null };
  let width = inputWidth;
  for (let position = 0; position < layers.length; position++) {
    const layer = layers[position] as StepLayer;
    if (layer.kind === 'activation' || layer.kind === 'physical-heads') {
      // one that follows a layer with weights is part of that layer's unit
      const to = value(width, pointwiseOf(layer));
      units.push({ kind: 'pointwise', from, to });
      from = to;
      continue;
    }
    const post = layer.kind === 'gaussian' ? null : pointwiseOf(layers[position + 1]);
    if (post) position++;
    if (layer.kind === 'dense') {
      const [rows, columns] = layer.kernel.shape as [number, number];
      if (rows !== width) return undefined;
      const kernel = place(layer.kernel);
      const to = value(columns, post);
      units.push({
        kind: 'dense',
        from,
        to,
        kernel,
        transposed: transpose(kernel, rows, columns),
        bias: layer.bias ? place(layer.bias) : null,
      });
      from = to;
      width = columns;
    } else if (layer.kind === 'batch-norm') {
      const to = value(width, post);
      const { momentum, epsilon } = layer;
      units.push({
        kind: 'batch-norm',
        from,
        to,
        gamma: place(layer.gamma),
        beta: place(layer.beta),
        statistics,
        normalised: block(width),
        momentum,
        epsilon,
      });
      moving.push({ variable: layer.movingMean, at: statistics }, { variable: layer.movingVariance, at: statistics + width });
      statistics += 6 * width;
      from = to;
    } else if (layer.kind === 'gaussian') {
      const [rows, columns] = layer.mean.kernel.shape as [number, number];
      if (rows !== width || units.some(({ kind }) => kind === 'gaussian')) return undefined;
      const heads = [layer.mean, layer.logVar].map((head) => {
        const kernel = place(head.kernel);
        return { kernel, transposed: transpose(kernel, rows, columns), bias: place(head.bias) };
      });
      const to = value(columns, null);
      const [mean, logVar] = heads as [(typeof heads)[0], (typeof heads)[0]];
      const moments = block(2 * columns);
      const momentsGradient = block(2 * columns);
      const noise = block(columns);
      const { klWeight, seed } = layer;
      units.push({ kind: 'gaussian', from, to, moments, momentsGradient, noise, mean, logVar, klWeight, seed });
      from = to;
      width = columns;
    } else {
      return undefined;
    }
    if (width > widestLayer) return undefined;
  }
  let pairs: PlannedPairs | null = null;
  if (loss.kind === 'pairs') {
    const { gamma, beta, kernel, bias, movingMean, movingVariance, momentum, epsilon } = loss.head;
    if ([gamma, beta, kernel, bias].some(({ size }) => size !== 1)) return undefined;
    pairs = {
      ...{ gamma: place(gamma), beta: place(beta), kernel: place(kernel), bias: place(bias) },
      ...{ statistics, scratch: block(2), momentum, epsilon, leastSquare: loss.leastSquare },
    };
    moving.push({ variable: movingMean, at: statistics }, { variable: movingVariance, at: statistics + 1 });
    statistics += 2;
  }
  const constantsAt = parameterBuffer;
  if (!complete || used.size !== variables.length || units.length === 0) return undefined;
  if (!pairs && width !== targetWidth) return undefined;
  return {
    units,
    input,
    target,
    mask,
    inputNoise: inputNoise ?? null,
    targetIsClean: sameTarget && inputNoise !== undefined,
    output: from,
    loss,
    scratchWidth: column,
    parameters,
    parameterBuffer: parameterBuffer + constants.length,
    constants,
    constantsAt,
    twins,
    statistics,
    moving,
    batchStatistics: Boolean(pairs) || units.some((unit) => unit.kind === 'batch-norm'),
    pairs,
  };
}
