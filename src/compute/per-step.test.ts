import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from './backend.ts';
import { beginStep, hearingSteps, oncePerStep, perStep } from './per-step.ts';
import { tf } from './tf.ts';

beforeAll(() => startBackend('wasm'));

describe('numbers of a step', () => {
  it('become a tensor of their type, and are told to who listens, with the way to make them again', () => {
    const draw = { step: 1 };
    const heard: [number, number[]][] = [];
    const make = () => Int32Array.of(draw.step, 2 * draw.step);
    tf.tidy(() => {
      const tensor = hearingSteps(
        (t, again) => heard.push([t.id, [...again()]]),
        () => perStep([2], make),
      );
      expect([tensor.dtype, ...tensor.dataSync()]).toEqual(['int32', 1, 2]);
      expect(heard).toEqual([[tensor.id, [1, 2]]]);
      draw.step = 5;
      expect([...make()]).toEqual([5, 10]);
      // nobody listens any more
      expect([...perStep([2, 1], () => Uint8Array.of(7, 9)).dataSync()]).toEqual([7, 9]);
    });
    expect(heard).toHaveLength(1);
  });

  it('that come from the same work are made once for each step', () => {
    let calls = 0;
    const value = oncePerStep(() => ++calls);
    expect([value(), value()]).toEqual([1, 1]);
    beginStep();
    expect([value(), value()]).toEqual([2, 2]);
  });
});
