import { describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { Cursor } from '../numeric/random.ts';
import { findScore } from '../scores/registry.ts';
import type { Batch, Model, ModelInput } from './contract.ts';
import isolationForest, { meanDepth } from './isolation-forest.ts';
import reference from './mahalanobis.reference.json';
import mahalanobis from './mahalanobis.ts';
import nearestNeighbours from './nearest-neighbours.ts';

function batchOf(x: Float32Array, width: number): Batch {
  const rows = x.length / width;
  const features = Array.from({ length: width }, (_, i) => ({ name: `number ${i + 1}`, unit: '', quantity: 'other' as const }));
  return { rows, width, raw: x, rawWidth: width, rawFeatures: features, x, target: x, mask: new Uint8Array(x.length).fill(1) };
}

async function scoresOf(model: Model, training: Batch, rows: Batch, given: Params = {}, seed = 1): Promise<number[]> {
  const input: ModelInput = { kind: 'table', shape: [rows.width], width: rows.width, features: rows.rawFeatures };
  const preset = model.presets[model.defaultPreset(input)]?.params;
  const detector = model.build(input, checkParams(model.params, { ...preset, scaling: 'raw', ...given }, 'test'), seed);
  detector.fit?.(training);
  return [...findScore(model.defaultScore).compute(rows, await detector.forward(rows), {})];
}

function normal(rows: number, width: number, index: number): Batch {
  const cursor = new Cursor(7, 'sample', 0, index);
  return batchOf(
    Float32Array.from({ length: rows * width }, () => cursor.normal()),
    width,
  );
}

describe('Mahalanobis distance', () => {
  it('counts standard deviations, by hand', async () => {
    // column 1: deviation 2 around 10; column 2: deviation 1 around 0, independent of it (divisor n - 1 = 3: 16/3 and 4/3)
    const training = batchOf(Float32Array.from([8, -1, 8, 1, 12, -1, 12, 1]), 2);
    const found = await scoresOf(mahalanobis, training, batchOf(Float32Array.from([10, 0, 14, 0, 10, 2]), 2));
    expect(found[0]).toBeCloseTo(0, 12);
    expect(found[1]).toBeCloseTo(16 / (16 / 3), 12);
    expect(found[2]).toBeCloseTo(4 / (4 / 3), 12);
  });
  it('does not see a column that background leaves constant', async () => {
    const training = batchOf(Float32Array.from([1, 5, -1, 5, 1, 5, -1, 5]), 2);
    const [usual, moved] = await scoresOf(mahalanobis, training, batchOf(Float32Array.from([1, 5, 1, 9]), 2));
    expect(moved).toBeCloseTo(usual as number, 12);
  });
  it('agrees with scikit-learn to 1e-8', async () => {
    const rows = 300;
    const width = 12;
    const events = Float32Array.from({ length: rows * width }, (_, at) => {
      const i = Math.floor(at / width);
      const j = at % width;
      const shared = (((i * 37) % 101) - 50) * (j - 4) + (((i * 53) % 89) - 44) * (((j * j) % 7) - 3);
      return (shared + ((i * i * 31 + i * j * 17 + j * 13) % 97) - 48) / 64;
    });
    const found = await scoresOf(mahalanobis, batchOf(events, width), batchOf(events.slice(0, 20 * width), width));
    for (const [i, wanted] of reference.distances.entries()) {
      expect(Math.abs((found[i] as number) - wanted) / wanted).toBeLessThan(1e-8);
    }
  });
  it('refuses missing values and events too wide for a covariance', async () => {
    const bad = batchOf(Float32Array.from([1, 2, Number.NaN, 4]), 2);
    await expect(scoresOf(mahalanobis, bad, bad)).rejects.toThrow('missing values in "number 1"');
    const input: ModelInput = { kind: 'table', shape: [2000], width: 2000, features: [] };
    expect(() => mahalanobis.build(input, { scaling: 'raw' }, 1)).toThrow(/at most 1024 numbers .* found 2000/);
  });
});

describe('isolation forest', () => {
  it('knows the mean depth of a search tree', () => {
    expect([0, 1, 2].map(meanDepth)).toEqual([0, 0, 1]);
    // 2 (ln 255 + 0.5772156649) - 510 / 256
    expect(meanDepth(256)).toBeCloseTo(10.244770920117, 10);
  });
  it('isolates the only odd value at once: score of depth 1 over c(n)', async () => {
    // of 0 and 1 any cut leaves both alone at depth 1 = c(2): score 2^-1
    const two = batchOf(Float32Array.from([0, 1]), 1);
    expect(await scoresOf(isolationForest, two, two)).toEqual([0.5, 0.5]);
  });
  it('gives rows that are all equal the expected depth', async () => {
    const same = batchOf(new Float32Array(64).fill(3), 1);
    for (const value of await scoresOf(isolationForest, same, same)) expect(value).toBeCloseTo(0.5, 12);
  });
  it('ranks far events above usual ones, from 0 to 1, differently for another seed', async () => {
    const training = normal(2000, 4, 0);
    const far = batchOf(Float32Array.from([6, 6, 6, 6, 0, 0, 0, 0]), 4);
    const [odd, usual] = await scoresOf(isolationForest, training, far);
    expect(odd).toBeGreaterThan(0.7);
    expect(odd).toBeLessThan(1);
    expect(usual).toBeLessThan(0.45);
    expect(await scoresOf(isolationForest, training, far, {}, 2)).not.toEqual([odd, usual]);
  });
});

describe('nearest neighbours', () => {
  it('averages the distances to the k nearest, by hand', async () => {
    const training = batchOf(Float32Array.from([0, 0, 3, 4, 6, 8]), 2);
    const origin = batchOf(Float32Array.from([0, 0]), 2);
    expect(await scoresOf(nearestNeighbours, training, origin, { neighbours: 2 })).toEqual([2.5]);
    // no more neighbours than the bank has
    expect(await scoresOf(nearestNeighbours, training, origin, { neighbours: 9 })).toEqual([5]);
  });
  it('gives up a distance early without changing it: wide rows against all distances', async () => {
    const training = normal(300, 40, 1);
    const rows = normal(25, 40, 2);
    const found = await scoresOf(nearestNeighbours, training, rows, { neighbours: 3 });
    for (const [row, value] of found.entries()) {
      const all = Array.from({ length: 300 }, (_, other) =>
        Math.sqrt(
          Array.from(
            { length: 40 },
            (_, c) => ((rows.x[row * 40 + c] as number) - (training.x[other * 40 + c] as number)) ** 2,
          ).reduce((sum, term) => sum + term, 0),
        ),
      ).sort((a, b) => a - b);
      expect(value).toBeCloseTo(((all[0] as number) + (all[1] as number) + (all[2] as number)) / 3, 10);
    }
  });
  it('draws its bank with the seed', async () => {
    const training = normal(500, 3, 3);
    const rows = normal(5, 3, 4);
    const draw = (seed: number) => scoresOf(nearestNeighbours, training, rows, { bank: 50 }, seed);
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(2)).not.toEqual(await draw(1));
  });
  it('has no number for an event with a missing value', async () => {
    const training = normal(50, 2, 5);
    expect(await scoresOf(nearestNeighbours, training, batchOf(Float32Array.from([Number.NaN, 0]), 2))).toEqual([Number.NaN]);
  });
});
