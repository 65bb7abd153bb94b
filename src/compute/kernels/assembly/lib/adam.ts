/** Adam over flat lists (see compute/optimiser.ts for the formula and its sources). */

/**
 * @param from, p numbers before and after the step; they may be the same list
 * @param gradients `slices` lists, `sliceBytes` apart, which are summed in this order first
 * @param largest largest second moments, or 0 without AMSGrad
 * @param rate, epsilon with the bias corrections folded in
 * @param keep 1 - learning rate · weight decay
 * @param bytes a multiple of 16
 */
export function adam(
  from: usize, p: usize, m: usize, v: usize, largest: usize, gradients: usize, slices: i32, sliceBytes: usize, bytes: usize,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, rate: f32, epsilon: f32, keep: f32,
): void {
  const b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1), b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2);
  const step = f32x4.splat(rate), small = f32x4.splat(epsilon), kept = f32x4.splat(keep);
  for (let o: usize = 0; o < bytes; o += 16) {
    let g = v128.load(gradients + o);
    let at = gradients + o + sliceBytes;
    for (let s = 1; s < slices; s++) {
      g = f32x4.add(g, v128.load(at));
      at += sliceBytes;
    }
    const moment = f32x4.add(f32x4.mul(b1, v128.load(m + o)), f32x4.mul(r1, g));
    const square = f32x4.add(f32x4.mul(b2, v128.load(v + o)), f32x4.mul(r2, f32x4.mul(g, g)));
    v128.store(m + o, moment);
    v128.store(v + o, square);
    let used = square;
    if (largest != 0) {
      used = f32x4.max(v128.load(largest + o), square);
      v128.store(largest + o, used);
    }
    const move = f32x4.div(f32x4.mul(step, moment), f32x4.add(f32x4.sqrt(used), small));
    v128.store(p + o, f32x4.sub(f32x4.mul(v128.load(from + o), kept), move));
  }
}
