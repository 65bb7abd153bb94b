/** Trainings on rows that lie rounded on software WebGPU: those of float32 up to the rounding of the rows, and the user is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { float32Limit, mostFloat32Bytes, storageOfRows, storageWords, type TableStorage } from '../compute/row-storage.ts';
import type { StepDescription, StepTrainer } from '../compute/steps/contract.ts';
import lstmTrainer from '../compute/steps/webgpu-lstm-trainer.ts';
import { startWebGpu, stopWebGpu } from '../compute/webgpu.ts';
import type { Batch, Detector, Stage } from '../models/contract.ts';
import model from '../models/dense-autoencoder.ts';
import { toHalf } from '../numeric/precision.ts';
import { fixture, freeRun } from '../testing/fixtures.ts';
import { referenceHistograms, referenceLstm } from '../testing/lstm-reference.ts';
import type { TrainingSummary } from './contract.ts';
import { placesFor, trainAt } from './ensemble.ts';
import { type TrainOptions, train } from './loop.ts';
import { rowsOf } from './score.ts';
import { stepDataOf } from './steps.ts';

const source = fixture('table', 7, 240);
/**
 * Without batch normalisation: the gradient of a bias before it is nothing but rounding, which Adam makes large, so that a validation
 * loss would move by a percent with the last bit of any row.
 */
const params: Params = { hidden: [8], latent: 2, batchNorm: false, batchSize: 20, epochs: 3, patience: 0, learningRate: 0.01 };
const build = (seed = 1): Detector =>
  model.build(source.input, checkParams(model.params, { ...params, schedule: 'constant' }, 'test'), seed);

/** The rows of the fixture with their numbers changed. */
function rowsWith(change: (value: number, i: number) => number, ownTarget = false): Batch {
  const detector = build();
  const batch = source.batch(source.background, detector.scaling);
  detector.dispose();
  const x = batch.x.map(change);
  return { ...batch, x, target: ownTarget ? x.slice() : x };
}
const split = (batch: Batch) => ({ training: rowsOf(batch, 0, 200), validation: rowsOf(batch, 200, 240) });

async function trained(batch: Batch, options: TrainOptions) {
  const detector = build();
  const summary = await train(detector, split(batch), freeRun, 1, options);
  const weights = await detector.weights();
  detector.dispose();
  return { weights, remarks: summary.remarks, losses: lossesOf(summary) };
}

function lossesOf({ history }: Pick<TrainingSummary, 'history'>): number[] {
  return history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]);
}

const paths: [string, TrainOptions][] = [
  ['whole steps', {}],
  ['TF.js autodiff', { trainers: null }],
];

beforeAll(() => startWebGpu());
afterAll(() => stopWebGpu());

describe('rows as float16', () => {
  it.each(paths)('have the bits of float32 where float16 holds every number, by %s', async (_, path) => {
    const batch = rowsWith(toHalf, true);
    const plain = await trained(batch, path);
    const half = await trained(batch, { ...path, float32Bytes: 10_000 });
    expect(half.losses).toEqual(plain.losses);
    expect(half.weights).toEqual(plain.weights);
    expect(plain.remarks).toBeUndefined();
    // 240 rows of 7 numbers of 4 bytes, twice
    expect(half.remarks).toHaveLength(1);
    expect(half.remarks?.[0]).toMatch(/^trained on rows rounded to 16-bit numbers.* would take 13.440 bytes .* 10.000 bytes /);
  });

  it.each(paths)('have losses near those of float32 where numbers are rounded, by %s', async (_, path) => {
    const batch = rowsWith((value) => value);
    const plain = await trained(batch, path);
    const half = await trained(batch, { ...path, float32Bytes: 1000 });
    expect(half.losses).not.toEqual(plain.losses);
    expect(half.losses).toHaveLength(6);
    // an error of 2^-11 of each number moves a mean of squares by a few of that
    for (const [i, loss] of half.losses.entries()) expect(Math.abs(loss / plain.losses[i]! - 1)).toBeLessThan(4 * 2 ** -11);
    expect(half.remarks?.[0]).toContain('16-bit');
  });

  it('stay float32 where float16 cannot hold a number, and below the limit', async () => {
    const large = rowsWith((value, i) => (i === 3 ? 70_000 : value));
    const plain = await trained(large, {});
    const asked = await trained(large, { float32Bytes: 1000 });
    expect(asked.losses).toEqual(plain.losses);
    expect(asked.remarks).toBeUndefined();
    expect((await trained(rowsWith(toHalf), { float32Bytes: 6720 })).remarks).toBeUndefined();
  });

  it('are the same for seeds side by side as for each alone', async () => {
    const batch = rowsWith((value) => value);
    const data = split(batch);
    const options = { float32Bytes: 1000 };
    const alone = [];
    for (const seed of [1, 2]) {
      const detector = build(seed);
      alone.push(lossesOf(await train(detector, data, freeRun, seed, options)));
      detector.dispose();
    }
    const places = placesFor(2);
    const together = await Promise.all(
      places.map(async (place, i) => {
        const detector = build(i + 1);
        await place.enter();
        try {
          return await trainAt(place, detector, () => data, freeRun, i + 1, options);
        } finally {
          place.leave();
          detector.dispose();
        }
      }),
    );
    expect(together.map(lossesOf)).toEqual(alone);
    for (const { remarks } of together) expect(remarks?.[0]).toContain('16-bit');
  });
});

/** Rows as their levels give them: each part has its own, by the range of each of its columns. */
function levelled(batch: Batch): Batch {
  const { width, x } = batch;
  const rounded = new Float32Array(x.length);
  for (let column = 0; column < width; column++) {
    const own = x.filter((_, i) => i % width === column);
    const least = Math.min(...own);
    const step = Math.fround((Math.max(...own) - least) / 255);
    for (const [row, value] of own.entries()) {
      rounded[row * width + column] = least + (step > 0 ? Math.round((value - least) / step) : 0) * step;
    }
  }
  return { ...batch, x: rounded, target: rounded };
}

describe('rows that are chosen to be rounded', () => {
  it.each(paths)('are as float16 what large tables are, by %s', async (_, path) => {
    const batch = rowsWith((value) => value);
    const chosen = await trained(batch, { ...path, deviceRows: 'float16' });
    const large = await trained(batch, { ...path, float32Bytes: 1000 });
    expect(chosen.losses).toEqual(large.losses);
    expect(chosen.remarks).toEqual([expect.stringMatching(/^trained on rows rounded to 16-bit numbers.*as was chosen/)]);
    expect((await trained(batch, { ...path, deviceRows: 'float32', float32Bytes: 1000 })).remarks).toBeUndefined();
  });

  it.each(paths)('are as uint8 the nearest of 256 levels of their column, by %s', async (_, path) => {
    const batch = rowsWith((value) => value, true);
    const { training, validation } = split(batch);
    const chosen = await trained(batch, { ...path, deviceRows: 'uint8' });
    const detector = build();
    const wanted = lossesOf(
      await train(detector, { training: levelled(training), validation: levelled(validation) }, freeRun, 1, path),
    );
    detector.dispose();
    for (const [i, loss] of wanted.entries()) expect(Math.abs((chosen.losses[i] as number) / loss - 1)).toBeLessThan(1e-5);
    const plain = await trained(batch, path);
    expect(Math.abs((plain.losses[0] as number) / (wanted[0] as number) - 1)).toBeGreaterThan(1e-4);
    expect(chosen.remarks).toEqual([expect.stringMatching(/^trained on rows rounded to 256 levels.*as was chosen/)]);
  });

  it('stay float32 where a choice cannot hold a number, and the user is told', async () => {
    const large = await trained(
      rowsWith((value, i) => (i === 3 ? 70_000 : value)),
      { deviceRows: 'float16' },
    );
    expect(large.remarks).toEqual([expect.stringContaining('32-bit rows although 16-bit ones were chosen')]);
    expect(storageOfRows([Float32Array.of(1, Number.NaN)], 'uint8')).toBe('float32');
    expect(storageOfRows([Float32Array.of(1, Number.POSITIVE_INFINITY)], 'uint8')).toBe('float32');
    expect(storageWords('float32', 'uint8', 8)).toContain('a number is missing or infinite');
  });

  it('are rounded for an LSTM, too', async () => {
    const batch = referenceHistograms(19, 23);
    const step = async (rows: Batch, storage: TableStorage) => {
      const detector = await referenceLstm('deep');
      const stage = detector.stages[0] as Stage;
      const data = stepDataOf(rows, storage);
      const trainer = (await lstmTrainer.create(
        stage.step as StepDescription,
        data,
        stage.optimiser,
        stage.variables,
      )) as StepTrainer;
      expect(trainer.storage).toBe(storage === 'float32' ? undefined : storage);
      const order = Uint32Array.from({ length: 19 }, (_, i) => i);
      const losses = [...(await trainer.run(order, 19, 0, 1, 1e-3)), ...(await trainer.run(order, 19, 0, 1, 1e-3))];
      losses.push((await trainer.evaluate?.(data)) as number);
      trainer.dispose();
      detector.dispose();
      return losses;
    };
    const halves = { ...batch, x: batch.x.map(toHalf), target: batch.x.map(toHalf) };
    expect(await step(halves, 'float16')).toEqual(await step(halves, 'float32'));
    const levels = await step(levelled(batch), 'float32');
    const plain = await step(batch, 'float32');
    // the first step of Adam makes what is left of a rounding larger
    for (const [i, loss] of (await step({ ...batch, target: batch.x.slice() }, 'uint8')).entries()) {
      const off = Math.abs(loss / (levels[i] as number) - 1);
      expect(off).toBeLessThan(i === 0 ? 1e-6 : 5e-5);
      expect(off).toBeLessThan(0.05 * Math.abs((plain[i] as number) / (levels[i] as number) - 1));
    }
  });
});

describe('how rows lie', () => {
  const rows = Float32Array.of(1, -65_519, 1e-9, Number.NaN);

  it('follows from their bytes, each matrix counted once', () => {
    expect(storageOfRows([rows, rows], 'auto', 16)).toBe('float32');
    expect(storageOfRows([rows, rows], 'auto', 15)).toBe('float16');
    expect(storageOfRows([rows, rows.slice()], 'auto', 31)).toBe('float16');
  });

  it('is float32 where a number would become infinite', () => {
    for (const number of [65_520, -65_520, Number.POSITIVE_INFINITY]) {
      expect(storageOfRows([rows, Float32Array.of(number)], 'auto', 1)).toBe('float32');
    }
  });

  it('has a limit that the largest buffer of the device sets, 512 MiB at most', () => {
    expect(float32Limit()).toBeGreaterThanOrEqual(2 ** 27);
    expect(float32Limit()).toBeLessThanOrEqual(mostFloat32Bytes);
    expect(storageOfRows([rows])).toBe('float32');
  });
});
