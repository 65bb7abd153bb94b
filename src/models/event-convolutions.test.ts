import { beforeAll, describe, expect, it } from 'vitest';
import type { ObjectType } from '../base/kinds.ts';
import { checkParams, type Params } from '../base/params.ts';
import { startBackend } from '../compute/backend.ts';
import { stepGradients } from '../compute/breathe.ts';
import { tf } from '../compute/tf.ts';
import { objectFeatures } from '../data/objects.ts';
import { fixture } from '../testing/fixtures.ts';
import type { Batch, Detector, Model, ModelInput, NamedArray, TensorBatch } from './contract.ts';
import autoencoder from './convolutional-autoencoder.ts';
import variational from './convolutional-variational-autoencoder.ts';
import reference from './event-convolutions.reference.json';

beforeAll(async () => {
  await startBackend('wasm');
});

const rows = 40;
const width = 57;
const { input } = fixture('objects', width, 4);

function built(model: Model, preset: string, given: Params = {}, data: ModelInput = input): Detector {
  return model.build(data, checkParams(model.params, { ...model.presets[preset]?.params, ...given }, 'test'), 1);
}

describe('against PyTorch', () => {
  /** The script's numbers from -1 to 1. */
  const numbers = (count: number, key: number) =>
    Float32Array.from({ length: count }, (_, k) => ((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1);

  function events(): Batch {
    const exists = (at: number) => (Math.floor(at / width) + Math.floor((at % width) / 3)) % 5 !== 0;
    const x = Float32Array.from({ length: rows * width }, (_, at) => {
      const i = Math.floor(at / width);
      const j = at % width;
      return exists(at) ? (((i * i * 31 + i * j * 17 + j * 13) % 97) - 48) / 32 : 0;
    });
    const mask = Uint8Array.from(x, (_, at) => (exists(at) ? 1 : 0));
    const target = x.map((value, at) => 0.8 * value + 0.1 * (mask[at] as number));
    return { rows, width, raw: x, rawWidth: width, rawFeatures: [], x, target, mask };
  }

  /** Weights by the script's rule, in the order in which it draws them. */
  function drawn(weights: readonly NamedArray[]): NamedArray[] {
    return weights.map((weight, i) => {
      const rules: Record<string, [number, number]> = {
        kernel: [1 / Math.sqrt(weight.shape.slice(0, -1).reduce((product, n) => product * n, 1)), 0],
        ...{ bias: [0.1, 0], gamma: [0.2, 1], beta: [0.1, 0], moving_mean: [0.1, 0], moving_variance: [0.5, 1] },
      };
      const [scale, offset] = rules[weight.name.split('/').at(-1) as string] as [number, number];
      return { ...weight, values: numbers(weight.values.length, i + 1).map((v) => v * scale + offset) };
    });
  }

  async function referenceDetector(model: Model, preset: string): Promise<Detector> {
    const detector = built(model, preset);
    detector.setWeights(drawn(await detector.weights()));
    return detector;
  }

  function expectClose(found: ArrayLike<number>, wanted: readonly number[]): void {
    for (const [i, value] of wanted.entries()) {
      expect(Math.abs((found[i] as number) - value), `number ${i}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    }
  }

  function tensors({ x, target, mask }: Batch): TensorBatch {
    const tensor = (values: ArrayLike<number>) => tf.tensor2d(Float32Array.from(values), [rows, width]);
    return { x: tensor(x), target: tensor(target), mask: tensor(mask) };
  }

  it.each([
    [autoencoder, '40mhz-cnn'],
    [autoencoder, 'adc2021-cnn'],
    [variational, '40mhz-cnn-vae'],
  ] as const)('%o, %s: the same outputs and loss to 1e-5', async (model, preset) => {
    const detector = await referenceDetector(model, preset);
    const batch = events();
    const wanted = reference[preset];
    const outputs = await detector.forward(batch);
    expectClose(outputs.latent as Float32Array, wanted.latent);
    expectClose(outputs.reconstruction as Float32Array, wanted.reconstruction);
    if ('logVar' in wanted) expectClose(outputs.latentLogVar as Float32Array, wanted.logVar);
    const loss = tf.tidy(
      () => detector.stages[0]?.loss(tensors(batch), { training: false, seed: 1, step: 0 }).dataSync()[0] as number,
    );
    expect(Math.abs(loss / wanted.loss - 1)).toBeLessThan(1e-5);
    detector.dispose();
  });

  it.each(['40mhz-cnn', 'adc2021-cnn'] as const)(
    '%s: the same training loss, with the statistics of the batch, and gradients of the outer kernels',
    async (preset) => {
      const detector = await referenceDetector(autoencoder, preset);
      const batch = tensors(events());
      const wanted = reference[preset];
      const { loss, variables = [] } = detector.stages[0] ?? {};
      const kernels = variables.filter(({ shape }) => shape.length === 4);
      const outer = [kernels[0], kernels.at(-1)] as tf.Variable[];
      const { loss: value, gradients } = stepGradients(() => loss!(batch, { training: true, seed: 1, step: 0 }), outer);
      expect(Math.abs((value.dataSync()[0] as number) / wanted.trainingLoss - 1)).toBeLessThan(1e-5);
      expectClose((gradients[0] as tf.Tensor).dataSync(), wanted.firstKernel);
      expectClose((gradients[1] as tf.Tensor).dataSync(), wanted.lastKernel);
      tf.dispose([value, gradients, batch.x, batch.target, batch.mask]);
      detector.dispose();
    },
  );
});

describe('the layers of the grid', () => {
  it('are the published ones, one by one', () => {
    const detector = built(autoencoder, '40mhz-cnn');
    const table = detector.layers.map(({ network, shape, parameters }) => `${network} ${shape.join('x')} ${parameters}`);
    expect(table).toEqual([
      ...['encoder 20x3x1 0', 'encoder 20x3x1 4', 'encoder 18x1x16 144', 'encoder 18x1x16 0', 'encoder 6x1x16 0'],
      ...['encoder 6x1x32 1536', 'encoder 6x1x32 0', 'encoder 2x1x32 0', 'encoder 64 0', 'encoder 8 520'],
      ...['decoder 64 576', 'decoder 64 0', 'decoder 2x1x32 0', 'decoder 2x1x32 3072', 'decoder 2x1x32 0', 'decoder 6x1x32 0'],
      ...['decoder 6x3x32 0', 'decoder 6x3x16 1536', 'decoder 6x3x16 0', 'decoder 18x3x16 0', 'decoder 19x3x16 0'],
      ...['decoder 19x3x1 144', 'decoder 57 0', 'decoder 57 0'],
    ]);
    const sum = (name: string) =>
      detector.layers.filter(({ network }) => network === name).reduce((total, layer) => total + layer.parameters, 0);
    expect([sum('encoder'), sum('decoder')]).toEqual([2204, 5328]);
    detector.dispose();
  });

  it.each([1, 2, 3, 10, 14, 20, 30])('take %i slots and give as many back', async (slots) => {
    const objectTypes: ObjectType[] = ['MET', ...Array<ObjectType>(slots - 1).fill('jet')];
    const data: ModelInput = {
      ...{ kind: 'objects', shape: [slots, 3], width: 3 * slots, features: objectFeatures(objectTypes), objectTypes },
    };
    for (const preset of ['40mhz-cnn', 'adc2021-cnn']) {
      const detector = built(autoencoder, preset, {}, data);
      const x = new Float32Array(2 * 3 * slots).fill(1);
      const batch: Batch = {
        ...{ rows: 2, width: 3 * slots, raw: x, rawWidth: 3 * slots, rawFeatures: data.features, x, target: x },
        mask: new Uint8Array(x.length).fill(1),
      };
      expect((await detector.forward(batch)).reconstruction?.length).toBe(x.length);
      detector.dispose();
    }
  });

  it('bound eta and phi of the reconstruction, whatever the latent numbers are', async () => {
    const detector = built(autoencoder, 'offshell-cnn');
    const batch = { rows: 1, width } as Batch;
    const restored = (await detector.decode?.(new Float32Array(8).fill(1e4), batch)) as Float32Array;
    // background-scaled: eta / 4 and phi / π; slot 5 is a muon
    for (let slot = 0; slot < 19; slot++) expect(Math.abs(restored[3 * slot + 2] as number)).toBeLessThanOrEqual(1);
    expect(Math.abs(restored[16] as number)).toBeLessThanOrEqual(2.1 / 4 + 1e-6);
    detector.dispose();
  });

  it.each([
    [{ filters: [16] }, /filters.*two numbers.*found 16/],
    [{ network: 'adc2021' }, /filters.*one number.*found 16, 32/],
    [{ scaling: 'standardised' }, /physicalHeads.*target scaling is raw/],
  ])('refuse %j', (given, message) => {
    expect(() => built(autoencoder, 'offshell-cnn', given as Params)).toThrow(message);
  });
  it('refuse data without objects', () => {
    const table = fixture('table', 8, 1).input;
    expect(() => built(variational, 'offshell-cnn-vae', {}, table)).toThrow(/reconstructed objects/);
  });
});
