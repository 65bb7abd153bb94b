/**
 * Training steps that TF.js makes once and the device runs again and again (`../webgpu/recorded-engine.ts`): for every stage on WebGPU
 * whose layers no whole-step trainer knows. Up to 15 members train side by side, as one more dimension of every kernel's grid.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { OptimiserSpec } from '../contract.ts';
import { tf } from '../tf.ts';
import { mostMembers } from '../webgpu/kernel.ts';
import { RecordedEngine } from '../webgpu/recorded-engine.ts';
import { webGpuDevice } from '../webgpu.ts';
import type { EnsembleTrainer, StepOperations, StepTrainer } from './contract.ts';

/** A stage to be recorded. */
export interface RecordedRequest {
  operations: StepOperations;
  optimiser: OptimiserSpec;
  variables: readonly Variable[];
  /** Rows of a step. */
  batch: number;
}

/** Undefined on another backend than WebGPU, and for a step that cannot be recorded: TF.js then runs it as it is. */
export async function recordedTrainer(request: RecordedRequest): Promise<StepTrainer | undefined> {
  const engine = await engineFor([request]);
  return (
    engine && {
      words: `WebGPU, ${engine.dispatches} recorded kernels`,
      depth: 2,
      ...storageOf(request),
      run: (order, batch, first, count, learningRate) => engine.run([order], batch, first, count, [learningRate]),
      evaluate: async () => (await engine.evaluate())[0] as number,
      sync: async () => engine.sync(0),
      optimiserState: () => engine.optimiserState(0),
      restore: (state) => engine.restore(0, state),
      dispose: () => engine.dispose(),
    }
  );
}

/** As `recordedTrainer`, for several members in the same kernels. */
export async function recordedTogether(requests: readonly RecordedRequest[]): Promise<EnsembleTrainer | undefined> {
  const engine = await engineFor(requests);
  return (
    engine && {
      words: `WebGPU, ${engine.dispatches} recorded kernels, one of ${engine.members} side by side`,
      members: engine.members,
      ...storageOf(requests[0] as RecordedRequest),
      run: (orders, batch, first, count, rates) => engine.run(orders, batch, first, count, rates),
      evaluate: () => engine.evaluate(),
      sync: async (member) => engine.sync(member),
      optimiserState: (member) => engine.optimiserState(member),
      restore: (member, state) => engine.restore(member, state),
      dispose: () => engine.dispose(),
    }
  );
}

function storageOf({ operations: { storage } }: RecordedRequest): Pick<StepTrainer, 'storage'> {
  return storage ? { storage } : {};
}

async function engineFor(requests: readonly RecordedRequest[]): Promise<RecordedEngine | undefined> {
  const [{ optimiser, batch }] = requests as [RecordedRequest];
  if (tf.getBackend() !== 'webgpu' || requests.length > mostMembers) return undefined;
  return RecordedEngine.create(webGpuDevice(), requests, optimiser, batch);
}
