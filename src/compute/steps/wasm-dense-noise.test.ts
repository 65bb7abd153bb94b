/** Noise on the input in the WASM dense trainer, against TF.js autodiff on plain JavaScript and against the generator itself. */
import { beforeAll, describe, expect, it } from 'vitest';
import { meanSquareNoise } from '../../testing/noise.ts';
import { stepOracle } from '../../testing/step-oracle.ts';
import { makeStep, type StepWish } from '../../testing/steps.ts';
import { forceThreads } from '../../testing/threads.ts';
import type { OptimiserSpec } from '../contract.ts';
import { applyPatches } from '../patches/registry.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import kind from './wasm-dense-trainer.ts';

const adam: OptimiserSpec = {
  ...{ kind: 'adam', learningRate: 1e-2, beta1: 0.9, beta2: 0.999 },
  ...{ epsilon: 1e-7, amsgrad: false, weightDecay: 0 },
};
const inputNoise = { deviation: 0.4, seed: 4_000_000_001 };

const cases: [string, StepWish, number][] = [
  ['the input as target', { width: 10, sketch: [12, 'tanh', 3, 12, 'tanh', 10], rows: 320, inputNoise }, 32],
  [
    'a masked loss, a target of its own, a batch of more than one block that fills no vector',
    {
      ...{ width: 19, sketch: [24, 'leaky-relu', 4, 19], rows: 308, loss: { kind: 'mse', masked: true } },
      ...{ ownTarget: true, inputNoise },
    },
    77,
  ],
  [
    'batch normalisation',
    {
      width: 9,
      rows: 700,
      sketch: [20, 'no-bias', 'norm', 'leaky-relu', 9],
      loss: { kind: 'mse', masked: true },
      inputNoise,
    },
    140,
  ],
];

describe('noise on the input in the WASM dense trainer', () => {
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
    for (const count of parts) losses.push(...(await trainer.run(made.order(0), batch, losses.length, count, 1e-2)));
    const inference = await trainer.evaluate!(made.data);
    await trainer.sync();
    const weights = [...made.variables, ...made.moving].map((variable) => Array.from(variable.dataSync()));
    trainer.dispose();
    made.dispose();
    return { losses, inference, weights };
  }

  it.each(cases)('%s: losses, weights and the validation loss are those of TF.js', async (_, wish, batch) => {
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

  it('is that of the generator, on the numbers that exist', async () => {
    await tf.setBackend('wasm');
    const [rows, width, batch] = [140, 7, 70];
    const made = makeStep({ width, sketch: [width, 'no-bias'], rows, inputNoise });
    // the identity: what is left is the noise
    const unit = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
    tf.tidy(() => made.variables[0]?.assign(tf.tensor2d(unit, [width, width])));
    const trainer = (await kind.create(made.step, made.data, adam, made.variables))!;
    const order = made.order(0);
    const losses = [...(await trainer.run(order, batch, 0, 1, 0)), ...(await trainer.run(order, batch, 1, 1, 0))];
    for (const [step, loss] of losses.entries()) {
      const exists = (s: number, j: number) => made.data.mask[(order[step * batch + s] as number) * width + j] === 1;
      const wanted = meanSquareNoise({ rows: batch, width, ...inputNoise, step }, exists);
      expect(Math.abs(loss / wanted - 1)).toBeLessThan(1e-6);
    }
    trainer.dispose();
    made.dispose();
  });

  it('is the same in calls of any length and with any number of threads', async () => {
    const wish: StepWish = { ...(cases[2]?.[1] as StepWish), rows: 5600 };
    const whole = await run(wish, 560, [10]);
    expect(await run(wish, 560, [3, 7])).toEqual(whole);
    expect(await run(wish, 560, [10], 2)).toEqual(whole);
  });

  it('is not taken beside a sampling layer, which draws the same deviates', async () => {
    const made = makeStep({ width: 6, sketch: [{ gaussian: 6, klWeight: 1 }], rows: 90, inputNoise });
    expect(await kind.create(made.step, made.data, adam, made.variables)).toBeUndefined();
    made.dispose();
  });
});
