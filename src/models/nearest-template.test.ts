import { describe, expect, it } from 'vitest';
import { checkParams, type Params } from '../base/params.ts';
import { Cursor } from '../numeric/random.ts';
import type { Batch, ModelInput } from './contract.ts';
import nearestTemplate from './nearest-template.ts';

function batchOf(rows: readonly (readonly number[])[]): Batch {
  const width = rows[0]?.length ?? 0;
  const x = Float32Array.from(rows.flat());
  const features = Array.from({ length: width }, (_, i) => ({ name: `bin ${i + 1}`, unit: '', quantity: 'other' as const }));
  return {
    rows: rows.length,
    width,
    raw: x,
    rawWidth: width,
    rawFeatures: features,
    x,
    target: x,
    mask: new Uint8Array(x.length),
  };
}

async function compared(training: Batch, rows: Batch, given: Params, seed = 1) {
  const input: ModelInput = { kind: 'histograms', shape: [rows.width], width: rows.width, features: rows.rawFeatures };
  const params = checkParams(nearestTemplate.params, { scaling: 'raw', ...given }, 'test');
  const detector = nearestTemplate.build(input, params, seed);
  detector.fit?.(training);
  const { distance, reconstruction } = await detector.forward(rows);
  return { distance: [...(distance ?? [])], reconstruction: [...(reconstruction ?? [])] };
}

function random(rows: number, width: number, index: number): number[][] {
  const cursor = new Cursor(3, 'sample', 0, index);
  return Array.from({ length: rows }, () => Array.from({ length: width }, () => cursor.normal()));
}

/** By sorting all squares. */
function slowError(a: readonly number[], b: readonly number[], top: number): number {
  const squares = a.map((value, i) => (Math.fround(value) - Math.fround(b[i] as number)) ** 2).sort((p, q) => q - p);
  return squares.slice(0, top).reduce((sum, square) => sum + square, 0) / Math.min(top, squares.length);
}

describe('nearest template', () => {
  // squares against the first template 1, 4, 9 and against the second 0, 0, 16
  const training = batchOf([
    [0, 0, 0],
    [1, 2, 7],
  ]);
  const row = batchOf([[1, 2, 3]]);

  it('finds the smaller error, by hand: all numbers, and the largest alone, prefer different templates', async () => {
    const all = await compared(training, row, { templates: 'all', topBins: 0 });
    expect(all.distance[0]).toBeCloseTo(14 / 3, 12);
    expect(all.reconstruction).toEqual([0, 0, 0]);
    expect((await compared(training, row, { templates: 'all', topBins: 1 })).distance).toEqual([9]);
    expect((await compared(training, row, { templates: 'all', topBins: 2 })).distance).toEqual([6.5]);
  });
  it('averages over templates, and compares with their mean, by hand', async () => {
    expect((await compared(training, row, { templates: 'all', topBins: 1, over: 'average' })).distance).toEqual([12.5]);
    // mean (0.5, 1, 3.5): squares 0.25, 1, 0.25
    const mean = await compared(training, row, { templates: 'mean', topBins: 2 });
    expect(mean.distance).toEqual([0.625]);
    expect(mean.reconstruction).toEqual([0.5, 1, 3.5]);
  });
  it.each([0, 1, 10, 40])('gives up early without changing the error: %i numbers, against sorting all', async (top) => {
    const [templates, rows] = [random(60, 40, 1), random(12, 40, 2)];
    const { distance } = await compared(batchOf(templates), batchOf(rows), { templates: 'all', topBins: top });
    for (const [i, found] of distance.entries()) {
      const wanted = Math.min(...templates.map((template) => slowError(rows[i] as number[], template, top || 40)));
      expect(Math.abs(found - wanted) / wanted).toBeLessThan(1e-12);
    }
  });
  it('draws its templates with the seed, and takes all where there are fewer', async () => {
    const [templates, rows] = [batchOf(random(60, 8, 3)), batchOf(random(5, 8, 4))];
    const drawn = (seed: number, count = 10) => compared(templates, rows, { templates: 'drawn', count }, seed);
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(2)).not.toEqual(await drawn(1));
    expect(await drawn(1, 1000)).toEqual(await compared(templates, rows, { templates: 'all' }));
  });
  it('has no number for a row with a missing value, and refuses to learn one', async () => {
    const missing = batchOf([[Number.NaN, 0, 0]]);
    for (const topBins of [0, 2]) {
      for (const over of ['nearest', 'average']) {
        expect((await compared(training, missing, { templates: 'all', topBins, over })).distance).toEqual([Number.NaN]);
      }
    }
    await expect(compared(missing, row, {})).rejects.toThrow('missing values');
  });
});
