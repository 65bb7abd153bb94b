import { describe, expect, it } from 'vitest';
import { planOf, strideOf } from './recorded-plan.ts';
import type { RecordedKernel, RecordedOperand, RecordedValue, Recording } from './recorder.ts';

const made = (size: number): RecordedValue => ({ kind: 'made', size });
const constant: RecordedValue = { kind: 'constant', size: 4, numbers: Float32Array.of(1, 2, 3, 4) };
const step: RecordedValue = { kind: 'step', size: 4, make: () => new Float32Array(4) };

/** @param reads and the value that it writes */
const kernel = (reads: readonly number[], writes: number): RecordedKernel => ({
  kept: { by: 'us', key: '' },
  code: '',
  entry: 'main',
  operands: [{ value: writes, written: true }, ...reads.map((value): RecordedOperand => ({ value, written: false }))],
  groups: [1, 1, 1],
});

const recording = (values: RecordedValue[], kernels: RecordedKernel[], outputs: number[]): Recording => ({
  ...{ values, kernels, outputs },
  assigned: [],
});

describe('the plan of a recording', () => {
  it('gives a member whole vectors of four', () => {
    expect([1, 4, 5, 8].map(strideOf)).toEqual([16, 16, 32, 32]);
  });

  it('lets a chain use two buffers in turn, and keeps what is asked for', () => {
    // 0 -> 1 -> 2 -> 3 -> 4, of which 2 is needed at the end
    const values = [step, made(4), made(4), made(4), made(4)];
    const kernels = [kernel([0], 1), kernel([1], 2), kernel([2], 3), kernel([3], 4)];
    const plan = planOf(recording(values, kernels, [4]), 3, new Set(), new Set([2, 4]));
    expect(plan.own).toEqual([true, true, true, true, true]);
    expect(plan.each).toEqual([0, 1, 2, 3]);
    // 3 takes the place of 1; 4 cannot take that of 3, which it is made from, nor that of 2
    expect(plan.slots).toEqual([-1, 0, 1, 0, 2]);
    expect(plan.slotBytes).toEqual([48, 48, 48]);
  });

  it('never writes where the same kernel reads', () => {
    const values = [step, made(4), made(4), made(4)];
    const plan = planOf(recording(values, [kernel([0], 1), kernel([1], 2), kernel([1, 2], 3)], [3]), 1, new Set(), new Set([3]));
    expect(new Set([1, 2, 3].map((value) => plan.slots[value])).size).toBe(3);
  });

  it('runs once, for all, what follows from constants alone, and gives it room for ever', () => {
    const values = [constant, made(4), step, made(4), made(4)];
    const kernels = [kernel([0], 1), kernel([1, 2], 3), kernel([3], 4)];
    const plan = planOf(recording(values, kernels, [4]), 2, new Set(), new Set([4]));
    expect([plan.once, plan.each]).toEqual([[0], [1, 2]]);
    expect(plan.own).toEqual([false, false, true, true, true]);
    expect(plan.slotBytes).toEqual([16, 32, 32]);
  });

  it('counts what is written over with a member’s numbers as its own from the start', () => {
    const values = [constant, made(4), step];
    // filled with a constant, then added to
    const plan = planOf(recording(values, [kernel([0], 1), kernel([2], 1)], [1]), 2, new Set(), new Set([1]));
    expect([plan.once, plan.each]).toEqual([[], [0, 1]]);
    expect(plan.own).toEqual([false, true, true]);
  });

  it('has no room for what the caller has placed, and does not put a small value into a far larger buffer', () => {
    const values = [step, made(400), made(4), made(4), made(300)];
    const kernels = [kernel([0], 1), kernel([1], 2), kernel([2], 3), kernel([3], 4)];
    const plan = planOf(recording(values, kernels, [4]), 1, new Set([3]), new Set([4]));
    expect(plan.slots[3]).toBe(-1);
    expect(plan.slots[2]).not.toBe(plan.slots[1]);
    // large enough and free again
    expect(plan.slots[4]).toBe(plan.slots[1]);
  });
});
