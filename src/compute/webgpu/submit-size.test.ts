import { describe, expect, it } from 'vitest';
import { SubmitClock, SubmitSize } from './submit-size.ts';

/** The size after `count` full submits on a device that takes `ms` for a kernel and `delay` for an answer. */
function sizeAfter(count: number, ms: number, delay = 0.2, size = new SubmitSize()): SubmitSize {
  for (let i = 0; i < count; i++) size.measured(size.kernels, delay + size.kernels * ms);
  return size;
}

describe('kernels of a submit', () => {
  it('stay as they are where a submit takes 20 to 50 ms', () => {
    for (const ms of [20, 30, 50]) expect(sizeAfter(20, ms / 128, 0).kernels).toBe(128);
  });

  it('fall until a submit takes 20 to 50 ms, halving at most each time', () => {
    // 128 kernels of 12 ms: 1.5 s
    expect(sizeAfter(1, 12).kernels).toBe(64);
    expect(sizeAfter(2, 12).kernels).toBe(32);
    const { kernels } = sizeAfter(12, 12);
    expect(12 * kernels).toBeGreaterThanOrEqual(20);
    expect(12 * kernels).toBeLessThanOrEqual(50);
  });

  it('are one where a kernel alone takes longer, and rise again when kernels are short', () => {
    const size = sizeAfter(12, 400);
    expect(size.kernels).toBe(1);
    sizeAfter(12, 0.3, 0.2, size);
    expect(0.3 * size.kernels).toBeGreaterThanOrEqual(20);
    expect(0.3 * size.kernels).toBeLessThanOrEqual(50);
  });

  it('rise to 256 at most on a fast device', () => {
    expect(sizeAfter(1, 0.01).kernels).toBe(256);
    expect(sizeAfter(9, 0.01).kernels).toBe(256);
  });

  it('follow the work and not the delay where every answer takes 100 ms', () => {
    for (let count = 2; count < 50; count++) expect(sizeAfter(count, 0.25, 100).kernels).toBeGreaterThan(63);
    expect(0.25 * sizeAfter(50, 0.25, 100).kernels).toBeGreaterThanOrEqual(20);
    for (let count = 12; count < 50; count++) {
      const { kernels } = sizeAfter(count, 12, 100);
      expect(12 * kernels).toBeGreaterThanOrEqual(20);
      expect(12 * kernels).toBeLessThanOrEqual(50);
    }
  });

  it('come back after an answer that came late, as when the first step is compiled', () => {
    const size = new SubmitSize();
    size.measured(128, 3_000);
    expect(size.kernels).toBe(64);
    sizeAfter(9, 0.2, 1, size);
    expect(0.2 * size.kernels).toBeGreaterThanOrEqual(20);
  });

  it('do not follow a submit of few kernels that takes no longer than one should', () => {
    const size = new SubmitSize();
    size.measured(3, 45);
    expect(size.kernels).toBe(128);
  });

  it('fall below the kernels of a step that is submitted by itself and takes too long', () => {
    const size = new SubmitSize();
    for (let step = 0; step < 20; step++) {
      const kernels = Math.min(30, size.kernels);
      size.measured(kernels, 0.2 + 12 * kernels);
    }
    expect(12 * size.kernels).toBeGreaterThanOrEqual(20);
    expect(12 * size.kernels).toBeLessThanOrEqual(50);
  });

  it('go on trying where steps of one size have answers that take 100 ms', () => {
    const size = new SubmitSize();
    for (let step = 0; step < 40; step++) {
      const kernels = Math.min(30, size.kernels);
      size.measured(kernels, 100 + 0.1 * kernels);
    }
    expect(size.kernels).toBeGreaterThanOrEqual(30);
  });

  it('count several submits that were timed together as so many', () => {
    const size = new SubmitSize();
    size.measured(3 * 128, 90);
    expect(size.kernels).toBe(128);
    size.measured(3 * 128, 210);
    expect(size.kernels).toBe((128 * 35) / 70);
  });
});

describe('the clock of a queue', () => {
  /** A queue with a clock of its own, whose questions are answered by hand. */
  function queue() {
    const state = { now: 1_000, answers: [] as { resolve: () => void; reject: (why: Error) => void }[] };
    const heard: [number, number][] = [];
    const size = new SubmitSize();
    size.measured = (kernels, ms) => void heard.push([kernels, ms]);
    const done = () => new Promise<void>((resolve, reject) => state.answers.push({ resolve, reject }));
    return { state, heard, clock: new SubmitClock(size, done, () => state.now) };
  }
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

  it('times a submit to an idle queue from the submit on', async () => {
    const { state, heard, clock } = queue();
    clock.submitted(128);
    state.now += 40;
    state.answers[0]?.resolve();
    await turn();
    state.now += 500;
    clock.submitted(60);
    state.now += 7;
    state.answers[1]?.resolve();
    await turn();
    expect(heard).toEqual([
      [128, 40],
      [60, 7],
    ]);
  });

  it('asks one question at a time, and counts what a busy queue took in meanwhile from its last answer on', async () => {
    const { state, heard, clock } = queue();
    clock.submitted(128);
    state.now += 5;
    clock.submitted(128);
    clock.submitted(128);
    expect(state.answers).toHaveLength(1);
    state.now += 35;
    state.answers[0]?.resolve();
    await turn();
    expect(state.answers).toHaveLength(2);
    state.now += 80;
    state.answers[1]?.resolve();
    await turn();
    expect(heard).toEqual([
      [128, 40],
      [256, 80],
    ]);
  });

  it('learns nothing from a submit without kernels or a device that is lost, and goes on', async () => {
    const { state, heard, clock } = queue();
    clock.submitted(0);
    expect(state.answers).toHaveLength(0);
    clock.submitted(128);
    state.answers[0]?.reject(new Error('lost'));
    await turn();
    clock.submitted(128);
    state.now += 30;
    state.answers[1]?.resolve();
    await turn();
    expect(heard).toEqual([[128, 30]]);
  });
});
