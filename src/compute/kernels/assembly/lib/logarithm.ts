/** The natural logarithm in double precision, of two numbers at a time. */

// @ts-ignore: decorator
@inline
export function splat(x: f64): v128 {
  return f64x2.splat(x);
}

/** a + b c */
// @ts-ignore: decorator
@inline
function plus(a: f64, b: v128, c: v128): v128 {
  return f64x2.add(splat(a), f64x2.mul(b, c));
}

/** ln x for x above 0 that is not subnormal: x = 2^k m with m in [1/√2, √2), ln m = 2 artanh((m - 1) / (m + 1)) as a series. */
// @ts-ignore: decorator
@inline
export function ln(x: v128): v128 {
  const exponents = i64x2.shr_u(x, 52);
  let k = f64x2(<f64>(<i32>i64x2.extract_lane(exponents, 0) - 1023), <f64>(<i32>i64x2.extract_lane(exponents, 1) - 1023));
  let m = v128.or(v128.and(x, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3ff0000000000000));
  const large = f64x2.gt(m, splat(1.4142135623730951));
  m = v128.bitselect(f64x2.mul(m, splat(0.5)), m, large);
  k = f64x2.add(k, v128.and(splat(1), large));
  const f = f64x2.sub(m, splat(1));
  const s = f64x2.div(f, f64x2.add(splat(2), f));
  const z = f64x2.mul(s, s);
  let tail = plus(1.0 / 19.0, z, splat(1.0 / 21.0));
  tail = plus(1.0 / 17.0, z, tail);
  tail = plus(1.0 / 15.0, z, tail);
  tail = plus(1.0 / 13.0, z, tail);
  tail = plus(1.0 / 11.0, z, tail);
  tail = plus(1.0 / 9.0, z, tail);
  tail = plus(1.0 / 7.0, z, tail);
  tail = plus(1.0 / 5.0, z, tail);
  tail = f64x2.mul(z, plus(1.0 / 3.0, z, tail));
  const twice = f64x2.add(s, s);
  const low = f64x2.add(f64x2.mul(twice, tail), f64x2.mul(k, splat(1.9082149292705877e-10)));
  return f64x2.add(f64x2.mul(k, splat(0.6931471803691238)), f64x2.add(twice, low));
}
