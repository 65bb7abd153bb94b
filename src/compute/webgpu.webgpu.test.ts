import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checks, selfTest } from './self-test.ts';
import { tf } from './tf.ts';
import { countGpu } from './webgpu/counters.ts';
import { submitClock } from './webgpu/submit-size.ts';
import { objectionsTo, startWebGpu, stopWebGpu, webGpuDevice } from './webgpu.ts';

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

describe('WebGPU', () => {
  it('is the active backend and computes what the self-test wants', async () => {
    expect(tf.getBackend()).toBe('webgpu');
    expect(await selfTest(8_000, checks)).toBeNull();
  });

  it('says what a device objects to', async () => {
    const device = webGpuDevice();
    const objection = await objectionsTo(device, async () => {
      device.createShaderModule({ code: 'not a shader' });
    });
    expect(objection).toMatch(/shader|WGSL|expected/i);
    expect(await objectionsTo(device, async () => undefined)).toBeNull();
  });

  it('divides kernels into submits of the size that was measured, and measures them', async () => {
    const device = webGpuDevice();
    const { size } = submitClock(device);
    const measured = vi.spyOn(size, 'measured');
    const kernels = vi.spyOn(size, 'kernels', 'get').mockReturnValue(4);
    const run = (count: number) =>
      tf.tidy(() => {
        // fewer numbers would be added on the host
        let x = tf.ones([2_000]);
        for (let i = 0; i < count; i++) x = tf.add(x, 1);
        return x;
      });
    const settle = async (x: Tensor) => {
      const [first] = await x.data();
      await device.queue.onSubmittedWorkDone();
      x.dispose();
      return first;
    };
    // the size holds from the submit after the one that it was measured at
    await settle(run(1));
    measured.mockClear();
    const counts = await countGpu(device, async () => expect(await settle(run(22))).toBe(23));
    // 5 of 4 kernels, and what the read sends off
    expect(counts.submits).toBe(6);
    await vi.waitFor(() => expect(measured.mock.calls.reduce((sum, [count]) => sum + count, 0)).toBe(counts.dispatches));
    kernels.mockRestore();
    measured.mockRestore();
    await settle(run(1));
    expect(tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')).toBe(size.kernels);
  });
});
