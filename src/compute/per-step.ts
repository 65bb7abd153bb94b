/**
 * Numbers that the host makes anew for every training step: the rows of the batch, noise, copies of events. A loss takes them in
 * through here and nowhere else, so that a step that was recorded (`webgpu/recorder.ts`) can be run again with other numbers
 * without running the loss: whatever else the loss reads has to be the same in every step.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { tf } from './tf.ts';

/** What the random numbers of a step follow from. It may change between two steps, so read it where the numbers are made. */
export interface Draw {
  readonly seed: number;
  readonly step: number;
}

export type HostNumbers = Float32Array | Int32Array | Uint8Array;

/** Hears of every tensor whose numbers change from step to step. */
export type StepListener = (tensor: Tensor, make: () => HostNumbers) => void;

let listener: StepListener | undefined;
let generation = 0;

/**
 * A tensor of numbers of this step; int32 for an Int32Array, else float32. Belongs to the tidy that it is called in.
 *
 * @param shape the same in every step
 * @param make called now, and again for every later step of a recording; must read seed, step and rows when it is called
 */
export function perStep<T extends Tensor>(shape: readonly number[], make: () => HostNumbers): T {
  const numbers = make();
  const values = numbers instanceof Uint8Array ? Float32Array.from(numbers) : numbers;
  const tensor = tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32') as T;
  listener?.(tensor, make);
  return tensor;
}

/** `make`, made once for each step, for several tensors that come from the same work. */
export function oncePerStep<T>(make: () => T): () => T {
  let made: { value: T; generation: number } | undefined;
  return () => {
    if (made?.generation !== generation) made = { value: make(), generation };
    return made.value;
  };
}

/** From here on a step is another one: what `oncePerStep` holds is made again. Only for what runs recorded steps. */
export function beginStep(): void {
  generation++;
}

/** Runs synchronous work and tells of its tensors of the step. */
export function hearingSteps<T>(hear: StepListener, work: () => T): T {
  const before = listener;
  listener = hear;
  try {
    return work();
  } finally {
    listener = before;
  }
}
