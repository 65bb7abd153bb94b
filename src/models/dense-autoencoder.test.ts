import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { createOptimiser } from '../compute/optimiser.ts';
import { tf } from '../compute/tf.ts';
import { fixture } from '../testing/fixtures.ts';
import type { NamedArray } from './contract.ts';
import reference from './dense-autoencoder.reference.json';
import model from './dense-autoencoder.ts';

const build = (width: number, given: Params, kind: 'objects' | 'table' = 'objects') =>
  model.build(fixture(kind, width, 4).input, checkParams(model.params, given, 'test'), 1);
const layersOf = (preset: string) => {
  const { params, reference: counts } = model.presets[preset]!;
  const detector = build(counts!.width, params, counts!.kind as 'objects' | 'table');
  const rows = detector.layers.map(({ network, type, shape, parameters }) => [network, type, shape[0], parameters]);
  detector.dispose();
  return rows;
};

beforeAll(async () => {
  await startBackend('wasm');
});
afterAll(() => tf.disposeVariables());

describe('the presets, layer by layer', () => {
  it('hackathon-42: dense, batch norm, leaky ReLU', () => {
    expect(layersOf('hackathon-42')).toEqual([
      ['encoder', 'Dense', 32, 1376],
      ['encoder', 'BatchNormalization', 32, 128],
      ['encoder', 'LeakyReLU', 32, 0],
      ['encoder', 'Dense', 16, 528],
      ['encoder', 'BatchNormalization', 16, 64],
      ['encoder', 'LeakyReLU', 16, 0],
      ['encoder', 'Dense', 3, 51],
      ['decoder', 'Dense', 16, 64],
      ['decoder', 'BatchNormalization', 16, 64],
      ['decoder', 'LeakyReLU', 16, 0],
      ['decoder', 'Dense', 32, 544],
      ['decoder', 'BatchNormalization', 32, 128],
      ['decoder', 'LeakyReLU', 32, 0],
      ['decoder', 'Dense', 42, 1386],
    ]);
  });
  it('adc2021-official: no bias but in the output layer', () => {
    expect(
      layersOf('adc2021-official')
        .filter(([, type]) => type === 'Dense')
        .map(([, , , n]) => n),
    ).toEqual([912, 48, 48, 969]);
  });
  it('40mhz-dnn: encoder 2,855 with its input norm, decoder 2,681 with physical outputs', () => {
    const rows = layersOf('40mhz-dnn');
    const sum = (network: string) => rows.filter(([n]) => n === network).reduce((total, [, , , n]) => total + (n as number), 0);
    expect([sum('encoder'), sum('decoder')]).toEqual([2855, 2681]);
    expect(rows[0]).toEqual(['encoder', 'BatchNormalization', 57, 228]);
    expect(rows.at(-1)).toEqual(['decoder', 'PhysicalHeads', 57, 0]);
  });
  it('anomalyclr-raw: encoder 58,693, decoder 58,745; on 160 numbers 170,277 in all', () => {
    const rows = layersOf('anomalyclr-raw');
    const sum = (network: string) => rows.filter(([n]) => n === network).reduce((total, [, , , n]) => total + (n as number), 0);
    expect([sum('encoder'), sum('decoder')]).toEqual([58693, 58745]);
    const wide = build(160, model.presets['anomalyclr-representation']!.params, 'table');
    expect(wide.parameters).toBe(170277);
    wide.dispose();
  });
  it('relu-32-8 has ReLU on the latent layer too', () => {
    expect(
      layersOf('relu-32-8')
        .filter(([network]) => network === 'encoder')
        .map(([, type]) => type),
    ).toEqual(['Dense', 'Activation', 'Dense', 'Activation']);
  });
});

describe('physical outputs', () => {
  it('never leave ±π and the acceptance, whatever the weights', async () => {
    const source = fixture('objects', 57, 64);
    for (const [scaling, eta, phi] of [
      ['raw', 1, 1],
      ['background-scaled', 4, Math.PI],
    ] as const) {
      const detector = build(57, { physicalHeads: true, scaling });
      const weights = await detector.weights();
      detector.setWeights(weights.map((w) => ({ ...w, values: w.values.map((v) => v * 30) })));
      const { reconstruction } = await detector.forward(source.batch(source.background, detector.scaling));
      const largest = (slot: number, at: number) => {
        let size = 0;
        for (let row = 0; row < 64; row++) size = Math.max(size, Math.abs(reconstruction![row * 57 + slot * 3 + at]!));
        return size;
      };
      expect(largest(1, 1)).toBeCloseTo(3 / eta, 4);
      expect(largest(5, 1)).toBeCloseTo(2.1 / eta, 4);
      expect(largest(9, 1)).toBeCloseTo(4 / eta, 4);
      expect(largest(0, 2)).toBeCloseTo(Math.PI / phi, 4);
      expect(largest(0, 1)).toBeGreaterThan(4);
      expect(largest(9, 0)).toBeGreaterThan(4);
      detector.dispose();
    }
  });
  it('survive saving as a TF.js model', async () => {
    const detector = build(57, { physicalHeads: true, scaling: 'raw' });
    const json = detector.networks.decoder!.toJSON(null, false) as object;
    const twin = await tf.models.modelFromJSON(json as Parameters<typeof tf.models.modelFromJSON>[0]);
    expect(twin.layers.at(-1)!.getConfig().limits).toEqual(detector.networks.decoder!.layers.at(-1)!.getConfig().limits);
    twin.dispose();
    detector.dispose();
  });
  it('are refused where phi is standardised, and for tables', () => {
    expect(() => build(57, { physicalHeads: true, scaling: 'standardised' })).toThrow(
      /physicalHeads.*target scaling standardised/,
    );
    expect(() => build(16, { physicalHeads: true }, 'table')).toThrow(/found data of kind table/);
  });
});

describe('against PyTorch', () => {
  const widths = [57, 32, 16, 3, 16, 32, 57];
  const rows = 256;
  const size = 64;
  const events = Float32Array.from({ length: rows * 57 }, (_, at) => {
    const i = Math.floor(at / 57);
    const j = at % 57;
    return (i + j) % 5 === 0 ? 0 : (((i * i * 31 + i * j * 17 + j * 13) % 97) - 48) / 32;
  });
  const formula = (count: number, layer: number, limit: number) =>
    Float32Array.from({ length: count }, (_, k) => (((k * 7919 + (layer + 1) * 104729) % 10007) / 5003.5 - 1) * limit);

  function startingWeights(weights: readonly NamedArray[]): NamedArray[] {
    let layer = -1;
    return weights.map((weight) => {
      if (!weight.name.includes('/dense_')) return weight;
      if (weight.name.endsWith('kernel')) {
        layer++;
        return { ...weight, values: formula(weight.values.length, layer, Math.sqrt(6 / widths[layer]!)) };
      }
      return { ...weight, values: formula(weight.values.length, layer + 10, 0.1) };
    });
  }

  const cases = {
    plain: { batchNorm: false, maskedLoss: false, conventions: 'pytorch' },
    batchNorm: { batchNorm: true, maskedLoss: false },
    masked: { batchNorm: true, maskedLoss: true, learningRate: 3e-3, amsgrad: true, weightDecay: 0.1 },
  } as const;

  it.each(Object.entries(cases))('%s: thirty losses agree to 1e-4 and the final weights to 5e-4', async (name, params) => {
    const wanted = reference[name as keyof typeof cases];
    const detector = build(57, { leakySlope: 0.3, ...params });
    detector.setWeights(startingWeights(await detector.weights()));
    const stage = detector.stages[0]!;
    const optimiser = createOptimiser(stage.optimiser, stage.variables);
    for (const [step, loss] of wanted.losses.entries()) {
      const start = (step * size) % rows;
      const x = tf.tensor2d(events.slice(start * 57, (start + size) * 57), [size, 57]);
      const mask = tf.tidy(() => tf.cast(tf.notEqual(x, 0), 'float32')) as tf.Tensor2D;
      const found = stepGradients(() => stage.loss({ x, target: x, mask }, { training: true, seed: 1, step }), stage.variables);
      optimiser.step(found.gradients, stage.optimiser.learningRate);
      expect(Math.abs((await found.loss.data())[0]! / loss - 1), `step ${step}`).toBeLessThan(1e-4);
      tf.dispose([x, mask, found.loss, found.gradients]);
    }
    const weights = new Map((await detector.weights()).map((weight) => [weight.name, weight.values]));
    // Adam steps by the sign of a gradient however small it is, so weights may differ more than the loss they lead to
    const near = (values: ArrayLike<number> | undefined, expected: readonly number[]) => {
      for (const [i, value] of expected.entries()) expect(Math.abs(values![i]! - value)).toBeLessThan(5e-4);
    };
    near(weights.get('encoder/dense_1/kernel'), wanted.firstKernel);
    near(weights.get('decoder/dense_3/bias'), wanted.lastBias);
    near(weights.get('encoder/batch_norm_1/moving_mean'), wanted.movingMean);
    near(weights.get('encoder/batch_norm_1/moving_variance'), wanted.movingVariance);
    optimiser.dispose();
    detector.dispose();
  });
});
