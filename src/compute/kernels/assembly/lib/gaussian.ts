/**
 * The sampling layer of a variational autoencoder over a block: z = mu + exp(logVar / 2) noise, the divergence of its Gaussians from
 * the unit one, and both gradients. Means and log variances are `rows` rows each, one after the other; rows that pad are 0.
 * Source: Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014, section 2.4 and appendix B.
 */
import { exp } from './activations';
import { ROW, lanesBelow } from './blocks';

/**
 * @param moments means, then log variances
 * @param kept the noise, which becomes exp(logVar / 2) noise / 2 = (z - mu) / 2; 0 to take the means alone
 */
export function sampleForward(moments: usize, rows: i32, z: usize, kept: usize, bytes: usize): void {
  const logs = moments + <usize>rows * ROW;
  for (let r: usize = 0; r < <usize>rows; r++) {
    for (let s: usize = 0; s < bytes; s += 16) {
      const at = r * ROW + s;
      let value = v128.load(moments + at);
      if (kept != 0) {
        const half = f32x4.mul(v128.load(logs + at), f32x4.splat(0.5));
        const moved = f32x4.mul(exp(half), v128.load(kept + at));
        value = f32x4.add(value, moved);
        v128.store(kept + at, f32x4.mul(moved, f32x4.splat(0.5)));
      }
      v128.store(z + at, value);
    }
  }
}

/** Sum over the first `count` samples of (1/2) sum of (mu^2 + exp(logVar) - 1 - logVar). */
export function divergenceOfBlock(moments: usize, rows: i32, count: i32, bytes: usize): f64 {
  const logs = moments + <usize>rows * ROW;
  let sum: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    let part = f32x4.splat(0);
    for (let s: usize = 0; s < bytes; s += 16) {
      const at = r * ROW + s;
      const mu = v128.load(moments + at);
      const log = v128.load(logs + at);
      const term = f32x4.sub(f32x4.sub(f32x4.add(f32x4.mul(mu, mu), exp(log)), f32x4.splat(1)), log);
      part = f32x4.add(part, v128.and(term, lanesBelow(count - <i32>(s >> 2))));
    }
    sum += <f64>f32x4.extract_lane(part, 0) + <f64>f32x4.extract_lane(part, 1)
      + (<f64>f32x4.extract_lane(part, 2) + <f64>f32x4.extract_lane(part, 3));
  }
  return 0.5 * sum;
}

/**
 * Writes gradients over the moments: dz + share mu for a mean, dz (z - mu) / 2 + share (exp(logVar) - 1) / 2 for a log variance, 0 for
 * samples from `count` on.
 *
 * @param kept as `sampleForward` left it
 * @param share weight of the divergence over the samples of the step
 */
export function passSample(dz: usize, rows: i32, kept: usize, moments: usize, share: f32, count: i32, bytes: usize): void {
  const logs = moments + <usize>rows * ROW;
  const factor = f32x4.splat(share);
  const half = f32x4.splat(0.5 * share);
  for (let r: usize = 0; r < <usize>rows; r++) {
    for (let s: usize = 0; s < bytes; s += 16) {
      const at = r * ROW + s;
      const valid = lanesBelow(count - <i32>(s >> 2));
      const d = v128.load(dz + at);
      const ofMean = f32x4.add(d, f32x4.mul(factor, v128.load(moments + at)));
      const spread = f32x4.mul(half, f32x4.sub(exp(v128.load(logs + at)), f32x4.splat(1)));
      const ofLog = f32x4.add(f32x4.mul(d, v128.load(kept + at)), spread);
      v128.store(moments + at, v128.and(ofMean, valid));
      v128.store(logs + at, v128.and(ofLog, valid));
    }
  }
}
