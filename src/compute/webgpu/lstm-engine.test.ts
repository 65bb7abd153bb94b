import { beforeAll, describe, expect, it } from 'vitest';
import { lstmCases, referenceHistograms, referenceLstm } from '../../testing/lstm-reference.ts';
import { stepDataOf } from '../../training/steps.ts';
import { startBackend } from '../backend.ts';
import type { StepData } from '../steps/contract.ts';
import { layoutOf } from '../steps/webgpu-lstm-trainer.ts';
import { type LstmLimits, sequencesAtOnce } from './lstm-engine.ts';
import type { LstmLayout } from './lstm-kernels.ts';

const ample: LstmLimits = { maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 32, maxStorageBuffersPerShaderStage: 8 };

/** Layers of 10, 3, 3 and 10 units over 100 bins: a workgroup of 64 invocations takes six sequences. */
async function madeCase() {
  const { rows, bins } = lstmCases.mse;
  const detector = await referenceLstm('mse');
  const { step, variables } = detector.stages[0]!;
  const data = stepDataOf(referenceHistograms(rows, bins));
  const layout = layoutOf(step!, data, variables)!;
  detector.dispose();
  return { data, layout };
}

let layout: LstmLayout;
let data: StepData;

beforeAll(async () => {
  await startBackend('cpu');
  ({ layout, data } = await madeCase());
});

describe('sequences at once', () => {
  it('are at most 1,024 of each member, in whole workgroups, and of several a batch or their share', () => {
    expect(sequencesAtOnce(ample, layout, data, 21, 1)).toBe(1020);
    expect(sequencesAtOnce(ample, layout, data, 2000, 1)).toBe(1020);
    expect(sequencesAtOnce(ample, layout, data, 21, 3)).toBe(336);
    expect(sequencesAtOnce(ample, layout, data, 504, 3)).toBe(504);
    expect(sequencesAtOnce(ample, layout, data, 505, 3)).toBe(510);
    expect(sequencesAtOnce(ample, layout, data, 2000, 3)).toBe(1020);
  });

  it('share what scratch rows may take', () => {
    // six numbers of each unit and step, the gradient of the outputs, and two vectors between layers
    const rowBytes = 4 * (100 * 6 * (10 + 3 + 3 + 10) + 100 + 2 * 100 * 10);
    // 505 rows of 70,800 bytes for each of fifteen
    expect(sequencesAtOnce(ample, layout, data, 600, 15)).toBe(504);
    const small = { ...ample, maxStorageBufferBindingSize: 100 * rowBytes };
    expect(sequencesAtOnce(small, layout, data, 21, 1)).toBe(96);
    expect(sequencesAtOnce(small, layout, data, 21, 8)).toBe(12);
  });

  it('are none where the device cannot bind enough, or not enough buffers, or there are more than fifteen members', () => {
    const gradients = { ...ample, maxBufferSize: 4 * 3 * 500 * layout.weights };
    expect(sequencesAtOnce(gradients, layout, data, 500, 3)).toBeGreaterThan(0);
    expect(sequencesAtOnce(gradients, layout, data, 500, 4)).toBe(0);
    expect(sequencesAtOnce(ample, layout, data, 500, 15)).toBeGreaterThan(0);
    expect(sequencesAtOnce(ample, layout, data, 500, 16)).toBe(0);
    expect(sequencesAtOnce({ ...ample, maxStorageBuffersPerShaderStage: 6 }, layout, data, 21, 1)).toBe(0);
  });
});
