/** Counts tensors around a piece of work, so that a test can say that nothing is left over. */
import { tf } from './tf.ts';

export interface LeakCount {
  /** Tensors more than before (fewer if negative). */
  tensors: number;
  /** Storage areas more than before; several tensors may share one. */
  buffers: number;
}

/** @param work disposes what it makes, or returns what it disposes */
export async function leakCheck(work: () => void | Promise<void>): Promise<LeakCount> {
  const before = tf.memory();
  await work();
  const after = tf.memory();
  return { tensors: after.numTensors - before.numTensors, buffers: after.numDataBuffers - before.numDataBuffers };
}
