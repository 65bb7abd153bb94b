/**
 * Contrastive losses over the heap of TF.js: unit vectors, the similarities of all rows, log-sums and shares, and the gradient with
 * respect to the vectors as they were given. `ops/contrastive.ts` has the formulas. Rows run over [z; z'], then z* where there is one; a
 * row of `d` numbers takes `stride` ≥ d, a multiple of four, and is filled up with zeros. Each function works on some rows of its own,
 * so that threads share them and no number depends on how.
 */
import { exp } from './lib/activations';
import { ln } from './lib/logarithm';
import { laneSums, madd, splat } from './lib/simd';

/** A vector shorter than this is divided by this. */
const SHORTEST: f32 = 1e-8;

// @ts-ignore: decorator
@inline
function bytes(numbers: i32): usize {
  return <usize>numbers << 2;
}

// @ts-ignore: decorator
@inline
function laneSum(a: v128): f32 {
  return (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1)) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}

function dot(a: usize, b: usize, stride: i32): f32 {
  let sum = f32x4.splat(0);
  for (let k: usize = 0; k < bytes(stride); k += 16) sum = madd(v128.load(a + k), v128.load(b + k), sum);
  return laneSum(sum);
}

/** Rows of z [rows, d] as unit vectors [rows, stride], and their lengths [rows]. */
export function unitRows(z: usize, units: usize, lengths: usize, rows: i32, d: i32, stride: i32): void {
  for (let i = 0; i < rows; i++) {
    const unit = units + bytes(i * stride);
    memory.fill(unit + bytes(d), 0, bytes(stride - d));
    memory.copy(unit, z + bytes(i * d), bytes(d));
    const length = max<f32>(sqrt<f32>(dot(unit, unit, stride)), SHORTEST);
    store<f32>(lengths + bytes(i), length);
    const divisor = f32x4.splat(length);
    for (let k: usize = 0; k < bytes(stride); k += 16) v128.store(unit + k, f32x4.div(v128.load(unit + k), divisor));
  }
}

/** `by` times the dot products of one row with all. */
function similarities(row: usize, units: usize, rows: i32, stride: i32, by: f32, to: usize): void {
  let j = 0;
  for (; j + 4 <= rows; j += 4) {
    const b = units + bytes(j * stride);
    const apart = bytes(stride);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let k: usize = 0; k < apart; k += 16) {
      const x = v128.load(row + k);
      s0 = madd(x, v128.load(b + k), s0);
      s1 = madd(x, v128.load(b + apart + k), s1);
      s2 = madd(x, v128.load(b + 2 * apart + k), s2);
      s3 = madd(x, v128.load(b + 3 * apart + k), s3);
    }
    v128.store(to + bytes(j), f32x4.mul(laneSums(s0, s1, s2, s3), f32x4.splat(by)));
  }
  for (; j < rows; j++) store<f32>(to + bytes(j), dot(row, units + bytes(j * stride), stride) * by);
}

/**
 * For rows first .. first + count - 1 of 2 `events`: the log-sum over the others, and the share that each has in it, 0 for the row
 * itself and its partner.
 *
 * @param shares [rows, padded] of all rows, `padded` being their number filled up to a multiple of four
 */
export function logSums(units: usize, shares: usize, sums: usize, first: i32, count: i32, events: i32, stride: i32, by: f32): void {
  const rows = 2 * events;
  const padded = (rows + 3) & ~3;
  for (let i = first; i < first + count; i++) {
    const own = shares + bytes(i * padded);
    similarities(units + bytes(i * stride), units, rows, stride, by, own);
    const partner = i < events ? i + events : i - events;
    const least: f32 = -3e38;
    store<f32>(own + bytes(i), least);
    store<f32>(own + bytes(partner), least);
    for (let j = rows; j < padded; j++) store<f32>(own + bytes(j), least);
    let most = v128.load(own);
    for (let j: usize = 16; j < bytes(padded); j += 16) most = f32x4.max(most, v128.load(own + j));
    const largest = max<f32>(
      max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    );
    const shift = f32x4.splat(largest);
    let total = f32x4.splat(0);
    for (let j: usize = 0; j < bytes(padded); j += 16) {
      const share = exp(f32x4.sub(v128.load(own + j), shift));
      v128.store(own + j, share);
      total = f32x4.add(total, share);
    }
    // e to what was left out is no more than 1e-38
    const sum = laneSum(total);
    const over = f32x4.splat(1 / sum);
    for (let j: usize = 0; j < bytes(padded); j += 16) v128.store(own + j, f32x4.mul(v128.load(own + j), over));
    store<f32>(own + bytes(i), 0);
    store<f32>(own + bytes(partner), 0);
    for (let j = rows; j < padded; j++) store<f32>(own + bytes(j), 0);
    store<f32>(sums + bytes(i), largest + <f32>f64x2.extract_lane(ln(f64x2.splat(<f64>sum)), 0));
  }
}

/** Sums of weights [rows][4] times rows of units: four rows of the gradient, [4, stride], times `factor`. */
function weightedRows(weights: usize, units: usize, rows: i32, stride: i32, factor: f32, to: usize): void {
  const apart = bytes(stride);
  const f = f32x4.splat(factor);
  let k: usize = 0;
  for (; k + 32 <= apart; k += 32) {
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    let w = weights;
    let u = units + k;
    for (let j = 0; j < rows; j++) {
      const x = v128.load(u), y = v128.load(u, 16);
      const p = splat(w), q = splat(w, 4), r = splat(w, 8), s = splat(w, 12);
      a0 = madd(p, x, a0); a1 = madd(p, y, a1);
      b0 = madd(q, x, b0); b1 = madd(q, y, b1);
      c0 = madd(r, x, c0); c1 = madd(r, y, c1);
      d0 = madd(s, x, d0); d1 = madd(s, y, d1);
      w += 16;
      u += apart;
    }
    v128.store(to + k, f32x4.mul(a0, f)); v128.store(to + k + 16, f32x4.mul(a1, f));
    v128.store(to + apart + k, f32x4.mul(b0, f)); v128.store(to + apart + k + 16, f32x4.mul(b1, f));
    v128.store(to + 2 * apart + k, f32x4.mul(c0, f)); v128.store(to + 2 * apart + k + 16, f32x4.mul(c1, f));
    v128.store(to + 3 * apart + k, f32x4.mul(d0, f)); v128.store(to + 3 * apart + k + 16, f32x4.mul(d1, f));
  }
  for (; k < apart; k += 16) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let w = weights;
    let u = units + k;
    for (let j = 0; j < rows; j++) {
      const x = v128.load(u);
      a = madd(splat(w), x, a);
      b = madd(splat(w, 4), x, b);
      c = madd(splat(w, 8), x, c);
      d = madd(splat(w, 12), x, d);
      w += 16;
      u += apart;
    }
    v128.store(to + k, f32x4.mul(a, f));
    v128.store(to + apart + k, f32x4.mul(b, f));
    v128.store(to + 2 * apart + k, f32x4.mul(c, f));
    v128.store(to + 3 * apart + k, f32x4.mul(d, f));
  }
}

/** to += factor · unit */
// @ts-ignore: decorator
@inline
function addRow(to: usize, unit: usize, stride: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  for (let k: usize = 0; k < bytes(stride); k += 16) v128.store(to + k, madd(f, v128.load(unit + k), v128.load(to + k)));
}

/** The gradient with respect to a vector from that with respect to its unit vector, written as `d` numbers. */
function project(gradient: usize, unit: usize, length: f32, d: i32, stride: i32, to: usize): void {
  const along = f32x4.splat(-dot(gradient, unit, stride));
  const over = f32x4.splat(1 / length);
  for (let k: usize = 0; k < bytes(stride); k += 16) {
    v128.store(gradient + k, f32x4.mul(madd(along, v128.load(unit + k), v128.load(gradient + k)), over));
  }
  memory.copy(to, gradient, bytes(d));
}

/**
 * Gradients of rows first .. first + count - 1 of 2 `events` and, for those below `events`, of their anomalies.
 *
 * @param shares of the log-sums; 0 for a loss without them
 * @param anomalies whether there are z*, behind the other rows in `units` and `lengths`
 * @param share 1 / (tau · events): of a positive pair in the mean over events
 * @param to [events, d] for z; `toPartners` and `toAnomalies` the same for z' and z*
 * @param scratch 4 · (padded + stride) numbers
 */
export function gradients(
  units: usize, lengths: usize, shares: usize, to: usize, toPartners: usize, toAnomalies: usize, first: i32, count: i32, events: i32, d: i32, stride: i32,
  share: f32, anomalies: i32, scratch: usize,
): void {
  const rows = 2 * events;
  const padded = (rows + 3) & ~3;
  const sums = scratch + bytes(4 * padded);
  for (let start = first; start < first + count; start += 4) {
    const taken = min(4, first + count - start);
    if (shares == 0) memory.fill(sums, 0, bytes(4 * stride));
    else {
      // s(i, j) appears in row i and in row j
      for (let j = 0; j < rows; j++) {
        for (let q = 0; q < 4; q++) {
          const i = start + q;
          const weight: f32 = q < taken ? load<f32>(shares + bytes(i * padded + j)) + load<f32>(shares + bytes(j * padded + i)) : 0;
          store<f32>(scratch + bytes(4 * j + q), weight);
        }
      }
      weightedRows(scratch, units, rows, stride, share * 0.5, sums);
    }
    for (let q = 0; q < taken; q++) {
      const i = start + q;
      const partner = i < events ? i + events : i - events;
      const sum = sums + bytes(q * stride);
      const unit = units + bytes(i * stride);
      addRow(sum, units + bytes(partner * stride), stride, -share);
      const anomaly = units + bytes((rows + i) * stride);
      if (anomalies && i < events) addRow(sum, anomaly, stride, share);
      project(sum, unit, load<f32>(lengths + bytes(i)), d, stride, i < events ? to + bytes(i * d) : toPartners + bytes(partner * d));
      if (!anomalies || i >= events) continue;
      memory.fill(sum, 0, bytes(stride));
      addRow(sum, unit, stride, share);
      project(sum, anomaly, load<f32>(lengths + bytes(rows + i)), d, stride, toAnomalies + bytes(i * d));
    }
  }
}

/** The loss: mean over events of what pairs give, and over rows of the log-sums where there are any (`sums` not 0). */
export function total(units: usize, sums: usize, events: i32, stride: i32, share: f32, anomalies: i32, to: usize): void {
  let sum: f64 = 0;
  for (let n = 0; n < events; n++) {
    const unit = units + bytes(n * stride);
    sum -= <f64>share * <f64>dot(unit, units + bytes((events + n) * stride), stride);
    if (anomalies) sum += <f64>share * <f64>dot(unit, units + bytes((2 * events + n) * stride), stride);
  }
  if (sums != 0) {
    let logs: f64 = 0;
    for (let i = 0; i < 2 * events; i++) logs += <f64>load<f32>(sums + bytes(i));
    sum += logs / <f64>(2 * events);
  }
  store<f32>(to, <f32>sum);
}
