/**
 * A thread with a TF.js of its own, on WASM, which trains one member of an ensemble after another: the same loop, kernels and random
 * numbers as everywhere, so that a member has the numbers that it has alone. Runs in a worker of the page and of Node alike.
 */
import { Problem } from '../base/problem.ts';
import { startWasmAlone } from '../compute/backend.ts';
import { tellAsides } from '../compute/kernels/aside.ts';
import { heapBytes } from '../compute/kernels/heap.ts';
import { tf } from '../compute/tf.ts';
import { buildDetector } from '../models/per-histogram.ts';
import { findModel } from '../models/registry.ts';
import type { TrainingControl } from './contract.ts';
import { Control } from './control.ts';
import type { FromMember, Job, Port } from './crew-contract.ts';
import { train } from './loop.ts';
import { received } from './portable.ts';

/** Starts the backend and serves. */
export async function serve(port: Port): Promise<void> {
  let control: Control | null = null;
  // no helper is started before it is known that there is a core for one
  tellAsides(Number.POSITIVE_INFINITY);
  port.onMessage((message) => {
    if ('others' in message) tellAsides(message.others);
    else if ('steer' in message) control?.[message.steer]();
    else {
      // messages are heard whenever the loop breathes
      control = new Control((progress) => port.post({ progress, heap: heapBytes() }));
      void trained(message.job, control, port).then((answer) => {
        control = null;
        port.post(answer);
      });
    }
  });
  try {
    await startWasmAlone();
    port.post({ ready: true });
  } catch (error) {
    port.post({ unfit: error instanceof Error ? error.message : String(error) });
  }
}

/** Trains as a job says. @returns the last message about it, also where it fails */
async function trained(job: Job, control: TrainingControl, port: Port): Promise<FromMember> {
  const before = tf.memory().numTensors;
  try {
    const { recipe, seed, data, options, checkpoints } = job;
    const detector = buildDetector(findModel(recipe.model), recipe.input, recipe.params, seed);
    let done: Pick<Extract<FromMember, { summary: unknown }>, 'summary' | 'weights'>;
    try {
      const summary = await train(detector, received(data), control, seed, {
        ...options,
        ...(checkpoints ? { onCheckpoint: (checkpoint, paused) => port.post({ checkpoint, paused }) } : {}),
      });
      done = { summary, weights: await detector.weights() };
    } finally {
      detector.dispose();
    }
    return { ...done, heap: heapBytes(), tensors: tf.memory().numTensors - before };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.problem };
    if (error instanceof Error) return { error: error.message, ...(error.stack ? { stack: error.stack } : {}) };
    return { error: String(error) };
  }
}
