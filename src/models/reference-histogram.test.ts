import { describe, expect, it } from 'vitest';
import type { Batch } from './contract.ts';
import reference from './reference-histogram.reference.json';
import referenceHistogram from './reference-histogram.ts';

function batchOf(x: Float32Array, width: number): Batch {
  const features = Array.from({ length: width }, (_, i) => ({ name: `bin ${i + 1}`, unit: '', quantity: 'other' as const }));
  const rows = x.length / width;
  return { rows, width, raw: x, rawWidth: width, rawFeatures: features, x, target: x, mask: new Uint8Array(x.length).fill(1) };
}

async function compared(training: Batch, rows: Batch, measure: string, errors = 'counts') {
  const { width, rawFeatures: features } = rows;
  const detector = referenceHistogram.build({ kind: 'histograms', shape: [width], width, features }, { measure, errors }, 1);
  detector.fit?.(training);
  const { distance, reconstruction } = await detector.forward(rows);
  return { distance: [...(distance ?? [])], reconstruction: [...(reconstruction ?? [])] };
}

describe('reference histogram', () => {
  const training = batchOf(Float32Array.of(15, 5, 5, 15), 2);

  it('counts statistical errors, by hand', async () => {
    // 30 against 20 with variance 50, 10 against 20 with variance 30
    const rows = batchOf(Float32Array.of(30, 10), 2);
    const { distance, reconstruction } = await compared(training, rows, 'chi2');
    expect(distance[0]).toBeCloseTo((100 / 50 + 100 / 30) / 2, 12);
    expect(reconstruction).toEqual([20, 20]);
    expect((await compared(training, rows, 'max-pull')).distance[0]).toBeCloseTo(Math.sqrt(100 / 30), 12);
    // ten times the statistics: s = 10, variances 300 + 100 · 20 and 100 + 100 · 20
    const [large] = (await compared(training, batchOf(Float32Array.of(300, 100), 2), 'chi2')).distance;
    expect(large).toBeCloseTo((10000 / 2300 + 10000 / 2100) / 2, 12);
  });
  it('allows for the spread of shares among training lumisections, by hand', async () => {
    // shares 0.75 and 0.25 spread by 0.25, so by 10 of 40 entries: variances 30 + 100 and 10 + 100
    const { distance } = await compared(training, batchOf(Float32Array.of(30, 10), 2), 'chi2', 'spread');
    expect(distance[0]).toBeCloseTo((100 / 130 + 100 / 110) / 2, 12);
  });
  it('has pull 0 for an empty histogram, and no number where one is missing', async () => {
    for (const measure of ['chi2', 'max-pull']) {
      expect((await compared(training, batchOf(Float32Array.of(0, 0, 1, Number.NaN), 2), measure)).distance).toEqual([
        0,
        Number.NaN,
      ]);
    }
    await expect(compared(batchOf(Float32Array.of(1, -1), 2), training, 'chi2')).rejects.toThrow(/counts.* found -1/);
  });
  it('agrees with NumPy to 1e-12', async () => {
    const [rows, width, trained] = [30, 20, 20];
    const x = Float32Array.from({ length: rows * width }, (_, at) => {
      const [i, j] = [Math.floor(at / width), at % width];
      return ((i * i * 31 + i * j * 17 + j * 13) % 97) * Math.max(0, j - 2);
    });
    for (const [measure, wanted] of [
      ['chi2', reference.chi2],
      ['max-pull', reference.maxPull],
    ] as const) {
      const { distance } = await compared(batchOf(x.slice(0, trained * width), width), batchOf(x, width), measure);
      for (const [i, found] of distance.entries()) expect(Math.abs(found / (wanted[i] as number) - 1)).toBeLessThan(1e-12);
    }
  });
});
