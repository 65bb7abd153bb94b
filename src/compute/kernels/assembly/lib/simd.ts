/** Small things that every kernel needs. Everything here is inlined. */

/** a b + c: one rounding with relaxed SIMD where the machine fuses, two without. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** The number at an address, in all four lanes. */
// @ts-ignore: decorator
@inline
export function splat(address: usize, offset: usize = 0): v128 {
  return v128.load_splat<f32>(address + offset);
}

/** Sums of the lanes of four vectors, one per lane; pairs (0, 1) and (2, 3) first. */
// @ts-ignore: decorator
@inline
export function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(
    v128.shuffle<f32>(a, b, 0, 4, 2, 6),
    v128.shuffle<f32>(a, b, 1, 5, 3, 7),
  );
  const cd = f32x4.add(
    v128.shuffle<f32>(c, d, 0, 4, 2, 6),
    v128.shuffle<f32>(c, d, 1, 5, 3, 7),
  );
  // ab = a0+a1 b0+b1 a2+a3 b2+b3
  return f32x4.add(
    v128.shuffle<f32>(ab, cd, 0, 1, 4, 5),
    v128.shuffle<f32>(ab, cd, 2, 3, 6, 7),
  );
}
