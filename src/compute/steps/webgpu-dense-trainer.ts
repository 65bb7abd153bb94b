/**
 * Whole training steps of dense stacks on WebGPU: dense, activation, batch normalisation, physical heads, variational sampling, noise
 * on the input; every loss of the contract; Adam, AMSGrad, AdamW. Four dispatches a step (`../webgpu/dense-kernels.ts`), a chunk of steps in
 * one submit, rows resident on the device. Up to 15 members train side by side, as the second dimension of every grid.
 *
 * Limits, beyond which TF.js takes over: layers up to 4,096 wide, each weight used once, rows in as many 128 MiB buffers as a
 * kernel can bind beside two others (2 million rows of 57 numbers take four, two as float16, or one as levels and another buffer for these), scratch rows of a batch, of all
 * members together, within one such buffer.
 */

import type { Variable } from '@tensorflow/tfjs';
import { joined } from '../../numeric/joined.ts';
import type { OptimiserSpec } from '../contract.ts';
import { tf } from '../tf.ts';
import { DenseEngine, fits, type MemberStart, roomForViews } from '../webgpu/dense-engine.ts';
import { type Plan, planDense } from '../webgpu/dense-plan.ts';
import { mostMembers } from '../webgpu/kernel.ts';
import { webGpuDevice } from '../webgpu.ts';
import {
  type EnsembleTrainer,
  rawRows,
  roundedRows,
  type StepData,
  type StepDescription,
  type StepRequest,
  type StepTrainer,
  type StepTrainerKind,
  type StepViews,
  sameRows,
} from './contract.ts';

/** Chunks under way at once: one runs while the losses of the other are read. */
const depth = 2;

async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  batch?: number,
): Promise<StepTrainer | undefined> {
  const device = webGpuDevice();
  if (step.views) {
    const viewed = await createViewed([{ step, data, optimiser, variables, batch }]);
    return (
      viewed && {
        words: viewed.words,
        depth,
        run: (order, rows, first, count, learningRate) => viewed.run([order], rows, first, count, [learningRate]),
        sync: () => viewed.sync(0),
        optimiserState: () => viewed.optimiserState(0),
        restore: (state) => viewed.restore(0, state),
        dispose: () => viewed.dispose(),
      }
    );
  }
  const plan = planDense(step, data.width, data.targetWidth, data.target === data.x, variables);
  if (!plan || !fits(device, plan, data, batch ?? data.rows, 1)) return undefined;
  const engine = await DenseEngine.create(device, plan, data, optimiser, [await startOf(step, plan, variables)], batch);
  return {
    words: `WebGPU dense, ${plan.batchStatistics ? 'one workgroup' : 'tiled'}`,
    ...roundedRows(data),
    depth,
    run: (order, rows, first, count, learningRate) => engine.run([order], rows, first, count, [learningRate]),
    evaluate: async (judged) => (await engine.evaluate(judged))[0] as number,
    sync: () => writeBack(engine, 0, plan, variables),
    optimiserState: () => engine.optimiserState(0),
    restore: (state) => engine.restore(0, state),
    dispose: () => engine.dispose(),
  };
}

/** Members are the second dimension of every grid. */
async function createTogether(requests: readonly StepRequest[]): Promise<EnsembleTrainer | undefined> {
  if (requests.length > mostMembers) return undefined;
  if (requests.some(({ step }) => step.views)) return createViewed(requests);
  const device = webGpuDevice();
  const [{ data: first, batch, optimiser }] = requests as [StepRequest];
  const data = sameRows(requests) ? first : rowsTogether(requests.map((request) => request.data));
  if (!data) return undefined;
  const plans = requests.map(({ step, variables }) =>
    planDense(step, data.width, data.targetWidth, data.target === data.x, variables),
  );
  const [plan] = plans;
  if (!plan || plans.includes(undefined) || !fits(device, plan, data, batch ?? first.rows, requests.length)) return undefined;
  const starts = await Promise.all(requests.map(({ step, variables }, i) => startOf(step, plans[i] as Plan, variables)));
  const engine = await DenseEngine.create(device, plan, data, optimiser, starts, batch);
  const ordersOf = data === first ? (orders: readonly Uint32Array[]) => orders : shiftedOrders(first.rows);
  return {
    words: `WebGPU dense, one of ${engine.members} side by side${data === first ? '' : ', each on rows of its own'}`,
    ...roundedRows(data),
    members: engine.members,
    run: (orders, rows, step, count, rates) => engine.run(ordersOf(orders), rows, step, count, rates),
    evaluate: (judged) => judgeEach(engine, judged),
    sync: (member) => writeBack(engine, member, plans[member] as Plan, (requests[member] as StepRequest).variables),
    optimiserState: (member) => engine.optimiserState(member),
    restore: (member, state) => engine.restore(member, state),
    dispose: () => engine.dispose(),
  };
}

/** The rows of all members, one after another; undefined where they are not as many of the same kind. */
function rowsTogether(all: readonly StepData[]): StepData | undefined {
  const [first] = all as [StepData];
  const isAlike = ({ rows, width, targetWidth, storage, x, target }: StepData) =>
    rows === first.rows &&
    width === first.width &&
    targetWidth === first.targetWidth &&
    storage === first.storage &&
    (x === target) === (first.x === first.target);
  if (!all.every(isAlike)) return undefined;
  const x = joined(all.map((data) => data.x));
  const mask = new Uint8Array(all.length * first.mask.length);
  for (const [m, data] of all.entries()) mask.set(data.mask, m * first.mask.length);
  const target = first.x === first.target ? x : joined(all.map((data) => data.target));
  return { ...first, rows: all.length * first.rows, x, target, mask };
}

/** Row numbers of each member among those of all; an order that was given before gives the same array. */
function shiftedOrders(rows: number): (orders: readonly Uint32Array[]) => readonly Uint32Array[] {
  const last: { order: Uint32Array; shifted: Uint32Array }[] = [];
  return (orders) =>
    orders.map((order, m) => {
      if (last[m]?.order !== order) last[m] = { order, shifted: order.map((row) => row + m * rows) };
      return (last[m] as { shifted: Uint32Array }).shifted;
    });
}

/** Members that are judged on the same rows are judged at once. */
async function judgeEach(engine: DenseEngine, judged: readonly StepData[]): Promise<number[]> {
  const losses = new Map<object, Promise<number[]>>();
  const found: number[] = [];
  for (const [m, data] of judged.entries()) {
    const rows = data.source ?? data;
    const together = losses.get(rows) ?? engine.evaluate(data);
    losses.set(rows, together);
    found.push((await together)[m] as number);
  }
  return found;
}

/** Steps whose rows are made on the host, for each member by itself: they are uploaded before each chunk, one member after another. */
async function createViewed(requests: readonly StepRequest[]): Promise<EnsembleTrainer | undefined> {
  const device = webGpuDevice();
  const [{ data, batch, optimiser }] = requests as [StepRequest];
  const plans = requests.map(({ step, variables }) => planDense(step, data.width, data.width, true, variables));
  const views = requests.map(({ step }) => step.views);
  const [plan] = plans;
  if (!plan || plans.includes(undefined) || views.includes(undefined) || !batch || !data.raw) return undefined;
  const members = requests.length;
  const samples = (views[0] as StepViews).views * batch;
  const room = roomForViews(data, members * samples);
  if (!fits(device, plan, room, samples, members)) return undefined;
  const starts = await Promise.all(requests.map(({ step, variables }, i) => startOf(step, plans[i] as Plan, variables)));
  const engine = await DenseEngine.create(device, plan, room, optimiser, starts, samples);
  const atOnce = room.rows / (members * samples);
  /** Where the rows of a member lie: those of all members for one step, then those for the next. */
  const places = requests.map((_, m) =>
    Uint32Array.from({ length: atOnce * samples }, (_, i) => (Math.floor(i / samples) * members + m) * samples + (i % samples)),
  );
  let taken = 0;
  return {
    words: `WebGPU dense with views, one workgroup${members > 1 ? `, one of ${members} side by side` : ''}`,
    members,
    async run(orders, rows, first, count, rates) {
      const losses: Promise<Float32Array>[] = [];
      for (let done = 0; done < count; done += atOnce) {
        const steps = Math.min(atOnce, count - done);
        const made = new Float32Array(steps * members * samples * data.width);
        for (let k = 0; k < steps; k++, taken++) {
          const at = (first + done + k) * rows;
          for (const [m, order] of orders.entries()) {
            const viewed = (views[m] as StepViews).make(rawRows(data, order.subarray(at, at + rows)), taken);
            made.set(viewed, (k * members + m) * samples * data.width);
          }
        }
        losses.push(engine.run(places, samples, 0, steps, rates, made));
      }
      return joined(await Promise.all(losses));
    },
    sync: (member) => writeBack(engine, member, plans[member] as Plan, (requests[member] as StepRequest).variables),
    optimiserState: (member) => engine.optimiserState(member),
    restore(member, state) {
      taken = state.steps;
      engine.restore(member, state);
    },
    dispose: () => engine.dispose(),
  };
}

/** Present weights of a model, as a member of an engine starts from them. */
async function startOf(step: StepDescription, plan: Plan, variables: readonly Variable[]): Promise<MemberStart> {
  const parameters = new Float32Array(plan.parameters);
  let at = 0;
  for (const variable of variables) {
    parameters.set(await variable.data<'float32'>(), at);
    at += variable.size;
  }
  const moving = await Promise.all(plan.moving.map(async ({ variable }) => Float32Array.from(await variable.data())));
  const sampling = step.layers.find((layer) => layer.kind === 'gaussian');
  return { parameters, moving, seed: sampling?.kind === 'gaussian' ? sampling.seed : (step.inputNoise?.seed ?? 1) };
}

/** Puts the weights and moving statistics of a member into a model's variables. */
async function writeBack(engine: DenseEngine, member: number, plan: Plan, variables: readonly Variable[]): Promise<void> {
  const [parameters, moving] = await Promise.all([engine.readParameters(member), engine.readMoving(member)]);
  tf.tidy(() => {
    let at = 0;
    for (const variable of variables) {
      variable.assign(tf.tensor(parameters.slice(at, at + variable.size), variable.shape));
      at += variable.size;
    }
    for (const [i, { variable }] of plan.moving.entries()) {
      variable.assign(tf.tensor(moving[i] as Float32Array, variable.shape));
    }
  });
}

const trainer: StepTrainerKind = { id: 'webgpu-dense', backend: 'webgpu', create, createTogether };

export default trainer;
