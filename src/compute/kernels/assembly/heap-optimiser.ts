/** Adam over tensors on the heap of TF.js: the new values go into a new tensor, because TF.js packs weights by tensor. */
import { adam } from './lib/adam';

/** One variable of `n` numbers; parameters as in lib/adam. */
export function step(
  from: usize, p: usize, m: usize, v: usize, largest: usize, gradient: usize, n: i32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, rate: f32, epsilon: f32, keep: f32,
): void {
  const bytes = (<usize>n & ~3) << 2;
  adam(from, p, m, v, largest, gradient, 1, 0, bytes, beta1, rest1, beta2, rest2, rate, epsilon, keep);
  for (let o = bytes; o < <usize>n << 2; o += 4) {
    const g = load<f32>(gradient + o);
    const moment = beta1 * load<f32>(m + o) + rest1 * g;
    const square = beta2 * load<f32>(v + o) + rest2 * (g * g);
    store<f32>(m + o, moment);
    store<f32>(v + o, square);
    let used = square;
    if (largest != 0) {
      used = max(load<f32>(largest + o), square);
      store<f32>(largest + o, used);
    }
    store<f32>(p + o, load<f32>(from + o) * keep - (rate * moment) / (sqrt<f32>(used) + epsilon));
  }
}
