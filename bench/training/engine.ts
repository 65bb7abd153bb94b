/**
 * One engine on one backend with one reference model, driven a few steps at a time from outside: the same in Node, in a page and in a
 * worker. `ours` is what the app runs, by the same choice of trainer; `plain` is TF.js with its own Adam and none of our kernels.
 */

import type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { BackendName } from '../../src/base/kinds.ts';
import { startBackend } from '../../src/compute/backend.ts';
import { withoutRelaxedSimd } from '../../src/compute/kernels/load.ts';
import { tf, wasm } from '../../src/compute/tf.ts';
import { countGpu, type GpuCounts } from '../../src/compute/webgpu/counters.ts';
import { ChunkSize } from '../../src/training/chunk.ts';
import { type StageSteps, stepsOf } from '../../src/training/steps.ts';
import { type Made, references } from './references.ts';

export type Engine = 'ours' | 'ours-simd' | 'ours-autodiff' | 'plain';

export interface Timed {
  steps: number;
  seconds: number;
}

/** Steps go on from where the last call left the model. */
interface Stepper {
  words: string;
  /** Loss of each of the next steps. */
  losses(count: number): Promise<number[]>;
  /** At least one step, all finished when it resolves. @param atOnce steps given at once; by measured time if absent */
  timed(seconds: number, atOnce?: number): Promise<Timed>;
  dispose(): void;
}

let stepper: Stepper | undefined;

/** @returns what runs, in words */
export async function start(engine: Engine, backend: BackendName): Promise<string> {
  if (engine === 'plain') return startPlain(backend);
  if (engine === 'ours-simd') withoutRelaxedSimd();
  const { reason, backend: found } = await startBackend(backend);
  if (found !== backend) throw new Error(reason);
  return reason;
}

/** The model with its initial weights. */
export async function prepare(engine: Engine, id: string, dropout: boolean, batch: number): Promise<string> {
  stepper?.dispose();
  const reference = references.find((one) => one.id === id);
  if (!reference) throw new Error(`no reference model ${id}`);
  const made = reference.make(dropout, batch);
  stepper = engine === 'plain' ? plain(made) : await ours(made, engine === 'ours-autodiff');
  return stepper.words;
}

export async function losses(count: number): Promise<number[]> {
  return (stepper as Stepper).losses(count);
}

export async function timed(seconds: number, atOnce?: number): Promise<Timed> {
  return (stepper as Stepper).timed(seconds, atOnce);
}

/** What steps ask of the graphics device, over as many as take `seconds`. */
export async function counted(seconds: number, atOnce: number): Promise<GpuCounts & Timed> {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  let found: Timed = { steps: 0, seconds: 0 };
  const counts = await countGpu(device, async () => {
    found = await (stepper as Stepper).timed(seconds, atOnce);
  });
  return { ...counts, ...found };
}

async function ours({ stage, data }: Made, autodiff: boolean): Promise<Stepper> {
  const batch = stage.batchSize;
  const order = Uint32Array.from({ length: data.rows }, (_, i) => i);
  const perEpoch = data.rows / batch;
  let heard: number[] = [];
  const take = (values: ArrayLike<number>) => {
    heard.push(...Array.from(values));
  };
  const work = { stage, training: data, validation: null, batchSize: batch, seed: 1, take };
  const path: StageSteps = await stepsOf(work, ...(autodiff ? [null] : []));
  const chunk = new ChunkSize();
  let next = 0;
  const run = async (count: number): Promise<number> => {
    const first = next % perEpoch;
    const given = Math.min(count, perEpoch - first);
    await path.run(order, first, given, stage.optimiser.learningRate);
    next += given;
    return given;
  };
  return {
    words: path.words,
    async losses(count) {
      heard = [];
      for (let done = 0; done < count; ) done += await run(count - done);
      await path.settle();
      return heard;
    },
    async timed(seconds, atOnce) {
      heard = [];
      let steps = 0;
      const from = performance.now();
      const elapsed = () => (performance.now() - from) / 1000;
      do {
        const before = performance.now();
        const given = await run(atOnce ?? chunk.steps);
        chunk.measured(given, performance.now() - before);
        steps += given;
      } while (elapsed() < seconds);
      await path.settle();
      return { steps, seconds: elapsed() };
    },
    dispose: () => path.dispose(),
  };
}

/** Rows lie on the device beforehand; the loss of a step is read while the next one is under way. */
function plain({ stage, data, plain: lossOf }: Made): Stepper {
  const batches = Array.from({ length: data.rows / stage.batchSize }, (_, i) => {
    const size = stage.batchSize * data.width;
    return tf.tensor2d(data.x.subarray(i * size, (i + 1) * size), [stage.batchSize, data.width]);
  });
  const { learningRate, beta1, beta2, epsilon } = stage.optimiser;
  const optimiser = tf.train.adam(learningRate, beta1, beta2, epsilon);
  let next = 0;
  const step = (): Scalar => {
    const x = batches[next++ % batches.length] as Tensor2D;
    return optimiser.minimize(() => lossOf(x), true, stage.variables as Variable[]) as Scalar;
  };
  const read = async (loss: Scalar): Promise<number> => {
    const [value] = await loss.data();
    loss.dispose();
    return value as number;
  };
  return {
    words: `TF.js on ${tf.getBackend()}`,
    async losses(count) {
      const found: number[] = [];
      while (found.length < count) found.push(await read(step()));
      return found;
    },
    async timed(seconds) {
      const from = performance.now();
      const elapsed = () => (performance.now() - from) / 1000;
      let steps = 1;
      let before = step();
      while (elapsed() < seconds) {
        const now = step();
        steps++;
        await read(before);
        before = now;
      }
      await read(before);
      return { steps, seconds: elapsed() };
    },
    dispose() {
      tf.dispose(batches);
      optimiser.dispose();
    },
  };
}

/** TF.js as its documentation starts it. */
async function startPlain(backend: BackendName): Promise<string> {
  if (backend === 'wasm') {
    wasm.setWasmPaths({
      'tfjs-backend-wasm.wasm': plainUrl,
      'tfjs-backend-wasm-simd.wasm': simdUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
    });
    // its threaded build on one thread is no faster than the other one
    if (threads() < 2) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  }
  if (backend === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js cannot start ${backend}`);
  return backend === 'wasm' ? `WASM, ${Math.max(1, threads())} thread(s)` : backend;
}

/** What TF.js takes. */
function threads(): number {
  return Math.floor(navigator.hardwareConcurrency / 2);
}
