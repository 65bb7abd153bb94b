/**
 * Whole training steps of an LSTM autoencoder on WebGPU: two dispatches a step, whatever the length of the sequence
 * (`../webgpu/lstm-kernels.ts`). Up to 15 members train side by side, as the second dimension of both grids.
 *
 * Takes what the WASM trainer takes (`wasm-lstm-trainer.ts`), with layers of at most 32 units, as many features and outputs; the rows,
 * and for all members together the gradients of a batch [rows, weights], fit one buffer each. At most 1,024 sequences of a member
 * are computed at once, and of all members together as many as 512 MiB of scratch rows, or one buffer, hold; a larger batch is done
 * in parts, one dispatch more for each, with the same bits.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { flatValues } from '../kernels/lstm-forward.ts';
import { lstmChainOf, packedSize, variablesOf } from '../kernels/lstm-plan.ts';
import { tf } from '../tf.ts';
import { LstmEngine, sequencesAtOnce } from '../webgpu/lstm-engine.ts';
import { type LstmLayout, widestLayer } from '../webgpu/lstm-kernels.ts';
import { webGpuDevice } from '../webgpu.ts';
import {
  type EnsembleTrainer,
  lossWeight,
  roundedRows,
  type StepData,
  type StepDescription,
  type StepRequest,
  type StepTrainer,
  type StepTrainerKind,
  sameRows,
} from './contract.ts';

async function create(
  step: StepDescription,
  data: StepData,
  optimiser: OptimiserSpec,
  variables: readonly Variable[],
  batch?: number,
): Promise<StepTrainer | undefined> {
  const engine = await engineFor([{ step, data, optimiser, variables, batch }]);
  return (
    engine && {
      words: 'WebGPU LSTM',
      ...roundedRows(data),
      depth: 2,
      run: (order, rows, first, count, learningRate) => engine.run([order], rows, first, count, [learningRate]),
      evaluate: async (judged) => (await engine.evaluate(judged))[0] as number,
      sync: () => writeBack(engine, 0, variables),
      optimiserState: () => engine.optimiserState(0),
      restore: (state) => engine.restore(0, state),
      dispose: () => engine.dispose(),
    }
  );
}

async function createTogether(requests: readonly StepRequest[]): Promise<EnsembleTrainer | undefined> {
  if (!sameRows(requests)) return undefined;
  const engine = await engineFor(requests);
  return (
    engine && {
      words: `WebGPU LSTM, one of ${engine.members} side by side`,
      ...roundedRows((requests[0] as StepRequest).data),
      members: engine.members,
      run: (orders, rows, first, count, rates) => engine.run(orders, rows, first, count, rates),
      evaluate: ([judged]) => engine.evaluate(judged as StepData),
      sync: (member) => writeBack(engine, member, (requests[member] as StepRequest).variables),
      optimiserState: (member) => engine.optimiserState(member),
      restore: (member, state) => engine.restore(member, state),
      dispose: () => engine.dispose(),
    }
  );
}

async function engineFor(requests: readonly StepRequest[]): Promise<LstmEngine | undefined> {
  const [{ data, optimiser, batch }] = requests as [StepRequest];
  const layouts = requests.map(({ step, variables }) => layoutOf(step, data, variables));
  const [layout] = layouts;
  if (!layout || layouts.includes(undefined)) return undefined;
  const device = webGpuDevice();
  const capacity = sequencesAtOnce(device.limits, layout, data, batch ?? data.rows, requests.length);
  if (capacity === 0) return undefined;
  const starts = await Promise.all(requests.map(({ variables }) => flatValues(variables)));
  return new LstmEngine(device, layout, data, optimiser, starts, capacity);
}

/** Puts the weights of a member into a model's variables. */
async function writeBack(engine: LstmEngine, member: number, variables: readonly Variable[]): Promise<void> {
  const flat = await engine.readWeights(member);
  tf.tidy(() => {
    let start = 0;
    for (const variable of variables) {
      variable.assign(tf.tensor(flat.slice(start, start + variable.size), variable.shape, 'float32'));
      start += variable.size;
    }
  });
}

/** @returns undefined if the step is none that the kernels know */
export function layoutOf(step: StepDescription, data: StepData, variables: readonly Variable[]): LstmLayout | undefined {
  const chain = lstmChainOf(step.layers);
  const { loss } = step;
  if (!chain || step.inputNoise || loss.kind === 'mae' || loss.kind === 'pairs' || loss.masked || lossWeight(loss) !== 1)
    return undefined;
  const numbers = chain.steps * chain.outputs;
  const widest = Math.max(chain.features, chain.outputs, ...[...chain.encoder, ...chain.decoder].map(({ units }) => units));
  if (widest > widestLayer || data.width !== chain.steps * chain.features || data.targetWidth !== numbers) return undefined;
  const starts = new Map<Variable, number>();
  let weights = 0;
  for (const variable of variables) {
    starts.set(variable, weights);
    weights += variable.size;
  }
  const offsets = variablesOf(chain).map((variable) => starts.get(variable));
  if (offsets.includes(undefined) || weights !== packedSize(chain)) return undefined;
  const largest = loss.kind === 'top-n' && loss.n < numbers ? loss.n : 0;
  return { chain, offsets: offsets as number[], weights, largest };
}

const kind: StepTrainerKind = { id: 'webgpu-lstm', backend: 'webgpu', create, createTogether };

export default kind;
