/** The engine on a graphics device: what data, trainings and models take of its memory comes back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GpuMemory, watchGpuMemory } from '../compute/webgpu/counters.ts';
import { stopWebGpu, webGpuDevice } from '../compute/webgpu.ts';
import type { EngineApi } from './api.ts';
import { createEngine } from './engine.ts';

const split = { by: 'event', train: 0.6, validation: 0.2, test: 0.2, seed: 1 } as const;
const quiet = () => undefined;

let engine: EngineApi;
let memory: GpuMemory;
const held = async () => {
  await webGpuDevice().queue.onSubmittedWorkDone();
  return memory.bytes;
};

beforeAll(async () => {
  memory = watchGpuMemory();
  engine = createEngine();
  await engine.start('webgpu');
});
afterAll(() => {
  memory.stop();
  stopWebGpu();
});

it('holds the weights of finished models and nothing else, and nothing at all once the data are closed', async () => {
  // what the self-test of the device left idle goes, too
  await engine.closeData();
  const before = await held();
  await engine.loadSample({ sample: 'collider-events', events: 200, seed: 1 }, split, quiet);
  let weights = 0;
  const beside: Record<string, number> = {};
  for (const [i, model] of ['dense', 'convolutional', 'dense', 'convolutional', 'dense'].entries()) {
    const params = { epochs: 1, batchSize: 20 };
    memory.restart();
    await engine.train({ id: `run ${i}`, model: `${model}-autoencoder`, seed: i + 1, params }, quiet);
    expect(memory.most - before - weights, 'a training and its scores are on the device').toBeGreaterThan(200_000);
    weights += 4 * (await engine.preview(`${model}-autoencoder`, params)).parameters;
    const own = (await held()) - before;
    expect(own).toBeGreaterThanOrEqual(weights);
    // and what the last pass over a single event has left idle, which does not add up
    beside[model] ??= own - weights;
    expect(beside[model]).toBeLessThan(32_768);
    expect(Math.abs(own - weights - beside[model])).toBeLessThan(1024);
  }
  await engine.closeData();
  expect(await held()).toBe(before);
});
