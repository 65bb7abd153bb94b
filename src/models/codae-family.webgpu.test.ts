/** Loss, gradients and outputs of CoDAE, the categorical CoDVAE and the Dirichlet VAE: on software WebGPU as on WASM. */
import { afterAll, describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { startWebGpu, stopWebGpu } from '../compute/webgpu.ts';
import { fixture } from '../testing/fixtures.ts';
import categoricalCodvae from './categorical-codvae.ts';
import codae from './codae.ts';
import type { Model } from './contract.ts';
import dirichletVae from './dirichlet-vae.ts';

const ROWS = 6;
const source = fixture('images', 64, ROWS);

/** One training step of an untrained model, and its outputs, on the active backend. */
async function stepOf(model: Model, preset: string) {
  const detector = model.build(source.input, checkParams(model.params, { ...model.presets[preset]?.params }, 'test'), 3);
  const batch = source.batch(source.background, detector.scaling);
  const stage = detector.stages[0]!;
  const outputs = await detector.forward(batch);
  const x = tf.tensor2d(batch.x, [ROWS, 64]);
  const mask = tf.onesLike(x);
  const { loss, gradients } = stepGradients(
    () => stage.loss({ x, target: x, mask }, { training: true, seed: 3, step: 1 }),
    stage.variables,
  );
  const values = await Promise.all([loss, ...gradients].map((tensor) => tensor.data<'float32'>()));
  tf.dispose([x, mask, loss, ...gradients]);
  detector.dispose();
  return { outputs, loss: values[0]![0]!, gradients: values.slice(1) };
}

const largest = (values: ArrayLike<number>) => Array.from(values, Math.abs).reduce((most, value) => Math.max(most, value), 0);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) => largest(Array.from(a, (value, i) => value - b[i]!));

describe('the CoDAE family on WebGPU', () => {
  afterAll(() => stopWebGpu());

  it.each([
    ['codae-tiny', codae],
    ['codvae-tiny', categoricalCodvae],
    ['dirichlet-4-tiny', dirichletVae],
  ] as const)('%s has the loss, gradients and outputs of WASM', async (preset, model) => {
    await startBackend('wasm');
    expect(tf.getBackend()).toBe('wasm');
    const wasm = await stepOf(model, preset);
    await startWebGpu();
    const gpu = await stepOf(model, preset);
    expect(Number.isFinite(wasm.loss)).toBe(true);
    expect(Math.abs(gpu.loss / wasm.loss - 1)).toBeLessThan(1e-5);
    // a bias before a norm has a gradient of rounding only, so the largest gradient of all sets the least scale
    const scale = wasm.gradients.reduce((most, gradient) => Math.max(most, largest(gradient)), 0);
    expect(scale).toBeGreaterThan(0.1);
    for (const [i, gradient] of gpu.gradients.entries()) {
      const own = Math.max(largest(wasm.gradients[i]!), 1e-2 * scale);
      expect(apart(gradient, wasm.gradients[i]!) / own, `gradient ${i}`).toBeLessThan(1e-4);
    }
    for (const [name, values] of Object.entries(gpu.outputs)) {
      const wanted = wasm.outputs[name as keyof typeof wasm.outputs]!;
      expect(apart(values, wanted) / Math.max(1, largest(wanted)), name).toBeLessThan(1e-4);
    }
  });
});
