/** Rows on software WebGPU against the rows of the host. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../numeric/random.ts';
import { leakCheck } from './memory.ts';
import { type ResidentOptions, residentMatrix } from './resident.ts';
import { countGpu } from './webgpu/counters.ts';
import type { Noise } from './webgpu/resident-rows.ts';
import { withLimits } from './webgpu/tensor-kernel.ts';
import { startWebGpu, stopWebGpu, webGpuDevice } from './webgpu.ts';

const [rows, width] = [203, 7];
const cursor = new Cursor(11, 'noise');
const numbers = Float32Array.from({ length: rows * width }, () => 30 * cursor.normal());
const bytes = Uint8Array.from({ length: rows * width }, () => cursor.below(256));
const indices = Uint32Array.of(202, 0, 57, 57, 100, 3, 199, 11, 12, 13, 150);
const normalise = {
  scale: Float32Array.from({ length: width }, (_, i) => 0.1 + i),
  offset: Float32Array.from({ length: width }, (_, i) => 3 - i),
};

async function both(values: Float32Array | Uint8Array, options: ResidentOptions, noise?: Noise) {
  const found: Float32Array[] = [];
  for (const place of ['device', 'host'] as const) {
    const matrix = residentMatrix(values, rows, width, { ...options, place });
    const batch = matrix.batch(indices, noise);
    // what was recorded goes on after the rows are given back
    matrix.dispose();
    expect(batch.shape).toEqual([indices.length, width]);
    found.push(await batch.data<'float32'>());
    batch.dispose();
  }
  return found as [Float32Array, Float32Array];
}

function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe('a resident matrix on WebGPU', () => {
  beforeAll(() => startWebGpu());
  afterAll(() => stopWebGpu());

  it('gives float32 rows and bytes exactly', async () => {
    for (const values of [numbers, bytes]) {
      const [device, host] = await both(values, {});
      expect(device).toEqual(host);
    }
  });

  it('gives float16 rows to 2^-11 of each number', async () => {
    const [device, host] = await both(numbers, { storage: 'float16' });
    for (const [i, value] of host.entries()) expect(Math.abs(device[i]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11);
    expect(device).not.toEqual(host);
  });

  it('gives levels and normalised rows to a rounding', async () => {
    for (const options of [{ storage: 'uint8' }, { normalise }, { storage: 'uint8', normalise }] as const) {
      const [device, host] = await both(numbers, options);
      const most = largestOf(host);
      for (const [i, value] of host.entries()) expect(Math.abs(device[i]! - value)).toBeLessThanOrEqual(most * 2 ** -22);
    }
  });

  it('adds the noise of the host to 3e-3 of its deviation, another in another step', async () => {
    const noise = { of: { seed: 4_000_000_000, step: 70_000 }, deviation: 0.5 };
    const [device, host] = await both(bytes, {}, noise);
    for (const [i, value] of host.entries()) expect(Math.abs(device[i]! - value)).toBeLessThan(0.5 * 3e-3);
    const [other] = await both(bytes, {}, { ...noise, of: { ...noise.of, step: 70_001 } });
    expect(largestOf(other.map((value, i) => value - device[i]!))).toBeGreaterThan(0.5);
  });

  it.each([
    ['float32', 9, 5684],
    ['float16', 5, 2844],
    ['uint8', 3, 1424 + 112],
  ] as const)('cuts %s rows into %i shards that a device with small bindings can bind', async (storage, shards, held) => {
    const device = webGpuDevice();
    // 24 rows of float32, 48 of float16, 100 of uint8; the last shard ends at a whole word
    const matrixOf = () => withLimits({ bytes: 700 }, () => residentMatrix(bytes, rows, width, { storage }));
    let matrix = residentMatrix(bytes, rows, width, { place: 'host' });
    const made = await countGpu(device, async () => {
      matrix = matrixOf();
    });
    expect(made.buffers).toBe(shards + (storage === 'uint8' ? 1 : 0));
    expect(matrix.deviceBytes).toBe(held);
    let batch = matrix.batch(indices);
    batch.dispose();
    const { dispatches } = await countGpu(device, async () => {
      batch = matrix.batch(indices);
    });
    expect(dispatches).toBe(Math.ceil(shards / (device.limits.maxStorageBuffersPerShaderStage - 3)));
    const wanted = Array.from(indices).flatMap((row) => Array.from(bytes.subarray(row * width, (row + 1) * width)));
    expect(Array.from(await batch.data())).toEqual(wanted);
    batch.dispose();
    let destroyed = 0;
    const { destroy } = GPUBuffer.prototype;
    GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
      destroyed++;
      return destroy.call(this);
    };
    try {
      matrix.dispose();
    } finally {
      GPUBuffer.prototype.destroy = destroy;
    }
    expect(destroyed).toBe(made.buffers);
  });

  it('leaves no tensor behind', async () => {
    const left = await leakCheck(() => {
      const matrix = residentMatrix(numbers, rows, width);
      matrix.batch(indices, { of: { seed: 1, step: 2 }, deviation: 1 }).dispose();
      matrix.dispose();
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
  });
});
