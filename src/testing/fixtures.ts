/**
 * Small seeded data for tests, independent of the samples on the shelf: background of a few correlated numbers and planted
 * anomalies that break the correlation, as event objects or as a table; or histograms of a wandering peak, with a spike planted in
 * the anomalies. Ready as model input, so that models and
 * the training loop are tested without the data room.
 */
import type { DataKind, Feature, ObjectType } from '../base/kinds.ts';
import { adcObjectTypes, objectFeatures } from '../data/objects.ts';
import type { Batch, ModelInput, Scaling } from '../models/contract.ts';
import { Cursor } from '../numeric/random.ts';

export interface Fixture {
  input: ModelInput;
  background: Float32Array;
  anomalies: Float32Array;
  /** Model rows of one of the matrices above; constants come from the background. */
  batch(raw: Float32Array, scaling: { input: Scaling; target: Scaling }): Batch;
}

/** 6 fat jets, 4 electrons, 4 muons: the 42 numbers of the hackathon. */
export const hackathonTypes: readonly ObjectType[] = [
  ...Array<ObjectType>(6).fill('fat jet'),
  ...Array<ObjectType>(4).fill('electron'),
  ...Array<ObjectType>(4).fill('muon'),
];

/** @param width of one row: 57 or 42 for objects, 72 x 58 or a square for images, anything for a table or histograms */
export function fixture(kind: DataKind, width: number, rows: number, seed = 1): Fixture {
  const objectTypes = kind === 'objects' ? (width === 42 ? hackathonTypes : adcObjectTypes) : undefined;
  if (objectTypes && objectTypes.length * 3 !== width) throw new Error(`no object fixture of width ${width}`);
  const features: Feature[] = objectTypes
    ? objectFeatures(objectTypes)
    : Array.from({ length: width }, (_, i) => ({ name: `number ${i + 1}`, unit: '', quantity: 'other' as const }));
  const input: ModelInput = {
    kind,
    shape: objectTypes ? [objectTypes.length, 3] : kind === 'images' ? imageShape(width) : [width],
    width,
    features,
    ...(objectTypes ? { objectTypes } : {}),
  };
  const make = (anomalous: boolean, count: number) => {
    const values = new Float32Array(count * width);
    for (let row = 0; row < count; row++) {
      const cursor = new Cursor(seed, 'sample', anomalous ? 1 : 0, row);
      const target = values.subarray(row * width, (row + 1) * width);
      if (objectTypes) fillEvent(target, objectTypes, anomalous, cursor);
      else if (kind === 'histograms') fillHistogram(target, anomalous, cursor);
      else fillRow(target, anomalous, cursor);
    }
    return values;
  };
  const background = make(false, rows);
  return {
    input,
    background,
    anomalies: make(true, Math.ceil(rows / 2)),
    batch(raw, scaling) {
      const count = raw.length / width;
      const x = scaled(raw, background, input, scaling.input);
      return {
        rows: count,
        width,
        shape: input.shape,
        raw,
        rawWidth: width,
        rawFeatures: features,
        x,
        target: scaling.target === scaling.input ? x : scaled(raw, background, input, scaling.target),
        mask: maskOf(raw, input),
      };
    },
  };
}

/** Images of one channel: the published 72 x 58, or squares. */
function imageShape(width: number): number[] {
  const side = Math.sqrt(width);
  return width === 72 * 58 ? [72, 58, 1] : Number.isInteger(side) ? [side, side, 1] : [width];
}

/** Background: few objects, MET opposite to the leading one. Anomalies: many hard objects, MET anywhere. */
function fillEvent(row: Float32Array, types: readonly ObjectType[], anomalous: boolean, cursor: Cursor): void {
  const axis = (2 * cursor.uniform() - 1) * Math.PI;
  for (const [slot, type] of types.entries()) {
    const ordinal = types.slice(0, slot).filter((other) => other === type).length;
    const present = type === 'MET' || cursor.uniform() < (anomalous ? 0.9 : 0.7) / (1 + ordinal * (anomalous ? 0.2 : 1));
    if (!present) continue;
    const side = slot % 2 === 0 ? axis : axis > 0 ? axis - Math.PI : axis + Math.PI;
    row[slot * 3] = 10 + cursor.exponential((anomalous ? 45 : 25) / (1 + ordinal));
    row[slot * 3 + 1] = type === 'MET' ? 0 : (2 * cursor.uniform() - 1) * 2;
    row[slot * 3 + 2] = anomalous ? (2 * cursor.uniform() - 1) * Math.PI : side;
  }
}

/** Background: two hidden numbers shown through smooth weights, and a little noise. Anomalies: independent numbers as large. */
function fillRow(row: Float32Array, anomalous: boolean, cursor: Cursor): void {
  const a = cursor.normal();
  const b = cursor.normal();
  for (let i = 0; i < row.length; i++) {
    const turn = (i + 0.5) / row.length;
    row[i] = anomalous ? cursor.normal() : a * (1 - 2 * turn) + b * (turn * 4 - 2) * turn + 0.1 * cursor.normal();
  }
}

/** Background: counts under a peak whose place and width wander a little. Anomalies: a fifth of the entries in one noisy bin. */
function fillHistogram(row: Float32Array, anomalous: boolean, cursor: Cursor): void {
  const place = (0.35 + 0.02 * cursor.normal()) * row.length;
  const spread = (0.15 + 0.01 * cursor.normal()) * row.length;
  const entries = 3000 + 2000 * cursor.uniform();
  const noisy = anomalous ? cursor.below(row.length) : -1;
  for (let i = 0; i < row.length; i++) {
    const distance = (i + 0.5 - place) / spread;
    const peak = ((anomalous ? 0.8 : 1) * entries * Math.exp(-0.5 * distance * distance)) / (spread * Math.sqrt(2 * Math.PI));
    const expected = peak + (i === noisy ? 0.2 * entries : 0);
    row[i] = Math.max(0, Math.round(expected + Math.sqrt(expected) * cursor.normal()));
  }
}

function maskOf(raw: Float32Array, input: ModelInput): Uint8Array {
  return Uint8Array.from(raw, (_, i) => (input.kind !== 'objects' || raw[i - (i % 3)] !== 0 ? 1 : 0));
}

function scaled(raw: Float32Array, background: Float32Array, input: ModelInput, scaling: Scaling): Float32Array {
  if (scaling === 'raw' || scaling === 'study' || scaling === 'first-channel') return raw;
  const { width } = input;
  if (scaling === 'mask') return raw.map((v) => (v > 0 ? 1 : 0));
  if (scaling === 'channel-sum') return raw.map((v) => Math.min(Math.max(v, 0), 2000) / 2000);
  if (scaling === 'over-maximum' || scaling === 'first-over-maximum') {
    const largest = background.reduce((most, v) => Math.max(most, v), 0);
    return raw.map((v) => v / largest);
  }
  if (scaling === 'l1-normalised') {
    const sums = Array.from({ length: raw.length / width }, (_, row) =>
      raw.subarray(row * width, (row + 1) * width).reduce((sum, v) => sum + v, 0),
    );
    return raw.map((v, i) => v / ((sums[Math.floor(i / width)] as number) || 1));
  }
  const objects = input.kind === 'objects';
  if (objects && scaling === 'background-scaled') {
    const present = background.filter((v, i) => i % 3 === 0 && v > 0);
    const mean = present.reduce((sum, v) => sum + v, 0) / present.length;
    const divisors = [mean, 4, Math.PI];
    return raw.map((v, i) => v / (divisors[i % 3] as number));
  }
  const rows = background.length / width;
  const columns = Array.from({ length: width }, (_, column) => {
    const values = Array.from({ length: rows }, (_, row) => background[row * width + column] as number);
    const mean = values.reduce((sum, v) => sum + v, 0) / rows;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows);
    return { mean, deviation };
  });
  return raw.map((v, i) => {
    const { mean, deviation } = columns[i % width] as (typeof columns)[number];
    if (objects && scaling === '40mhz-target' && (i % 3 !== 0 || v === 0)) return v;
    return deviation === 0 ? 0 : (v - mean) / deviation;
  });
}

/** Chance that an anomaly scores above a background row, ties counted half. */
export function rankAbove(anomalies: ArrayLike<number>, background: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < anomalies.length; i++) {
    for (let j = 0; j < background.length; j++) {
      const difference = (anomalies[i] as number) - (background[j] as number);
      sum += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
    }
  }
  return sum / (anomalies.length * background.length);
}

/** A control that neither pauses nor stops. */
export const freeRun = { waitWhilePaused: async () => {}, stopRequested: false, onProgress: () => {} };
