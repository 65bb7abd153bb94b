import type { Scalar } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startBackend } from './backend.ts';
import { breathe, stepGradients } from './breathe.ts';
import { leakCheck } from './memory.ts';
import { tf } from './tf.ts';

describe('breathing', () => {
  it('lets a message in that was sent before', async () => {
    const { port1, port2 } = new MessageChannel();
    let heard = false;
    port1.onmessage = () => {
      heard = true;
    };
    port2.postMessage('stop');
    await breathe();
    await breathe();
    expect(heard).toBe(true);
    port1.close();
  });

  it('uses no timer and no animation frame, which stand still in a hidden tab', async () => {
    const timeout = vi.spyOn(globalThis, 'setTimeout');
    await breathe();
    expect(timeout).not.toHaveBeenCalled();
    timeout.mockRestore();
  });
});

describe.each(['wasm', 'cpu'] as const)('gradients of a step on %s', (backend) => {
  beforeAll(() => startBackend(backend).then(() => undefined));

  it('come in the order of the variables, whatever the order of their use', () => {
    const a = tf.tidy(() => tf.variable(tf.scalar(3)));
    const b = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    // d/da (a² + 5 sum b) = 2a = 6, d/db = 5
    const run = () => tf.add(tf.mul(5, tf.sum(b)), tf.square(a)) as Scalar;
    const first = stepGradients(run, [a, b]);
    const turned = stepGradients(run, [b, a]);
    expect(first.loss.dataSync()[0]).toBe(24);
    expect(first.gradients.map((g) => Array.from(g.dataSync()))).toEqual([[6], [5, 5]]);
    expect(turned.gradients.map((g) => Array.from(g.dataSync()))).toEqual([[5, 5], [6]]);
    tf.dispose([first.loss, first.gradients, turned.loss, turned.gradients, a, b]);
  });

  it('leave nothing else behind', async () => {
    const w = tf.tidy(() => tf.variable(tf.ones([3, 2])));
    const x = tf.ones([4, 3]);
    const left = await leakCheck(() => {
      const { loss, gradients } = stepGradients(() => tf.mean(tf.square(tf.relu(tf.matMul(x, w)))) as Scalar, [w]);
      tf.dispose([loss, gradients]);
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    tf.dispose([w, x]);
  });

  it('name the variable that the loss does not depend on, and leave nothing behind', async () => {
    const used = tf.tidy(() => tf.variable(tf.scalar(1), true, `used-${backend}`));
    const idle = tf.tidy(() => tf.variable(tf.scalar(1), true, `idle-${backend}`));
    const left = await leakCheck(() => {
      expect(() => stepGradients(() => tf.square(used) as unknown as Scalar, [used, idle])).toThrow(
        `no gradient for idle-${backend}`,
      );
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    tf.dispose([used, idle]);
  });
});
