import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { startBackend } from './backend.ts';
import { stepGradients } from './breathe.ts';
import type { OptimiserSpec } from './contract.ts';
import { leakCheck } from './memory.ts';
import reference from './optimiser.reference.json';
import { createOptimiser, type OptimiserPath } from './optimiser.ts';
import { tf } from './tf.ts';

const plain: OptimiserSpec = {
  kind: 'adam',
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
};
const paths: OptimiserPath[] = ['host', 'heap', 'device'];
const backends = ['wasm', 'cpu'] as const;
// the heap is that of wasm; elsewhere it means the host
const combinations = backends.flatMap((backend) => paths.map((path) => [backend, path] as const));

function variable(values: readonly number[], shape: number[]): Variable {
  return tf.tidy(() => tf.variable(tf.tensor([...values], shape)));
}

function read(variables: readonly Variable[]): number[] {
  return variables.flatMap((v) => Array.from(v.dataSync()));
}

function furthest(found: readonly number[], expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  return Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))));
}

/** A network 4-6-3 with its data; the weights are the same at every call. */
function network(): { variables: Variable[]; loss: () => Scalar; dispose(): void } {
  const cursor = new Cursor(7, 'initialise');
  const draw = (n: number) => Array.from({ length: n }, () => cursor.normal() * 0.5);
  const variables = [variable(draw(24), [4, 6]), variable(draw(6), [6]), variable(draw(18), [6, 3]), variable(draw(3), [3])];
  const x = tf.tensor2d(draw(64), [16, 4]);
  const y = tf.tensor2d(draw(48), [16, 3]);
  const [w1, b1, w2, b2] = variables as [Variable, Variable, Variable, Variable];
  const loss = () => {
    const h = tf.tanh(tf.add(tf.matMul(x, w1 as never), b1));
    return tf.mean(tf.squaredDifference(tf.add(tf.matMul(h as never, w2 as never), b2), y)) as Scalar;
  };
  return { variables, loss, dispose: () => tf.dispose([variables, x, y]) };
}

function train(steps: number, spec: OptimiserSpec, path: OptimiserPath): number[] {
  const { variables, loss, dispose } = network();
  const optimiser = createOptimiser(spec, variables, path);
  for (let i = 0; i < steps; i++) {
    const found = stepGradients(loss, variables);
    optimiser.step(found.gradients, spec.learningRate);
    tf.dispose([found.loss, found.gradients]);
  }
  const weights = read(variables);
  optimiser.dispose();
  dispose();
  return weights;
}

/** The formulas of `Optimiser.step`, one number at a time in float64. */
function byTheBook(p: number, gradients: readonly number[], spec: OptimiserSpec): number {
  let m = 0;
  let v = 0;
  let largest = 0;
  for (const [i, g] of gradients.entries()) {
    const t = i + 1;
    m = spec.beta1 * m + (1 - spec.beta1) * g;
    v = spec.beta2 * v + (1 - spec.beta2) * g * g;
    largest = Math.max(largest, v);
    const root = Math.sqrt((spec.amsgrad ? largest : v) / (1 - spec.beta2 ** t));
    p =
      p * (1 - spec.learningRate * spec.weightDecay) - (spec.learningRate * (m / (1 - spec.beta1 ** t))) / (root + spec.epsilon);
  }
  return p;
}

describe.each(combinations)('our Adam on %s, %s path', (backend, path) => {
  beforeAll(() => startBackend(backend).then(() => undefined));

  it('moves by the learning rate against the sign of the gradient in its first step', () => {
    const v = variable([1, 1], [2]);
    const optimiser = createOptimiser({ ...plain, epsilon: 0 }, [v], path);
    const gradient = tf.tensor1d([0.003, -40]);
    optimiser.step([gradient], 0.25);
    expect(furthest(read([v]), [0.75, 1.25])).toBeLessThan(1e-6);
    optimiser.dispose();
    tf.dispose([v, gradient]);
  });

  it.each([false, true])('keeps its moments where every step runs in a tidy (AMSGrad: %s)', (amsgrad) => {
    const { variables, loss, dispose } = network();
    const optimiser = createOptimiser({ ...plain, amsgrad }, variables, path);
    for (let i = 0; i < 3; i++) {
      tf.tidy(() => void optimiser.step(stepGradients(loss, variables).gradients, plain.learningRate));
    }
    expect(read(variables)).toEqual(train(3, { ...plain, amsgrad }, path));
    optimiser.dispose();
    dispose();
  });

  it('follows the Adam of TF.js for 20 steps of a network', () => {
    const { variables, loss, dispose } = network();
    const theirs = tf.train.adam(plain.learningRate, plain.beta1, plain.beta2, 1e-7);
    for (let i = 0; i < 20; i++) theirs.minimize(loss, false, variables);
    expect(furthest(train(20, plain, path), read(variables))).toBeLessThan(1e-5);
    theirs.dispose();
    dispose();
  });

  it.each(Object.entries(reference.cases))('follows PyTorch: %s', (_, { trace, ...options }) => {
    const variables = reference.shapes.map((shape, i) => variable(reference.start[i] as number[], shape));
    const optimiser = createOptimiser({ kind: 'adam', ...options }, variables, path);
    for (let step = 0; step < reference.steps; step++) {
      const gradients = variables.map((v) => {
        const values = Float32Array.from(v.dataSync(), (p, i) => Math.fround(2 * p + Math.fround(Math.sin(step + i))));
        return tf.tensor(values, v.shape);
      });
      optimiser.step(gradients, options.learningRate);
      tf.dispose(gradients);
      expect(furthest(read(variables), trace[step] as number[])).toBeLessThan(1e-6);
    }
    optimiser.dispose();
    tf.dispose(variables);
  });

  it.each([
    ['AMSGrad, which remembers a large gradient', { amsgrad: true, beta2: 0.5 }],
    ['weight decay, which acts without a gradient too', { weightDecay: 0.3 }],
    ['both, with an epsilon that matters', { amsgrad: true, beta2: 0.5, weightDecay: 0.3, epsilon: 0.1 }],
  ])('follows the book: %s', (_, change) => {
    const spec = { ...plain, learningRate: 0.05, ...change };
    const gradients = [1, -30, 0.2, 0.2, 0, 0, 0.1];
    const v = variable([2], [1]);
    const optimiser = createOptimiser(spec, [v], path);
    for (const g of gradients) {
      const gradient = tf.tensor1d([g]);
      optimiser.step([gradient], spec.learningRate);
      gradient.dispose();
    }
    expect(read([v])[0]).toBeCloseTo(byTheBook(2, gradients, spec), 5);
    optimiser.dispose();
    v.dispose();
  });

  it('leaves nothing behind, step by step and in the end', async () => {
    const { variables, loss, dispose } = network();
    const left = await leakCheck(async () => {
      const optimiser = createOptimiser({ ...plain, amsgrad: true }, variables, path);
      const step = () => {
        const found = stepGradients(loss, variables);
        optimiser.step(found.gradients, 1e-3);
        tf.dispose([found.loss, found.gradients]);
      };
      step();
      expect(await leakCheck(() => [1, 2, 3].forEach(step))).toEqual({ tensors: 0, buffers: 0 });
      optimiser.restore(await optimiser.state());
      optimiser.dispose();
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose();
  });

  it('goes on from a stored state as if nothing had happened', async () => {
    const { variables, loss, dispose } = network();
    const spec = { ...plain, amsgrad: true, weightDecay: 0.01 };
    let optimiser = createOptimiser(spec, variables, path);
    for (let i = 0; i < 8; i++) {
      if (i === 4) {
        const state = structuredClone(await optimiser.state());
        expect(state.steps).toBe(4);
        optimiser.dispose();
        optimiser = createOptimiser(spec, variables, path);
        optimiser.restore(state);
      }
      const found = stepGradients(loss, variables);
      optimiser.step(found.gradients, spec.learningRate);
      tf.dispose([found.loss, found.gradients]);
    }
    expect(read(variables)).toEqual(train(8, spec, path));
    optimiser.dispose();
    dispose();
  });

  it('notices when somebody else assigns a variable', () => {
    const v = variable([1], [1]);
    const optimiser = createOptimiser({ ...plain, epsilon: 0 }, [v], path);
    const gradient = tf.tensor1d([1]);
    optimiser.step([gradient], 0.1);
    const elsewhere = tf.tensor1d([5]);
    v.assign(elsewhere as Tensor as never);
    optimiser.step([gradient], 0.1);
    expect(read([v])[0]).toBeCloseTo(4.9, 5);
    optimiser.dispose();
    tf.dispose([v, gradient, elsewhere]);
  });

  it('does not reach into copies of a variable that were made before', () => {
    const v = variable([1], [1]);
    const optimiser = createOptimiser(plain, [v], path);
    const gradient = tf.tensor1d([1]);
    optimiser.step([gradient], 0.1);
    const copy = v.clone();
    const before = copy.arraySync();
    optimiser.step([gradient], 0.1);
    expect(copy.arraySync()).toEqual(before);
    optimiser.dispose();
    tf.dispose([v, gradient, copy]);
  });
});

describe('the two paths of our Adam', () => {
  it.each(backends)('agree over 20 steps on %s', async (backend) => {
    await startBackend(backend);
    const spec = { ...plain, amsgrad: true, weightDecay: 0.02, epsilon: 1e-4 };
    expect(furthest(train(20, spec, 'host'), train(20, spec, 'device'))).toBeLessThan(1e-5);
  });

  it('refuse gradients and states of other variables', () => {
    const v = variable([1, 2], [2]);
    for (const path of paths) {
      const optimiser = createOptimiser(plain, [v], path);
      const short = tf.scalar(1);
      expect(() => optimiser.step([short], 1)).toThrow('has 1 numbers, not 2');
      expect(() => optimiser.step([], 1)).toThrow('0 gradients for 1 variables');
      const empty = new Float32Array(0);
      expect(() => optimiser.restore({ steps: 1, firstMoment: empty, secondMoment: empty, largestSecondMoment: empty })).toThrow(
        'expected 2,2,0',
      );
      short.dispose();
      optimiser.dispose();
    }
    v.dispose();
  });
});

describe('the Adam of TF.js, which we do not use', () => {
  it('keeps moments by position: another list of variables meets the moments of the first', async () => {
    await startBackend('cpu');
    const a = variable([0], [1]);
    const b = variable([0], [1]);
    const adam = tf.train.adam(0.1, 0.9, 0.999, 1e-7);
    const apply = (name: string, tensor: Tensor) => adam.applyGradients([{ name, tensor }]);
    const gradient = tf.tensor1d([1]);
    const backwards = tf.tensor1d([-1]);
    for (let i = 0; i < 5; i++) apply(a.name, gradient);
    apply(b.name, backwards);
    // A first step of its own would move b by +0.1; the moments of a hold it back.
    expect(read([b])[0]).toBeLessThan(0.05);
    adam.dispose();
    tf.dispose([a, b, gradient, backwards]);
  });
});

describe('clipping', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });
  it.each(paths)('shortens the gradient of each variable by itself and leaves short ones alone (%s)', (path) => {
    // without momentum and with epsilon 1 a step is rate · g / (|g| + 1)
    const spec = { ...plain, beta1: 0, beta2: 0, epsilon: 1, clipNorm: 1 };
    const variables = [variable([0, 0], [2]), variable([0], [1])];
    const optimiser = createOptimiser(spec, variables, path);
    const gradients = [tf.tensor1d([3, 4]), tf.tensor1d([0.5])];
    const before = tf.memory().numTensors;
    optimiser.step(gradients, 1);
    expect(tf.memory().numTensors).toBe(before);
    expect(furthest(read(variables), [-0.6 / 1.6, -0.8 / 1.8, -0.5 / 1.5])).toBeLessThan(1e-6);
    optimiser.dispose();
    tf.dispose([variables, gradients]);
  });
});
