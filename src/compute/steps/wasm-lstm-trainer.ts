/**
 * Whole training steps of an LSTM autoencoder in our own WASM kernel (`kernels/assembly/lstm-steps.ts`): forward pass, loss, backward
 * pass through time and Adam without a TF.js operation.
 *
 * Takes: LSTM layers with sigmoid gates down to a last state, repeated, LSTM layers up, a dense layer at each step; mean squared
 * error or the n largest squared errors, without a mask; Adam in all its forms. Everything else is left to TF.js.
 */

import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { flatValues } from '../kernels/lstm-forward.ts';
import { LstmMemory, lanes } from '../kernels/lstm-memory.ts';
import { lstmChainOf, packedOrder, planWords } from '../kernels/lstm-plan.ts';
import type { OptimiserState } from '../optimiser.ts';
import { tf } from '../tf.ts';
import { lossWeight, type StepData, type StepDescription, type StepTrainer, type StepTrainerKind } from './contract.ts';

/** Gradients are summed in so many groups of blocks, whatever the number of threads: the same bits with any. */
const groups = 8;
const evaluatedRows = 1024;

async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
): Promise<StepTrainer | undefined> {
  const chain = lstmChainOf(step.layers);
  const { loss } = step;
  if (!chain || loss.kind === 'mae' || loss.kind === 'pairs' || loss.masked || lossWeight(loss) !== 1) return undefined;
  const order = packedOrder(chain, variables);
  const width = chain.steps * chain.features;
  const outWidth = chain.steps * chain.outputs;
  if (!order || order.length !== sizeOf(variables) || data.width !== width || data.targetWidth !== outWidth) return undefined;
  const memory = await LstmMemory.create(false);
  if (!memory) return undefined;
  const { kernels } = memory;

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

  /** Loss of a step, after which the weights have moved. */
  const trainStep = (at: number, batch: number, learningRate: number): number => {
    const blocks = Math.ceil(batch / lanes);
    const scale = 2 / (batch * counted);
    memory.floats(gradients, 4 * size * groups).fill(0);
    let total = 0;
    for (let group = 0; group < groups; group++) {
      const first = Math.floor((group * blocks) / groups);
      const end = Math.floor(((group + 1) * blocks) / groups);
      total += kernels.trainBlocks(plan, scratch, gradients + 16 * size * group, x, target, at, batch, first, end, scale);
    }
    kernels.sumGroups(gradients, groups, size, sum);
    steps++;
    const { beta1, beta2, weightDecay } = optimiser;
    const root = Math.sqrt(1 - beta2 ** steps);
    const rate = (learningRate * root) / (1 - beta1 ** steps);
    const keep = 1 - learningRate * weightDecay;
    kernels.adam(
      ...([weights, sum, m, v, peak, padded] as const),
      ...([beta1, 1 - beta1, beta2, 1 - beta2, rate, optimiser.epsilon * root, keep] as const),
    );
    return total / (batch * counted);
  };

  return {
    words: 'WASM LSTM, 1 thread',
    async run(rowOrder, batch, first, count, learningRate) {
      memory.words(rowNumbers, count * batch).set(rowOrder.subarray(first * batch, (first + count) * batch));
      return Float32Array.from({ length: count }, (_, k) => trainStep(rowNumbers + 4 * k * batch, batch, learningRate));
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
        total += kernels.lossRows(plan, scratch, judged.x, judged.target, judged.rows, count);
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

const kind: StepTrainerKind = { id: 'wasm-lstm', backend: 'wasm', create };

export default kind;
