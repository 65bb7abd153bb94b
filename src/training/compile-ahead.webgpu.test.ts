/** Kernels of a training are compiled before its first step and in the background, and nothing of that is seen in the numbers. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkParams } from '../base/params.ts';
import { tf } from '../compute/tf.ts';
import { watchGpuMemory } from '../compute/webgpu/counters.ts';
import { compileAhead, giveBackIdleBuffers } from '../compute/webgpu/tensor-kernel.ts';
import { startWebGpu, stopWebGpu, webGpuDevice } from '../compute/webgpu.ts';
import type { Batch, Detector } from '../models/contract.ts';
import convolutionalAutoencoder from '../models/convolutional-autoencoder.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { autodiffSteps } from './autodiff-steps.ts';
import { train } from './loop.ts';
import { rowsOf } from './score.ts';

const source = fixture('objects', 57, 22);
const params = { ...convolutionalAutoencoder.presets['offshell-cnn']?.params, batchSize: 6, epochs: 2, learningRate: 1e-3 };

function given(): { detector: Detector; training: Batch; validation: Batch } {
  const detector = convolutionalAutoencoder.build(source.input, checkParams(convolutionalAutoencoder.params, params, 'test'), 3);
  const all = source.batch(source.background, detector.scaling);
  return { detector, training: rowsOf(all, 0, 12), validation: rowsOf(all, 12, 19) };
}

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

describe('compiling ahead', () => {
  it('leaves nothing to compile to the steps and the validation, and no tensor or changed weight behind', async () => {
    const { detector, training, validation } = given();
    const [plain] = detector.stages;
    const stage = { ...plain!, optimiser: { ...plain!.optimiser, clipNorm: 1 } };
    const [tensors, weights] = [tf.memory().numTensors, await detector.weights()];
    giveBackIdleBuffers();
    const inBackground = vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync');
    const atOnce = vi.spyOn(GPUDevice.prototype, 'createComputePipeline');
    const losses: number[] = [];
    const take = (values: ArrayLike<number>) => losses.push(...Array.from(values));
    const path = await autodiffSteps({ stage, training, validation, batchSize: 6, seed: 1, take });
    expect(inBackground.mock.calls.length).toBeGreaterThan(20);
    expect(await detector.weights()).toEqual(weights);
    const order = Uint32Array.from({ length: 12 }, (_, i) => i);
    await path.run(order, 0, 2, 1e-3);
    await path.settle();
    expect(Number.isFinite(await path.validationLoss())).toBe(true);
    expect(losses).toHaveLength(2);
    // a call waits for the one before it, so that its time is that of a chunk
    for (let call = 1; call <= 4; call++) {
      losses.length = 0;
      await path.run(order, 0, 1, 1e-3);
      expect(losses).toHaveLength(call === 1 ? 0 : 1);
    }
    await path.settle();
    // but for what puts losses together if several are read at once
    const late = atOnce.mock.calls.map(([{ label }]) => label).filter((label) => label !== 'ConcatProgram');
    expect(late).toEqual([]);
    path.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    inBackground.mockRestore();
    atOnce.mockRestore();
    detector.dispose();
  });

  it('lets other work run kernels meanwhile, and gives variables back that the work assigned', async () => {
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const other = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const compiled = compileAhead(() => {
      variable.assign(tf.atan2(tf.mul(variable, 5), tf.add(variable, 1)));
      tf.cumsum(other, 1);
    });
    const meanwhile = tf.tidy(() => tf.cumsum(other, 1));
    expect([...(await meanwhile.data())]).toEqual([1, 3, 3, 7]);
    await compiled;
    expect([...(await variable.data())]).toEqual([1, 2, 3]);
    tf.dispose([variable, other, meanwhile]);
  });

  it('says why a step fails when the step comes', async () => {
    await compileAhead(() => {
      throw new Error('not yet');
    });
    expect(tf.env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')).toBe(false);
    const { detector, training } = given();
    const stage = {
      ...detector.stages[0]!,
      loss: () => {
        throw new Error('no such loss');
      },
    };
    const path = await autodiffSteps({ stage, training, validation: null, batchSize: 6, seed: 1, take: () => undefined });
    await expect(path.run(new Uint32Array(6), 0, 1, 1e-3)).rejects.toThrow('no such loss');
    path.dispose();
    detector.dispose();
  });
});

describe('memory on the device', () => {
  it('is given back after each model, whatever the size of its batches', async () => {
    giveBackIdleBuffers();
    const memory = watchGpuMemory();
    try {
      for (const batchSize of [6, 4]) {
        const { detector, training, validation } = given();
        const stage = detector.stages[0] as { batchSize: number };
        stage.batchSize = batchSize;
        await train(detector, { training, validation }, freeRun, 1);
        detector.dispose();
        await webGpuDevice().queue.onSubmittedWorkDone();
        expect(memory.most).toBeGreaterThan(200_000);
        // but for its weights and what they were read through, whose buffers are idle now
        expect(memory.bytes).toBeLessThan(2.02 * 4 * detector.parameters + 1024);
        memory.restart();
      }
    } finally {
      memory.stop();
    }
  });
});
