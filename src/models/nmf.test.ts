import { describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import type { Batch, ModelInput } from './contract.ts';
import reference from './nmf.reference.json';
import nmf, { fitShapes } from './nmf.ts';

function batchOf(x: Float32Array, width: number): Batch {
  const features = Array.from({ length: width }, (_, i) => ({ name: `bin ${i + 1}`, unit: '', quantity: 'other' as const }));
  const rows = x.length / width;
  return { rows, width, raw: x, rawWidth: width, rawFeatures: features, x, target: x, mask: new Uint8Array(x.length).fill(1) };
}

function detectorOf(width: number, components: number, iterations = 12000) {
  const input: ModelInput = {
    kind: 'histograms',
    shape: [width],
    width,
    features: batchOf(new Float32Array(width), width).rawFeatures,
  };
  return nmf.build(input, checkParams(nmf.params, { components, iterations, scaling: 'raw' }, 'test'), 1);
}

/** The formula of the reference script. */
function histograms(rows: number, width: number): Float32Array {
  return Float32Array.from({ length: rows * width }, (_, at) => {
    const [i, j] = [Math.floor(at / width), at % width];
    const bump = (height: number, steepness: number, place: number) => Math.max(0, height - steepness * (j - place) ** 2);
    const counts = ((i * 7) % 11) * bump(60, 1, 6) + ((i * 5) % 13) * bump(40, 2, 12) + ((i * 3) % 7) * bump(90, 3, 18);
    return counts + ((i * i * 31 + i * j * 17 + j * 13) % 97);
  });
}

async function meanSquare(detector: ReturnType<typeof detectorOf>, batch: Batch): Promise<number> {
  const { reconstruction } = await detector.forward(batch);
  return batch.x.reduce((sum, value, i) => sum + (value - (reconstruction?.[i] as number)) ** 2, 0) / batch.x.length;
}

describe('non-negative factorisation', () => {
  it('restores sums of two shapes exactly, and never subtracts one, by hand', async () => {
    // shapes (1, 0, 1) and (0, 1, 1) in several amounts
    const training = batchOf(Float32Array.of(1, 0, 1, 0, 1, 1, 2, 1, 3, 1, 3, 4), 3);
    const detector = detectorOf(3, 2);
    detector.fit?.(training);
    expect(await meanSquare(detector, training)).toBeLessThan(1e-10);
    // (1, 0, 0) is nearest to half of the first shape: errors 1/2, 0, 1/2
    const { reconstruction, latent } = await detector.forward(batchOf(Float32Array.of(1, 0, 0), 3));
    for (const [i, wanted] of [0.5, 0, 0.5].entries()) expect(reconstruction?.[i]).toBeCloseTo(wanted, 4);
    expect([...(latent ?? [])].every((weight) => weight >= 0)).toBe(true);
    expect([...fitShapes(training, 2, 50)].every((value) => value >= 0)).toBe(true);
  });

  // both go down the same way to the same minimum, for five shapes in some ten thousand rounds
  it.each(Object.entries(reference.errors))('%s shapes: reconstruction errors of scikit-learn to 1e-3', async (k, wanted) => {
    const [width, trained] = [24, 80];
    const x = histograms(120, width);
    const detector = detectorOf(width, Number(k));
    const training = batchOf(x.slice(0, trained * width), width);
    detector.fit?.(training);
    expect(Math.abs((await meanSquare(detector, training)) / wanted.training - 1)).toBeLessThan(1e-3);
    expect(Math.abs((await meanSquare(detector, batchOf(x.slice(trained * width), width))) / wanted.others - 1)).toBeLessThan(
      1e-3,
    );
  });

  it('restores an empty histogram by nothing, and refuses negative numbers and too many shapes', async () => {
    const detector = detectorOf(2, 1);
    detector.fit?.(batchOf(Float32Array.of(1, 2, 2, 4), 2));
    expect([...((await detector.forward(batchOf(Float32Array.of(0, 0), 2))).reconstruction ?? [])]).toEqual([0, 0]);
    expect(() => detector.fit?.(batchOf(Float32Array.of(1, -2), 2))).toThrow(/expected no negative number.* found -2/);
    expect(() => detectorOf(2, 3)).toThrow(/at most 2.* found 3/);
  });
});
