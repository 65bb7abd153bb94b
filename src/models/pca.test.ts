import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkParams } from '../base/params.ts';
import { findScore } from '../scores/registry.ts';
import { rankAbove } from '../testing/fixtures.ts';
import type { Batch, ModelInput } from './contract.ts';
import reference from './pca.reference.json';
import model from './pca.ts';

function batchOf(x: Float32Array, width: number): Batch {
  const rows = x.length / width;
  const mask = new Uint8Array(x.length).fill(1);
  return { rows, width, raw: x, rawWidth: width, rawFeatures: featuresOf(width), x, target: x, mask };
}

function featuresOf(width: number) {
  return Array.from({ length: width }, (_, i) => ({ name: `number ${i + 1}`, unit: '', quantity: 'other' as const }));
}

/** (x - mean) / population deviation of the columns of `fit`. */
function standardise(x: Float32Array, fit: Float32Array, width: number): Float32Array {
  const rows = fit.length / width;
  const columns = Array.from({ length: width }, (_, c) => {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += fit[row * width + c]! / rows;
    let variance = 0;
    for (let row = 0; row < rows; row++) variance += (fit[row * width + c]! - mean) ** 2 / rows;
    return { mean, deviation: Math.sqrt(variance) };
  });
  return x.map((value, i) => (value - columns[i % width]!.mean) / columns[i % width]!.deviation);
}

function build(width: number, components: number) {
  const input: ModelInput = { kind: 'table', shape: [width], width, features: featuresOf(width) };
  return model.build(input, checkParams(model.params, { components }, 'test'), 1);
}

async function fitAndRun(fit: Batch, score: Batch, components: number) {
  const detector = build(fit.width, components);
  detector.fit!(fit);
  const outputs = await detector.forward(score);
  return { residual: findScore('reconstruction-mse').compute(score, outputs, {}), latent: outputs.latent! };
}

describe('PCA by hand', () => {
  // on the line y = 2x around (0, 0): the plane is the line
  const line = batchOf(Float32Array.from([-1, -2, 1, 2, 2, 4, -2, -4]), 2);

  it('finds a line, and measures the distance from it', async () => {
    const { residual, latent } = await fitAndRun(line, batchOf(Float32Array.from([2, -1, 1, 2]), 2), 1);
    // (2, -1) is perpendicular to the line at distance √5, so its residual is 5 / 2 and its projection 0
    expect(residual[0]).toBeCloseTo(2.5, 12);
    expect(residual[1]).toBeCloseTo(0, 12);
    expect(latent[0]).toBeCloseTo(0, 12);
    expect(latent[1]).toBeCloseTo(Math.sqrt(5), 12);
  });

  it('with no component is the distance from the mean', async () => {
    const { residual } = await fitAndRun(line, batchOf(Float32Array.from([2, -1]), 2), 0);
    expect(residual[0]).toBeCloseTo(2.5, 12);
  });

  it('with as many components as numbers restores everything', async () => {
    const { residual } = await fitAndRun(line, batchOf(Float32Array.from([2, -1]), 2), 2);
    expect(residual[0]).toBeCloseTo(0, 12);
  });

  it('refuses more components than numbers, and missing values', () => {
    expect(() => build(2, 3)).toThrow(/at most 2, since an event has 2 numbers; found 3/);
    expect(() => build(1, 3)).toThrow(/at most 1, since an event has one number; found 3/);
    expect(() => build(2, 1).fit!(batchOf(Float32Array.from([1, 2, 3, Number.NaN]), 2))).toThrow(/missing values in "number 2"/);
  });
});

describe('on narrow tables', () => {
  const inputOf = (width: number): ModelInput => ({ kind: 'table', shape: [width], width, features: featuresOf(width) });

  it.each([1, 2, 3, 4, 6, 7, 20])('of %i columns the default has fewer components than columns', (width) => {
    const preset = model.presets[model.defaultPreset(inputOf(width))];
    expect(preset?.params.components).toBeLessThan(width);
  });
  it('of one column it is no baseline, and takes finite numbers for what they are', async () => {
    expect(model.baselinePresets?.(inputOf(1))).toEqual([]);
    expect(model.baselinePresets?.(inputOf(2))).toEqual(['pca-1']);
    const { residual } = await fitAndRun(batchOf(Float32Array.of(1, 2, 3), 1), batchOf(Float32Array.of(2, 5), 1), 0);
    expect([...residual]).toEqual([0, 9]);
  });
});

describe('against scikit-learn', () => {
  const rows = 300;
  const width = 12;
  const events = Float32Array.from({ length: rows * width }, (_, at) => {
    const i = Math.floor(at / width);
    const j = at % width;
    const shared = (((i * 37) % 101) - 50) * (j - 4) + (((i * 53) % 89) - 44) * (((j * j) % 7) - 3);
    return (shared + (((i * i * 31 + i * j * 17 + j * 13) % 97) - 48)) / 64;
  });
  const cases = (['raw', 'standardised'] as const).flatMap((scaling) =>
    ([1, 3, 5, 10] as const).map((k) => [scaling, k] as const),
  );

  it.each(cases)('%s, %i components: residuals and projections agree to 1e-5', async (scaling, k) => {
    const x = scaling === 'raw' ? events : standardise(events, events, width);
    const wanted = reference[scaling][k];
    const scored = wanted.residual.length;
    const { residual, latent } = await fitAndRun(batchOf(x, width), batchOf(x.slice(0, scored * width), width), k);
    for (const [i, value] of wanted.residual.entries())
      expect(Math.abs(residual[i]! - value)).toBeLessThan(1e-5 * Math.max(1, value));
    for (const [i, value] of wanted.latent.entries()) {
      expect(Math.abs(latent[i]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    }
  });
});

const lhco = new URL('../../../shared/data/lhco-cathode-features/', import.meta.url);

describe.skipIf(!existsSync(lhco))('on the LHCO features in ../shared/data', () => {
  /** Columns 1 to 4 of a little-endian float64 NPY of six columns, and the label in column 5. */
  function read(name: string): { x: Float32Array; label: number[] } {
    const bytes = readFileSync(new URL(name, lhco));
    const headerLength = bytes.readUInt16LE(8);
    const header = bytes.subarray(10, 10 + headerLength).toString('latin1');
    const columns = Number(/'shape': \(\d+, (\d+)\)/.exec(header)![1]);
    const size = header.includes("'<f8'") ? 8 : 4;
    const rows = (bytes.length - 10 - headerLength) / size / columns;
    const at = (row: number, column: number) => {
      const offset = 10 + headerLength + (row * columns + column) * size;
      return size === 8 ? bytes.readDoubleLE(offset) : bytes.readFloatLE(offset);
    };
    return {
      x: Float32Array.from({ length: rows * 4 }, (_, i) => at(Math.floor(i / 4), 1 + (i % 4))),
      label: Array.from({ length: rows }, (_, row) => at(row, columns - 1)),
    };
  }

  it('the standardised residual of 1, 2 and 3 components has AUC 0.6181, 0.6668 and 0.5291', async () => {
    const train = read('innerdata_train.npy');
    const test = read('innerdata_val.npy');
    expect([train.label.length, test.label.length]).toEqual([60000, 60000]);
    const fit = batchOf(standardise(train.x, train.x, 4), 4);
    const score = batchOf(standardise(test.x, train.x, 4), 4);
    const aucs: number[] = [];
    for (const k of [1, 2, 3]) {
      const { residual } = await fitAndRun(fit, score, k);
      const signal = residual.filter((_, row) => test.label[row] === 1);
      expect(signal.length).toBe(369);
      aucs.push(
        rankAbove(
          signal,
          residual.filter((_, row) => test.label[row] === 0),
        ),
      );
    }
    for (const [i, wanted] of [0.6181, 0.6668, 0.5291].entries()) expect(Math.abs(aucs[i]! - wanted)).toBeLessThan(1e-4);
  });
});
