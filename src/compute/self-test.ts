/**
 * Does the active backend compute what it should? Browsers exist in which WebGPU is present and computes nothing, and phones
 * whose textures hold half precision, so we believe numbers and not feature flags. Every check is compared with plain
 * JavaScript in float64. The same room times a small training step, by which backends are ranked.
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { Cursor } from '../numeric/random.ts';
import { stepGradients } from './breathe.ts';
import type { OptimiserSpec } from './contract.ts';
import { createOptimiser } from './optimiser.ts';
import { within } from './patience.ts';
import { tf } from './tf.ts';

export interface Check {
  /** `a matrix product`. */
  name: string;
  /** Tensor that the backend computes. */
  compute(): Tensor;
  /** What it should be. */
  expected(): ArrayLike<number>;
  /** Largest difference allowed, in units of the largest expected number. */
  tolerance: number;
}

/**
 * @param limitMs patience per check
 * @returns null if all is well, otherwise what went wrong: `a matrix product is wrong by 0.3 of its largest number`
 */
export async function selfTest(limitMs: number, list: readonly Check[] = checks): Promise<string | null> {
  for (const check of list) {
    let result: Tensor | undefined;
    try {
      result = check.compute();
      const fault = compare(await within(limitMs, result.data<'float32'>(), check.name), check.expected());
      if (!(fault <= check.tolerance)) return `${check.name} is wrong by ${fault.toPrecision(2)} of its largest number`;
    } catch (error) {
      return `${check.name} failed: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      result?.dispose();
    }
  }
  return null;
}

/** Largest difference in units of the largest expected number; NaN or ∞ if anything is not finite or missing. */
function compare(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs((found[i] as number) - (expected[i] as number));
    if (!(d <= difference)) difference = d;
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return difference / largest;
}

/** Numbers between -1 and 1 that every machine agrees on. */
function numbers(count: number, which: number): Float32Array {
  const cursor = new Cursor(1, 'noise', 0, which);
  return Float32Array.from({ length: count }, () => 2 * cursor.uniform() - 1);
}

/** [n, k] times [k, m]. */
function product(a: ArrayLike<number>, b: ArrayLike<number>, n: number, k: number, m: number): Float64Array {
  const c = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) {
      const left = a[i * k + l] as number;
      for (let j = 0; j < m; j++) c[i * m + j] = (c[i * m + j] as number) + left * (b[l * m + j] as number);
    }
  return c;
}

/** [n, m] to [m, n]. */
function transposed(a: ArrayLike<number>, n: number, m: number): Float64Array {
  return Float64Array.from({ length: n * m }, (_, at) => a[(at % n) * m + Math.floor(at / n)] as number);
}

/** Gradient of a dense layer's kernel: x [8, 5], kernel [5, 7], ReLU, kernel [7, 3], mean squared distance to y [8, 3]. */
const dense = { rows: 8, input: 5, hidden: 7, output: 3 };

function denseGradientByHand(): Float64Array {
  const { rows, input, hidden, output } = dense;
  const [x, w, v, y] = denseNumbers();
  const h = product(x, w, rows, input, hidden).map((z) => Math.max(z, 0));
  const error = product(h, v, rows, hidden, output).map((z, i) => (2 * (z - (y[i] as number))) / (rows * output));
  const back = product(error, transposed(v, hidden, output), rows, output, hidden).map((d, i) => ((h[i] as number) > 0 ? d : 0));
  return product(transposed(x, rows, input), back, input, rows, hidden);
}

function denseNumbers(): [Float32Array, Float32Array, Float32Array, Float32Array] {
  const { rows, input, hidden, output } = dense;
  return [numbers(rows * input, 3), numbers(input * hidden, 4), numbers(hidden * output, 5), numbers(rows * output, 6)];
}

/** Convolution [2, 8, 8, 2] with [3, 3, 2, 4], stride 1, padded to the same size. */
function convolutionByHand(x: Float32Array, kernel: Float32Array): Float64Array {
  const out = new Float64Array(2 * 8 * 8 * 4);
  for (let at = 0; at < out.length; at++) {
    const channel = at % 4;
    const column = (at >> 2) % 8;
    const row = (at >> 5) % 8;
    const image = at >> 8;
    let sum = 0;
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        for (let c = 0; c < 2; c++) {
          const r = row + i - 1;
          const s = column + j - 1;
          if (r < 0 || r > 7 || s < 0 || s > 7) continue;
          sum += (x[((image * 8 + r) * 8 + s) * 2 + c] as number) * (kernel[((i * 3 + j) * 2 + c) * 4 + channel] as number);
        }
    out[at] = sum;
  }
  return out;
}

export const checks: readonly Check[] = [
  {
    name: 'a sum of 1,000 ones',
    compute: () => tf.tidy(() => tf.sum(tf.tensor1d(new Float32Array(1000).fill(1)))),
    expected: () => [1000],
    tolerance: 1e-6,
  },
  {
    name: 'a matrix product',
    compute: () =>
      tf.tidy(() => tf.matMul(tf.tensor2d(numbers(37 * 57, 1), [37, 57]), tf.tensor2d(numbers(57 * 29, 2), [57, 29]))),
    expected: () => product(numbers(37 * 57, 1), numbers(57 * 29, 2), 37, 57, 29),
    tolerance: 1e-4,
  },
  {
    name: 'the gradient of a dense layer',
    compute: () =>
      tf.tidy(() => {
        const { rows, input, hidden, output } = dense;
        const [x, w, v, y] = denseNumbers();
        const xs = tf.tensor2d(x, [rows, input]);
        const vs = tf.tensor2d(v, [hidden, output]);
        const ys = tf.tensor2d(y, [rows, output]);
        const loss = (ws: Tensor) => tf.mean(tf.squaredDifference(tf.matMul(tf.relu(tf.matMul(xs, ws as Tensor2D)), vs), ys));
        return tf.grad(loss)(tf.tensor2d(w, [input, hidden]));
      }),
    expected: denseGradientByHand,
    tolerance: 1e-3,
  },
  {
    name: 'a convolution',
    compute: () =>
      tf.tidy(() => {
        const x = tf.tensor4d(numbers(2 * 8 * 8 * 2, 7), [2, 8, 8, 2]);
        return tf.conv2d(x, tf.tensor4d(numbers(3 * 3 * 2 * 4, 8), [3, 3, 2, 4]), 1, 'same') as Tensor4D;
      }),
    expected: () => convolutionByHand(numbers(2 * 8 * 8 * 2, 7), numbers(3 * 3 * 2 * 4, 8)),
    tolerance: 1e-4,
  },
];

const timingWidths = [57, 32, 16, 32, 57] as const;
const timingRows = 512;
const timingSpec: OptimiserSpec = {
  kind: 'adam',
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
};

/**
 * Milliseconds of one training step of a dense autoencoder 57-32-16-32-57 with 512 rows. The first two steps, in which
 * kernels are compiled, do not count.
 *
 * @param budgetMs about how long to measure
 */
export async function timeTrainingStep(budgetMs: number): Promise<number> {
  const variables = timingWidths.slice(1).flatMap((width, i) => {
    const from = timingWidths[i] as number;
    return [variable(numbers(from * width, 10 + i), [from, width]), variable(new Float32Array(width), [width])];
  });
  const x = tf.tensor2d(numbers(timingRows * timingWidths[0], 9), [timingRows, timingWidths[0]]);
  const optimiser = createOptimiser(timingSpec, variables);
  const loss = () => {
    let h: Tensor = x;
    for (let i = 0; i < variables.length; i += 2) {
      const z = tf.add(tf.matMul(h as Tensor2D, variables[i] as unknown as Tensor2D), variables[i + 1] as Variable);
      h = i + 2 < variables.length ? tf.relu(z) : z;
    }
    return tf.mean(tf.squaredDifference(h, x)) as Scalar;
  };
  const step = () => {
    const { loss: value, gradients } = stepGradients(loss, variables);
    optimiser.step(gradients, timingSpec.learningRate);
    tf.dispose(gradients);
    return value;
  };
  /** Steps of which only the last is waited for, as in training. */
  const time = async (count: number) => {
    const start = performance.now();
    for (let i = 1; i < count; i++) step().dispose();
    const last = step();
    await last.data();
    last.dispose();
    return performance.now() - start;
  };
  try {
    await time(2);
    const one = await time(2);
    const count = Math.max(2, Math.min(100, Math.floor((2 * (budgetMs - one)) / one)));
    return (await time(count)) / count;
  } finally {
    optimiser.dispose();
    tf.dispose([x, variables]);
  }
}

/** `tf.variable` leaves the tensor it starts from to the caller. */
function variable(values: Float32Array, shape: number[]): Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
}
