import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checks, selfTest } from './self-test.ts';
import { tf } from './tf.ts';
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
});
