/**
 * Dense layers over blocks of 64 samples. A block is stored by feature: one row of 64 samples (256 bytes) per number, so that
 * vectors run along the samples, weights are broadcast, and no product needs packing. Rows come in multiples of four.
 */
import { LEAKY_RELU, LINEAR, RELU, activateAny, derivativeAny } from './activations';
import { laneSums, madd } from './simd';

/** Samples of a block. */
export const SAMPLES: i32 = 64;
/** Bytes of a row of a block. */
export const ROW: usize = 256;

/** Full lanes of the last vector of n samples: all ones for the first n % 4 lanes, all for a multiple of 4. */
// @ts-ignore: decorator
@inline
export function lanesBelow(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/**
 * y = f(W x + b): rows of y are sums over rows of x.
 *
 * @param terms rows of x; W is [terms][outs], `stride` bytes apart
 * @param outs rows of y, a multiple of 4
 * @param bias [outs], or 0
 * @param slopes [outs] parameter of the activation
 * @param bytes of each row that are computed, a multiple of 32
 */
export function forward(
  terms: i32, outs: i32, weights: usize, stride: usize, x: usize, y: usize, bias: usize,
  kind: i32, slopes: usize, bytes: usize,
): void {
  const late = kind > RELU;
  for (let s: usize = 0; s < bytes; s += 32) {
    for (let o: usize = 0; o < <usize>outs; o += 4) {
      let w = weights + (o << 2);
      let p = x + s;
      const end = p + <usize>terms * ROW;
      let c00 = f32x4.splat(0), c10 = c00, c20 = c00, c30 = c00;
      if (bias != 0) {
        const b = bias + (o << 2);
        c00 = v128.load_splat<f32>(b);
        c10 = v128.load_splat<f32>(b, 4);
        c20 = v128.load_splat<f32>(b, 8);
        c30 = v128.load_splat<f32>(b, 12);
      }
      let c01 = c00, c11 = c10, c21 = c20, c31 = c30;
      for (; p < end; p += ROW) {
        const x0 = v128.load(p);
        const x1 = v128.load(p, 16);
        const w0 = v128.load_splat<f32>(w);
        c00 = madd(w0, x0, c00);
        c01 = madd(w0, x1, c01);
        const w1 = v128.load_splat<f32>(w, 4);
        c10 = madd(w1, x0, c10);
        c11 = madd(w1, x1, c11);
        const w2 = v128.load_splat<f32>(w, 8);
        c20 = madd(w2, x0, c20);
        c21 = madd(w2, x1, c21);
        const w3 = v128.load_splat<f32>(w, 12);
        c30 = madd(w3, x0, c30);
        c31 = madd(w3, x1, c31);
        w += stride;
      }
      if (kind == LEAKY_RELU) {
        // slopes from 0 to 1
        const a = slopes + (o << 2);
        const s0 = v128.load_splat<f32>(a), s1 = v128.load_splat<f32>(a, 4), s2 = v128.load_splat<f32>(a, 8), s3 = v128.load_splat<f32>(a, 12);
        c00 = f32x4.pmax(f32x4.mul(c00, s0), c00);
        c01 = f32x4.pmax(f32x4.mul(c01, s0), c01);
        c10 = f32x4.pmax(f32x4.mul(c10, s1), c10);
        c11 = f32x4.pmax(f32x4.mul(c11, s1), c11);
        c20 = f32x4.pmax(f32x4.mul(c20, s2), c20);
        c21 = f32x4.pmax(f32x4.mul(c21, s2), c21);
        c30 = f32x4.pmax(f32x4.mul(c30, s3), c30);
        c31 = f32x4.pmax(f32x4.mul(c31, s3), c31);
      } else if (kind == RELU) {
        const zero = f32x4.splat(0);
        c00 = f32x4.pmax(c00, zero);
        c01 = f32x4.pmax(c01, zero);
        c10 = f32x4.pmax(c10, zero);
        c11 = f32x4.pmax(c11, zero);
        c20 = f32x4.pmax(c20, zero);
        c21 = f32x4.pmax(c21, zero);
        c30 = f32x4.pmax(c30, zero);
        c31 = f32x4.pmax(c31, zero);
      }
      const to = y + o * ROW + s;
      v128.store(to, c00);
      v128.store(to, c01, 16);
      v128.store(to, c10, 256);
      v128.store(to, c11, 272);
      v128.store(to, c20, 512);
      v128.store(to, c21, 528);
      v128.store(to, c30, 768);
      v128.store(to, c31, 784);
    }
  }
  if (late) activateRows(y, y, outs, kind, slopes, bytes);
}

/** y = f(x), row by row; y may be x. */
export function activateRows(x: usize, y: usize, rows: i32, kind: i32, slopes: usize, bytes: usize): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    const slope = load<f32>(slopes + (r << 2));
    for (let s: usize = 0; s < bytes; s += 16) v128.store(y + r * ROW + s, activateAny(v128.load(x + r * ROW + s), kind, slope));
  }
}

/** The vector of a gradient times the derivative of the activation that gave the number in its place. */
// @ts-ignore: decorator
@inline
function through(place: usize, gradient: v128, kind: i32, slope: f32): void {
  v128.store(place, f32x4.mul(gradient, derivativeAny(v128.load(place), kind, slope)));
}

// @ts-ignore: decorator
@inline
function throughLeaky(place: usize, gradient: v128, slope: v128): void {
  v128.store(place, v128.bitselect(gradient, f32x4.mul(gradient, slope), f32x4.gt(v128.load(place), f32x4.splat(0))));
}

// @ts-ignore: decorator
@inline
function throughRelu(place: usize, gradient: v128): void {
  v128.store(place, v128.and(gradient, f32x4.gt(v128.load(place), f32x4.splat(0))));
}

/**
 * x ← (Wᵀ dy) f'(x): the gradient of the layer's input takes the place of the input, which is the output of an activation f.
 *
 * @param terms rows of dy; `weights` is the transposed kernel [terms][ins], `stride` bytes apart
 * @param ins rows of x, a multiple of 4
 */
export function backward(
  terms: i32, ins: i32, weights: usize, stride: usize, dy: usize, x: usize, kind: i32, slopes: usize, bytes: usize,
): void {
  for (let s: usize = 0; s < bytes; s += 32) {
    for (let o: usize = 0; o < <usize>ins; o += 4) {
      let w = weights + (o << 2);
      let p = dy + s;
      const end = p + <usize>terms * ROW;
      let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      for (; p < end; p += ROW) {
        const x0 = v128.load(p);
        const x1 = v128.load(p, 16);
        const w0 = v128.load_splat<f32>(w);
        c00 = madd(w0, x0, c00);
        c01 = madd(w0, x1, c01);
        const w1 = v128.load_splat<f32>(w, 4);
        c10 = madd(w1, x0, c10);
        c11 = madd(w1, x1, c11);
        const w2 = v128.load_splat<f32>(w, 8);
        c20 = madd(w2, x0, c20);
        c21 = madd(w2, x1, c21);
        const w3 = v128.load_splat<f32>(w, 12);
        c30 = madd(w3, x0, c30);
        c31 = madd(w3, x1, c31);
        w += stride;
      }
      const to = x + o * ROW + s;
      if (kind == LINEAR) {
        v128.store(to, c00);
        v128.store(to, c01, 16);
        v128.store(to, c10, 256);
        v128.store(to, c11, 272);
        v128.store(to, c20, 512);
        v128.store(to, c21, 528);
        v128.store(to, c30, 768);
        v128.store(to, c31, 784);
      } else if (kind == RELU) {
        throughRelu(to, c00);
        throughRelu(to + 16, c01);
        throughRelu(to + 256, c10);
        throughRelu(to + 272, c11);
        throughRelu(to + 512, c20);
        throughRelu(to + 528, c21);
        throughRelu(to + 768, c30);
        throughRelu(to + 784, c31);
      } else {
        const a = slopes + (o << 2);
        if (kind == LEAKY_RELU) {
          const s0 = v128.load_splat<f32>(a);
          throughLeaky(to, c00, s0);
          throughLeaky(to + 16, c01, s0);
          const s1 = v128.load_splat<f32>(a, 4);
          throughLeaky(to + 256, c10, s1);
          throughLeaky(to + 272, c11, s1);
          const s2 = v128.load_splat<f32>(a, 8);
          throughLeaky(to + 512, c20, s2);
          throughLeaky(to + 528, c21, s2);
          const s3 = v128.load_splat<f32>(a, 12);
          throughLeaky(to + 768, c30, s3);
          throughLeaky(to + 784, c31, s3);
        } else {
          const s0 = load<f32>(a), s1 = load<f32>(a, 4), s2 = load<f32>(a, 8), s3 = load<f32>(a, 12);
          through(to, c00, kind, s0);
          through(to + 16, c01, kind, s0);
          through(to + 256, c10, kind, s1);
          through(to + 272, c11, kind, s1);
          through(to + 512, c20, kind, s2);
          through(to + 528, c21, kind, s2);
          through(to + 768, c30, kind, s3);
          through(to + 784, c31, kind, s3);
        }
      }
    }
  }
}

/** x ← dy f'(x), for a layer that is nothing but an activation. */
export function passRows(dy: usize, x: usize, rows: i32, kind: i32, slopes: usize, bytes: usize): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    const slope = load<f32>(slopes + (r << 2));
    for (let s: usize = 0; s < bytes; s += 16) through(x + r * ROW + s, v128.load(dy + r * ROW + s), kind, slope);
  }
}

/**
 * Gradient of the kernel, x dyᵀ summed over the block's samples.
 *
 * @param ins rows of x; their number rounded up to 2 exists in x and in the gradient
 * @param outs rows of dy, a multiple of 4
 * @param gradient [ins][outs], set with `first` and added to otherwise
 */
export function kernelGradient(ins: i32, outs: i32, x: usize, dy: usize, gradient: usize, first: bool, bytes: usize): void {
  const stride = (<usize>outs) << 2;
  for (let i: usize = 0; i < <usize>ins; i += 2) {
    let g = gradient + i * stride;
    for (let o: usize = 0; o < <usize>outs; o += 4) {
      let p = x + i * ROW;
      let q = dy + o * ROW;
      const end = p + bytes;
      let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
      for (; p < end; p += 16) {
        const x0 = v128.load(p);
        const x1 = v128.load(p, 256);
        const d0 = v128.load(q);
        c00 = madd(x0, d0, c00);
        c10 = madd(x1, d0, c10);
        const d1 = v128.load(q, 256);
        c01 = madd(x0, d1, c01);
        c11 = madd(x1, d1, c11);
        const d2 = v128.load(q, 512);
        c02 = madd(x0, d2, c02);
        c12 = madd(x1, d2, c12);
        const d3 = v128.load(q, 768);
        c03 = madd(x0, d3, c03);
        c13 = madd(x1, d3, c13);
        q += 16;
      }
      const sum0 = laneSums(c00, c01, c02, c03);
      const sum1 = laneSums(c10, c11, c12, c13);
      v128.store(g, first ? sum0 : f32x4.add(v128.load(g), sum0));
      v128.store(g + stride, first ? sum1 : f32x4.add(v128.load(g + stride), sum1));
      g += 16;
    }
  }
}

/** Gradient of the bias: sums of the rows of dy. */
export function biasGradient(outs: i32, dy: usize, gradient: usize, first: bool, bytes: usize): void {
  for (let o: usize = 0; o < <usize>outs; o += 4) {
    let q = dy + o * ROW;
    const end = q + bytes;
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    for (; q < end; q += 16) {
      c0 = f32x4.add(c0, v128.load(q));
      c1 = f32x4.add(c1, v128.load(q, 256));
      c2 = f32x4.add(c2, v128.load(q, 512));
      c3 = f32x4.add(c3, v128.load(q, 768));
    }
    const sum = laneSums(c0, c1, c2, c3);
    const g = gradient + (o << 2);
    v128.store(g, first ? sum : f32x4.add(v128.load(g), sum));
  }
}

/**
 * Rows of a matrix [*, width] into a block: row `width` to `rows` - 1 of the block and samples `count` to the end of `bytes`
 * become 0.
 *
 * @param order row numbers, or 0 for `firstRow`, `firstRow` + 1, ...
 * @param zeros at least `width` zeros
 */
export function gather(
  matrix: usize, width: i32, order: usize, firstRow: i32, count: i32, rows: i32, to: usize, bytes: usize, zeros: usize,
): void {
  const rowBytes = (<usize>width) << 2;
  const samples = <i32>(bytes >> 2);
  const whole = (<usize>width) & ~3;
  for (let s = 0; s < samples; s += 4) {
    const a0 = rowAddress(matrix, rowBytes, order, firstRow, s, count, zeros);
    const a1 = rowAddress(matrix, rowBytes, order, firstRow, s + 1, count, zeros);
    const a2 = rowAddress(matrix, rowBytes, order, firstRow, s + 2, count, zeros);
    const a3 = rowAddress(matrix, rowBytes, order, firstRow, s + 3, count, zeros);
    let place = to + ((<usize>s) << 2);
    for (let f: usize = 0; f < whole; f += 4) {
      const o = f << 2;
      transpose(v128.load(a0 + o), v128.load(a1 + o), v128.load(a2 + o), v128.load(a3 + o), place);
      place += 4 * ROW;
    }
    for (let f = whole; f < <usize>width; f++) {
      const o = f << 2;
      v128.store(place, f32x4(load<f32>(a0 + o), load<f32>(a1 + o), load<f32>(a2 + o), load<f32>(a3 + o)));
      place += ROW;
    }
    for (let f = width; f < rows; f++) {
      v128.store(place, f32x4.splat(0));
      place += ROW;
    }
  }
}

// @ts-ignore: decorator
@inline
function rowAddress(matrix: usize, rowBytes: usize, order: usize, firstRow: i32, s: i32, count: i32, zeros: usize): usize {
  if (s >= count) return zeros;
  const row = order == 0 ? <usize>(firstRow + s) : <usize>load<u32>(order + ((<usize>s) << 2));
  return matrix + row * rowBytes;
}

// @ts-ignore: decorator
@inline
function transpose(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 256);
  v128.store(to, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), 512);
  v128.store(to, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), 768);
}

/** Bytes 0 or 1 of a matrix [*, width] into a block of 0.0 and 1.0; samples from `count` on become 0. */
export function gatherMask(
  matrix: usize, width: i32, order: usize, firstRow: i32, count: i32, to: usize, bytes: usize,
): void {
  const samples = <i32>(bytes >> 2);
  for (let s = 0; s < samples; s++) {
    let place = to + ((<usize>s) << 2);
    let row: usize = 0;
    if (s < count) row = order == 0 ? <usize>(firstRow + s) : <usize>load<u32>(order + ((<usize>s) << 2));
    const from = matrix + row * <usize>width;
    for (let f: usize = 0; f < <usize>width; f++) {
      store<f32>(place, s >= count ? 0 : <f32>load<u8>(from + f));
      place += ROW;
    }
  }
}
