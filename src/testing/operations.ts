/** The reference cases of `compute/ops/` and how to run them, for the tests in Node and on WebGPU. */
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { ActivationSpec } from '../compute/ops/activation.ts';
import { attention } from '../compute/ops/attention.ts';
import { anomalyContrastiveLoss, anomalyContrastivePlusLoss, contrastiveLoss } from '../compute/ops/contrastive.ts';
import { conv2d, conv2dTranspose, separableConv2d } from '../compute/ops/conv2d.ts';
import { gelu } from '../compute/ops/gelu.ts';
import type { Padding } from '../compute/ops/geometry.ts';
import { maxPool } from '../compute/ops/max-pool.ts';
import { instanceNorm, layerNorm } from '../compute/ops/norm.ts';
import references from '../compute/ops/ops.reference.json';
import { prelu } from '../compute/ops/prelu.ts';
import { upsampleBilinear, upsampleNearest } from '../compute/ops/upsample.ts';
import { tf } from '../compute/tf.ts';
import { Cursor } from '../numeric/random.ts';

interface Numbers {
  shape: number[];
  values: number[];
}

/** Everything that any case says about itself; a case has what its operation needs. */
export interface OperationOptions extends Partial<ActivationSpec> {
  strides?: [number, number];
  padding?: Padding;
  groups?: number;
  window?: [number, number];
  factors?: [number, number];
  epsilon?: number;
  heads?: number;
  tau?: number;
}

export interface OperationCase {
  op: string;
  options: OperationOptions;
  inputs: Record<string, Numbers>;
  /** Inputs without a gradient. */
  constant: string[];
  dy: Numbers;
  y: Numbers;
  /** Of the other inputs, in their order. */
  gradients: Numbers[];
}

export const operationCases = references as unknown as OperationCase[];

type Inputs = Record<string, Tensor>;

const run: Record<string, (inputs: Inputs, options: OperationOptions) => Tensor> = {
  conv2d: ({ x, filter, bias }, o) => conv2d(x as Tensor4D, filter as Tensor, bias, withActivation(o)),
  conv2dTranspose: ({ x, filter, bias }, o) => conv2dTranspose(x as Tensor4D, filter as Tensor, bias, withActivation(o)),
  separableConv2d: ({ x, depthwise, pointwise, bias }, o) =>
    separableConv2d(x as Tensor4D, depthwise as Tensor, pointwise as Tensor, bias, withActivation(o)),
  maxPool: ({ x }, { window, strides, padding }) => maxPool(x as Tensor4D, window!, strides, padding),
  upsampleBilinear: ({ x }) => upsampleBilinear(x as Tensor4D),
  upsampleNearest: ({ x }, { factors }) => upsampleNearest(x as Tensor4D, factors!),
  layerNorm: ({ x, scale, shift }, o) => layerNorm(x!, scale!, shift!, o.epsilon!, withActivation(o).activation),
  instanceNorm: ({ x, scale, shift }, o) => instanceNorm(x as Tensor4D, scale!, shift!, o.epsilon!, withActivation(o).activation),
  attention: ({ q, k, v, mask, bias, keep }, { heads }) =>
    attention(q as Tensor3D, k as Tensor3D, v as Tensor3D, {
      heads: heads!,
      ...(mask ? { mask } : {}),
      ...(bias ? { bias } : {}),
      ...(keep ? { keep } : {}),
    }),
  gelu: ({ x }) => gelu(x!),
  prelu: ({ x, alpha }) => prelu(x!, alpha!),
  contrastiveLoss: ({ z, zPhysics }, { tau }) => contrastiveLoss(z as Tensor2D, zPhysics as Tensor2D, tau!),
  anomalyContrastiveLoss: ({ z, zPhysics, zAnomaly }, { tau }) =>
    anomalyContrastiveLoss(z as Tensor2D, zPhysics as Tensor2D, zAnomaly as Tensor2D, tau!),
  anomalyContrastivePlusLoss: ({ z, zPhysics, zAnomaly }, { tau }) =>
    anomalyContrastivePlusLoss(z as Tensor2D, zPhysics as Tensor2D, zAnomaly as Tensor2D, tau!),
};

function withActivation({ activation, slope, ...rest }: OperationOptions) {
  return { ...rest, activation: { activation: activation ?? 'linear', slope: slope ?? 0 } as ActivationSpec };
}

export interface Found {
  y: Float32Array;
  gradients: Float32Array[];
}

type Case = Omit<OperationCase, 'y' | 'gradients'>;

/**
 * Value and gradients on the active backend.
 *
 * @param operations ours by default
 */
export async function runCase({ op, options, inputs, constant, dy }: Case, operations = run): Promise<Found> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => [name, tf.tensor(values, shape, 'float32')]),
  );
  const asked = Object.keys(inputs).filter((name) => !constant.includes(name));
  const error = tf.tensor(dy.values, dy.shape, 'float32');
  const operation = operations[op];
  if (!operation) throw new Error(`no operation ${op}`);
  const { value, grads } = tf.tidy(() =>
    tf.valueAndGrads((...given: Tensor[]) =>
      operation({ ...tensors, ...Object.fromEntries(asked.map((name, i) => [name, given[i]!])) }, options),
    )(
      asked.map((name) => tensors[name]!),
      error,
    ),
  );
  const [y, ...gradients] = await Promise.all([value, ...grads].map((tensor) => tensor.data<'float32'>()));
  tf.dispose([value, ...grads, ...Object.values(tensors), error]);
  return { y: y!, gradients };
}

/** Length of the way along which slopes are measured, both directions together; each number moves by little of it. */
const way = 5e-3;

/**
 * The slope of Σ dy · y along the gradient of each input, by two values of our operation, as a share of what the gradient says: 1 if
 * it is right. The sums are made in double precision.
 */
export async function slopesOf(one: Case, gradients: readonly Float32Array[]): Promise<number[]> {
  const operation = run[one.op]!;
  const asked = Object.keys(one.inputs).filter((name) => !one.constant.includes(name));
  const slopes: number[] = [];
  for (const [i, name] of asked.entries()) {
    const { shape, values } = one.inputs[name]!;
    const gradient = gradients[i]!;
    const length = Math.hypot(...gradient);
    const ends: ArrayLike<number>[] = [];
    for (const sign of [1, -1]) {
      const moved = { shape, values: values.map((value, k) => value + (sign * way * gradient[k]!) / (2 * length)) };
      const given = Object.entries({ ...one.inputs, [name]: moved });
      const y = tf.tidy(() =>
        operation(Object.fromEntries(given.map(([key, n]) => [key, tf.tensor(n.values, n.shape, 'float32')])), one.options),
      );
      ends.push(await y.data());
      y.dispose();
    }
    const [above, below] = ends as [ArrayLike<number>, ArrayLike<number>];
    const change = one.dy.values.reduce((sum, error, k) => sum + error * (above[k]! - below[k]!), 0);
    slopes.push(change / (way * length));
  }
  return slopes;
}

/** The largest difference, as a share of the largest number wanted. */
export function farthest(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let scale = 1e-3;
  let distance = 0;
  for (let i = 0; i < wanted.length; i++) {
    scale = Math.max(scale, Math.abs(wanted[i]!));
    const apart = Math.abs(found[i]! - wanted[i]!);
    distance = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(distance, apart);
  }
  return distance / scale;
}

/** A case of any shape with normal inputs, for comparing two implementations. `dy` has the shape of the output. */
export function randomCase(
  op: string,
  options: OperationOptions,
  shapes: Record<string, number[]>,
  output: number[],
): Omit<OperationCase, 'y' | 'gradients'> {
  const cursor = new Cursor(3, 'noise');
  const numbers = (shape: number[]): Numbers => ({
    shape,
    values: Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => cursor.normal()),
  });
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, numbers(shape)]));
  return { op, options, inputs, constant: [], dy: numbers(output) };
}

const relu = { activation: 'relu', slope: 0 } as const;
const leaky = { activation: 'leaky-relu', slope: 0.2 } as const;

/** Shapes as models have them, some of them odd, for comparing our kernels with the composed operations. */
export const largerCases: readonly Omit<OperationCase, 'y' | 'gradients'>[] = [
  randomCase('conv2d', { strides: [2, 2], ...relu }, { x: [5, 32, 32, 2], filter: [3, 3, 2, 16], bias: [16] }, [5, 16, 16, 16]),
  randomCase('conv2d', { strides: [1, 1], ...leaky }, { x: [3, 17, 29, 5], filter: [3, 3, 5, 10], bias: [10] }, [3, 17, 29, 10]),
  randomCase('conv2d', { strides: [2, 2], groups: 4 }, { x: [2, 18, 15, 64], filter: [3, 3, 16, 96], bias: [96] }, [2, 9, 8, 96]),
  randomCase('conv2d', { groups: 2 }, { x: [2, 9, 7, 32], filter: [3, 3, 16, 20], bias: [20] }, [2, 9, 7, 20]),
  randomCase('conv2d', {}, { x: [7, 5, 4, 130], filter: [1, 1, 130, 64], bias: [64] }, [7, 5, 4, 64]),
  randomCase(
    'conv2dTranspose',
    { strides: [2, 2], ...relu },
    { x: [4, 9, 8, 32], filter: [3, 3, 17, 32], bias: [17] },
    [4, 18, 16, 17],
  ),
  randomCase('maxPool', { window: [3, 3], strides: [2, 2], padding: 'same' }, { x: [2, 29, 15, 33] }, [2, 15, 8, 33]),
  randomCase('upsampleBilinear', {}, { x: [2, 9, 7, 33] }, [2, 18, 14, 33]),
  randomCase('layerNorm', { epsilon: 1e-5 }, { x: [300, 137], scale: [137], shift: [137] }, [300, 137]),
  randomCase('instanceNorm', { epsilon: 1e-3, ...leaky }, { x: [3, 18, 15, 66], scale: [66], shift: [66] }, [3, 18, 15, 66]),
  randomCase('attention', { heads: 4 }, { q: [6, 19, 136], k: [6, 19, 136], v: [6, 19, 136] }, [6, 19, 136]),
  randomCase('attention', { heads: 2 }, { q: [3, 70, 26], k: [3, 45, 26], v: [3, 45, 26] }, [3, 70, 26]),
  randomCase('contrastiveLoss', { tau: 0.1 }, { z: [45, 67], zPhysics: [45, 67] }, []),
  randomCase('contrastiveLoss', { tau: 0.02 }, { z: [2, 3], zPhysics: [2, 3] }, []),
  randomCase('anomalyContrastiveLoss', { tau: 0.1 }, { z: [33, 136], zPhysics: [33, 136], zAnomaly: [33, 136] }, []),
  randomCase('anomalyContrastivePlusLoss', { tau: 0.1 }, { z: [9, 5], zPhysics: [9, 5], zAnomaly: [9, 5] }, []),
  // enough work for helper threads
  randomCase('anomalyContrastiveLoss', { tau: 0.07 }, { z: [131, 33], zPhysics: [131, 33], zAnomaly: [131, 33] }, []),
  randomCase('prelu', {}, { x: [3, 17, 9, 10], alpha: [1, 1, 10] }, [3, 17, 9, 10]),
];
