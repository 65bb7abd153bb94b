/** Siamese networks in the WebGPU dense trainer, against the stage's own loss under TF.js autodiff on plain JavaScript. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkParams } from '../../base/params.ts';
import model from '../../models/event-siamese.ts';
import { fixture, freeRun } from '../../testing/fixtures.ts';
import { slopesOfTrainer } from '../../testing/trainer-slopes.ts';
import { placesFor, trainAt } from '../../training/ensemble.ts';
import { train } from '../../training/loop.ts';
import { rowsOf } from '../../training/score.ts';
import { stepDataOf } from '../../training/steps.ts';
import { tf } from '../tf.ts';
import { startWebGpu, stopWebGpu } from '../webgpu.ts';
import { trainerFor } from './registry.ts';
import kind from './webgpu-dense-trainer.ts';

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

it('has for seeds side by side the numbers that each has alone, over chunks that fill the room for views and one that does not', async () => {
  await tf.setBackend('webgpu');
  const source = fixture('table', 8, 330);
  const members = [3, 8].map((seed) => {
    const params = { hidden: [12, 9], embedding: 5, batchSize: 37, epochs: 2, patience: 0, schedule: 'constant' };
    const make = () => model.build(source.input, checkParams(model.params, params, 'test'), seed);
    return { seed, make };
  });
  const given = source.batch(source.background, members[0]!.make().scaling);
  const data = { training: given, validation: rowsOf(given, 250, 330) };
  const alone = [];
  for (const { seed, make } of members) {
    const detector = make();
    alone.push({ history: (await train(detector, data, freeRun, seed)).history, weights: await detector.weights() });
  }
  const places = placesFor(2);
  const words: string[] = [];
  const together = await Promise.all(
    members.map(async ({ seed, make }, i) => {
      const [detector, place] = [make(), places[i]!];
      const trainers = async (...asked: Parameters<typeof trainerFor>) => {
        const trainer = await place.trainers(...asked);
        words.push(trainer?.words ?? 'none');
        return trainer;
      };
      await place.enter();
      const { history } = await trainAt({ ...place, waits: false, trainers }, detector, () => data, freeRun, seed);
      place.leave();
      return { history, weights: await detector.weights() };
    }),
  );
  expect(words).toEqual(Array(2).fill('WebGPU dense with views, one workgroup, one of 2 side by side'));
  expect(together).toEqual(alone);
  expect(alone[0]!.history).not.toEqual(alone[1]!.history);
});

it('has the losses, the validation loss and the weights of TF.js, with batches that fill no tile', async () => {
  const source = fixture('table', 8, 330);
  const results = [];
  for (const backend of ['webgpu', 'cpu']) {
    await tf.setBackend(backend);
    const params = { hidden: [12, 9], embedding: 5, batchSize: 37, epochs: 2, patience: 0, schedule: 'constant' };
    const detector = model.build(source.input, checkParams(model.params, params, 'test'), 3);
    const training = source.batch(source.background, detector.scaling);
    let words = '';
    const trainers = async (...given: Parameters<typeof trainerFor>) => {
      const trainer = backend === 'webgpu' ? await trainerFor(...given) : undefined;
      words = trainer?.words ?? 'none';
      return trainer;
    };
    const validation = rowsOf(training, 250, 330);
    const { history } = await train(detector, { training, validation }, freeRun, 3, { trainers });
    expect(words).toBe(backend === 'webgpu' ? 'WebGPU dense with views, one workgroup' : 'none');
    results.push({
      losses: history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]),
      weights: await detector.weights(),
    });
    detector.dispose();
  }
  const [gpu, plain] = results as [(typeof results)[0], (typeof results)[0]];
  expect(gpu.losses).toHaveLength(4);
  // biases before a batch norm have no gradient but rounding, of which Adam makes steps of full size
  for (const [i, loss] of gpu.losses.entries()) expect(Math.abs(loss / (plain.losses[i] as number) - 1)).toBeLessThan(1e-3);
  for (const [i, { name, values }] of gpu.weights.entries()) {
    if (!name.includes('similarity')) continue;
    for (const [j, value] of values.entries()) expect(value).toBeCloseTo(plain.weights[i]?.values[j] as number, 3);
  }
});

it('has gradients that are the slopes of its loss: of kernels, of norms, and of the head', async () => {
  await tf.setBackend('webgpu');
  const source = fixture('table', 8, 37);
  const params = { hidden: [12, 9], embedding: 5, batchSize: 37 };
  const detector = model.build(source.input, checkParams(model.params, params, 'test'), 3);
  const training = source.batch(source.background, detector.scaling);
  detector.prepare?.(training);
  const stage = detector.stages[0]!;
  const data = stepDataOf(training);
  const create = async () => (await kind.create(stage.step!, data, stage.optimiser, stage.variables, 37))!;
  const encoder = stage.variables.slice(0, -4);
  const named = (word: string) => encoder.filter(({ name }) => name.includes(word));
  const groups = [named('kernel'), named('gamma'), stage.variables.slice(-4)];
  expect(groups.map(({ length }) => length)).toEqual([3, 3, 4]);
  const straight = { mode: 'training', change: 0.004, longest: 0.005 } as const;
  for (const [i, slope] of (await slopesOfTrainer(create, stage.variables, groups, data, straight)).entries()) {
    expect(Math.abs(slope - 1), `group ${i}`).toBeLessThan(0.01);
  }
  detector.dispose();
});
