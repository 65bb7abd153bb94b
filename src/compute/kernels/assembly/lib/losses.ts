/** Reconstruction losses of a block and their gradients, written over the block's outputs (lib/blocks). */
import { LINEAR, derivativeAny } from './activations';
import { ROW, lanesBelow } from './blocks';

export const MSE: i32 = 0;
export const MAE: i32 = 1;
export const TOP_N: i32 = 2;

/**
 * Sum over the block's first `count` samples and all rows of e² (mean squared error), |e| (mean absolute error) or the `n`
 * largest e² of each sample (the first of equal ones), e = m (y - t). With `gradient` y becomes scale · (e, sign e / 2, or e
 * where it was chosen) · f'(y), f being the last activation, and 0 for other samples and for the rows that pad.
 *
 * @param mask 0 for none
 * @param scratch [width][4] for the choice of the largest
 */
export function lossOfBlock(
  loss: i32, n: i32, y: usize, target: usize, mask: usize, width: i32, rows: i32, count: i32, bytes: usize,
  gradient: bool, scale: f32, kind: i32, slopes: usize, scratch: usize,
): f64 {
  let sum: f64 = 0;
  if (loss == TOP_N) {
    for (let s: usize = 0; s < bytes; s += 16) {
      sum += largest(n, y + s, target + s, mask == 0 ? 0 : mask + s, width, lanesBelow(count - <i32>(s >> 2)), gradient, scale, kind, slopes, scratch);
    }
  } else {
    const factor = f32x4.splat(scale);
    for (let r: usize = 0; r < <usize>width; r++) {
      const slope = load<f32>(slopes + (r << 2));
      const offset = r * ROW;
      let part = f32x4.splat(0);
      for (let s: usize = 0; s < bytes; s += 16) {
        const at = y + offset + s;
        const value = v128.load(at);
        let e = f32x4.sub(value, v128.load(target + offset + s));
        if (mask != 0) e = f32x4.mul(e, v128.load(mask + offset + s));
        const left = count - <i32>(s >> 2);
        if (left < 4) e = v128.and(e, lanesBelow(left));
        part = f32x4.add(part, loss == MSE ? f32x4.mul(e, e) : f32x4.abs(e));
        if (gradient) {
          const d = loss == MSE ? f32x4.mul(e, factor) : half(e, factor);
          v128.store(at, kind == LINEAR ? d : f32x4.mul(d, derivativeAny(value, kind, slope)));
        }
      }
      sum += lanes(part);
    }
  }
  if (gradient) {
    for (let r = <usize>width; r < <usize>rows; r++) {
      for (let s: usize = 0; s < bytes; s += 16) v128.store(y + r * ROW + s, f32x4.splat(0));
    }
  }
  return sum;
}

/** factor / 2 with the sign of e, 0 for 0. */
// @ts-ignore: decorator
@inline
function half(e: v128, factor: v128): v128 {
  const h = f32x4.mul(factor, f32x4.splat(0.5));
  const positive = v128.and(h, f32x4.gt(e, f32x4.splat(0)));
  return f32x4.sub(positive, v128.and(h, f32x4.lt(e, f32x4.splat(0))));
}

// @ts-ignore: decorator
@inline
function lanes(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) + (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

/** Four samples at once: n times the largest squared error that is left, and of equal ones the first. */
function largest(
  n: i32, y: usize, target: usize, mask: usize, width: i32, valid: v128,
  gradient: bool, scale: f32, kind: i32, slopes: usize, scratch: usize,
): f64 {
  const used = f32x4.splat(-1);
  for (let r: usize = 0; r < <usize>width; r++) {
    let e = f32x4.sub(v128.load(y + r * ROW), v128.load(target + r * ROW));
    if (mask != 0) e = f32x4.mul(e, v128.load(mask + r * ROW));
    e = v128.and(e, valid);
    v128.store(scratch + (r << 4), f32x4.mul(e, e));
  }
  let sum = f32x4.splat(0);
  for (let k = 0; k < n; k++) {
    let best = used;
    for (let r: usize = 0; r < <usize>width; r++) best = f32x4.max(best, v128.load(scratch + (r << 4)));
    sum = f32x4.add(sum, best);
    let open = i32x4.splat(-1);
    for (let r: usize = 0; r < <usize>width; r++) {
      const at = scratch + (r << 4);
      const value = v128.load(at);
      const taken = v128.and(f32x4.eq(value, best), open);
      open = v128.andnot(open, taken);
      v128.store(at, v128.bitselect(used, value, taken));
    }
  }
  if (gradient) {
    for (let r: usize = 0; r < <usize>width; r++) {
      const at = y + r * ROW;
      const value = v128.load(at);
      let e = f32x4.sub(value, v128.load(target + r * ROW));
      if (mask != 0) e = f32x4.mul(e, v128.load(mask + r * ROW));
      const taken = v128.and(f32x4.eq(v128.load(scratch + (r << 4)), used), valid);
      const d = v128.and(f32x4.mul(e, f32x4.splat(scale)), taken);
      v128.store(at, kind == LINEAR ? d : f32x4.mul(d, derivativeAny(value, kind, load<f32>(slopes + (r << 2)))));
    }
  }
  return lanes(sum);
}
