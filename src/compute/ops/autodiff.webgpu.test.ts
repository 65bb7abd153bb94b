/** Our gradients on software WebGPU against TF.js autodiff of plain TF.js operations there, and against finite differences. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farthest, operationCases, runCase, slopesOf } from '../../testing/operations.ts';
import { plainOperations } from '../../testing/plain-operations.ts';
import { startWebGpu, stopWebGpu } from '../webgpu.ts';

const cases = operationCases.map((one, i) => [`${i} ${one.op}`, one] as const);

describe('gradients of our operations on WebGPU', () => {
  beforeAll(() => startWebGpu());
  afterAll(() => stopWebGpu());

  it.each(cases)('%s: TF.js finds the same, and the value changes along each as it says', async (_, one) => {
    const wanted = await runCase(one, plainOperations);
    const found = await runCase(one);
    expect(farthest(found.y, wanted.y)).toBeLessThan(5e-5);
    expect(found.gradients.length).toBe(wanted.gradients.length);
    for (const [i, gradient] of found.gradients.entries())
      expect(farthest(gradient, wanted.gradients[i]!), `gradient ${i}`).toBeLessThan(1e-4);
    for (const [i, slope] of (await slopesOf(one, found.gradients)).entries())
      expect(Math.abs(slope - 1), `input ${i}`).toBeLessThan(3e-3);
  });
});
