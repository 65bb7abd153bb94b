import { afterAll, describe, expect, it, vi } from 'vitest';
import { startBackend } from './backend.ts';
import { tf } from './tf.ts';

const warn = vi.spyOn(console, 'warn');
afterAll(() => warn.mockRestore());

describe('the backend in Node', () => {
  it('is WASM with SIMD and one thread, and says why', async () => {
    const report = await startBackend('auto');
    expect(tf.getBackend()).toBe('wasm');
    expect(report).toMatchObject({ backend: 'wasm', chosen: false, threads: 1 });
    expect(report.reason).toBe('WASM with SIMD, 1 thread: Node has no graphics adapter');
    expect(report.verdicts.map((v) => [v.name, v.state])).toEqual([
      ['webgpu', 'absent'],
      ['webgl', 'absent'],
      ['wasm', 'usable'],
      ['cpu', 'untested'],
    ]);
    expect(report.verdicts[2]?.stepMs).toBeGreaterThan(0);
  });

  it('is the CPU if that is asked for, without an advertisement for tfjs-node', async () => {
    const report = await startBackend('cpu');
    expect(tf.getBackend()).toBe('cpu');
    expect(report).toMatchObject({ backend: 'cpu', chosen: true, threads: 1 });
    expect(tf.ones([2]).arraySync()).toEqual([1, 1]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('is another than the one asked for where that is absent, and the reason says so', async () => {
    const report = await startBackend('webgpu');
    expect(report).toMatchObject({ backend: 'wasm', chosen: false });
    expect(report.reason).toBe(
      'WebGPU was asked for but cannot be used (Node has no graphics adapter); WASM with SIMD, 1 thread: Node has no graphics adapter',
    );
  });

  it('leaves no tensor behind', async () => {
    await startBackend('wasm');
    const before = tf.memory().numTensors;
    await startBackend('wasm');
    await startBackend('auto');
    expect(tf.memory().numTensors).toBe(before);
  });
});
