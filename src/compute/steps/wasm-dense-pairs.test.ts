/** Siamese networks in the WASM dense trainer, against the stage's own loss under TF.js autodiff. */
import { beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../../base/params.ts';
import model from '../../models/event-siamese.ts';
import { fixture, freeRun } from '../../testing/fixtures.ts';
import { slopesOfTrainer } from '../../testing/trainer-slopes.ts';
import { train } from '../../training/loop.ts';
import { rowsOf } from '../../training/score.ts';
import { stepDataOf, stepsOf } from '../../training/steps.ts';
import { startBackend } from '../backend.ts';
import { trainerFor } from './registry.ts';
import kind from './wasm-dense-trainer.ts';

const SEED = 3;
/** A loss with corners is straight for a short way only. */
const straight = { mode: 'training', change: 0.004, longest: 0.005 } as const;

beforeAll(async () => {
  await startBackend('wasm');
});

describe('siamese networks in the WASM dense trainer', () => {
  const objects = fixture('objects', 57, 500);
  const table = fixture('table', 8, 500);

  function made(source: typeof objects, given: Params) {
    const params = { batchSize: 70, epochs: 3, patience: 0, schedule: 'constant', learningRate: 3e-3, ...given };
    const detector = model.build(source.input, checkParams(model.params, params, 'test'), SEED);
    const training = source.batch(source.background, detector.scaling);
    detector.prepare?.(training);
    return { detector, training };
  }

  it.each([
    ['events', objects],
    ['a table', table],
  ])('has the losses, the validation loss and the weights of TF.js: %s', async (_name, source) => {
    const results = [];
    for (const trainers of [trainerFor, null]) {
      const { detector, training } = made(source, {});
      let words = '';
      const found =
        trainers &&
        (async (...given: Parameters<typeof trainerFor>) => {
          const trainer = await trainers(...given);
          words = trainer?.words ?? 'none';
          return trainer;
        });
      const validation = rowsOf(training, 400, 500);
      const { history } = await train(detector, { training, validation }, freeRun, SEED, { trainers: found });
      if (trainers) expect(words).toContain('WASM dense');
      results.push({
        losses: history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]),
        weights: await detector.weights(),
      });
      detector.dispose();
    }
    const [kernels, plain] = results as [(typeof results)[0], (typeof results)[0]];
    expect(kernels.losses).toHaveLength(6);
    // biases before a batch norm have no gradient but rounding, of which Adam makes steps of full size
    for (const [i, loss] of kernels.losses.entries()) expect(Math.abs(loss / (plain.losses[i] as number) - 1)).toBeLessThan(1e-3);
    for (const [i, { name, values }] of kernels.weights.entries()) {
      if (!name.includes('similarity')) continue;
      for (const [j, value] of values.entries()) expect(value).toBeCloseTo(plain.weights[i]?.values[j] as number, 3);
    }
  });

  // of events and their copies many have the same embedding, and where two come apart a distance has a corner
  it('has gradients that are the slopes of its loss, variable by variable', async () => {
    const { detector, training } = made(table, { hidden: [12, 9], embedding: 5 });
    const stage = detector.stages[0]!;
    const rows = rowsOf(training, 0, 90);
    const data = stepDataOf(rows);
    const create = async () => (await kind.create(stage.step!, data, stage.optimiser, stage.variables, 90))!;
    // what is added to all rows alike before a batch norm has no effect on the loss
    const still = ['batch_norm_1/beta', 'dense_1/bias', 'dense_2/bias'];
    const encoder = stage.variables.slice(0, -4);
    const moving = encoder.filter(({ name }) => !still.includes(name.replace(/_\d+$/, '')));
    expect(moving).toHaveLength(encoder.length - still.length);
    const groups = [...moving, ...stage.variables.slice(-4)].map((variable) => [variable]);
    const slopes = await slopesOfTrainer(create, stage.variables, groups, data, straight);
    for (const [i, slope] of slopes.entries()) expect(Math.abs(slope - 1), groups[i]![0]!.name).toBeLessThan(0.01);
    detector.dispose();
  });

  it('has the gradient of TF.js in its first step, of every parameter', async () => {
    const moments = [];
    for (const trainers of [trainerFor, null]) {
      const { detector, training } = made(objects, {});
      const [stage] = detector.stages;
      if (!stage) throw new Error('no stage');
      const losses: number[] = [];
      const take = (values: ArrayLike<number>) => losses.push(...Array.from(values));
      const path = await stepsOf({ stage, training, validation: null, batchSize: 70, seed: SEED, take }, trainers);
      const order = Uint32Array.from({ length: 420 }, (_, i) => (i * 37) % 500);
      await path.run(order, 0, 1, 0);
      await path.settle();
      moments.push({ loss: losses[0] as number, gradient: (await path.optimiserState()).firstMoment });
      path.dispose();
      detector.dispose();
    }
    const [kernels, plain] = moments as [(typeof moments)[0], (typeof moments)[0]];
    expect(Math.abs(kernels.loss / plain.loss - 1)).toBeLessThan(1e-5);
    const largest = plain.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(kernels.gradient).toHaveLength(plain.gradient.length);
    for (const [i, value] of kernels.gradient.entries()) {
      expect(Math.abs(value - (plain.gradient[i] as number))).toBeLessThan(1e-5 * largest);
    }
  });

  it('makes the same views in calls of any length and after a restart', async () => {
    const losses = async (parts: readonly number[], restart = false) => {
      const { detector, training } = made(objects, { batchSize: 40 });
      const [stage] = detector.stages;
      if (!stage?.step) throw new Error('no step');
      const create = async () => {
        const trainer = await kind.create(stage.step!, stepDataOf(training), stage.optimiser, stage.variables, 40);
        if (!trainer) throw new Error('no trainer');
        return trainer;
      };
      let trainer = await create();
      const order = Uint32Array.from({ length: 12 * 40 }, (_, i) => (i * 31) % 500);
      const found: number[] = [];
      for (const count of parts) {
        found.push(...(await trainer.run(order, 40, found.length, count, 1e-2)));
        if (!restart) continue;
        await trainer.sync();
        const state = await trainer.optimiserState();
        trainer.dispose();
        trainer = await create();
        trainer.restore(state);
      }
      trainer.dispose();
      detector.dispose();
      return found;
    };
    const whole = await losses([12]);
    expect(await losses([5, 7])).toEqual(whole);
    expect(await losses([5, 7], true)).toEqual(whole);
  });

  it('leaves a step without a batch size or without physical values to TF.js', async () => {
    const { detector, training } = made(objects, {});
    const [stage] = detector.stages;
    const { raw, ...rest } = stepDataOf(training);
    const data = { ...rest, raw: raw as Float32Array };
    expect(await kind.create(stage!.step!, data, stage!.optimiser, stage!.variables)).toBeUndefined();
    expect(await kind.create(stage!.step!, rest, stage!.optimiser, stage!.variables, 70)).toBeUndefined();
    detector.dispose();
  });
});
