/** Our gradients on WASM against TF.js autodiff of plain TF.js operations, and against finite differences. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farthest, largerCases, operationCases, runCase, slopesOf } from '../../testing/operations.ts';
import { plainOperations } from '../../testing/plain-operations.ts';
import { startBackend } from '../backend.ts';
import { tf } from '../tf.ts';

const cases = [...operationCases, ...largerCases].map((one, i) => [`${i} ${one.op}`, one] as const);

describe('gradients of our operations on WASM', () => {
  beforeAll(async () => {
    await startBackend('cpu');
    await startBackend('wasm');
  });
  afterAll(() => tf.disposeVariables());

  it.each(cases)('%s: TF.js, on plain JavaScript, finds the same', async (_, one) => {
    await tf.setBackend('cpu');
    const wanted = await runCase(one, plainOperations);
    await tf.setBackend('wasm');
    const found = await runCase(one);
    expect(farthest(found.y, wanted.y)).toBeLessThan(2e-5);
    expect(found.gradients.length).toBe(wanted.gradients.length);
    for (const [i, gradient] of found.gradients.entries())
      expect(farthest(gradient, wanted.gradients[i]!), `gradient ${i}`).toBeLessThan(5e-5);
  });

  it.each(cases)('%s: the value changes along each gradient as it says', async (_, one) => {
    const { gradients } = await runCase(one);
    for (const [i, slope] of (await slopesOf(one, gradients)).entries())
      expect(Math.abs(slope - 1), `input ${i}`).toBeLessThan(2e-3);
  });
});
