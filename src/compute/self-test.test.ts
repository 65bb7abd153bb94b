import { describe, expect, it } from 'vitest';
import { startBackend } from './backend.ts';
import { leakCheck } from './memory.ts';
import { within } from './patience.ts';
import { type Check, checks, selfTest, timeTrainingStep } from './self-test.ts';
import { tf } from './tf.ts';

describe.each(['wasm', 'cpu'] as const)('the self-test on %s', (backend) => {
  it('is passed and leaves nothing behind', async () => {
    await startBackend(backend);
    const left = await leakCheck(async () => {
      expect(await selfTest(2_000)).toBeNull();
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
  });

  it('times a training step and leaves nothing behind', async () => {
    await startBackend(backend);
    const left = await leakCheck(async () => {
      expect(await timeTrainingStep(20)).toBeGreaterThan(0);
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('the self-test finds', () => {
  const sum = checks[0] as Check;

  it.each([
    ['zeros', () => tf.zeros([1])],
    ['a small error', () => tf.tensor1d([999.99])],
    ['NaN', () => tf.tensor1d([Number.NaN])],
    ['a result of another size', () => tf.ones([2])],
  ])('%s', async (_, compute) => {
    expect(await selfTest(1_000, [{ ...sum, compute }])).toMatch(/^a sum of 1,000 ones is wrong by /);
  });

  it('an operation that throws', async () => {
    const compute = () => {
      throw new Error('no such kernel');
    };
    expect(await selfTest(1_000, [{ ...sum, compute }])).toBe('a sum of 1,000 ones failed: no such kernel');
  });

  it('a wrong kernel of the backend', async () => {
    await startBackend('cpu');
    const kernel = tf.getKernel('Relu', 'cpu');
    tf.unregisterKernel('Relu', 'cpu');
    tf.registerKernel({ ...kernel, kernelFunc: ({ inputs }) => tf.abs(inputs.x as never) });
    expect(await selfTest(2_000)).toMatch(/^the gradient of a dense layer is wrong by /);
    expect((await startBackend('cpu')).reason).toMatch(
      /^Plain JavaScript was asked for but cannot be used \(the gradient of a dense layer is wrong/,
    );
    tf.unregisterKernel('Relu', 'cpu');
    tf.registerKernel(kernel);
    expect((await startBackend('cpu')).backend).toBe('cpu');
  });
});

describe('waiting', () => {
  it('ends with the work', async () => {
    expect(await within(1_000, Promise.resolve(3), 'counting')).toBe(3);
  });

  it('ends without it, with words', async () => {
    await expect(within(10, new Promise(() => undefined), 'a matrix product')).rejects.toThrow(
      'a matrix product did not finish within 0.01 s',
    );
  });
});
