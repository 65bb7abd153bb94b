/**
 * Batch normalisation over blocks (lib/blocks). Statistics are taken per block (mean and sum of squared deviations, so that
 * large means cost no figures) and put together in float64 in the order of the blocks.
 */
import { LINEAR, activateAny, derivativeAny } from './activations';
import { ROW, lanesBelow } from './blocks';

/** Per block and row: mean and sum of squared deviations of its first `count` samples. `partial` is [rows][2]. */
export function blockStatistics(x: usize, rows: i32, count: i32, partial: usize): void {
  const whole = (<usize>count >> 2) << 4;
  const rest = count & 3;
  const mask = lanesBelow(rest);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const row = x + r * ROW;
    let sum = f32x4.splat(0);
    for (let s: usize = 0; s < whole; s += 16) sum = f32x4.add(sum, v128.load(row + s));
    if (rest) sum = f32x4.add(sum, v128.and(v128.load(row + whole), mask));
    const mean = total(sum) / <f32>count;
    const centre = f32x4.splat(mean);
    let squares = f32x4.splat(0);
    for (let s: usize = 0; s < whole; s += 16) {
      const d = f32x4.sub(v128.load(row + s), centre);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    if (rest) {
      const d = v128.and(f32x4.sub(v128.load(row + whole), centre), mask);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    store<f32>(partial + (r << 3), mean);
    store<f32>(partial + (r << 3), total(squares), 4);
  }
}

// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/**
 * Statistics of the batch from those of its blocks, and the moving ones. `statistics` is [5][rows]: mean, 1 / √(variance +
 * epsilon), gamma times that, and two means for the gradient.
 */
export function combineStatistics(
  partials: usize, blocks: i32, perBlock: i32, samples: i32, rows: i32, statistics: usize, gamma: usize,
  movingMean: usize, movingVariance: usize, momentum: f32, epsilon: f32,
): void {
  const line = (<usize>rows) << 2;
  for (let r: usize = 0; r < <usize>rows; r++) {
    let mean: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      const count = <f64>min(perBlock, samples - b * perBlock);
      mean += count * <f64>load<f32>(partials + (<usize>(b * rows) + r << 3));
    }
    mean /= <f64>samples;
    let squares: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      const count = <f64>min(perBlock, samples - b * perBlock);
      const at = partials + (<usize>(b * rows) + r << 3);
      const d = <f64>load<f32>(at) - mean;
      squares += <f64>load<f32>(at, 4) + count * d * d;
    }
    const variance = squares / <f64>samples;
    const o = r << 2;
    store<f32>(movingMean + o, <f32>(<f64>momentum * <f64>load<f32>(movingMean + o) + (1 - <f64>momentum) * mean));
    store<f32>(movingVariance + o, <f32>(<f64>momentum * <f64>load<f32>(movingVariance + o) + (1 - <f64>momentum) * variance));
    place(statistics + o, line, <f32>mean, variance + <f64>epsilon, load<f32>(gamma + o));
  }
}

/** The moving statistics, in the place of a batch's. */
export function movingStatistics(rows: i32, statistics: usize, gamma: usize, movingMean: usize, movingVariance: usize, epsilon: f32): void {
  const line = (<usize>rows) << 2;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const o = r << 2;
    place(statistics + o, line, load<f32>(movingMean + o), <f64>load<f32>(movingVariance + o) + <f64>epsilon, load<f32>(gamma + o));
  }
}

// @ts-ignore: decorator
@inline
function place(at: usize, line: usize, mean: f32, square: f64, gamma: f32): void {
  const inverse = 1 / sqrt(square);
  store<f32>(at, mean);
  store<f32>(at + line, <f32>inverse);
  store<f32>(at + 2 * line, <f32>(inverse * <f64>gamma));
}

/** y = f(gamma (x - mean) / √(variance + epsilon) + beta). */
export function normalise(x: usize, y: usize, rows: i32, statistics: usize, beta: usize, kind: i32, slopes: usize, bytes: usize): void {
  const line = (<usize>rows) << 2;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const o = r << 2;
    const mean = v128.load_splat<f32>(statistics + o);
    const scale = v128.load_splat<f32>(statistics + 2 * line + o);
    const shift = v128.load_splat<f32>(beta + o);
    const slope = load<f32>(slopes + o);
    for (let s: usize = 0; s < bytes; s += 16) {
      const z = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x + r * ROW + s), mean), scale), shift);
      v128.store(y + r * ROW + s, kind == LINEAR ? z : activateAny(z, kind, slope));
    }
  }
}

/** Per block and row: sums of dy and of dy (x - mean) / √(variance + epsilon). Samples beyond the count have dy = 0. */
export function blockGradients(x: usize, dy: usize, rows: i32, statistics: usize, partial: usize, bytes: usize): void {
  const line = (<usize>rows) << 2;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const o = r << 2;
    const mean = v128.load_splat<f32>(statistics + o);
    const inverse = load<f32>(statistics + line + o);
    let plain = f32x4.splat(0), weighted = plain;
    for (let s: usize = 0; s < bytes; s += 16) {
      const d = v128.load(dy + r * ROW + s);
      plain = f32x4.add(plain, d);
      weighted = f32x4.add(weighted, f32x4.mul(d, f32x4.sub(v128.load(x + r * ROW + s), mean)));
    }
    store<f32>(partial + (r << 3), total(plain));
    store<f32>(partial + (r << 3), total(weighted) * inverse, 4);
  }
}

/** Gradients of beta and gamma, and their means per sample beside the statistics. */
export function combineGradients(
  partials: usize, blocks: i32, samples: i32, rows: i32, statistics: usize, gradientGamma: usize, gradientBeta: usize,
): void {
  const line = (<usize>rows) << 2;
  for (let r: usize = 0; r < <usize>rows; r++) {
    let plain: f64 = 0;
    let weighted: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      const at = partials + (<usize>(b * rows) + r << 3);
      plain += <f64>load<f32>(at);
      weighted += <f64>load<f32>(at, 4);
    }
    const o = r << 2;
    store<f32>(gradientBeta + o, <f32>plain);
    store<f32>(gradientGamma + o, <f32>weighted);
    store<f32>(statistics + 3 * line + o, <f32>(plain / <f64>samples));
    store<f32>(statistics + 4 * line + o, <f32>(weighted / <f64>samples));
  }
}

/** x ← slope (dy - mean(dy) - xHat mean(dy xHat)) f'(x), slope = gamma / √(variance + epsilon); 0 beyond `count` samples. */
export function normaliseBackward(
  x: usize, dy: usize, rows: i32, statistics: usize, kind: i32, slopes: usize, count: i32, bytes: usize,
): void {
  const line = (<usize>rows) << 2;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const o = r << 2;
    const mean = v128.load_splat<f32>(statistics + o);
    const scale = v128.load_splat<f32>(statistics + 2 * line + o);
    const plain = v128.load_splat<f32>(statistics + 3 * line + o);
    // (x - mean) inverse · mean(dy xHat)
    const along = f32x4.mul(v128.load_splat<f32>(statistics + line + o), v128.load_splat<f32>(statistics + 4 * line + o));
    const slope = load<f32>(slopes + o);
    for (let s: usize = 0; s < bytes; s += 16) {
      const at = x + r * ROW + s;
      const value = v128.load(at);
      const d = f32x4.sub(v128.load(dy + r * ROW + s), plain);
      let g = f32x4.mul(scale, f32x4.sub(d, f32x4.mul(f32x4.sub(value, mean), along)));
      if (kind != LINEAR) g = f32x4.mul(g, derivativeAny(value, kind, slope));
      const left = count - <i32>(s >> 2);
      if (left < 4) g = v128.and(g, lanesBelow(left));
      v128.store(at, g);
    }
  }
}
