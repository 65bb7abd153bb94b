/**
 * Normalisation, attention and dropout over the heap of TF.js: what transformers and instance-normed convolutions need beside
 * products. Numbers are [blocks][places][channels].
 */
import { activate, derivative, exp } from './lib/activations';
import { laneSums, madd } from './lib/simd';

// @ts-ignore: decorator
@inline
function bytes(numbers: i32): usize {
  return (<usize>numbers) << 2;
}

/**
 * Layer norm: y = f(scale (x - mean) / √(variance + epsilon) + shift) over the channels of each row.
 *
 * @param statistics [rows][2], receives mean and 1 / √(variance + epsilon)
 */
export function layerNorm(
  x: usize, scale: usize, shift: usize, y: usize, statistics: usize, rows: i32, channels: i32, epsilon: f32, activation: i32, slope: f32,
): void {
  const whole = channels & ~3;
  const share: f32 = 1 / <f32>channels;
  for (let row = 0; row < rows; row++) {
    let sums = f32x4.splat(0);
    let sum: f32 = 0;
    for (let j = 0; j < whole; j += 4) sums = f32x4.add(sums, v128.load(x + bytes(j)));
    for (let j = whole; j < channels; j++) sum += load<f32>(x + bytes(j));
    const mean = (sum + total(sums)) * share;
    const means = f32x4.splat(mean);
    sums = f32x4.splat(0);
    sum = 0;
    for (let j = 0; j < whole; j += 4) {
      const d = f32x4.sub(v128.load(x + bytes(j)), means);
      sums = madd(d, d, sums);
    }
    for (let j = whole; j < channels; j++) {
      const d = load<f32>(x + bytes(j)) - mean;
      sum += d * d;
    }
    const inverse: f32 = 1 / sqrt((sum + total(sums)) * share + epsilon);
    store<f32>(statistics, mean);
    store<f32>(statistics, inverse, 4);
    const inverses = f32x4.splat(inverse);
    for (let j = 0; j < whole; j += 4) {
      const normalised = f32x4.mul(f32x4.sub(v128.load(x + bytes(j)), means), inverses);
      v128.store(y + bytes(j), activate4(madd(normalised, v128.load(scale + bytes(j)), v128.load(shift + bytes(j))), activation, slope));
    }
    for (let j = whole; j < channels; j++) {
      const z = (load<f32>(x + bytes(j)) - mean) * inverse * load<f32>(scale + bytes(j)) + load<f32>(shift + bytes(j));
      store<f32>(y + bytes(j), f32x4.extract_lane(activate4(f32x4.splat(z), activation, slope), 0));
    }
    x += bytes(channels);
    y += bytes(channels);
    statistics += 8;
  }
}

/** dx, and dScale and dShift [channels] which are set. `scratch` [2][channels]. */
export function layerNormGradient(
  dy: usize, x: usize, y: usize, scale: usize, statistics: usize, dx: usize, dScale: usize, dShift: usize,
  rows: i32, channels: i32, activation: i32, slope: f32, scratch: usize,
): void {
  const whole = channels & ~3;
  const share: f32 = 1 / <f32>channels;
  const partScale = scratch, partShift = scratch + bytes(channels);
  memory.fill(dScale, 0, bytes(channels));
  memory.fill(dShift, 0, bytes(channels));
  for (let start = 0; start < rows; start += 128) {
    const end = min(rows, start + 128);
    memory.fill(scratch, 0, bytes(2 * channels));
    for (let row = start; row < end; row++) {
      const at = bytes(row * channels);
      const mean = load<f32>(statistics + bytes(2 * row)), inverse = load<f32>(statistics + bytes(2 * row), 4);
      const means = f32x4.splat(mean), inverses = f32x4.splat(inverse);
      let sums = f32x4.splat(0), products = f32x4.splat(0);
      let sum: f32 = 0, product: f32 = 0;
      for (let j = 0; j < whole; j += 4) {
        const place = at + bytes(j);
        const e = error4(dy + place, y + place, activation, slope);
        const normalised = f32x4.mul(f32x4.sub(v128.load(x + place), means), inverses);
        v128.store(partShift + bytes(j), f32x4.add(v128.load(partShift + bytes(j)), e));
        v128.store(partScale + bytes(j), madd(e, normalised, v128.load(partScale + bytes(j))));
        const inner = f32x4.mul(e, v128.load(scale + bytes(j)));
        sums = f32x4.add(sums, inner);
        products = madd(inner, normalised, products);
        v128.store(dx + place, inner);
      }
      for (let j = whole; j < channels; j++) {
        const place = at + bytes(j);
        const e = error1(dy + place, y + place, activation, slope);
        const normalised = (load<f32>(x + place) - mean) * inverse;
        store<f32>(partShift + bytes(j), load<f32>(partShift + bytes(j)) + e);
        store<f32>(partScale + bytes(j), load<f32>(partScale + bytes(j)) + e * normalised);
        const inner = e * load<f32>(scale + bytes(j));
        sum += inner;
        product += inner * normalised;
        store<f32>(dx + place, inner);
      }
      const along = (sum + total(sums)) * share, across = (product + total(products)) * share;
      const alongs = f32x4.splat(along), acrosses = f32x4.splat(across);
      for (let j = 0; j < whole; j += 4) {
        const place = at + bytes(j);
        const normalised = f32x4.mul(f32x4.sub(v128.load(x + place), means), inverses);
        const rest = f32x4.sub(f32x4.sub(v128.load(dx + place), alongs), f32x4.mul(normalised, acrosses));
        v128.store(dx + place, f32x4.mul(rest, inverses));
      }
      for (let j = whole; j < channels; j++) {
        const place = at + bytes(j);
        const normalised = (load<f32>(x + place) - mean) * inverse;
        store<f32>(dx + place, (load<f32>(dx + place) - along - normalised * across) * inverse);
      }
    }
    for (let j = 0; j < channels; j++) {
      store<f32>(dScale + bytes(j), load<f32>(dScale + bytes(j)) + load<f32>(partScale + bytes(j)));
      store<f32>(dShift + bytes(j), load<f32>(dShift + bytes(j)) + load<f32>(partShift + bytes(j)));
    }
  }
}

/**
 * Places that are added up before their sum joins the total. Many pixels of a sparse image are equal: added one after another to a
 * sum thousands of times as large they would all be rounded to the same side.
 */
const RUN: i32 = 64;

/**
 * Instance norm over the places of each block, channel by channel. A first mean is single precision; the second pass adds up the
 * distances from it and their squares, which corrects the mean and gives the variance, both to the last digit or two.
 *
 * @param statistics [blocks][2][channels], receives means and 1 / √(variance + epsilon)
 * @param scratch [6][channels]: totals of distances and squares in double precision, then those of a run
 */
export function instanceNorm(
  x: usize, scale: usize, shift: usize, y: usize, statistics: usize,
  blocks: i32, places: i32, channels: i32, epsilon: f32, activation: i32, slope: f32, scratch: usize,
): void {
  const share: f64 = 1 / <f64>places;
  const row = bytes(channels);
  const squares = scratch + (row << 1), run = squares + (row << 1), runSquares = run + row;
  const gain = run, offset = runSquares;
  for (let block = 0; block < blocks; block++) {
    const end = x + <usize>places * row;
    const inverse = statistics + row;
    memory.fill(scratch, 0, 6 * row);
    for (let at = x; at < end; ) {
      const stop = min(end, at + <usize>RUN * row);
      for (; at < stop; at += row) addRow(at, run, channels);
      addRowDouble(run, scratch, channels);
    }
    for (let j = 0; j < channels; j++) {
      store<f32>(statistics + bytes(j), <f32>(load<f64>(scratch + (bytes(j) << 1)) * share));
    }
    memory.fill(scratch, 0, row << 1);
    for (let at = x; at < end; ) {
      const stop = min(end, at + <usize>RUN * row);
      for (; at < stop; at += row) addDistances(at, statistics, run, runSquares, channels);
      addRowDouble(run, scratch, channels);
      addRowDouble(runSquares, squares, channels);
    }
    for (let j = 0; j < channels; j++) {
      const p = bytes(j);
      const off = load<f64>(scratch + (p << 1)) * share;
      const mean = <f64>load<f32>(statistics + p) + off;
      const variance = max(0, load<f64>(squares + (p << 1)) * share - off * off);
      const stretch = 1 / sqrt(variance + <f64>epsilon);
      const factor = stretch * <f64>load<f32>(scale + p);
      store<f32>(statistics + p, <f32>mean);
      store<f32>(inverse + p, <f32>stretch);
      store<f32>(gain + p, <f32>factor);
      // what the mean loses in single precision is the same for every place
      store<f32>(offset + p, <f32>(<f64>load<f32>(shift + p) - (mean - <f64>(<f32>mean)) * factor));
    }
    for (let at = x; at < end; at += row) {
      let j = 0;
      for (; j + 4 <= channels; j += 4) {
        const p = bytes(j);
        const centred = f32x4.sub(v128.load(at + p), v128.load(statistics + p));
        v128.store(y + p, activate4(madd(centred, v128.load(gain + p), v128.load(offset + p)), activation, slope));
      }
      for (; j < channels; j++) {
        const p = bytes(j);
        const z = (load<f32>(at + p) - load<f32>(statistics + p)) * load<f32>(gain + p) + load<f32>(offset + p);
        store<f32>(y + p, f32x4.extract_lane(activate4(f32x4.splat(z), activation, slope), 0));
      }
      y += row;
    }
    x = end;
    statistics += row << 1;
  }
}

/** dx, and dScale and dShift [channels] which are set. `scratch` [4][channels]: sums and products, of all and of a run. */
export function instanceNormGradient(
  dy: usize, x: usize, y: usize, scale: usize, statistics: usize, dx: usize, dScale: usize, dShift: usize,
  blocks: i32, places: i32, channels: i32, activation: i32, slope: f32, scratch: usize,
): void {
  const share: f32 = 1 / <f32>places;
  const row = bytes(channels);
  const sums = scratch, products = sums + row, runSums = products + row, runProducts = runSums + row;
  memory.fill(dScale, 0, row);
  memory.fill(dShift, 0, row);
  for (let block = 0; block < blocks; block++) {
    const inverse = statistics + row;
    memory.fill(scratch, 0, row << 2);
    // the activated error waits in dx
    for (let place = 0; place < places; place++) {
      const at = <usize>place * row;
      let j = 0;
      for (; j + 4 <= channels; j += 4) {
        const p = bytes(j);
        const e = error4(dy + at + p, y + at + p, activation, slope);
        const normalised = f32x4.mul(f32x4.sub(v128.load(x + at + p), v128.load(statistics + p)), v128.load(inverse + p));
        v128.store(runSums + p, f32x4.add(v128.load(runSums + p), e));
        v128.store(runProducts + p, madd(e, normalised, v128.load(runProducts + p)));
        v128.store(dx + at + p, e);
      }
      for (; j < channels; j++) {
        const p = bytes(j);
        const e = error1(dy + at + p, y + at + p, activation, slope);
        const normalised = (load<f32>(x + at + p) - load<f32>(statistics + p)) * load<f32>(inverse + p);
        store<f32>(runSums + p, load<f32>(runSums + p) + e);
        store<f32>(runProducts + p, load<f32>(runProducts + p) + e * normalised);
        store<f32>(dx + at + p, e);
      }
      if ((place + 1) % RUN == 0 || place + 1 == places) {
        addRow(runSums, sums, channels);
        addRow(runProducts, products, channels);
        memory.fill(runSums, 0, row << 1);
      }
    }
    addRow(sums, dShift, channels);
    addRow(products, dScale, channels);
    scaleRow(sums, channels, share);
    scaleRow(products, channels, share);
    for (let place = 0; place < places; place++) {
      const at = <usize>place * row;
      let j = 0;
      for (; j + 4 <= channels; j += 4) {
        const p = bytes(j);
        const normalised = f32x4.mul(f32x4.sub(v128.load(x + at + p), v128.load(statistics + p)), v128.load(inverse + p));
        const rest = f32x4.sub(f32x4.sub(v128.load(dx + at + p), v128.load(sums + p)), f32x4.mul(normalised, v128.load(products + p)));
        v128.store(dx + at + p, f32x4.mul(rest, f32x4.mul(v128.load(inverse + p), v128.load(scale + p))));
      }
      for (; j < channels; j++) {
        const p = bytes(j);
        const normalised = (load<f32>(x + at + p) - load<f32>(statistics + p)) * load<f32>(inverse + p);
        const rest = load<f32>(dx + at + p) - load<f32>(sums + p) - normalised * load<f32>(products + p);
        store<f32>(dx + at + p, rest * load<f32>(inverse + p) * load<f32>(scale + p));
      }
    }
    const step = <usize>places * row;
    dy += step;
    x += step;
    y += step;
    dx += step;
    statistics += row << 1;
  }
}

/**
 * Masked attention, see the operation: q [n][queries][d], k and v [n][keys][d], d = heads x width; bias [n][keys] or 0; keep
 * [n][heads][queries][keys] or 0. Sets out [n][queries][d] and weights [n][heads][queries][keys].
 */
export function attention(
  q: usize, k: usize, v: usize, bias: usize, keep: usize, out: usize, weights: usize,
  n: i32, queries: i32, keys: i32, heads: i32, width: i32,
): void {
  const d = heads * width;
  const root: f32 = 1 / sqrt(<f32>width);
  for (let event = 0; event < n; event++) {
    for (let head = 0; head < heads; head++) {
      const column = bytes(head * width);
      for (let i = 0; i < queries; i++) {
        const query = q + bytes((event * queries + i) * d) + column;
        const row = weights + bytes(((event * heads + head) * queries + i) * keys);
        let largest: f32 = -Infinity;
        for (let j = 0; j < keys; j++) {
          let logit = dot(query, k + bytes((event * keys + j) * d) + column, width) * root;
          if (bias != 0) logit += load<f32>(bias + bytes(event * keys + j));
          largest = max(largest, logit);
          store<f32>(row + bytes(j), logit);
        }
        softmax(row, keys, largest);
        const to = out + bytes((event * queries + i) * d) + column;
        memory.fill(to, 0, bytes(width));
        for (let j = 0; j < keys; j++) {
          let weight = load<f32>(row + bytes(j));
          if (keep != 0) weight *= load<f32>(keep + (row - weights) + bytes(j));
          if (weight != 0) addScaled(v + bytes((event * keys + j) * d) + column, to, width, weight);
        }
      }
    }
  }
}

/** Sets dq, dk and dv. `scratch` [keys]. */
export function attentionGradient(
  dout: usize, q: usize, k: usize, v: usize, weights: usize, keep: usize, dq: usize, dk: usize, dv: usize,
  n: i32, queries: i32, keys: i32, heads: i32, width: i32, scratch: usize,
): void {
  const d = heads * width;
  const root: f32 = 1 / sqrt(<f32>width);
  memory.fill(dq, 0, bytes(n * queries * d));
  memory.fill(dk, 0, bytes(n * keys * d));
  memory.fill(dv, 0, bytes(n * keys * d));
  for (let event = 0; event < n; event++) {
    for (let head = 0; head < heads; head++) {
      const column = bytes(head * width);
      for (let i = 0; i < queries; i++) {
        const at = bytes((event * queries + i) * d) + column;
        const row = weights + bytes(((event * heads + head) * queries + i) * keys);
        const kept = keep == 0 ? 0 : keep + (row - weights);
        let along: f32 = 0;
        for (let j = 0; j < keys; j++) {
          const key = bytes((event * keys + j) * d) + column;
          const weight = load<f32>(row + bytes(j));
          const factor: f32 = kept == 0 ? 1 : load<f32>(kept + bytes(j));
          if (weight * factor != 0) addScaled(dout + at, dv + key, width, weight * factor);
          const slope = factor == 0 ? <f32>0 : dot(dout + at, v + key, width) * factor;
          along += slope * weight;
          store<f32>(scratch + bytes(j), slope);
        }
        for (let j = 0; j < keys; j++) {
          const key = bytes((event * keys + j) * d) + column;
          const slope = load<f32>(row + bytes(j)) * (load<f32>(scratch + bytes(j)) - along) * root;
          if (slope == 0) continue;
          addScaled(k + key, dq + at, width, slope);
          addScaled(q + at, dk + key, width, slope);
        }
      }
    }
  }
}

/**
 * `kept` where the i-th word of Philox 4x32-10 with counter (i / 4, place, step, 0) and key (seed, stream) is below `limit`, else 0.
 *
 * @param length a multiple of four numbers are written
 */
export function dropoutMask(to: usize, length: i32, limit: u32, kept: f32, seed: u32, stream: u32, step: u32, place: u32): void {
  for (let block = 0; block < length; block += 4) {
    let a: u32 = block >> 2, b = place, c = step, e: u32 = 0;
    let p = seed, q = stream;
    for (let round = 0; round < 10; round++) {
      const first = <u64>0xd2511f53 * <u64>a, second = <u64>0xcd9e8d57 * <u64>c;
      a = <u32>(second >> 32) ^ b ^ p;
      b = <u32>second;
      c = <u32>(first >> 32) ^ e ^ q;
      e = <u32>first;
      p += 0x9e3779b9;
      q += 0xbb67ae85;
    }
    const at = to + bytes(block);
    store<f32>(at, a < limit ? kept : 0);
    store<f32>(at, b < limit ? kept : 0, 4);
    store<f32>(at, c < limit ? kept : 0, 8);
    store<f32>(at, e < limit ? kept : 0, 12);
  }
}

/** Bilinear upsampling by two, image by image: x [n, h, w, c] to y [n, 2h, 2w, c]. */
export function upsample(x: usize, y: usize, n: i32, h: i32, w: i32, c: i32): void {
  const row = bytes(w * c), pixel = bytes(c);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < 2 * h; r++) {
      const near = r >> 1;
      const far = (r & 1) == 0 ? max(near - 1, 0) : min(near + 1, h - 1);
      const a = x + <usize>near * row, b = x + <usize>far * row;
      for (let s = 0; s < 2 * w; s++) {
        const close = s >> 1;
        const next = (s & 1) == 0 ? max(close - 1, 0) : min(close + 1, w - 1);
        const p = <usize>close * pixel, q = <usize>next * pixel;
        blend(a + p, a + q, b + p, b + q, y, c);
        y += pixel;
      }
    }
    x += <usize>h * row;
  }
}

/** The transpose: dx is set. */
export function upsampleGradient(dy: usize, dx: usize, n: i32, h: i32, w: i32, c: i32): void {
  const row = bytes(w * c), pixel = bytes(c);
  memory.fill(dx, 0, <usize>n * <usize>h * row);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < 2 * h; r++) {
      const near = r >> 1;
      const far = (r & 1) == 0 ? max(near - 1, 0) : min(near + 1, h - 1);
      const a = dx + <usize>near * row, b = dx + <usize>far * row;
      for (let s = 0; s < 2 * w; s++) {
        const close = s >> 1;
        const next = (s & 1) == 0 ? max(close - 1, 0) : min(close + 1, w - 1);
        const p = <usize>close * pixel, q = <usize>next * pixel;
        addScaled(dy, a + p, c, 0.5625);
        addScaled(dy, a + q, c, 0.1875);
        addScaled(dy, b + p, c, 0.1875);
        addScaled(dy, b + q, c, 0.0625);
        dy += pixel;
      }
    }
    dx += <usize>h * row;
  }
}

/** y = x, or alpha x where x is not above 0; alpha [channels]. */
export function prelu(x: usize, alpha: usize, y: usize, rows: i32, channels: i32): void {
  for (let row = 0; row < rows; row++) {
    let j = 0;
    for (; j + 4 <= channels; j += 4) {
      const v = v128.load(x + bytes(j));
      v128.store(y + bytes(j), v128.bitselect(v, f32x4.mul(v, v128.load(alpha + bytes(j))), f32x4.gt(v, f32x4.splat(0))));
    }
    for (; j < channels; j++) {
      const v = load<f32>(x + bytes(j));
      store<f32>(y + bytes(j), v > 0 ? v : v * load<f32>(alpha + bytes(j)));
    }
    x += bytes(channels);
    y += bytes(channels);
  }
}

/** dx, and dAlpha [channels] which is set. `scratch` [channels]. */
export function preluGradient(dy: usize, x: usize, alpha: usize, dx: usize, dAlpha: usize, rows: i32, channels: i32, scratch: usize): void {
  memory.fill(dAlpha, 0, bytes(channels));
  for (let start = 0; start < rows; start += 256) {
    const end = min(rows, start + 256);
    memory.fill(scratch, 0, bytes(channels));
    for (let row = start; row < end; row++) {
      let j = 0;
      for (; j + 4 <= channels; j += 4) {
        const p = bytes(j);
        const v = v128.load(x + p), e = v128.load(dy + p);
        const above = f32x4.gt(v, f32x4.splat(0));
        v128.store(dx + p, v128.bitselect(e, f32x4.mul(e, v128.load(alpha + p)), above));
        v128.store(scratch + p, f32x4.add(v128.load(scratch + p), v128.andnot(f32x4.mul(e, v), above)));
      }
      for (; j < channels; j++) {
        const p = bytes(j);
        const v = load<f32>(x + p), e = load<f32>(dy + p);
        store<f32>(dx + p, v > 0 ? e : e * load<f32>(alpha + p));
        if (!(v > 0)) store<f32>(scratch + p, load<f32>(scratch + p) + e * v);
      }
      x += bytes(channels);
      dy += bytes(channels);
      dx += bytes(channels);
    }
    addRow(scratch, dAlpha, channels);
  }
}

/** Sends the gradient of each window's largest number to it, the first one where several are equal; dx is set. */
export function maxPoolGradient(
  dy: usize, x: usize, dx: usize,
  n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32,
): void {
  memory.fill(dx, 0, bytes(n * h * w * c));
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < oh; r++) {
      const r0 = max(0, r * sy - top), r1 = min(h, r * sy - top + kh);
      for (let s = 0; s < ow; s++) {
        const s0 = max(0, s * sx - left), s1 = min(w, s * sx - left + kw);
        let j = 0;
        for (; j + 4 <= c; j += 4) {
          let largest = f32x4.splat(-Infinity);
          for (let a = r0; a < r1; a++) {
            for (let b = s0; b < s1; b++) largest = f32x4.pmax(largest, v128.load(x + bytes((a * w + b) * c + j)));
          }
          // the lanes whose place has not been found yet
          let sought = f32x4.gt(largest, f32x4.splat(-Infinity));
          const e = v128.load(dy);
          for (let a = r0; a < r1; a++) {
            for (let b = s0; b < s1; b++) {
              const at = bytes((a * w + b) * c + j);
              const here = v128.and(sought, f32x4.eq(v128.load(x + at), largest));
              if (!v128.any_true(here)) continue;
              sought = v128.andnot(sought, here);
              v128.store(dx + at, f32x4.add(v128.load(dx + at), v128.and(e, here)));
            }
          }
          dy += 16;
        }
        for (; j < c; j++) {
          let largest: f32 = -Infinity;
          let place = -1;
          for (let a = r0; a < r1; a++) {
            for (let b = s0; b < s1; b++) {
              const at = (a * w + b) * c + j;
              const value = load<f32>(x + bytes(at));
              if (value > largest) {
                largest = value;
                place = at;
              }
            }
          }
          if (place >= 0) store<f32>(dx + bytes(place), load<f32>(dx + bytes(place)) + load<f32>(dy));
          dy += 4;
        }
      }
    }
    x += bytes(h * w * c);
    dx += bytes(h * w * c);
  }
}

// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(laneSums(v, v, v, v), 0);
}

/** Once in the module instead of at every use. */
function activate4(x: v128, activation: i32, slope: f32): v128 {
  return activation == 0 ? x : activate(x, activation, slope);
}

function error4(dy: usize, y: usize, activation: i32, slope: f32): v128 {
  const e = v128.load(dy);
  return activation == 0 ? e : f32x4.mul(e, derivative(v128.load(y), activation, slope));
}

function error1(dy: usize, y: usize, activation: i32, slope: f32): f32 {
  const e = load<f32>(dy);
  return activation == 0 ? e : e * f32x4.extract_lane(derivative(v128.load_splat<f32>(y), activation, slope), 0);
}

function addRow(from: usize, to: usize, count: i32): void {
  let j = 0;
  for (; j + 4 <= count; j += 4) v128.store(to + bytes(j), f32x4.add(v128.load(to + bytes(j)), v128.load(from + bytes(j))));
  for (; j < count; j++) store<f32>(to + bytes(j), load<f32>(to + bytes(j)) + load<f32>(from + bytes(j)));
}

function scaleRow(to: usize, count: i32, factor: f32): void {
  for (let j = 0; j < count; j++) store<f32>(to + bytes(j), load<f32>(to + bytes(j)) * factor);
}

/** to += from, in double precision; from becomes zeros. */
function addRowDouble(from: usize, to: usize, count: i32): void {
  for (let j = 0; j < count; j++) {
    const place = to + (bytes(j) << 1);
    store<f64>(place, load<f64>(place) + <f64>load<f32>(from + bytes(j)));
  }
  memory.fill(from, 0, bytes(count));
}

/** sums += from - mean, squares += (from - mean)² */
function addDistances(from: usize, mean: usize, sums: usize, squares: usize, count: i32): void {
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const p = bytes(j);
    const d = f32x4.sub(v128.load(from + p), v128.load(mean + p));
    v128.store(sums + p, f32x4.add(v128.load(sums + p), d));
    v128.store(squares + p, madd(d, d, v128.load(squares + p)));
  }
  for (; j < count; j++) {
    const p = bytes(j);
    const d = load<f32>(from + p) - load<f32>(mean + p);
    store<f32>(sums + p, load<f32>(sums + p) + d);
    store<f32>(squares + p, load<f32>(squares + p) + d * d);
  }
}

function dot(a: usize, b: usize, count: i32): f32 {
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= count; j += 4) sums = madd(v128.load(a + bytes(j)), v128.load(b + bytes(j)), sums);
  let sum = total(sums);
  for (; j < count; j++) sum += load<f32>(a + bytes(j)) * load<f32>(b + bytes(j));
  return sum;
}

/** to += factor from */
function addScaled(from: usize, to: usize, count: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  let j = 0;
  for (; j + 4 <= count; j += 4) v128.store(to + bytes(j), madd(v128.load(from + bytes(j)), factors, v128.load(to + bytes(j))));
  for (; j < count; j++) store<f32>(to + bytes(j), load<f32>(to + bytes(j)) + load<f32>(from + bytes(j)) * factor);
}

/** Logits to weights in place; weights below 1e-37 of the largest are 0. */
function softmax(row: usize, count: i32, largest: f32): void {
  let sum: f32 = 0;
  for (let j = 0; j < count; j += 4) {
    const left = count - j;
    if (left >= 4) {
      const given = f32x4.sub(v128.load(row + bytes(j)), f32x4.splat(largest));
      const e = v128.and(exp(given), f32x4.gt(given, f32x4.splat(-87)));
      sum += total(e);
      v128.store(row + bytes(j), e);
    } else {
      for (let q = 0; q < left; q++) {
        const given = load<f32>(row + bytes(j + q)) - largest;
        const e: f32 = given > -87 ? f32x4.extract_lane(exp(f32x4.splat(given)), 0) : 0;
        sum += e;
        store<f32>(row + bytes(j + q), e);
      }
    }
  }
  scaleRow(row, count, 1 / sum);
}

// @ts-ignore: decorator
@inline
function blend(aa: usize, ab: usize, ba: usize, bb: usize, to: usize, count: i32): void {
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const p = bytes(j);
    let v = f32x4.mul(v128.load(aa + p), f32x4.splat(0.5625));
    v = madd(f32x4.add(v128.load(ab + p), v128.load(ba + p)), f32x4.splat(0.1875), v);
    v128.store(to + p, madd(v128.load(bb + p), f32x4.splat(0.0625), v));
  }
  for (; j < count; j++) {
    const p = bytes(j);
    store<f32>(to + p, load<f32>(aa + p) * 0.5625 + (load<f32>(ab + p) + load<f32>(ba + p)) * 0.1875 + load<f32>(bb + p) * 0.0625);
  }
}
