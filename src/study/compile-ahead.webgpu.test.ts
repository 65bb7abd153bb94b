/** A user on a graphics device waits for no compiler: what a training and the scoring after it run is compiled in the background before. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Params } from '../base/params.ts';
import { startWebGpu, stopWebGpu } from '../compute/webgpu.ts';
import { join, type Piece } from '../data/join.ts';
import { type Fixture, fixture, freeRun } from '../testing/fixtures.ts';
import { prepare } from './prepare.ts';
import { runModel } from './run-model.ts';

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

const events = fixture('objects', 57, 60);
const images = fixture('images', 64, 25);
const cases: [model: string, source: Fixture, params: Params][] = [
  ['dense-autoencoder', events, { batchSize: 16 }],
  ['convolutional-autoencoder', events, { batchSize: 16 }],
  ['codae', images, { batchSize: 4 }],
];

/** The rows of a fixture as loaded data. */
function preparedFrom({ input, background, anomalies }: Fixture) {
  const piece = (name: 'background' | 'signal', values: Float32Array): Piece => ({
    name,
    part: {
      kind: input.kind,
      rows: values.length / input.width,
      shape: input.shape,
      features: input.kind === 'images' ? [] : input.features,
      ...(input.objectTypes ? { objectTypes: input.objectTypes } : {}),
      values,
      classes: [{ name, role: name }],
      label: new Uint8Array(values.length / input.width),
      words: 'made by hand',
      remarks: [],
    },
  });
  return prepare(join([piece('background', background), piece('signal', anomalies)], 'fixture'));
}

describe('training and scoring on WebGPU', () => {
  it.each(cases)('compiles nothing while it waits: %s', async (model, source, params) => {
    const prepared = preparedFrom(source);
    const atOnce = vi.spyOn(GPUDevice.prototype, 'createComputePipeline');
    const inBackground = vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync');
    try {
      const choice = { model, seed: 1, params: { ...params, epochs: 1 } };
      const run = await runModel(prepared, choice, { control: freeRun, backend: 'webgpu' });
      run.detector.dispose();
      expect(inBackground.mock.calls.length).toBeGreaterThan(5);
      // but for what fills the first weights of a detector, when it is built
      const late = atOnce.mock.calls.map(([{ label }]) => label).filter((label) => label !== 'FillProgram');
      expect(late).toEqual([]);
    } finally {
      atOnce.mockRestore();
      inBackground.mockRestore();
    }
  });
});
