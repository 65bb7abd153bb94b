/**
 * Sums and batch normalisation along the columns of row-major matrices [n, d] on the heap of TF.js. Rows are added up in portions
 * of 256, so that rounding does not grow along a long column.
 */

const portion: i32 = 256;

/** sums[j] = Σ x[i, j]. `scratch` is [d]. */
export function columnSums(x: usize, n: i32, d: i32, sums: usize, scratch: usize): void {
  clear(sums, d);
  const line = (<usize>d) << 2;
  for (let start = 0; start < n; start += portion) {
    clear(scratch, d);
    for (let i = start; i < min(n, start + portion); i++) addTo(scratch, x + <usize>i * line, d);
    addTo(sums, scratch, d);
  }
}

/**
 * y = gamma (x - mean) / √(variance + epsilon) + beta. `mean` and `inverse` receive the mean and 1 / √(variance + epsilon), and
 * `variance` the (biased) variance, each [d]. `scratch` is [d].
 */
export function normalise(
  x: usize, n: i32, d: i32, gamma: usize, beta: usize, epsilon: f32,
  y: usize, mean: usize, variance: usize, inverse: usize, scratch: usize,
): void {
  const line = (<usize>d) << 2;
  const share: f32 = <f32>1 / <f32>n;
  columnSums(x, n, d, mean, scratch);
  scale(mean, d, share);
  clear(variance, d);
  for (let start = 0; start < n; start += portion) {
    clear(scratch, d);
    for (let i = start; i < min(n, start + portion); i++) {
      const row = x + <usize>i * line;
      let o: usize = 0;
      for (; o + 16 <= line; o += 16) {
        const c = f32x4.sub(v128.load(row + o), v128.load(mean + o));
        v128.store(scratch + o, f32x4.add(v128.load(scratch + o), f32x4.mul(c, c)));
      }
      for (; o < line; o += 4) {
        const c = load<f32>(row + o) - load<f32>(mean + o);
        store<f32>(scratch + o, load<f32>(scratch + o) + c * c);
      }
    }
    addTo(variance, scratch, d);
  }
  scale(variance, d, share);
  for (let o: usize = 0; o < line; o += 4) {
    const i = <f32>(1 / sqrt(<f64>load<f32>(variance + o) + <f64>epsilon));
    store<f32>(inverse + o, i);
    store<f32>(scratch + o, i * load<f32>(gamma + o));
  }
  for (let i = 0; i < n; i++) {
    const row = <usize>i * line;
    let o: usize = 0;
    for (; o + 16 <= line; o += 16) {
      const c = f32x4.sub(v128.load(x + row + o), v128.load(mean + o));
      v128.store(y + row + o, f32x4.add(f32x4.mul(c, v128.load(scratch + o)), v128.load(beta + o)));
    }
    for (; o < line; o += 4) {
      store<f32>(y + row + o, (load<f32>(x + row + o) - load<f32>(mean + o)) * load<f32>(scratch + o) + load<f32>(beta + o));
    }
  }
}

/**
 * Gradients of `normalise`: dBeta = Σ dy, dGamma = Σ dy xHat, dx = gamma inverse (dy - mean(dy) - xHat mean(dy xHat)) with
 * xHat = (x - mean) inverse. `scratch` is [2][d].
 */
export function normaliseBackward(
  x: usize, dy: usize, n: i32, d: i32, gamma: usize, mean: usize, inverse: usize,
  dx: usize, dGamma: usize, dBeta: usize, scratch: usize,
): void {
  const line = (<usize>d) << 2;
  clear(dGamma, d);
  clear(dBeta, d);
  const plain = scratch;
  const weighted = scratch + line;
  for (let start = 0; start < n; start += portion) {
    clear(scratch, 2 * d);
    for (let i = start; i < min(n, start + portion); i++) {
      const row = <usize>i * line;
      let o: usize = 0;
      for (; o + 16 <= line; o += 16) {
        const e = v128.load(dy + row + o);
        const c = f32x4.mul(f32x4.sub(v128.load(x + row + o), v128.load(mean + o)), v128.load(inverse + o));
        v128.store(plain + o, f32x4.add(v128.load(plain + o), e));
        v128.store(weighted + o, f32x4.add(v128.load(weighted + o), f32x4.mul(e, c)));
      }
      for (; o < line; o += 4) {
        const e = load<f32>(dy + row + o);
        const c = (load<f32>(x + row + o) - load<f32>(mean + o)) * load<f32>(inverse + o);
        store<f32>(plain + o, load<f32>(plain + o) + e);
        store<f32>(weighted + o, load<f32>(weighted + o) + e * c);
      }
    }
    addTo(dBeta, plain, d);
    addTo(dGamma, weighted, d);
  }
  // dx = slope dy - (along (x - mean) + shift)
  const share: f32 = <f32>1 / <f32>n;
  for (let o: usize = 0; o < line; o += 4) {
    const slope = load<f32>(gamma + o) * load<f32>(inverse + o);
    store<f32>(plain + o, slope * share * load<f32>(dBeta + o));
    store<f32>(weighted + o, slope * share * load<f32>(dGamma + o) * load<f32>(inverse + o));
  }
  for (let i = 0; i < n; i++) {
    const row = <usize>i * line;
    let o: usize = 0;
    for (; o + 16 <= line; o += 16) {
      const c = f32x4.sub(v128.load(x + row + o), v128.load(mean + o));
      const slope = f32x4.mul(v128.load(gamma + o), v128.load(inverse + o));
      const along = f32x4.add(f32x4.mul(c, v128.load(weighted + o)), v128.load(plain + o));
      v128.store(dx + row + o, f32x4.sub(f32x4.mul(v128.load(dy + row + o), slope), along));
    }
    for (; o < line; o += 4) {
      const c = load<f32>(x + row + o) - load<f32>(mean + o);
      const slope = load<f32>(gamma + o) * load<f32>(inverse + o);
      store<f32>(dx + row + o, load<f32>(dy + row + o) * slope - (c * load<f32>(weighted + o) + load<f32>(plain + o)));
    }
  }
}

function clear(at: usize, count: i32): void {
  memory.fill(at, 0, <usize>count << 2);
}

function addTo(sums: usize, row: usize, d: i32): void {
  const line = (<usize>d) << 2;
  let o: usize = 0;
  for (; o + 16 <= line; o += 16) v128.store(sums + o, f32x4.add(v128.load(sums + o), v128.load(row + o)));
  for (; o < line; o += 4) store<f32>(sums + o, load<f32>(sums + o) + load<f32>(row + o));
}

function scale(at: usize, d: i32, factor: f32): void {
  for (let o: usize = 0; o < <usize>d << 2; o += 4) store<f32>(at + o, load<f32>(at + o) * factor);
}
