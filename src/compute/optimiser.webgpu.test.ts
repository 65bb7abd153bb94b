import type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { stepGradients } from './breathe.ts';
import type { OptimiserSpec } from './contract.ts';
import { createOptimiser, type Optimiser } from './optimiser.ts';
import { tf } from './tf.ts';
import { countGpu } from './webgpu/counters.ts';
import { startWebGpu, stopWebGpu, webGpuDevice } from './webgpu.ts';

const adam: OptimiserSpec = {
  kind: 'adam',
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
};

/** A network 4-6-3 with its data; the numbers are the same at every call. */
function network() {
  const cursor = new Cursor(7, 'initialise');
  const draw = (shape: number[]) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => cursor.normal() * 0.5),
      shape,
    );
  const variables = [[4, 6], [6], [6, 3], [3]].map((shape) => tf.tidy(() => tf.variable(draw(shape))));
  const x = draw([16, 4]) as Tensor2D;
  const y = draw([16, 3]);
  const [w1, b1, w2, b2] = variables as unknown as [Tensor2D, Variable, Tensor2D, Variable];
  const loss = () => {
    const h = tf.tanh(tf.add(tf.matMul(x, w1), b1)) as Tensor2D;
    return tf.mean(tf.squaredDifference(tf.add(tf.matMul(h, w2), b2), y)) as Scalar;
  };
  return { variables, loss, dispose: () => tf.dispose([...variables, x, y]) };
}

type Network = ReturnType<typeof network>;

function steps(count: number, { variables, loss }: Network, optimiser: Optimiser): void {
  for (let i = 0; i < count; i++) {
    const { loss: value, gradients } = stepGradients(loss, variables);
    optimiser.step(gradients, 1e-2);
    tf.dispose([value, gradients]);
  }
}

async function numbersOf({ variables }: Network): Promise<number[]> {
  const all = await Promise.all(variables.map((v) => v.data()));
  return all.flatMap((values) => Array.from(values));
}

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

describe('Adam in place on WebGPU', () => {
  it.each([
    ['Adam', adam],
    ['AMSGrad', { ...adam, amsgrad: true }],
    ['decoupled decay', { ...adam, weightDecay: 0.1 }],
  ])('moves the weights as in host memory: %s', async (_name, spec) => {
    await tf.setBackend('cpu');
    const truth = network();
    const host = createOptimiser(spec, truth.variables, 'host');
    steps(8, truth, host);
    const expected = await numbersOf(truth);
    truth.dispose();
    await tf.setBackend('webgpu');
    const found = network();
    const optimiser = createOptimiser(spec, found.variables);
    steps(4, found, optimiser);
    // what was read in between must not be answered again
    await numbersOf(found);
    const state = await optimiser.state();
    optimiser.dispose();
    const second = createOptimiser(spec, found.variables);
    second.restore(state);
    steps(4, found, second);
    for (const [i, value] of (await numbersOf(found)).entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    second.dispose();
    found.dispose();
  });

  it('takes one dispatch per variable and one submit of its own', async () => {
    const net = network();
    const optimiser = createOptimiser(adam, net.variables);
    const { loss, gradients } = stepGradients(net.loss, net.variables);
    await Promise.all(gradients.map((g) => g.data()));
    const counts = await countGpu(webGpuDevice(), async () => optimiser.step(gradients, 1e-2));
    expect(counts).toMatchObject({ dispatches: 4, submits: 2, buffers: 0 });
    tf.dispose([loss, gradients]);
    optimiser.dispose();
    net.dispose();
  });

  it('leaves alone a tensor that shares its numbers with a variable', async () => {
    const net = network();
    const before = net.variables[0]!.clone();
    const kept = Array.from(await before.data());
    const optimiser = createOptimiser(adam, net.variables);
    steps(3, net, optimiser);
    const copy = tf.tidy(() => tf.mul(before, 1));
    expect(Array.from(await copy.data())).toEqual(kept);
    expect(Array.from(await net.variables[0]!.data())).not.toEqual(kept);
    tf.dispose([before, copy]);
    optimiser.dispose();
    net.dispose();
  });
});
