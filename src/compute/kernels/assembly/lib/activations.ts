/** Activation functions over vectors, and their gradients written in terms of the output. Numbers are shared with TypeScript. */
import { madd } from './simd';

export const LINEAR: i32 = 0;
export const LEAKY_RELU: i32 = 1;
export const RELU: i32 = 2;
export const ELU: i32 = 3;
export const TANH: i32 = 4;
export const SIGMOID: i32 = 5;

/** f(x). */
// @ts-ignore: decorator
@inline
export function activate(x: v128, kind: i32, slope: f32): v128 {
  switch (kind) {
    case LEAKY_RELU:
      return v128.bitselect(x, f32x4.mul(x, f32x4.splat(slope)), f32x4.gt(x, f32x4.splat(0)));
    case RELU:
      // keeps NaN, so that a lost training is noticed
      return f32x4.max(x, f32x4.splat(0));
    case ELU:
      return v128.bitselect(x, expm1Negative(f32x4.min(x, f32x4.splat(0))), f32x4.gt(x, f32x4.splat(0)));
    case TANH:
      return tanh(x);
    case SIGMOID:
      return sigmoid(x);
    default:
      return x;
  }
}

/** f'(x) from y = f(x), with 0 counting as negative in the piecewise ones (slope above 0). */
// @ts-ignore: decorator
@inline
export function derivative(y: v128, kind: i32, slope: f32): v128 {
  const one = f32x4.splat(1);
  switch (kind) {
    case LEAKY_RELU:
      return v128.bitselect(one, f32x4.splat(slope), f32x4.gt(y, f32x4.splat(0)));
    case RELU:
      return v128.and(one, f32x4.gt(y, f32x4.splat(0)));
    case ELU:
      return f32x4.add(f32x4.min(y, f32x4.splat(0)), one);
    case TANH:
      return f32x4.sub(one, f32x4.mul(y, y));
    case SIGMOID:
      return f32x4.mul(y, f32x4.sub(one, y));
    default:
      return one;
  }
}

/**
 * e^x to about 2 units in the last place: x = n ln 2 + r with |r| ≤ ln 2 / 2, a polynomial of e^r (Taylor to r^7, whose
 * remainder is 5e-9), and n in the exponent. Below -87.3 it gives 1.2e-38, above 88.3 2.3e38; NaN stays NaN.
 */
export function exp(given: v128): v128 {
  const x = f32x4.max(f32x4.min(given, f32x4.splat(88.3)), f32x4.splat(-87.3));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  return v128.bitselect(power2(polynomial(reduce(x, n)), n), given, f32x4.eq(given, given));
}

/** ln 2 in two parts, so that n times the first is exact. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
  return madd(n, f32x4.splat(2.12194440e-4), madd(n, f32x4.splat(-0.693359375), x));
}

// @ts-ignore: decorator
@inline
function power2(p: v128, n: v128): v128 {
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

/** e^r for small r. */
// @ts-ignore: decorator
@inline
function polynomial(r: v128): v128 {
  return madd(tail(r), f32x4.mul(r, r), f32x4.add(r, f32x4.splat(1)));
}

/** (e^r - 1 - r) / r². */
// @ts-ignore: decorator
@inline
function tail(r: v128): v128 {
  let p = f32x4.splat(1.984126984126984e-4);
  p = madd(p, r, f32x4.splat(1.388888888888889e-3));
  p = madd(p, r, f32x4.splat(8.333333333333333e-3));
  p = madd(p, r, f32x4.splat(4.1666666666666664e-2));
  p = madd(p, r, f32x4.splat(1.6666666666666666e-1));
  return madd(p, r, f32x4.splat(0.5));
}

/** e^x - 1 for x ≤ 0, exact to rounding also near 0, where e^x - 1 would lose all figures. */
export function expm1Negative(given: v128): v128 {
  const x = f32x4.max(given, f32x4.splat(-87.3));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  const r = reduce(x, n);
  const small = madd(tail(r), f32x4.mul(r, r), r);
  const scale = power2(f32x4.splat(1), n);
  // 2^n (e^r - 1) + (2^n - 1)
  return v128.bitselect(madd(scale, small, f32x4.sub(scale, f32x4.splat(1))), given, f32x4.eq(given, given));
}

/** tanh x = -sign(x) m / (m + 2) with m = e^(-2|x|) - 1. */
export function tanh(x: v128): v128 {
  const m = expm1Negative(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const magnitude = f32x4.neg(f32x4.div(m, f32x4.add(m, f32x4.splat(2))));
  const sign = v128.and(x, i32x4.splat(<i32>0x80000000));
  return v128.or(magnitude, sign);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** Bounded outputs: slope tanh x where the slope is not 0, else x. */
export const BOUNDED: i32 = 6;

/** `activate` with the kinds that only whole-step trainers know. */
export function activateAny(x: v128, kind: i32, slope: f32): v128 {
  if (kind != BOUNDED) return activate(x, kind, slope);
  return slope == 0 ? x : f32x4.mul(f32x4.splat(slope), tanh(x));
}

/** `derivative` with the kinds that only whole-step trainers know: of s tanh x it is s - y² / s. */
export function derivativeAny(y: v128, kind: i32, slope: f32): v128 {
  if (kind != BOUNDED) return derivative(y, kind, slope);
  if (slope == 0) return f32x4.splat(1);
  return f32x4.sub(f32x4.splat(slope), f32x4.mul(f32x4.mul(y, y), f32x4.splat(1 / slope)));
}
