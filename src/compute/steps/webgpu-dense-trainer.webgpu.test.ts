import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepOracle } from '../../testing/step-oracle.ts';
import { makeStep, type StepWish } from '../../testing/steps.ts';
import { slopesOfTrainer } from '../../testing/trainer-slopes.ts';
import type { OptimiserSpec } from '../contract.ts';
import { tf } from '../tf.ts';
import { countGpu } from '../webgpu/counters.ts';
import { startWebGpu, stopWebGpu, webGpuDevice } from '../webgpu.ts';
import kind from './webgpu-dense-trainer.ts';

const adam: OptimiserSpec = {
  kind: 'adam',
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  amsgrad: false,
  weightDecay: 0,
};

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

/** Losses of `epochs` epochs, validation loss and final weights, by the trainer and by TF.js autodiff on plain JavaScript. */
async function both(wish: StepWish, batch: number, epochs: number, spec: OptimiserSpec = adam) {
  await tf.setBackend('cpu');
  const truth = makeStep(wish);
  const oracle = stepOracle(truth.step, truth.data, spec, truth.variables);
  const steps = Math.floor(wish.rows / batch);
  const expected: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    expected.push(...oracle.run(truth.order(epoch), batch, 0, steps, 0.01 / (epoch + 1)));
  }
  const expectedLoss = oracle.evaluate(truth.data);
  const expectedWeights = [...truth.variables, ...truth.moving].map((v) => Array.from(v.dataSync()));
  oracle.dispose();
  truth.dispose();

  await tf.setBackend('webgpu');
  const made = makeStep(wish);
  const trainer = await kind.create(made.step, made.data, spec, made.variables, batch);
  if (!trainer) throw new Error('the trainer does not take the step');
  const found: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = made.order(epoch);
    const half = Math.ceil(steps / 2);
    const parts = [
      trainer.run(order, batch, 0, half, 0.01 / (epoch + 1)),
      trainer.run(order, batch, half, steps - half, 0.01 / (epoch + 1)),
    ];
    for (const part of await Promise.all(parts)) found.push(...part);
  }
  const foundLoss = await trainer.evaluate!(made.data);
  await trainer.sync();
  const foundWeights = await Promise.all([...made.variables, ...made.moving].map(async (v) => Array.from(await v.data())));
  trainer.dispose();
  made.dispose();
  return { expected, found, expectedLoss, foundLoss, expectedWeights, foundWeights };
}

function worst(found: readonly number[], expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...found.map((v, i) => Math.abs(v - expected[i]!) / Math.abs(expected[i]!)));
}

const cases: [string, StepWish, number, OptimiserSpec?][] = [
  [
    'masked squares, AMSGrad, a batch that fills no whole tile',
    { width: 19, sketch: [24, 'leaky-relu', 3, 20, 'sigmoid', 19], rows: 370, loss: { kind: 'mse', masked: true } },
    37,
    { ...adam, amsgrad: true },
  ],
  ['wide layers', { width: 70, sketch: [130, 'relu', 5, 70], rows: 160 }, 16],
  [
    'absolute error of another target, no biases, decoupled decay',
    { width: 12, sketch: [9, 'no-bias', 'elu', 7, 'no-bias'], rows: 320, ownTarget: true, loss: { kind: 'mae', masked: false } },
    32,
    { ...adam, weightDecay: 0.05 },
  ],
  ['the largest errors', { width: 20, sketch: [8, 'relu', 20], rows: 320, loss: { kind: 'top-n', n: 5, masked: true } }, 32],
  [
    'pointwise functions one after another, physical heads',
    { width: 6, sketch: ['tanh', 9, 'leaky-relu', 'tanh', 6, { heads: [0, 2.1, Math.PI, 0, 4, Math.PI] }], rows: 320 },
    32,
  ],
  ['batch normalisation, also of the input', { width: 17, sketch: ['norm', 20, 'norm', 'leaky-relu', 3, 17], rows: 700 }, 70],
];

const variational: StepWish = {
  ...{ width: 10, sketch: [12, 'tanh', { gaussian: 3, klWeight: 0.1 }, 12, 'tanh', 10], rows: 320 },
  loss: { kind: 'mse', masked: true, weight: 0.7 },
};

describe('the WebGPU dense trainer', () => {
  it.each(cases)('agrees with TF.js autodiff over 60 steps: %s', async (_name, wish, batch, spec) => {
    const result = await both(wish, batch, 6, spec);
    expect(worst(result.found, result.expected)).toBeLessThan(1e-4);
    expect(worst([result.foundLoss], [result.expectedLoss])).toBeLessThan(1e-4);
    // a bias before a batch norm has no effect and no gradient but rounding, which Adam makes large
    if (wish.sketch.includes('norm')) return;
    for (const [i, weights] of result.foundWeights.entries()) {
      for (const [j, weight] of weights.entries()) expect(weight).toBeCloseTo(result.expectedWeights[i]![j]!, 3);
    }
  });

  it('agrees on a variational stack, to the accuracy of sine and cosine on a GPU', async () => {
    const result = await both(variational, 32, 6);
    expect(worst(result.found, result.expected)).toBeLessThan(1e-3);
    expect(worst([result.foundLoss], [result.expectedLoss])).toBeLessThan(1e-3);
  });

  it('has gradients that are the slopes of its loss with the same noise, variable by variable: a variational stack', async () => {
    const made = makeStep({ ...variational, rows: 32 });
    const create = async () => (await kind.create(made.step, made.data, adam, made.variables, 32))!;
    const groups = made.variables.map((variable) => [variable]);
    const slopes = await slopesOfTrainer(create, made.variables, groups, made.data, { mode: 'training' });
    for (const [i, slope] of slopes.entries()) expect(Math.abs(slope - 1), `variable ${i}`).toBeLessThan(0.01);
    made.dispose();
  });

  it.each([
    ['the input as target', {}],
    ['a masked loss and a target of its own', { loss: { kind: 'mse', masked: true }, ownTarget: true }],
  ] as [string, Partial<StepWish>][])(
    'agrees with noise on the input, to the accuracy of sine and cosine on a GPU: %s',
    async (_, own) => {
      const inputNoise = { deviation: 0.4, seed: 4_000_000_001 };
      const wish: StepWish = { width: 10, sketch: [12, 'tanh', 3, 10], rows: 320, inputNoise, ...own };
      const result = await both(wish, 32, 4);
      expect(worst(result.found, result.expected)).toBeLessThan(1e-3);
      expect(worst([result.foundLoss], [result.expectedLoss])).toBeLessThan(1e-3);
    },
  );

  it('has a gradient that is the slope of its loss', async () => {
    const wish: StepWish = {
      ...{ width: 12, sketch: [9, 'tanh', 4, 'elu', 12], rows: 40 },
      loss: { kind: 'top-n', n: 5, masked: true },
    };
    const made = makeStep(wish);
    const create = async () => (await kind.create(made.step, made.data, adam, made.variables, 40))!;
    const [slope] = await slopesOfTrainer(create, made.variables, [made.variables], made.data);
    expect(Math.abs(slope! - 1)).toBeLessThan(0.01);
    made.dispose();
  });

  it('takes four dispatches a step, one submit a chunk, and no new buffer or bind group', async () => {
    const made = makeStep({ width: 9, sketch: [12, 'norm', 'relu', 9], rows: 640 });
    const trainer = await kind.create(made.step, made.data, adam, made.variables, 32);
    const order = made.order(0);
    await trainer!.run(order, 32, 0, 1, 1e-3);
    const counts = await countGpu(webGpuDevice(), () => trainer!.run(order, 32, 1, 19, 1e-3));
    expect(counts).toEqual({ dispatches: 4 * 19, submits: 1, buffers: 0, bindGroups: 0, writes: 1 });
    trainer!.dispose();
    made.dispose();
  });

  it('continues from the state of an optimiser as if it had never stopped', async () => {
    const wish: StepWish = { width: 9, sketch: [12, 'norm', 'relu', 9], rows: 320 };
    const made = makeStep(wish);
    const first = (await kind.create(made.step, made.data, adam, made.variables, 32))!;
    const order = made.order(0);
    await first.run(order, 32, 0, 4, 1e-2);
    await first.sync();
    const state = await first.optimiserState();
    const rest = await first.run(order, 32, 4, 6, 1e-2);
    first.dispose();
    const second = (await kind.create(made.step, made.data, adam, made.variables, 32))!;
    second.restore(state);
    expect(Array.from(await second.run(order, 32, 4, 6, 1e-2))).toEqual(Array.from(rest));
    second.dispose();
    made.dispose();
  });

  it('leaves to TF.js what it does not know: shared weights, other layers, rows that no device can bind', async () => {
    const made = makeStep({ width: 8, sketch: [8, 8], rows: 64 });
    const [layer] = made.step.layers;
    const shared = { ...made.step, layers: [layer!, layer!] };
    expect(await kind.create(shared, made.data, adam, made.variables.slice(0, 2), 32)).toBeUndefined();
    const repeat = { ...made.step, layers: [...made.step.layers, { kind: 'repeat', steps: 1 } as const] };
    expect(await kind.create(repeat, made.data, adam, made.variables, 32)).toBeUndefined();
    expect(await kind.create(made.step, { ...made.data, rows: 1e9 }, adam, made.variables, 32)).toBeUndefined();
    made.dispose();
  });
});
