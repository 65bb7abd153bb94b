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
import { LstmMemory, lanes, mostThreads } from '../kernels/lstm-memory.ts';
import { lstmChainOf, packedOrder, planWords } from '../kernels/lstm-plan.ts';
import type { OptimiserState } from '../optimiser.ts';
import { tf } from '../tf.ts';
import { lossWeight, type StepData, type StepDescription, type StepTrainer, type StepTrainerKind } from './contract.ts';
import { ThreadChoice } from './thread-choice.ts';

/** Gradients are summed in so many groups of blocks, whatever the number of threads: the same bits with any. */
const groups = 8;
const evaluatedRows = 1024;
/** Steps that are asked for at once. */
const stepsAtOnce = 256;
/** Numbers of a step that `adam` needs. */
const factorsOfStep = 7;

/** @param aside on a thread of its own instead of this one and helpers */
async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  aside: boolean,
): Promise<StepTrainer | undefined> {
  const chain = lstmChainOf(step.layers);
  const { loss } = step;
  if (!chain || step.inputNoise || loss.kind === 'mae' || loss.kind === 'pairs' || loss.masked || lossWeight(loss) !== 1)
    return undefined;
  const order = packedOrder(chain, variables);
  const width = chain.steps * chain.features;
  const outWidth = chain.steps * chain.outputs;
  if (!order || order.length !== sizeOf(variables) || data.width !== width || data.targetWidth !== outWidth) return undefined;
  const memory = await LstmMemory.create();
  if (!memory) return undefined;
  const { arena } = memory;
  if (aside && !(await arena.startAside())) {
    memory.release();
    return undefined;
  }

  const size = order.length;
  const padded = Math.ceil(size / 4) * 4;
  const counted = loss.kind === 'top-n' ? Math.min(loss.n, outWidth) : outWidth;
  const [weights, sum, m, v] = [1, 2, 3, 4].map(() => memory.take(4 * padded)) as [number, number, number, number];
  const peak = optimiser.amsgrad ? memory.take(4 * padded) : 0;
  const gradients = memory.take(16 * size * groups);
  const plan = memory.put(planWords(chain, weights, loss.kind === 'top-n' ? counted : 0));
  const scratchBytes = Math.ceil(arena.exports.scratchBytes(plan) / 64) * 64;
  const scratch = memory.take((aside ? 1 : mostThreads) * scratchBytes);
  const factors = memory.take(4 * factorsOfStep * stepsAtOnce);
  const losses = memory.take(8 * Math.max(groups * stepsAtOnce, Math.ceil(evaluatedRows / lanes)));
  const x = memory.put(data.x);
  const target = data.target === data.x ? x : memory.put(data.target);
  const rowNumbers = memory.take(4 * data.rows);
  let judged: { x: number; target: number; rows: number } | undefined;
  const [choice, judging] = [new ThreadChoice(), new ThreadChoice()];
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

  memory.control({
    ...{ plan, scratch, scratchBytes, gradients, groups, weights, sum, firstMoment: m, secondMoment: v, peak },
    ...{ count: size, factors, losses, latent: 0 },
  });

  /** Does what the control record says. @param units size of the work, see `ThreadChoice` */
  const perform = async (threadsBy: ThreadChoice, blocks: number, units: number): Promise<void> => {
    if (aside) await arena.leadAside();
    else {
      const available = Math.min(mostThreads, blocks, arena.threads());
      threadsBy.run(available, units, (threads) => arena.lead(threads));
    }
  };

  /** What Adam multiplies by in the next step. */
  const nextFactors = (learningRate: number): number[] => {
    steps++;
    const { beta1, beta2, weightDecay } = optimiser;
    const root = Math.sqrt(1 - beta2 ** steps);
    const rate = (learningRate * root) / (1 - beta1 ** steps);
    return [beta1, 1 - beta1, beta2, 1 - beta2, rate, optimiser.epsilon * root, 1 - learningRate * weightDecay];
  };

  const trainer: StepTrainer & { arena: typeof arena; choice: ThreadChoice; judging: ThreadChoice } = {
    ...{ arena, choice, judging },
    get words() {
      if (aside) return 'WASM LSTM, a thread of its own';
      return `WASM LSTM, ${choice.threads} ${choice.threads === 1 ? 'thread' : 'threads'}`;
    },
    async run(rowOrder, batch, first, count, learningRate) {
      const found = new Float32Array(count);
      memory.words(rowNumbers, count * batch).set(rowOrder.subarray(first * batch, (first + count) * batch));
      for (let done = 0; done < count; done += stepsAtOnce) {
        const now = Math.min(stepsAtOnce, count - done);
        const numbers = Array.from({ length: now }, () => nextFactors(learningRate)).flat();
        memory.floats(factors, numbers.length).set(numbers);
        memory.control({ steps: now, x, target, order: rowNumbers + 4 * done * batch, batch }, 2 / (batch * counted));
        await perform(choice, Math.ceil(batch / lanes), now * batch);
        const ofGroups = memory.doubles(losses, now * groups);
        for (let k = 0; k < now; k++) {
          const own = ofGroups.subarray(k * groups, (k + 1) * groups);
          found[done + k] = own.reduce((total, loss) => total + loss, 0) / (batch * counted);
        }
      }
      return found;
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
        memory.control({ steps: 0, x: judged.x, target: judged.target, order: judged.rows, batch: count });
        const blocks = Math.ceil(count / lanes);
        await perform(judging, blocks, count);
        total += memory.doubles(losses, blocks).reduce((all, loss) => all + loss, 0);
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
  return trainer;
}

function sizeOf(variables: readonly Variable[]): number {
  return variables.reduce((sum, { size }) => sum + size, 0);
}

const kind: StepTrainerKind = {
  id: 'wasm-lstm',
  backend: 'wasm',
  create: (step, data, optimiser, variables) => create(step, data, optimiser, variables, false),
  createAside: (step, data, optimiser, variables) => create(step, data, optimiser, variables, true),
};

export default kind;
