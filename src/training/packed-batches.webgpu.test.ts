/** Packed images on software WebGPU: the batches and the training of the host, with the rows resident, and nothing left behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { residentPacked } from '../compute/resident.ts';
import { tf } from '../compute/tf.ts';
import { withLimits } from '../compute/webgpu/tensor-kernel.ts';
import { startWebGpu, stopWebGpu } from '../compute/webgpu.ts';
import type { Dataset } from '../data/dataset.ts';
import { LazyBatch } from '../data/lazy-batch.ts';
import { fitScaling, makeBatch, rowScalingOf, type ScalingId } from '../data/preprocess.ts';
import type { TrainingRows } from '../data/split.ts';
import imageVariationalAutoencoder from '../models/image-variational-autoencoder.ts';
import { PackedNumbers, type PackerOptions, packNumbers } from '../numeric/packed.ts';
import { Cursor } from '../numeric/random.ts';
import { freeRun } from '../testing/fixtures.ts';
import { meanSquareNoise, noiseStage } from '../testing/noise.ts';
import { autodiffSteps } from './autodiff-steps.ts';
import { train } from './loop.ts';

const [rows, height, width, channels] = [23, 8, 8, 2];
const perRow = height * width * channels;
const chosen = Uint32Array.from({ length: rows - 2 }, (_, i) => rows - 1 - i);
const asked = Uint32Array.of(20, 0, 7, 7, 3, 12);

/** Mostly empty images of whole numbers, with a few numbers that the packing holds as strays. */
async function dataset(number: (cursor: Cursor, i: number) => number, options: PackerOptions): Promise<Dataset> {
  const cursor = new Cursor(5, 'sample');
  const numbers = Float32Array.from({ length: rows * perRow }, (_, i) => number(cursor, i));
  const values = await packNumbers(numbers.length, (packer) => packer.add(numbers), options);
  const parts = { classes: [], label: new Uint8Array(rows), spectators: {}, origins: [], remarks: [] };
  return {
    ...{ kind: 'images', name: 'test', synthetic: true, rows, shape: [height, width, channels], features: [], values },
    ...parts,
  };
}

const packings = [
  ['uint8', {}, (cursor: Cursor) => (cursor.uniform() < 0.5 ? cursor.below(256) : 0)],
  ['uint16', { step: 1 / 64 }, (cursor: Cursor, i: number) => (i % 100 === 50 ? 2e6 + i : cursor.below(65_536) / 64)],
  ['int16', {}, (cursor: Cursor) => cursor.below(65_536) - 32_768],
  ['sparse', { least: 'sparse' }, (cursor: Cursor) => (cursor.uniform() < 0.1 ? cursor.normal() : 0)],
  ['float16', { least: 'float16' }, (cursor: Cursor, i: number) => (i % 100 === 50 ? 1e6 + i : cursor.normal())],
] as const;

/** The same number in every column: looked up, so equal to the bit. The others are scaled by column. */
const exact: readonly ScalingId[] = ['raw', 'mask', 'first-channel', 'over-maximum', 'first-over-maximum'];
const rounded: readonly ScalingId[] = ['standardised', 'first-standardised'];

function lazy(data: Dataset, id: ScalingId, onDevice = true, own = chosen): LazyBatch {
  const fitted = fitScaling(data, chosen as TrainingRows, id);
  const x = onDevice ? rowScalingOf(fitted) : undefined;
  const packed = x && { values: data.values as PackedNumbers, storedWidth: perRow, x, target: x };
  return new LazyBatch(own, (some) => makeBatch(data, some, fitted, fitted), {}, undefined, packed);
}

async function fromDevice(batch: LazyBatch, bytes = Number.POSITIVE_INFINITY, indices = asked): Promise<Float32Array> {
  const resident = withLimits({ bytes: bytes }, () => residentPacked(batch.packed!, batch.packed!.x))!;
  const made = resident.batch(indices);
  // what was recorded goes on after the rows are given back
  resident.dispose();
  const numbers = await made.data<'float32'>();
  made.dispose();
  return numbers;
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('packed images on WebGPU', () => {
  beforeAll(() => startWebGpu());
  afterAll(() => stopWebGpu());

  it.each(packings)('%s: the batches of the host', async (packing, options, number) => {
    const data = await dataset(number, options);
    expect((data.values as PackedNumbers).packing).toBe(packing);
    for (const id of [...exact, ...rounded]) {
      const batch = lazy(data, id);
      const [device, host] = [await fromDevice(batch), batch.pick(asked).x];
      if (exact.includes(id)) expect(new Uint32Array(device.buffer), id).toEqual(new Uint32Array(host.buffer));
      else
        for (const [i, value] of host.entries()) expect(Math.abs(device[i]! - value), id).toBeLessThan(largest(host) * 2 ** -21);
      expect(largest(host)).toBeGreaterThan(0);
    }
  });

  it('rows in 25 shards, more than one kernel can bind, make the batches of the host', async () => {
    const many = Uint32Array.from({ length: 200 }, (_, i) => (7 * i) % rows);
    const batch = lazy(await dataset(packings[0][2], {}), 'raw', true, many);
    // eight rows of 128 bytes in each; the table of 1,024 bytes is bound too
    const found = await fromDevice(batch, 1100, Uint32Array.of(199, 0, 90, 91, 150, 8));
    expect(found).toEqual(batch.pick(Uint32Array.of(199, 0, 90, 91, 150, 8)).x);
  });

  it('leaves to the host what needs other numbers of the row, and what the device cannot bind', async () => {
    const data = await dataset(packings[0][2], {});
    expect(lazy(data, 'channel-sum').packed).toBeUndefined();
    expect(lazy(data, 'l1-normalised').packed).toBeUndefined();
    const { packed } = lazy(data, 'raw');
    expect(withLimits({ bytes: 4 * perRow - 1 }, () => residentPacked(packed!, packed!.x))).toBeUndefined();
  });

  it('have noise on the input of a step that is asked for, and none on its target', async () => {
    const [seed, deviation] = [3, 0.5];
    const batch = lazy(await dataset(packings[0][2], {}), 'raw');
    const stage = noiseStage(deviation);
    const losses: number[] = [];
    const take = (values: ArrayLike<number>) => losses.push(...Array.from(values));
    const steps = await autodiffSteps({ stage, training: batch, validation: null, batchSize: 4, seed, take });
    await steps.run(
      Uint32Array.from({ length: 8 }, (_, i) => i),
      0,
      2,
      0,
    );
    await steps.settle();
    for (const [step, loss] of losses.entries()) {
      expect(loss / meanSquareNoise({ rows: 4, width: perRow, deviation, seed, step })).toBeCloseTo(1, 4);
    }
    expect(losses).toHaveLength(2);
    steps.dispose();
    tf.dispose([...stage.variables]);
  });

  it('trains as with rows of the host, without unpacking any, and gives the memory back', async () => {
    const data = await dataset(packings[0][2], {});
    const params = {
      ...imageVariationalAutoencoder.presets['cvae-tiny']!.params,
      scaling: 'over-maximum',
      epochs: 2,
      batchSize: 10,
    };
    const input = { kind: 'images' as const, shape: [...data.shape], width: perRow, features: [] };
    const held = new Set<GPUBuffer>();
    let unpacked = 0;
    const { createBuffer } = GPUDevice.prototype;
    const { destroy } = GPUBuffer.prototype;
    const { unpack } = PackedNumbers.prototype;
    GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
      const buffer = createBuffer.call(this, descriptor);
      if (descriptor.label?.includes('resident rows')) held.add(buffer);
      return buffer;
    };
    let most = 0;
    GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
      most = Math.max(most, held.size);
      held.delete(this);
      return destroy.call(this);
    };
    PackedNumbers.prototype.unpack = function (...given) {
      unpacked++;
      return unpack.apply(this, given);
    };
    try {
      const histories = [];
      for (const onDevice of [true, false]) {
        const batch = lazy(data, 'over-maximum', onDevice);
        const detector = imageVariationalAutoencoder.build(
          input,
          checkParams(imageVariationalAutoencoder.params, params, 'test'),
          1,
        );
        unpacked = 0;
        const { history } = await train(detector, { training: batch, validation: batch }, freeRun, 1);
        histories.push(history.map(({ loss, validationLoss }) => [loss, validationLoss]));
        if (onDevice) expect(unpacked).toBe(0);
        else expect(unpacked).toBeGreaterThan(0);
        expect(held.size).toBe(0);
        detector.dispose();
      }
      expect(most).toBe(2);
      expect(histories[0]).toEqual(histories[1]);
    } finally {
      Object.assign(GPUDevice.prototype, { createBuffer });
      Object.assign(GPUBuffer.prototype, { destroy });
      Object.assign(PackedNumbers.prototype, { unpack });
    }
  });
});
