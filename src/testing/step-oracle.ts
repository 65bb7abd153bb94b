/**
 * A described training step under plain TF.js: what every whole-step trainer must agree with. Composed of ordinary operations
 * and TF.js autodiff wherever TF.js has a gradient, so that it shares nothing with the kernels that it judges.
 */
import type { Scalar, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { stepGradients } from '../compute/breathe.ts';
import type { OptimiserSpec } from '../compute/contract.ts';
import { createOptimiser } from '../compute/optimiser.ts';
import type { StepData, StepDescription, StepLayer } from '../compute/steps/contract.ts';
import { tf } from '../compute/tf.ts';
import { largestSquaredErrors } from '../models/losses.ts';
import { Cursor } from '../numeric/random.ts';
import { plainActivation } from './plain-operations.ts';

export interface Oracle {
  /** Losses of the steps first .. first + count - 1, [count]. */
  run(order: Uint32Array, batch: number, first: number, count: number, learningRate: number): Float32Array;
  evaluate(data: StepData): number;
  dispose(): void;
}

export function stepOracle(step: StepDescription, data: StepData, spec: OptimiserSpec, variables: readonly Variable[]): Oracle {
  const optimiser = createOptimiser(spec, variables);
  let steps = 0;
  return {
    run(order, batch, first, count, learningRate) {
      const losses = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        const rows = order.subarray((first + i) * batch, (first + i + 1) * batch);
        tf.tidy(() => {
          const taken = gathered(data, rows);
          const loss = () => lossOf(step, tensorsOf(noisy(step, taken, steps)), true, steps);
          const { loss: value, gradients } = stepGradients(loss, variables);
          optimiser.step(gradients, learningRate);
          losses[i] = value.dataSync()[0] as number;
        });
        steps++;
      }
      return losses;
    },
    evaluate: (judged) => tf.tidy(() => lossOf(step, tensorsOf(judged), false, steps).dataSync()[0] as number),
    dispose: () => optimiser.dispose(),
  };
}

function gathered(data: StepData, rows: Uint32Array): StepData {
  const take = <T extends Float32Array | Uint8Array>(values: T, width: number): T => {
    const taken = values.slice(0, rows.length * width) as T;
    for (const [i, row] of rows.entries()) taken.set(values.subarray(row * width, (row + 1) * width), i * width);
    return taken;
  };
  return {
    ...data,
    rows: rows.length,
    x: take(data.x, data.width),
    target: take(data.target, data.targetWidth),
    mask: take(data.mask, data.targetWidth),
  };
}

/** With the noise of a step on the numbers that exist. */
function noisy({ inputNoise }: StepDescription, data: StepData, step: number): StepData {
  if (!inputNoise) return data;
  const x = data.x.map((value, i) => {
    const cursor = new Cursor(inputNoise.seed, 'noise', step, Math.floor(i / data.width));
    const deviates = Array.from({ length: (i % data.width) + 1 }, () => cursor.normal());
    return data.mask[i] === 0 ? value : value + inputNoise.deviation * (deviates.at(-1) as number);
  });
  return { ...data, x };
}

interface Tensors {
  x: Tensor2D;
  target: Tensor2D;
  mask: Tensor2D;
}

function tensorsOf({ rows, width, targetWidth, x, target, mask }: StepData): Tensors {
  return {
    x: tf.tensor2d(x, [rows, width]),
    target: tf.tensor2d(target, [rows, targetWidth]),
    mask: tf.tensor2d(Float32Array.from(mask), [rows, targetWidth]),
  };
}

function lossOf(step: StepDescription, { x, target, mask }: Tensors, training: boolean, number: number): Scalar {
  let y = x;
  let extra: Scalar | null = null;
  for (const layer of step.layers) {
    if (layer.kind === 'gaussian') {
      const { value, divergence } = sample(y, layer, training, number);
      y = value;
      extra = tf.mul(divergence, layer.klWeight);
    } else y = apply(y, layer, training);
  }
  const { loss } = step;
  const used = loss.masked ? mask : undefined;
  const error = used ? tf.mul(tf.sub(y, target), used) : tf.sub(y, target);
  const value =
    loss.kind === 'top-n'
      ? largestSquaredErrors(y, target, loss.n, used)
      : loss.kind === 'mse'
        ? tf.mul(tf.mean(tf.square(error)), loss.weight ?? 1)
        : tf.mean(tf.abs(error));
  return (extra ? tf.add(value, extra) : value) as Scalar;
}

function apply(x: Tensor2D, layer: StepLayer, training: boolean): Tensor2D {
  switch (layer.kind) {
    case 'dense': {
      const product = tf.matMul(x, layer.kernel as unknown as Tensor2D);
      return (layer.bias ? tf.add(product, layer.bias) : product) as Tensor2D;
    }
    case 'batch-norm': {
      const { mean, variance } = tf.moments(x, 0);
      const moving = (variable: Variable, value: Tensor1D) =>
        variable.assign(tf.add(tf.mul(variable, layer.momentum), tf.mul(value, 1 - layer.momentum)));
      if (training) {
        moving(layer.movingMean, mean as Tensor1D);
        moving(layer.movingVariance, variance as Tensor1D);
      }
      const [centre, spread] = training ? [mean, variance] : [layer.movingMean, layer.movingVariance];
      const normalised = tf.div(tf.sub(x, centre), tf.sqrt(tf.add(spread, layer.epsilon)));
      return tf.add(tf.mul(normalised, layer.gamma), layer.beta) as Tensor2D;
    }
    case 'activation':
      return plainActivation(x, layer);
    case 'physical-heads': {
      const bounded = tf.mul(tf.tanh(x), tf.tensor1d([...layer.limits]));
      return tf.where(tf.greater(tf.tensor1d([...layer.limits]), 0), bounded, x) as Tensor2D;
    }
    default:
      throw new Error(`the oracle has no ${layer.kind}`);
  }
}

function sample(
  x: Tensor2D,
  layer: Extract<StepLayer, { kind: 'gaussian' }>,
  training: boolean,
  step: number,
): { value: Tensor2D; divergence: Scalar } {
  const head = ({ kernel, bias }: { kernel: Variable; bias: Variable }) =>
    tf.add(tf.matMul(x, kernel as unknown as Tensor2D), bias) as Tensor2D;
  const mu = head(layer.mean);
  const logVar = head(layer.logVar);
  const [rows, latent] = mu.shape;
  const noise = new Float32Array(rows * latent);
  for (let s = 0; s < rows; s++) {
    const cursor = new Cursor(layer.seed, 'noise', step, s);
    for (let j = 0; j < latent; j++) noise[s * latent + j] = cursor.normal();
  }
  const terms = tf.sub(tf.sub(tf.add(1, logVar), tf.square(mu)), tf.exp(logVar));
  return {
    value: training ? (tf.add(mu, tf.mul(tf.exp(tf.mul(logVar, 0.5)), tf.tensor2d(noise, [rows, latent]))) as Tensor2D) : mu,
    divergence: tf.mul(tf.mean(tf.sum(terms, 1)), -0.5) as Scalar,
  };
}
