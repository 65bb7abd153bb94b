/**
 * Normal deviates of numeric/random.ts: the integers of Philox 4x32-10 and Box-Muller in double precision, two pairs at a time. The
 * series are those of numeric/elementary.ts with factors instead of divisions, so a deviate may differ in its last bits in double
 * precision.
 */
import { ROW } from './blocks';
import { ln, splat } from './logarithm';

/** The stream of noise. */
const STREAM: u32 = 4;
const UNIT: f64 = 5.9604644775390625e-8; // 2^-24

/** 1 - factor z term */
// @ts-ignore: decorator
@inline
function less(factor: f64, z: v128, term: v128): v128 {
  return f64x2.sub(splat(1), f64x2.mul(f64x2.mul(z, splat(factor)), term));
}

/** sin x for |x| up to π / 4. */
// @ts-ignore: decorator
@inline
function sine(x: v128): v128 {
  const z = f64x2.mul(x, x);
  let term = less(1.0 / 240.0, z, less(1.0 / 306.0, z, splat(1)));
  term = less(1.0 / 110.0, z, less(1.0 / 156.0, z, less(1.0 / 210.0, z, term)));
  term = less(1.0 / 20.0, z, less(1.0 / 42.0, z, less(1.0 / 72.0, z, term)));
  return f64x2.mul(x, less(1.0 / 6.0, z, term));
}

/** cos x for |x| up to π / 4. */
// @ts-ignore: decorator
@inline
function cosine(x: v128): v128 {
  const z = f64x2.mul(x, x);
  let term = less(1.0 / 240.0, z, less(1.0 / 306.0, z, splat(1)));
  term = less(1.0 / 90.0, z, less(1.0 / 132.0, z, less(1.0 / 182.0, z, term)));
  term = less(1.0 / 12.0, z, less(1.0 / 30.0, z, less(1.0 / 56.0, z, term)));
  return less(1.0 / 2.0, z, term);
}

/** Adds to number j of a sample, if it is one and its mask is not 0. */
// @ts-ignore: decorator
@inline
function add(to: usize, mask: usize, j: i32, width: i32, noise: f64): void {
  if (j >= width || load<u8>(mask + <usize>j) == 0) return;
  const at = to + <usize>j * ROW;
  store<f32>(at, <f32>(<f64>load<f32>(at) + noise));
}

/** Cosine, then sine, of an angle from its quarter turn and the cosine and sine of what is left. */
// @ts-ignore: decorator
@inline
function addPair(to: usize, mask: usize, j: i32, width: i32, quarter: i32, c: f64, s: f64): void {
  const odd = (quarter & 1) != 0;
  const x = odd ? s : c, y = odd ? c : s;
  add(to, mask, j, width, ((quarter + 1) & 2) != 0 ? -x : x);
  add(to, mask, j + 1, width, (quarter & 2) != 0 ? -y : y);
}

/**
 * Adds noise to one sample of a block.
 *
 * @param to its first number; the others follow a row apart
 * @param mask [width] bytes: a number with 0 stays as it is
 * @param place of the sample in its batch
 */
export function addNoise(to: usize, mask: usize, width: i32, seed: u32, step: u32, place: u32, deviation: f64): void {
  for (let j = 0; j < width; j += 4) {
    let a: u32 = <u32>j >> 2, b = place, c = step, e: u32 = 0;
    let p = seed, q = STREAM;
    for (let round = 0; round < 10; round++) {
      const first = <u64>0xd2511f53 * <u64>a, second = <u64>0xcd9e8d57 * <u64>c;
      a = <u32>(second >> 32) ^ b ^ p;
      b = <u32>second;
      c = <u32>(first >> 32) ^ e ^ q;
      e = <u32>first;
      p += 0x9e3779b9;
      q += 0xbb67ae85;
    }
    const open = f64x2.mul(f64x2.add(f64x2(<f64>(a >> 8), <f64>(c >> 8)), splat(0.5)), splat(UNIT));
    const radius = f64x2.mul(splat(deviation), f64x2.sqrt(f64x2.mul(splat(-2), ln(open))));
    // from -1/2 to 1/2 of a turn, and its nearest quarter, up from a half
    const turns = f64x2.sub(f64x2.mul(f64x2(<f64>(b >> 8), <f64>(e >> 8)), splat(UNIT)), splat(0.5));
    const quarters = f64x2.floor(f64x2.add(f64x2.mul(turns, splat(4)), splat(0.5)));
    const angle = f64x2.mul(f64x2.sub(turns, f64x2.mul(quarters, splat(0.25))), splat(6.283185307179586));
    const s = f64x2.mul(radius, sine(angle)), r = f64x2.mul(radius, cosine(angle));
    addPair(to, mask, j, width, <i32>f64x2.extract_lane(quarters, 0), f64x2.extract_lane(r, 0), f64x2.extract_lane(s, 0));
    addPair(to, mask, j + 2, width, <i32>f64x2.extract_lane(quarters, 1), f64x2.extract_lane(r, 1), f64x2.extract_lane(s, 1));
  }
}
