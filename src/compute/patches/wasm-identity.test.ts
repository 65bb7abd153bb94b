import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../kernels/heap.ts';
import { tf } from '../tf.ts';
import { startWasm } from '../wasm.ts';
import patch from './wasm-identity.ts';

/** Whether a clone has the numbers of its original, in the same place. */
function shares(): boolean {
  const x = tf.tensor1d([1, 2, 3]);
  const copy = tf.clone(x);
  const same = addressOf(x) === addressOf(copy);
  tf.dispose([x, copy]);
  return same;
}

let unpatched: boolean;

describe('clones on wasm', () => {
  beforeAll(async () => {
    await startWasm();
    unpatched = shares();
    patch.apply(tf);
  });

  it('share their numbers with the patch alone', () => {
    expect(unpatched).toBe(false);
    expect(shares()).toBe(true);
  });

  it('live on when the original goes, and free the numbers at last', () => {
    const before = tf.memory();
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const copy = tf.clone(x);
    const flat = tf.reshape(copy, [4]);
    x.dispose();
    const others = [tf.zeros([4]), tf.zeros([4])];
    expect([...copy.dataSync()]).toEqual([1, 2, 3, 4]);
    copy.dispose();
    expect([...flat.dataSync()]).toEqual([1, 2, 3, 4]);
    tf.dispose([flat, others]);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });

  it('of a variable keep what it was when it is assigned anew', () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const kept: Tensor = tf.clone(weight);
    const next = tf.tensor1d([5, 6]);
    weight.assign(next);
    next.dispose();
    expect([...kept.dataSync()]).toEqual([1, 2]);
    expect([...weight.dataSync()]).toEqual([5, 6]);
    tf.dispose([kept, weight]);
  });

  it('of text are as before', () => {
    const words = tf.tensor1d(['a', 'b']);
    const copy = tf.clone(words);
    expect(copy.dataSync()).toEqual(['a', 'b']);
    tf.dispose([words, copy]);
  });
});
