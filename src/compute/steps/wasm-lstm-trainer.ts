/**
 * Whole training steps of an LSTM autoencoder in our own WASM kernel (`kernels/assembly/lstm-steps.ts`): forward pass, loss, backward
 * pass through time and Adam without a TF.js operation.
 *
 * Takes: LSTM layers with sigmoid gates down to a last state, repeated, LSTM layers up, a dense layer at each step; mean squared
 * error or the n largest squared errors, without a mask; Adam in all its forms. Everything else is left to TF.js.
 */

import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import type { Call } from '../kernels/aside.ts';
import { flatValues } from '../kernels/lstm-forward.ts';
import { LstmMemory, lanes } from '../kernels/lstm-memory.ts';
import { lstmChainOf, packedOrder, planWords } from '../kernels/lstm-plan.ts';
import type { OptimiserState } from '../optimiser.ts';
import { tf } from '../tf.ts';
import { lossWeight, type StepData, type StepDescription, type StepTrainer, type StepTrainerKind } from './contract.ts';

/** Gradients are summed in so many groups of blocks, whatever the number of threads: the same bits with any. */
const groups = 8;
const evaluatedRows = 1024;

/** @param make a memory: one with a thread of its own makes all calls there */
async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  make: () => Promise<LstmMemory | undefined>,
): Promise<StepTrainer | undefined> {
  const chain = lstmChainOf(step.layers);
  const { loss } = step;
  if (!chain || step.inputNoise || loss.kind === 'mae' || loss.kind === 'pairs' || loss.masked || lossWeight(loss) !== 1)
    return undefined;
  const order = packedOrder(chain, variables);
  const width = chain.steps * chain.features;
  const outWidth = chain.steps * chain.outputs;
  if (!order || order.length !== sizeOf(variables) || data.width !== width || data.targetWidth !== outWidth) return undefined;
  const memory = await make();
  if (!memory) return undefined;
  const { kernels, aside } = memory;

  const size = order.length;
  const padded = Math.ceil(size / 4) * 4;
  const counted = loss.kind === 'top-n' ? Math.min(loss.n, outWidth) : outWidth;
  const [weights, sum, m, v] = [1, 2, 3, 4].map(() => memory.take(4 * padded)) as [number, number, number, number];
  const peak = optimiser.amsgrad ? memory.take(4 * padded) : 0;
  const gradients = memory.take(16 * size * groups);
  const plan = memory.put(planWords(chain, weights, loss.kind === 'top-n' ? counted : 0));
  const scratch = memory.take(kernels.scratchBytes(plan));
  const x = memory.put(data.x);
  const target = data.target === data.x ? x : memory.put(data.target);
  const rowNumbers = memory.take(4 * data.rows);
  let judged: { x: number; target: number; rows: number } | undefined;
  let steps = 0;
  let open = true;

  const pack = (address: number, flat: ArrayLike<number>) => {
    memory.floats(address, size).set(Float32Array.from(order, (at) => flat[at] as number));
  };
  const unpack = (address: number): Float32Array => {
    const flat = new Float32Array(size);
    const packed = memory.floats(address, size);
    for (const [i, at] of order.entries()) flat[at] = packed[i] as number;
    return flat;
  };
  pack(weights, await flatValues(variables));

  const clear = (address: number, bytes: number) => memory.floats(address, bytes / 4).fill(0);
  /** Makes calls, in order. */
  const perform = async (calls: readonly Call[]): Promise<number[]> => {
    if (aside) return aside.callAll(calls);
    const functions = { ...kernels, clear } as unknown as Record<string, (...numbers: number[]) => number>;
    return calls.map(([name, ...numbers]) => functions[name]?.(...numbers) as number);
  };

  /** The calls of a step: gradients, of which each group gives its loss, their sum, and Adam. */
  const callsOf = (at: number, batch: number, learningRate: number): Call[] => {
    const blocks = Math.ceil(batch / lanes);
    const scale = 2 / (batch * counted);
    const ofGroups = Array.from({ length: groups }, (_, group): Call => {
      const first = Math.floor((group * blocks) / groups);
      const end = Math.floor(((group + 1) * blocks) / groups);
      return ['trainBlocks', plan, scratch, gradients + 16 * size * group, x, target, at, batch, first, end, scale];
    });
    steps++;
    const { beta1, beta2, weightDecay } = optimiser;
    const root = Math.sqrt(1 - beta2 ** steps);
    const rate = (learningRate * root) / (1 - beta1 ** steps);
    const keep = 1 - learningRate * weightDecay;
    const factors = [beta1, 1 - beta1, beta2, 1 - beta2, rate, optimiser.epsilon * root, keep];
    return [
      ['clear', gradients, 16 * size * groups],
      ...ofGroups,
      ['sumGroups', gradients, groups, size, sum],
      ['adam', weights, sum, m, v, peak, padded, ...factors],
    ];
  };
  const callsOfStep = groups + 3;

  return {
    words: aside ? 'WASM LSTM, a thread of its own' : 'WASM LSTM, 1 thread',
    async run(rowOrder, batch, first, count, learningRate) {
      memory.words(rowNumbers, count * batch).set(rowOrder.subarray(first * batch, (first + count) * batch));
      const calls = Array.from({ length: count }, (_, k) => callsOf(rowNumbers + 4 * k * batch, batch, learningRate));
      const given = await perform(calls.flat());
      return Float32Array.from({ length: count }, (_, k) => {
        const ofGroups = given.slice(k * callsOfStep + 1, k * callsOfStep + 1 + groups);
        return ofGroups.reduce((total, loss) => total + loss, 0) / (batch * counted);
      });
    },
    async evaluate({ rows, x: values, target: truth }) {
      judged ??= {
        x: memory.take(4 * evaluatedRows * width),
        target: memory.take(4 * evaluatedRows * outWidth),
        rows: memory.put(Uint32Array.from({ length: evaluatedRows }, (_, i) => i)),
      };
      let total = 0;
      for (let start = 0; start < rows; start += evaluatedRows) {
        const count = Math.min(evaluatedRows, rows - start);
        memory.floats(judged.x, count * width).set(values.subarray(start * width, (start + count) * width));
        memory.floats(judged.target, count * outWidth).set(truth.subarray(start * outWidth, (start + count) * outWidth));
        const [loss] = await perform([['lossRows', plan, scratch, judged.x, judged.target, judged.rows, count]]);
        total += loss as number;
      }
      return total / (rows * counted);
    },
    async sync() {
      const flat = unpack(weights);
      tf.tidy(() => {
        let start = 0;
        for (const variable of variables) {
          variable.assign(tf.tensor(flat.slice(start, start + variable.size), variable.shape, 'float32'));
          start += variable.size;
        }
      });
    },
    async optimiserState() {
      return {
        steps,
        firstMoment: unpack(m),
        secondMoment: unpack(v),
        largestSecondMoment: peak ? unpack(peak) : new Float32Array(0),
      };
    },
    restore(state: OptimiserState) {
      steps = state.steps;
      pack(m, state.firstMoment);
      pack(v, state.secondMoment);
      if (peak) pack(peak, state.largestSecondMoment);
    },
    dispose() {
      if (open) memory.release();
      open = false;
    },
  };
}

function sizeOf(variables: readonly Variable[]): number {
  return variables.reduce((sum, { size }) => sum + size, 0);
}

const kind: StepTrainerKind = {
  id: 'wasm-lstm',
  backend: 'wasm',
  create: (step, data, optimiser, variables) => create(step, data, optimiser, variables, () => LstmMemory.create()),
  createAside: (step, data, optimiser, variables) => create(step, data, optimiser, variables, () => LstmMemory.createAside()),
};

export default kind;
