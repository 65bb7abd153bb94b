/** Seeded rows and detectors with default parameters, for measurements. */

import type { DataKind } from '../src/base/kinds.ts';
import type { Params } from '../src/base/params.ts';
import type { Batch, Detector, Model } from '../src/models/contract.ts';
import { Cursor } from '../src/numeric/random.ts';

export function batchOf(x: Float32Array, width: number): Batch {
  const rawFeatures = Array.from({ length: width }, (_, i) => ({ name: `x${i}`, unit: '', quantity: 'other' as const }));
  const rows = x.length / width;
  return { rows, width, raw: x, rawWidth: width, rawFeatures, x, target: x, mask: new Uint8Array(x.length).fill(1) };
}

/** Rows of numbers that depend on three hidden ones, with noise. */
export function normalRows(rows: number, width: number): Float32Array {
  const cursor = new Cursor(1, 'noise');
  const x = new Float32Array(rows * width);
  for (let at = 0; at < x.length; at += width) {
    const hidden = [cursor.normal(), cursor.normal(), cursor.normal()];
    for (let j = 0; j < width; j++) x[at + j] = (hidden[j % 3] as number) * Math.cos(j) + 0.3 * (cursor.uniform() - 0.5);
  }
  return x;
}

/** Histograms as shares of their entries: a peak of moving place on a floor. */
export function shareRows(rows: number, width: number): Float32Array {
  const cursor = new Cursor(1, 'noise');
  const x = new Float32Array(rows * width);
  for (let at = 0; at < x.length; at += width) {
    const peak = width * (0.3 + 0.4 * cursor.uniform());
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const value = Math.exp(-(((j - peak) / 12) ** 2) / 2) + 0.02 * cursor.uniform();
      x[at + j] = value;
      sum += value;
    }
    for (let j = 0; j < width; j++) x[at + j] = (x[at + j] as number) / sum;
  }
  return x;
}

/** A registered model with its default parameters but for `settings`. */
export function detectorOf(model: Model, kind: DataKind, data: Batch, settings: Params): Detector {
  const defaults = Object.fromEntries(Object.entries(model.params).map(([key, spec]) => [key, spec.default]));
  const { width, rawFeatures: features } = data;
  return model.build({ kind, shape: [width], width, features }, { ...defaults, ...settings }, 1);
}

/** The 57-64-32-16-32-64-57 autoencoder, as everywhere in these measurements. */
export const dense57: Params = {
  ...{ hidden: [64, 32], latent: 16, batchNorm: false, activation: 'leaky-relu', leakySlope: 0.3, maskedLoss: false },
  ...{ initialiser: 'he-uniform', learningRate: 1e-3, schedule: 'constant', patience: 0 },
};
