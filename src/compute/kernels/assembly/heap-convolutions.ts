/**
 * Convolutions of images [n, h, w, c] with filters [kh, kw, c / groups, o] over the heap of TF.js: forward, by the input, by the
 * filter. No patches are written out: an image is copied into a frame of zeros, where the numbers that a filter's row sees lie
 * side by side, and register tiles of four pixels and eight outputs run over them. A stride in the gradient by the input is taken
 * apart into phases, each an ordinary correlation with the part of the filter that reaches it, so nothing is multiplied by zeros.
 */
import { activate, derivative } from './lib/activations';
import { madd } from './lib/simd';

/** Pixels whose inputs stay in the cache while the outputs are gone through. */
const BLOCK: i32 = 64;
/** Numbers that may be read, but are not used, behind the end of a frame. */
const SLACK: i32 = 16;

// @ts-ignore: decorator
@inline
function up8(n: i32): i32 {
  return (n + 7) & ~7;
}

// @ts-ignore: decorator
@inline
function bytes(numbers: i32): usize {
  return (<usize>numbers) << 2;
}

// @ts-ignore: decorator
@inline
function over(a: i32, b: i32): i32 {
  return (a + b - 1) / b;
}

/** Bytes of scratch memory that serve any of the three. */
export function scratchBytes(
  h: i32, w: i32, c: i32, oh: i32, ow: i32, o: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32, groups: i32,
): i32 {
  const forwardFrame = frameRows(h, oh, kh, sy, top) * frameRows(w, ow, kw, sx, left) * c;
  const backFrame = backRows(h, oh, kh, sy, top) * backRows(w, ow, kw, sx, left) * o;
  const panels = kh * kw * max((c / groups) * up8(o / groups), (o / groups) * up8(c / groups)) * groups;
  const errors = oh * ow * up8(o / groups);
  return 4 * (max(forwardFrame, backFrame) + panels + errors + groups * up8(max(o, c)) + 3 * SLACK) + 256;
}

/** Rows of an image with its padding, as far as a filter reaches. */
// @ts-ignore: decorator
@inline
function frameRows(h: i32, oh: i32, kh: i32, stride: i32, top: i32): i32 {
  return max(h + top, (oh - 1) * stride + kh);
}

/** Rows of zeros before a gradient, and rows of it with the zeros on both sides. */
// @ts-ignore: decorator
@inline
function before(kh: i32, stride: i32): i32 {
  return over(kh, stride);
}

// @ts-ignore: decorator
@inline
function backRows(h: i32, oh: i32, kh: i32, stride: i32, top: i32): i32 {
  const last = over(h, stride) - 1 + (stride - 1 + top) / stride;
  return before(kh, stride) + max(oh, last + 1);
}

/** y = f(x * w + bias). `bias` may be 0; see `scratchBytes`. */
export function forward(
  x: usize, filter: usize, bias: usize, y: usize,
  n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, o: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32, groups: i32,
  activation: i32, slope: f32, scratch: usize,
): void {
  const cg = c / groups, og = o / groups, og8 = up8(og);
  const fh = frameRows(h, oh, kh, sy, top), fw = frameRows(w, ow, kw, sx, left);
  const k = kh * kw * cg;
  const biases = scratch + 128;
  const panels = biases + bytes(groups * og8);
  const frame = panels + bytes(groups * k * og8);
  for (let g = 0; g < groups; g++) {
    padRow(bias == 0 ? 0 : bias + bytes(g * og), og, biases + bytes(g * og8));
    pack(filter + bytes(g * og), bytes(o), 4, k, og, panels + bytes(g * k * og8), k, 0);
  }
  const framed = fh != h || fw != w;
  if (framed) zero(frame, fh * fw * c);
  const whole = groups == 1;
  for (let i = 0; i < n; i++) {
    const image = x + bytes(i * h * w * c);
    if (framed) enframe(image, h, w * c, frame + bytes((top * fw + left) * c), fw * c);
    const from = framed ? frame : image;
    for (let g = 0; g < groups; g++) {
      correlate(
        from + bytes(g * cg), oh, ow, bytes(sy * fw * c), bytes(sx * c),
        kh, whole ? 1 : kw, bytes(fw * c), bytes(c), whole ? kw * c : cg,
        panels + bytes(g * k * og8), og, biases + bytes(g * og8), activation, slope,
        y + bytes(i * oh * ow * o + g * og), bytes(ow * o), bytes(o), scratch,
      );
    }
  }
}

/** dx of dy, or the transposed convolution of dy: dx = f(sum + bias), bias [c] or 0. */
export function inputGradient(
  dy: usize, filter: usize, bias: usize, dx: usize,
  n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, o: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32, groups: i32,
  activation: i32, slope: f32, scratch: usize,
): void {
  const cg = c / groups, og = o / groups, cg8 = up8(cg);
  const fh = backRows(h, oh, kh, sy, top), fw = backRows(w, ow, kw, sx, left);
  const above = before(kh, sy), aside = before(kw, sx);
  const biases = scratch + 128;
  const panels = biases + bytes(groups * cg8);
  const frame = panels + bytes(groups * kh * kw * og * cg8);
  let at = panels;
  for (let g = 0; g < groups; g++) {
    padRow(bias == 0 ? 0 : bias + bytes(g * cg), cg, biases + bytes(g * cg8));
    for (let a = 0; a < sy; a++) {
      for (let b = 0; b < sx; b++) {
        const i0 = (a + top) % sy, j0 = (b + left) % sx;
        const tapsY = max(0, over(kh - i0, sy)), tapsX = max(0, over(kw - j0, sx));
        const k = tapsY * tapsX * og;
        for (let ty = 0; ty < tapsY; ty++) {
          for (let tx = 0; tx < tapsX; tx++) {
            const tap = (i0 + sy * ty) * kw + j0 + sx * tx;
            pack(filter + bytes(tap * cg * o + g * og), 4, bytes(o), og, cg, at, k, (ty * tapsX + tx) * og);
          }
        }
        at += bytes(k * cg8);
      }
    }
  }
  zero(frame, fh * fw * o);
  for (let i = 0; i < n; i++) {
    enframe(dy + bytes(i * oh * ow * o), oh, ow * o, frame + bytes((above * fw + aside) * o), fw * o);
    at = panels;
    for (let g = 0; g < groups; g++) {
      for (let a = 0; a < sy; a++) {
        for (let b = 0; b < sx; b++) {
          const i0 = (a + top) % sy, j0 = (b + left) % sx;
          const tapsY = max(0, over(kh - i0, sy)), tapsX = max(0, over(kw - j0, sx));
          const row = above + (a + top - i0) / sy, column = aside + (b + left - j0) / sx;
          const rows = over(h - a, sy), columns = over(w - b, sx);
          if (rows > 0 && columns > 0) {
            correlate(
              frame + bytes((row * fw + column) * o + g * og), rows, columns, bytes(fw * o), bytes(o),
              tapsY, tapsX, 0 - bytes(fw * o), 0 - bytes(o), og,
              at, cg, biases + bytes(g * cg8), activation, slope,
              dx + bytes(i * h * w * c + (a * w + b) * c + g * cg), bytes(sy * w * c), bytes(sx * c), scratch,
            );
          }
          at += bytes(tapsY * tapsX * og * cg8);
        }
      }
    }
  }
}

/** dw [kh, kw, c / groups, o] of x and dy, added up image after image. */
export function filterGradient(
  x: usize, dy: usize, dw: usize,
  n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, o: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32, groups: i32,
  scratch: usize,
): void {
  const cg = c / groups, og = o / groups, og8 = up8(og);
  const fh = frameRows(h, oh, kh, sy, top), fw = frameRows(w, ow, kw, sx, left);
  const errors = scratch + 128;
  const frame = errors + bytes(oh * ow * og8);
  zero(frame, fh * fw * c + SLACK);
  const whole = groups == 1;
  const tapsX = whole ? 1 : kw;
  const run = whole ? kw * c : cg;
  for (let i = 0; i < n; i++) {
    enframe(x + bytes(i * h * w * c), h, w * c, frame + bytes((top * fw + left) * c), fw * c);
    for (let g = 0; g < groups; g++) {
      const own = dy + bytes(i * oh * ow * o + g * og);
      const ragged = og != og8;
      if (ragged) for (let p = 0; p < oh * ow; p++) padRow(own + bytes(p * o), og, errors + bytes(p * og8));
      const error = ragged ? errors : own;
      const pixel = ragged ? bytes(og8) : bytes(o);
      for (let ty = 0; ty < kh; ty++) {
        for (let tx = 0; tx < tapsX; tx++) {
          const seen = frame + bytes((ty * fw + tx) * c + g * cg);
          const tap = (ty * tapsX + tx) * run;
          for (let r = 0; r < run; r += 4) {
            for (let j = 0; j < og; j += 8) {
              outer(seen + bytes(r), bytes(sy * fw * c), bytes(sx * c), error + bytes(j), pixel, oh, ow, scratch);
              put(scratch, dw + bytes((tap + r) * o + g * og + j), bytes(o), min(4, run - r), min(8, og - j), i == 0);
            }
          }
        }
      }
    }
  }
}

/**
 * error = dy f'(y), and its sums over rows: [rows, columns] each. With activation 0 (linear) `error` is not written and may be 0.
 *
 * @param sums [columns], or 0
 * @param scratch [columns]
 */
export function errorAndSums(
  dy: usize, y: usize, rows: i32, columns: i32, activation: i32, slope: f32, error: usize, sums: usize, scratch: usize,
): void {
  if (sums != 0) zero(sums, columns);
  // in portions, so that rounding does not add up along a long column
  for (let start = 0; start < rows; start += 256) {
    const end = min(rows, start + 256);
    if (sums != 0) zero(scratch, columns);
    for (let row = start; row < end; row++) {
      const at = bytes(row * columns);
      let j = 0;
      for (; j + 4 <= columns; j += 4) {
        const place = at + bytes(j);
        let e = v128.load(dy + place);
        if (activation != 0) {
          e = f32x4.mul(e, derivative(v128.load(y + place), activation, slope));
          v128.store(error + place, e);
        }
        if (sums != 0) v128.store(scratch + bytes(j), f32x4.add(v128.load(scratch + bytes(j)), e));
      }
      for (; j < columns; j++) {
        const place = at + bytes(j);
        let e = load<f32>(dy + place);
        if (activation != 0) {
          e *= f32x4.extract_lane(derivative(v128.load_splat<f32>(y + place), activation, slope), 0);
          store<f32>(error + place, e);
        }
        if (sums != 0) store<f32>(scratch + bytes(j), load<f32>(scratch + bytes(j)) + e);
      }
    }
    if (sums != 0) for (let j = 0; j < columns; j++) store<f32>(sums + bytes(j), load<f32>(sums + bytes(j)) + load<f32>(scratch + bytes(j)));
  }
}

/**
 * One image and one group: out = f(Σ over taps and their runs of input times panel + bias) over a grid of pixels.
 *
 * @param stepY, stepX from pixel to pixel of the input, in bytes; outStepY, outStepX of the output
 * @param tapStepY, tapStepX from tap to tap, in bytes, may be negative; a tap is a run of numbers side by side
 * @param panels [outputs / 8][taps x run][8]
 */
function correlate(
  x: usize, rows: i32, columns: i32, stepY: usize, stepX: usize,
  tapsY: i32, tapsX: i32, tapStepY: usize, tapStepX: usize, run: i32,
  panels: usize, outputs: i32, bias: usize, activation: i32, slope: f32,
  out: usize, outStepY: usize, outStepX: usize, edge: usize,
): void {
  const pixels = rows * columns;
  const panel = bytes(tapsY * tapsX * run) << 3;
  for (let start = 0; start < pixels; start += BLOCK) {
    const end = min(pixels, start + BLOCK);
    let weights = panels;
    for (let j = 0; j < outputs; j += 8) {
      const wide = min(8, outputs - j);
      const b0 = v128.load(bias + bytes(j)), b1 = v128.load(bias + bytes(j), 16);
      let row = start / columns, column = start % columns;
      for (let p = start; p < end; p += 4) {
        const many = min(4, end - p);
        let x0 = x + <usize>row * stepY + <usize>column * stepX, o0 = out + <usize>row * outStepY + <usize>column * outStepX;
        let x1 = x0, x2 = x0, x3 = x0, o1 = o0, o2 = o0, o3 = o0;
        if (++column == columns) { column = 0; row++; }
        if (many > 1) {
          x1 = x + <usize>row * stepY + <usize>column * stepX;
          o1 = out + <usize>row * outStepY + <usize>column * outStepX;
          if (++column == columns) { column = 0; row++; }
        }
        if (many > 2) {
          x2 = x + <usize>row * stepY + <usize>column * stepX;
          o2 = out + <usize>row * outStepY + <usize>column * outStepX;
          if (++column == columns) { column = 0; row++; }
        }
        if (many > 3) {
          x3 = x + <usize>row * stepY + <usize>column * stepX;
          o3 = out + <usize>row * outStepY + <usize>column * outStepX;
          if (++column == columns) { column = 0; row++; }
        }
        tile(x0, x1, x2, x3, tapsY, tapsX, tapStepY, tapStepX, run, weights, b0, b1, edge);
        finish(edge, o0 + bytes(j), wide, activation, slope);
        if (many > 1) finish(edge + 32, o1 + bytes(j), wide, activation, slope);
        if (many > 2) finish(edge + 64, o2 + bytes(j), wide, activation, slope);
        if (many > 3) finish(edge + 96, o3 + bytes(j), wide, activation, slope);
      }
      weights += panel;
    }
  }
}

/** Four pixels and eight outputs, to `to` [4][8]. */
function tile(
  x0: usize, x1: usize, x2: usize, x3: usize,
  tapsY: i32, tapsX: i32, tapStepY: usize, tapStepX: usize, run: i32,
  weights: usize, b0: v128, b1: v128, to: usize,
): void {
  let c00 = b0, c01 = b1, c10 = b0, c11 = b1, c20 = b0, c21 = b1, c30 = b0, c31 = b1;
  const length = bytes(run);
  // pixels by their distance from the first, so that one address moves
  const d1 = x1 - x0, d2 = x2 - x0, d3 = x3 - x0;
  for (let ty = 0; ty < tapsY; ty++) {
    let tap = x0 + <usize>ty * tapStepY;
    for (let tx = 0; tx < tapsX; tx++) {
      const stop = tap + length;
      for (let at = tap; at != stop; at += 4) {
        const w0 = v128.load(weights), w1 = v128.load(weights, 16);
        const a0 = v128.load_splat<f32>(at);
        c00 = madd(a0, w0, c00);
        c01 = madd(a0, w1, c01);
        const a1 = v128.load_splat<f32>(at + d1);
        c10 = madd(a1, w0, c10);
        c11 = madd(a1, w1, c11);
        const a2 = v128.load_splat<f32>(at + d2);
        c20 = madd(a2, w0, c20);
        c21 = madd(a2, w1, c21);
        const a3 = v128.load_splat<f32>(at + d3);
        c30 = madd(a3, w0, c30);
        c31 = madd(a3, w1, c31);
        weights += 32;
      }
      tap += tapStepX;
    }
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 32);
  v128.store(to, c11, 48);
  v128.store(to, c20, 64);
  v128.store(to, c21, 80);
  v128.store(to, c30, 96);
  v128.store(to, c31, 112);
}

/** Four numbers of the input times eight of the error, summed over the pixels of an image, to `to` [4][8]. */
function outer(x: usize, stepY: usize, stepX: usize, error: usize, pixel: usize, rows: i32, columns: i32, to: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const length = <usize>columns * stepX;
  for (let row = 0; row < rows; row++) {
    const stop = x + length;
    for (let at = x; at != stop; at += stepX) {
      const e0 = v128.load(error), e1 = v128.load(error, 16);
      const a0 = v128.load_splat<f32>(at);
      c00 = madd(a0, e0, c00);
      c01 = madd(a0, e1, c01);
      const a1 = v128.load_splat<f32>(at, 4);
      c10 = madd(a1, e0, c10);
      c11 = madd(a1, e1, c11);
      const a2 = v128.load_splat<f32>(at, 8);
      c20 = madd(a2, e0, c20);
      c21 = madd(a2, e1, c21);
      const a3 = v128.load_splat<f32>(at, 12);
      c30 = madd(a3, e0, c30);
      c31 = madd(a3, e1, c31);
      error += pixel;
    }
    x += stepY;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 32);
  v128.store(to, c11, 48);
  v128.store(to, c20, 64);
  v128.store(to, c21, 80);
  v128.store(to, c30, 96);
  v128.store(to, c31, 112);
}

/** A row of a tile through the activation to the output. */
// @ts-ignore: decorator
@inline
function finish(from: usize, to: usize, wide: i32, activation: i32, slope: f32): void {
  let left = v128.load(from), right = v128.load(from, 16);
  if (activation != 0) {
    left = activate4(left, activation, slope);
    right = activate4(right, activation, slope);
  }
  if (wide == 8) {
    v128.store(to, left);
    v128.store(to, right, 16);
    return;
  }
  v128.store(from, left);
  v128.store(from, right, 16);
  for (let q = 0; q < wide; q++) store<f32>(to + bytes(q), load<f32>(from + bytes(q)));
}

/** Once in the module instead of at every use. */
function activate4(x: v128, activation: i32, slope: f32): v128 {
  return activate(x, activation, slope);
}

/** A tile to a matrix, set with `first` and added otherwise. */
function put(from: usize, to: usize, stride: usize, rows: i32, columns: i32, first: bool): void {
  for (let r = 0; r < rows; r++) {
    for (let q = 0; q < columns; q++) {
      const value = load<f32>(from + bytes(q));
      store<f32>(to + bytes(q), first ? value : load<f32>(to + bytes(q)) + value);
    }
    from += 32;
    to += stride;
  }
}

/** A matrix [rows, columns] with any strides into panels [columns / 8][k][8] from row k0 on; missing columns become zeros. */
function pack(from: usize, rowStep: usize, columnStep: usize, rows: i32, columns: i32, to: usize, k: i32, k0: i32): void {
  for (let j = 0; j < columns; j += 8) {
    const wide = min(8, columns - j);
    let at = to + bytes((j >> 3) * k * 8 + k0 * 8);
    let row = from + <usize>j * columnStep;
    for (let r = 0; r < rows; r++) {
      if (wide < 8) {
        v128.store(at, f32x4.splat(0));
        v128.store(at, f32x4.splat(0), 16);
      }
      for (let q = 0; q < wide; q++) store<f32>(at + bytes(q), load<f32>(row + <usize>q * columnStep));
      at += 32;
      row += rowStep;
    }
  }
}

/** `count` numbers, or zeros if `from` is 0, and zeros up to a multiple of eight. */
function padRow(from: usize, count: i32, to: usize): void {
  for (let q = 0; q < up8(count); q++) store<f32>(to + bytes(q), from != 0 && q < count ? load<f32>(from + bytes(q)) : 0);
}

function zero(to: usize, count: i32): void {
  memory.fill(to, 0, bytes(count));
}

/** Rows of numbers side by side into a wider matrix. */
function enframe(from: usize, rows: i32, length: i32, to: usize, stride: i32): void {
  for (let r = 0; r < rows; r++) {
    memory.copy(to, from, bytes(length));
    from += bytes(length);
    to += bytes(stride);
  }
}
