/** The sampling layer of variational autoencoders in the WASM dense trainer, against TF.js autodiff on plain JavaScript. */
import type { Variable } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { stepOracle } from '../../testing/step-oracle.ts';
import { makeStep, type StepWish } from '../../testing/steps.ts';
import { forceThreads } from '../../testing/threads.ts';
import type { OptimiserSpec } from '../contract.ts';
import { applyPatches } from '../patches/registry.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import type { StepTrainer } from './contract.ts';
import kind from './wasm-dense-trainer.ts';

const adam: OptimiserSpec = {
  ...{ kind: 'adam', learningRate: 1e-2, beta1: 0.9, beta2: 0.999 },
  ...{ epsilon: 1e-7, amsgrad: false, weightDecay: 0 },
};

interface Case {
  name: string;
  wish: StepWish;
  batch: number;
}

const cases: Case[] = [
  {
    name: 'between tanh layers',
    wish: { width: 10, sketch: [12, 'tanh', { gaussian: 3, klWeight: 0.1 }, 12, 'tanh', 10], rows: 320 },
    batch: 32,
  },
  {
    name: 'a weighted, masked loss, a batch of more than one block that fills no vector',
    wish: {
      ...{ width: 19, sketch: [24, 'leaky-relu', { gaussian: 4, klWeight: 0.3 }, 24, 'leaky-relu', 19], rows: 308 },
      loss: { kind: 'mse', masked: true, weight: 0.7 },
    },
    batch: 77,
  },
  {
    name: 'among batch normalisations',
    wish: {
      ...{ width: 9, rows: 700, loss: { kind: 'mse', masked: false, weight: 0.2 } },
      // no biases before the norms: they have no gradient but rounding, of which Adam makes steps of full size
      sketch: [20, 'no-bias', 'norm', 'leaky-relu', { gaussian: 5, klWeight: 0.8 }, 'tanh', 20, 'no-bias', 'norm', 'relu', 9],
    },
    batch: 140,
  },
  { name: 'on the input and as the output', wish: { width: 6, sketch: [{ gaussian: 6, klWeight: 1 }], rows: 90 }, batch: 30 },
];

describe('the sampling layer in the WASM dense trainer', () => {
  beforeAll(async () => {
    await startWasm();
    applyPatches('wasm');
  });

  async function run(wish: StepWish, batch: number, parts: readonly number[], threads = 1) {
    await tf.setBackend('wasm');
    const made = makeStep(wish);
    const trainer = await kind.create(made.step, made.data, adam, made.variables);
    if (!trainer) throw new Error('the trainer does not take the step');
    await forceThreads(trainer, threads);
    const losses: number[] = [];
    const order = made.order(0);
    for (const count of parts) losses.push(...(await trainer.run(order, batch, losses.length, count, 1e-2)));
    const inference = await trainer.evaluate!(made.data);
    await trainer.sync();
    const weights = [...made.variables, ...made.moving].map((variable) => Array.from(variable.dataSync()));
    const state = await trainer.optimiserState();
    trainer.dispose();
    made.dispose();
    return { losses, inference, weights, state };
  }

  it.each(cases)('$name: losses, weights and the validation loss are those of TF.js', async ({ wish, batch }) => {
    const steps = Math.floor(wish.rows / batch);
    const found = await run(wish, batch, [steps]);
    await tf.setBackend('cpu');
    const truth = makeStep(wish);
    const oracle = stepOracle(truth.step, truth.data, adam, truth.variables);
    const expected = oracle.run(truth.order(0), batch, 0, steps, 1e-2);
    const inference = oracle.evaluate(truth.data);
    const weights = [...truth.variables, ...truth.moving].map((variable) => Array.from(variable.dataSync()));
    oracle.dispose();
    truth.dispose();
    expect(found.losses).toHaveLength(steps);
    for (const [i, loss] of found.losses.entries()) expect(Math.abs(loss / (expected[i] as number) - 1)).toBeLessThan(1e-4);
    expect(Math.abs(found.inference / inference - 1)).toBeLessThan(1e-4);
    for (const [i, list] of found.weights.entries()) {
      for (const [j, weight] of list.entries()) expect(weight).toBeCloseTo(weights[i]?.[j] as number, 3);
    }
  });

  it('has the gradient of finite differences, with the same noise', async () => {
    const { wish, batch } = cases[0] as Case;
    await tf.setBackend('wasm');
    const lossWith = async (place: number, shift: number, number: number) => {
      const made = makeStep(wish);
      const variable = made.variables[number] as Variable;
      const values = variable.dataSync<'float32'>().slice();
      values[place] = (values[place] as number) + shift;
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
      const trainer = (await kind.create(made.step, made.data, adam, made.variables)) as StepTrainer;
      const [loss] = await trainer.run(made.order(0), batch, 0, 1, 0);
      const { firstMoment } = await trainer.optimiserState();
      const before = made.variables.slice(0, number).reduce((sum, { size }) => sum + size, 0);
      trainer.dispose();
      made.dispose();
      return { loss: loss as number, gradient: (firstMoment[before + place] as number) / (1 - adam.beta1) };
    };
    // the kernels and biases of the means (2, 3) and of the log variances (4, 5), whose rows lie side by side
    for (const [variable, place] of [
      ...[2, 4].flatMap((v) => [0, 5, 30].map((p) => [v, p] as const)),
      ...[3, 5].flatMap((v) => [0, 2].map((p) => [v, p] as const)),
    ]) {
      const { gradient } = await lossWith(place, 0, variable);
      const [up, down] = [await lossWith(place, 1e-2, variable), await lossWith(place, -1e-2, variable)];
      const slope = (up.loss - down.loss) / 2e-2;
      expect(Math.abs(gradient - slope)).toBeLessThan(2e-3 * Math.abs(slope) + 2e-5);
    }
  });

  it('draws the same noise in calls of any length, with any number of threads, and after a restart', async () => {
    const wish: StepWish = { ...(cases[2] as Case).wish, rows: 5600 };
    const whole = await run(wish, 560, [10]);
    expect(await run(wish, 560, [3, 7])).toEqual(whole);
    expect(await run(wish, 560, [10], 2)).toEqual(whole);

    const made = makeStep(wish);
    const order = made.order(0);
    const create = async () => (await kind.create(made.step, made.data, adam, made.variables)) as StepTrainer;
    const first = await create();
    await first.run(order, 560, 0, 4, 1e-2);
    await first.sync();
    const state = await first.optimiserState();
    first.dispose();
    const second = await create();
    second.restore(state);
    expect(Array.from(await second.run(order, 560, 4, 6, 1e-2))).toEqual(whole.losses.slice(4));
    second.dispose();
    made.dispose();
  });

  it('draws for batches that need more noise than is kept at a time', async () => {
    const wish: StepWish = { width: 4, sketch: [{ gaussian: 40, klWeight: 0.1 }, 4], rows: 14000 };
    const [one] = (await run(wish, 7000, [1])).losses;
    await tf.setBackend('cpu');
    const truth = makeStep(wish);
    const oracle = stepOracle(truth.step, truth.data, adam, truth.variables);
    const [expected] = oracle.run(truth.order(0), 7000, 0, 1, 1e-2);
    oracle.dispose();
    truth.dispose();
    expect(Math.abs((one as number) / (expected as number) - 1)).toBeLessThan(1e-5);
  });

  it('takes one sampling layer and leaves two to TF.js', async () => {
    await tf.setBackend('wasm');
    const made = makeStep({
      width: 4,
      sketch: [
        { gaussian: 3, klWeight: 1 },
        { gaussian: 4, klWeight: 1 },
      ],
      rows: 20,
    });
    expect(await kind.create(made.step, made.data, adam, made.variables)).toBeUndefined();
    made.dispose();
  });
});
