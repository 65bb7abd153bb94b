import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import reference from '../../models/lstm-autoencoder.reference.json';
import { lstmCases, referenceHistograms, referenceLstm } from '../../testing/lstm-reference.ts';
import { slopesOfTrainer } from '../../testing/trainer-slopes.ts';
import { stepDataOf } from '../../training/steps.ts';
import { flatValues } from '../kernels/lstm-forward.ts';
import type { OptimiserState } from '../optimiser.ts';
import { tf } from '../tf.ts';
import { countGpu } from '../webgpu/counters.ts';
import { LstmEngine } from '../webgpu/lstm-engine.ts';
import { lstmGeometry } from '../webgpu/lstm-kernels.ts';
import { objectionsTo, startWebGpu, stopWebGpu, webGpuDevice } from '../webgpu.ts';
import type { StepRequest } from './contract.ts';
import kind, { layoutOf } from './webgpu-lstm-trainer.ts';

const names = Object.keys(lstmCases) as (keyof typeof lstmCases)[];

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

async function trainerOf(name: keyof typeof lstmCases, optimiser = {}) {
  const { rows, bins } = lstmCases[name];
  const detector = await referenceLstm(name);
  const stage = detector.stages[0]!;
  const data = stepDataOf(referenceHistograms(rows, bins));
  const trainer = await kind.create(stage.step!, data, { ...stage.optimiser, ...optimiser }, stage.variables);
  return { detector, stage, data, trainer: trainer! };
}

describe.each(names)('case %s on WebGPU', (name) => {
  const { rows, batch } = lstmCases[name];
  const wanted = reference[name];

  it('has the gradients of PyTorch, seen in the first moment after a step of all rows', async () => {
    const { trainer, stage, detector } = await trainerOf(name);
    const order = Uint32Array.from({ length: rows }, (_, i) => i);
    const objection = await objectionsTo(webGpuDevice(), async () => {
      const [loss] = await trainer.run(order, rows, 0, 1, 1e-3);
      expect(Math.abs(loss! / wanted.loss - 1)).toBeLessThan(1e-5);
    });
    expect(objection).toBeNull();
    const { firstMoment } = await trainer.optimiserState();
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

  it('has the losses of PyTorch to 1e-4 and leaves the weights in the variables', async () => {
    const { trainer, detector, data } = await trainerOf(name);
    const steps = 25;
    const order = Uint32Array.from({ length: steps * batch }, (_, i) => {
      const step = Math.floor(i / batch);
      return ((step * batch) % (rows - batch + 1)) + (i % batch);
    });
    // both under way at once, as the training loop has it
    const [early, late] = await Promise.all([trainer.run(order, batch, 0, 10, 1e-3), trainer.run(order, batch, 10, 15, 1e-3)]);
    const losses = [...early, ...late];
    for (const [step, loss] of wanted.losses.entries())
      expect(Math.abs(losses[step]! / loss - 1), `step ${step}`).toBeLessThan(1e-4);
    const judged = await trainer.evaluate!(data);
    await trainer.sync();
    const { reconstruction } = await detector.forward(referenceHistograms(rows, data.width));
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const squares = Array.from({ length: data.width }, (_, i) => {
        const at = row * data.width + i;
        return (data.x[at]! - reconstruction![at]!) ** 2;
      }).sort((a, b) => b - a);
      const taken = lstmCases[name].loss === 'mse' ? data.width : 10;
      sum += squares.slice(0, taken).reduce((total, square) => total + square, 0) / taken;
    }
    expect(judged / (sum / rows)).toBeCloseTo(1, 4);
    trainer.dispose();
    detector.dispose();
  });
});

describe('the trainer on WebGPU', () => {
  it('has a gradient that is the slope of its loss', async () => {
    const { trainer, stage, data, detector } = await trainerOf('top');
    trainer.dispose();
    const create = async () => (await kind.create(stage.step!, data, stage.optimiser, stage.variables))!;
    const [slope] = await slopesOfTrainer(create, stage.variables, [stage.variables], data);
    expect(Math.abs(slope! - 1)).toBeLessThan(0.01);
    detector.dispose();
  });

  it('takes two dispatches a step whatever the length of the sequence', async () => {
    for (const name of ['top', 'deep'] as const) {
      const { trainer, detector } = await trainerOf(name);
      const order = Uint32Array.from({ length: 36 }, (_, i) => i % 12);
      await trainer.run(order, 12, 0, 1, 1e-3);
      const { dispatches, submits, bindGroups } = await countGpu(webGpuDevice(), () => trainer.run(order, 12, 0, 3, 1e-3));
      expect({ dispatches, bindGroups }).toEqual({ dispatches: 6, bindGroups: 0 });
      expect(submits).toBeLessThanOrEqual(2);
      trainer.dispose();
      detector.dispose();
    }
  });

  it('compiles the loops over time once for a device, whatever the batch, the members and the rows', async () => {
    const { trainer, detector, stage, data } = await trainerOf('deep');
    await trainer.run(Uint32Array.of(0, 1, 2), 3, 0, 1, 1e-3);
    await trainer.evaluate!(data);
    const compile = vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync');
    const few = stepDataOf(referenceHistograms(7, data.width));
    const request = { step: stage.step!, data: few, optimiser: stage.optimiser, variables: stage.variables, batch: 4 };
    const two = (await kind.createTogether!([request, request]))!;
    const order = Uint32Array.of(3, 1, 0, 5);
    await two.run([order, order], 4, 0, 1, [1e-3, 1e-3]);
    await two.evaluate!([few]);
    expect(compile.mock.calls.map(([{ label }]) => label)).toEqual(['LSTM update']);
    compile.mockRestore();
    two.dispose();
    trainer.dispose();
    detector.dispose();
  });

  it('goes on from a saved state with AMSGrad and decay as if it had never stopped', async () => {
    const optimiser = { amsgrad: true, weightDecay: 0.1 };
    const order = Uint32Array.from({ length: 36 }, (_, i) => (i * 7) % 19);
    const first = await trainerOf('deep', optimiser);
    const whole = await first.trainer.run(order, 12, 0, 3, 1e-2);
    const second = await trainerOf('deep', optimiser);
    const begun = await second.trainer.run(order, 12, 0, 1, 1e-2);
    await second.trainer.sync();
    const { stage, data } = second;
    const third = (await kind.create(stage.step!, data, { ...stage.optimiser, ...optimiser }, stage.variables))!;
    third.restore(await second.trainer.optimiserState());
    const rest = await third.run(order, 12, 1, 2, 1e-2);
    expect([...begun, ...rest]).toEqual([...whole]);
    third.dispose();
    for (const { detector, trainer } of [first, second]) {
      trainer.dispose();
      detector.dispose();
    }
  });

  it('leaves to TF.js what it does not know, and no tensor behind', async () => {
    const { stage, data, detector, trainer } = await trainerOf('deep');
    const before = tf.memory().numTensors;
    await trainer.run(Uint32Array.of(0, 1, 2), 3, 0, 1, 1e-3);
    await trainer.sync();
    expect(tf.memory().numTensors).toBe(before);
    const step = stage.step!;
    expect(
      await kind.create({ ...step, loss: { kind: 'mae', masked: false } }, data, stage.optimiser, stage.variables),
    ).toBeUndefined();
    expect(await kind.create(step, data, stage.optimiser, stage.variables.slice(1))).toBeUndefined();
    trainer.dispose();
    detector.dispose();
  });
});

describe('several members on WebGPU', () => {
  const optimiser = { amsgrad: true, weightDecay: 0.1 };
  const rates = [1e-2, 3e-3, 1e-3];

  /** What `count` members with weights of their own ask for, and their orders of the rows. */
  async function membersOf(name: keyof typeof lstmCases, count: number) {
    const { rows, bins, batch } = lstmCases[name];
    const data = stepDataOf(referenceHistograms(rows, bins));
    const detectors = await Promise.all(Array.from({ length: count }, () => referenceLstm(name)));
    const requests = detectors.map(({ stages }, member): StepRequest => {
      const { step, variables, optimiser: own } = stages[0]!;
      tf.tidy(() => {
        for (const variable of variables) variable.assign(tf.mul(variable, 1 - 0.2 * member));
      });
      return { step: step!, data, optimiser: { ...own, ...optimiser }, variables, batch };
    });
    const steps = 5;
    const orders = requests.map((_, member) =>
      Uint32Array.from({ length: steps * batch }, (_, i) => (i * (2 * member + 3) + 5 * member) % rows),
    );
    const free = () => {
      for (const detector of detectors) detector.dispose();
    };
    return { requests, orders, steps, batch, data, free };
  }

  it.each(['top', 'deep'] as const)('have the bits that each has alone, whatever the order of its rows: %s', async (name) => {
    const { requests, orders, steps, batch, data, free } = await membersOf(name, 3);
    const alone: { losses: Float32Array; judged: number; state: OptimiserState; weights: Float32Array }[] = [];
    for (const [member, { step, optimiser: own, variables }] of requests.entries()) {
      const start = variables.map((variable) => variable.clone());
      const trainer = (await kind.create(step, data, own, variables, batch))!;
      const losses = await trainer.run(orders[member]!, batch, 0, steps, rates[member]!);
      const judged = await trainer.evaluate!(data);
      await trainer.sync();
      const [state, weights] = [await trainer.optimiserState(), await flatValues(variables)];
      alone.push({ losses, judged, state, weights });
      trainer.dispose();
      for (const [i, variable] of variables.entries()) variable.assign(start[i]!);
      tf.dispose(start);
    }
    const trainer = (await kind.createTogether!(requests))!;
    const objection = await objectionsTo(webGpuDevice(), async () => {
      const early = await trainer.run(orders, batch, 0, 2, rates);
      const late = await trainer.run(orders, batch, 2, steps - 2, rates);
      const losses = [...early, ...late];
      const judged = await trainer.evaluate!([data]);
      for (const [member, { variables }] of requests.entries()) {
        await trainer.sync(member);
        const own = losses.filter((_, i) => i % 3 === member);
        const state = await trainer.optimiserState(member);
        const weights = await flatValues(variables);
        expect({ losses: Float32Array.from(own), judged: judged[member], state, weights }).toEqual(alone[member]);
      }
    });
    expect(objection).toBeNull();
    expect(new Set(alone.map(({ losses }) => losses[0])).size).toBe(3);
    trainer.dispose();
    free();
  });

  it('take the two dispatches of one, whatever their number and the length of the sequence', async () => {
    for (const [name, count] of [
      ['top', 1],
      ['top', 3],
      ['deep', 2],
    ] as const) {
      const { requests, orders, batch, data, free } = await membersOf(name, count);
      const trainer = (await kind.createTogether!(requests))!;
      const own = rates.slice(0, count);
      await trainer.run(orders, batch, 0, 1, own);
      const { dispatches, submits } = await countGpu(webGpuDevice(), () => trainer.run(orders, batch, 1, 3, own));
      expect({ dispatches, submits }).toEqual({ dispatches: 6, submits: 2 });
      await trainer.evaluate!([data]);
      expect((await countGpu(webGpuDevice(), () => trainer.evaluate!([data]))).dispatches).toBe(1);
      trainer.dispose();
      free();
    }
  });

  it('have the same bits where the scratch rows hold a part of the batch, and each its own saved state', async () => {
    const { requests, orders, steps, batch, data, free } = await membersOf('deep', 2);
    const [{ step, variables, optimiser: own }] = requests as [StepRequest];
    const layout = layoutOf(step, data, variables)!;
    const starts = await Promise.all(requests.map((request) => flatValues(request.variables)));
    const { together } = lstmGeometry(layout);
    expect(batch).toBeGreaterThan(2 * together);
    const [whole, parts, later] = [32 * together, together, together].map(
      (capacity) => new LstmEngine(webGpuDevice(), layout, data, own, starts, capacity),
    ) as [LstmEngine, LstmEngine, LstmEngine];
    const losses = await whole.run(orders, batch, 0, steps, rates.slice(0, 2));
    expect(await parts.run(orders, batch, 0, steps, rates.slice(0, 2))).toEqual(losses);
    expect(await parts.evaluate(data)).toEqual(await whole.evaluate(data));
    for (const member of [1, 0]) later.restore(member, await parts.optimiserState(member));
    for (const member of [0, 1]) expect(await later.optimiserState(member)).toEqual(await whole.optimiserState(member));
    for (const engine of [whole, parts, later]) engine.dispose();
    free();
  });

  it('are left to train one after another where there are more than a slot has room for', async () => {
    const { requests, free } = await membersOf('deep', 1);
    const many = (count: number) => kind.createTogether!(Array.from({ length: count }, () => requests[0]!));
    expect(await many(16)).toBeUndefined();
    const most = await many(15);
    expect(most?.words).toBe('WebGPU LSTM, one of 15 side by side');
    most?.dispose();
    free();
  });
});
