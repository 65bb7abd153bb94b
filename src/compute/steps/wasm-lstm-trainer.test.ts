import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import reference from '../../models/lstm-autoencoder.reference.json';
import { lstmCases, referenceHistograms, referenceLstm } from '../../testing/lstm-reference.ts';
import { forceThreads } from '../../testing/threads.ts';
import { slopesOfTrainer } from '../../testing/trainer-slopes.ts';
import { stepDataOf } from '../../training/steps.ts';
import { startBackend } from '../backend.ts';
import { stepGradients } from '../breathe.ts';
import { createOptimiser } from '../optimiser.ts';
import { tf } from '../tf.ts';
import kind from './wasm-lstm-trainer.ts';

const names = Object.keys(lstmCases) as (keyof typeof lstmCases)[];

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

async function trainerOf(name: keyof typeof lstmCases) {
  const { rows, bins } = lstmCases[name];
  const detector = await referenceLstm(name);
  const stage = detector.stages[0]!;
  const data = stepDataOf(referenceHistograms(rows, bins));
  const trainer = await kind.create(stage.step!, data, stage.optimiser, stage.variables);
  return { detector, stage, data, trainer: trainer! };
}

describe.each(names)('case %s', (name) => {
  const { rows, bins, batch } = lstmCases[name];
  const wanted = reference[name];

  it('has the gradients of PyTorch to 1e-5, seen in the first moment after a step of all rows', async () => {
    const { trainer, stage, detector } = await trainerOf(name);
    const [loss] = await trainer.run(
      Uint32Array.from({ length: rows }, (_, i) => i),
      rows,
      0,
      1,
      1e-3,
    );
    expect(Math.abs(loss! / wanted.loss - 1)).toBeLessThan(1e-5);
    const { firstMoment, steps } = await trainer.optimiserState();
    expect(steps).toBe(1);
    let start = 0;
    for (const [i, variable] of stage.variables.entries()) {
      for (const [k, value] of wanted.gradients[i]!.entries()) {
        expect(Math.abs(10 * firstMoment[start + k]! - value) / wanted.norms[i]!, `${variable.name} ${k}`).toBeLessThan(1e-5);
      }
      start += variable.size;
    }
    trainer.dispose();
    detector.dispose();
  });

  it('has gradients that are the slopes of its loss, variable by variable', async () => {
    const { trainer, stage, data, detector } = await trainerOf(name);
    trainer.dispose();
    const create = async () => (await kind.create(stage.step!, data, stage.optimiser, stage.variables))!;
    const groups = stage.variables.map((variable) => [variable]);
    for (const [i, slope] of (await slopesOfTrainer(create, stage.variables, groups, data)).entries())
      expect(Math.abs(slope - 1), stage.variables[i]!.name).toBeLessThan(0.01);
    detector.dispose();
  });

  it('has the losses of PyTorch to 1e-4, in one call or in several', async () => {
    const { trainer, detector } = await trainerOf(name);
    const order = Uint32Array.from({ length: 25 * batch }, (_, i) => {
      const step = Math.floor(i / batch);
      return ((step * batch) % (rows - batch + 1)) + (i % batch);
    });
    // more rows than there are: the trainer needs an order of an epoch only, so the steps come in calls of a few
    const losses: number[] = [];
    for (let step = 0; step < 25; step++) {
      losses.push(...(await trainer.run(order.subarray(step * batch, (step + 1) * batch), batch, 0, 1, 1e-3)));
    }
    for (const [step, loss] of wanted.losses.entries())
      expect(Math.abs(losses[step]! / loss - 1), `step ${step}`).toBeLessThan(1e-4);
    trainer.dispose();
    detector.dispose();
  });

  it('agrees with TF.js: the loss of other rows, and the weights after a step', async () => {
    const { trainer, detector, stage, data } = await trainerOf(name);
    const twin = await referenceLstm(name);
    const twinStage = twin.stages[0]!;
    const optimiser = createOptimiser(twinStage.optimiser, twinStage.variables);
    const x = tf.tensor2d(data.x.slice(0, batch * bins), [batch, bins]);
    const all = tf.tensor2d(data.x, [rows, bins]);
    const lossOf = (tensor: tf.Tensor2D, training: boolean) => () =>
      twinStage.loss({ x: tensor, target: tensor, mask: tensor }, { training, seed: 1, step: 0 });
    const { loss, gradients } = stepGradients(lossOf(x, true), twinStage.variables);
    optimiser.step(gradients, 1e-2);
    await trainer.run(
      Uint32Array.from({ length: batch }, (_, i) => i),
      batch,
      0,
      1,
      1e-2,
    );
    const after = tf.tidy(() => lossOf(all, false)().dataSync()[0]!);
    expect(Math.abs((await trainer.evaluate!(data)) / after - 1)).toBeLessThan(1e-5);
    await trainer.sync();
    for (const [i, variable] of stage.variables.entries()) {
      const values = twinStage.variables[i]!.dataSync();
      for (const [k, value] of variable.dataSync().entries()) expect(Math.abs(value - values[k]!)).toBeLessThan(1e-4);
    }
    tf.dispose([x, all, loss, gradients]);
    optimiser.dispose();
    trainer.dispose();
    detector.dispose();
    twin.dispose();
  });
});

describe('the trainer', () => {
  it('goes on from a saved state as if it had never stopped', async () => {
    const order = Uint32Array.from({ length: 36 }, (_, i) => (i * 7) % 37);
    const first = await trainerOf('mse');
    const whole = await first.trainer.run(order, 12, 0, 3, 1e-3);
    const second = await trainerOf('mse');
    const begun = await second.trainer.run(order, 12, 0, 1, 1e-3);
    await second.trainer.sync();
    const state = await second.trainer.optimiserState();
    const { stage, data } = second;
    const third = (await kind.create(stage.step!, data, stage.optimiser, stage.variables))!;
    third.restore(state);
    const rest = await third.run(order, 12, 1, 2, 1e-3);
    expect([...begun, ...rest]).toEqual([...whole]);
    for (const { detector, trainer } of [first, second]) {
      trainer.dispose();
      detector.dispose();
    }
  });

  it('works in the memory of the one before it, and finds it empty', async () => {
    const order = Uint32Array.from({ length: 24 }, (_, i) => (i * 5) % 37);
    const made = vi.spyOn(WebAssembly, 'Memory');
    const losses = new Set<string>();
    for (let model = 0; model < 50; model++) {
      const { trainer, detector } = await trainerOf('top');
      losses.add((await trainer.run(order, 12, 0, 2, 1e-3)).join());
      trainer.dispose();
      trainer.dispose();
      detector.dispose();
    }
    expect(made.mock.calls.length).toBeLessThanOrEqual(1);
    made.mockRestore();
    expect(losses.size).toBe(1);
  });

  it('has the same bits with one, two and three threads, in one call or in several', async () => {
    const order = Uint32Array.from({ length: 36 }, (_, i) => (i * 7) % 37);
    const run = async (threads: number, parts: readonly number[]) => {
      const { trainer, detector, stage, data } = await trainerOf('mse');
      await forceThreads(trainer, threads);
      const losses: number[] = [];
      for (const count of parts) losses.push(...(await trainer.run(order, 12, losses.length, count, 1e-3)));
      losses.push(await trainer.evaluate!(data));
      await trainer.sync();
      const weights = stage.variables.map((variable) => Array.from(variable.dataSync()));
      trainer.dispose();
      detector.dispose();
      return { losses, weights };
    };
    const alone = await run(1, [3]);
    expect(alone.losses).toHaveLength(4);
    for (const threads of [1, 2, 3]) expect(await run(threads, [1, 2])).toEqual(alone);
  });

  it('leaves to TF.js what it does not know', async () => {
    const { stage, data, detector } = await trainerOf('mse');
    const step = stage.step!;
    const create = (layers: typeof step.layers, loss = step.loss) =>
      kind.create({ layers, loss }, data, stage.optimiser, stage.variables);
    expect(await create(step.layers, { kind: 'mae', masked: false })).toBeUndefined();
    expect(await create(step.layers, { kind: 'mse', masked: true })).toBeUndefined();
    expect(await create(step.layers.slice(1))).toBeUndefined();
    const hard = step.layers.map((layer) => (layer.kind === 'lstm' ? { ...layer, gate: 'hard-sigmoid' as const } : layer));
    expect(await create(hard)).toBeUndefined();
    expect(await kind.create(step, data, stage.optimiser, stage.variables.slice(1))).toBeUndefined();
    detector.dispose();
  });

  it('lets a loss that is no number through instead of hanging', async () => {
    const { stage, data, detector } = await trainerOf('top');
    const x = data.x.slice();
    x[45] = Number.NaN;
    const trainer = (await kind.create(stage.step!, { ...data, x, target: x }, stage.optimiser, stage.variables))!;
    const [loss] = await trainer.run(
      Uint32Array.from({ length: 13 }, (_, i) => i),
      13,
      0,
      1,
      1e-3,
    );
    expect(loss).toBeNaN();
    trainer.dispose();
    detector.dispose();
  });
});
