/** Described steps with seeded weights and rows, for tests of whole-step trainers. */
import type { Variable } from '@tensorflow/tfjs';
import type {
  StepActivation,
  StepData,
  StepDense,
  StepDescription,
  StepLayer,
  StepLoss,
  StepNoise,
} from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import { Cursor, permutation } from '../numeric/random.ts';

/** \`57\` is a dense layer of 57, the others are what they are called. */
export type Sketch =
  | number
  | 'no-bias'
  | 'norm'
  | StepActivation
  | { heads: readonly number[] }
  | { gaussian: number; klWeight: number };

export interface MadeStep {
  step: StepDescription;
  data: StepData;
  /** The trainable ones. */
  variables: Variable[];
  moving: Variable[];
  order(epoch: number): Uint32Array;
  dispose(): void;
}

export interface StepWish {
  width: number;
  sketch: readonly Sketch[];
  loss?: StepLoss;
  rows: number;
  /** A target of its own, else the input. */
  ownTarget?: boolean;
  seed?: number;
  inputNoise?: StepNoise;
}

/** Variables live on the active backend; equal wishes have equal numbers. */
export function makeStep({
  width,
  sketch,
  loss = { kind: 'mse', masked: false },
  rows,
  ownTarget,
  seed = 1,
  inputNoise,
}: StepWish): MadeStep {
  const cursor = new Cursor(seed, 'initialise');
  const variables: Variable[] = [];
  const moving: Variable[] = [];
  const variable = (shape: number[], value: () => number, list = variables): Variable => {
    const count = shape.reduce((a, b) => a * b, 1);
    const made = tf.tidy(() => tf.variable(tf.tensor(Float32Array.from({ length: count }, value), shape)));
    list.push(made);
    return made;
  };
  const kernelOf = (from: number, to: number) => variable([from, to], () => (cursor.uniform() - 0.5) * Math.sqrt(12 / from));
  let now = width;
  const dense = (to: number): StepDense => {
    const kernel = kernelOf(now, to);
    return { kernel, bias: variable([to], () => 0.1 * (cursor.uniform() - 0.5)) };
  };
  const layers = sketch.flatMap((part, i): StepLayer[] => {
    if (typeof part === 'number') {
      const layer: StepLayer =
        sketch[i + 1] === 'no-bias' ? { kind: 'dense', kernel: kernelOf(now, part) } : { kind: 'dense', ...dense(part) };
      now = part;
      return [layer];
    }
    if (part === 'no-bias') return [];
    if (part === 'norm') {
      const gamma = variable([now], () => 0.5 + cursor.uniform());
      const beta = variable([now], () => cursor.uniform() - 0.5);
      const movingMean = variable([now], () => 0, moving);
      const movingVariance = variable([now], () => 1, moving);
      return [{ kind: 'batch-norm', gamma, beta, movingMean, movingVariance, momentum: 0.9, epsilon: 1e-3 }];
    }
    if (typeof part === 'string') return [{ kind: 'activation', activation: part, slope: 0.3 }];
    if ('heads' in part) return [{ kind: 'physical-heads', limits: part.heads }];
    const mean = dense(part.gaussian);
    const logVar = dense(part.gaussian);
    now = part.gaussian;
    return [{ kind: 'gaussian', mean, logVar, klWeight: part.klWeight, seed: 7 }];
  });
  const x = rowsOf(rows, width, seed);
  const data: StepData = {
    rows,
    width,
    x,
    target: ownTarget || now !== width ? rowsOf(rows, now, seed + 100) : x,
    targetWidth: now,
    mask: Uint8Array.from({ length: rows * now }, (_, i) => ((i * 7 + (i >> 4)) % 5 === 0 ? 0 : 1)),
  };
  return {
    step: { layers, loss, ...(inputNoise ? { inputNoise } : {}) },
    data,
    variables,
    moving,
    order: (epoch) => permutation(rows, seed, 'shuffle', epoch),
    dispose: () => tf.dispose([...variables, ...moving]),
  };
}

/** Rows with structure to learn: a few hidden numbers behind all columns, and noise. */
function rowsOf(rows: number, width: number, seed: number): Float32Array {
  const values = new Float32Array(rows * width);
  const cursor = new Cursor(seed, 'sample');
  for (let row = 0; row < rows; row++) {
    const a = cursor.normal();
    const b = cursor.normal();
    for (let j = 0; j < width; j++) {
      const turn = j / width;
      values[row * width + j] = a * Math.cos(6 * turn) + b * Math.sin(9 * turn) + 0.2 * (cursor.uniform() - 0.5);
    }
  }
  return values;
}
