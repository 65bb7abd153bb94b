/**
 * Convolutions of images [n, h, w, c] with filters [kh, kw, c / groups, o] over the heap of TF.js: forward, by the input, by the
 * filter. No patches are written out: the channels of a group are copied into a frame of zeros [rows][columns][c / groups], where
 * all the numbers that a filter's row sees lie side by side, and register tiles of four pixels and eight outputs run over them. A
 * stride in the gradient by the input is taken apart into phases, each an ordinary correlation with the part of the filter that
 * reaches it, so nothing is multiplied by zeros. Images do not depend on one another, so a call may be given some of them; the
 * gradient by the filter of several such calls is added up afterwards.
 */
import { activate, derivative } from './lib/activations';
import { madd } from './lib/simd';

/** Pixels whose inputs stay in the cache while the outputs are gone through. */
const BLOCK: i32 = 64;
/** Numbers of a frame: a band of an image that stays in the second cache while the filters pass over it. */
const BAND: i32 = 16384;
/** Pixels over which a tile of the gradient by the filter is summed before it is added to the others. */
const RUN: i32 = 256;
/**
 * Products that are added up before their sum joins the total of a result. In single precision a sum that takes its terms one by
 * one rounds as often as it has terms, at the size of the whole; in two levels the error of the 576 terms of a 3 x 3 filter over
 * 64 channels is some three times smaller.
 */
const TERMS: i32 = 16;
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
  const cg = c / groups, og = o / groups;
  const fw = frameSide(w, ow, kw, sx, left), bw = backSide(w, ow, kw, sx, left);
  const forwardFrame = ((bandRows(oh, kh, sy, fw * cg) - 1) * sy + kh) * fw * cg;
  const backBand = bandRows(over(h, sy), highest(kh, sy, top) - lowest(kh, sy, top) + 1, 1, bw * og);
  const backFrame = (backBand + highest(kh, sy, top) - lowest(kh, sy, top)) * bw * og;
  const panels = kh * kw * max(cg * up8(og), og * up8(cg)) * groups;
  const images = imagesAtOnce(oh, ow), rows = rowsAtOnce(oh, ow);
  const portion = images * ((rows - 1) * sy + kh) * fw * cg;
  const errors = images * rows * ow * up8(og);
  return 4 * (max(max(forwardFrame, backFrame) + panels + groups * up8(max(o, c)), portion + errors) + 3 * SLACK) + 256;
}

/** Columns of an image with its padding, as far as a filter reaches. */
// @ts-ignore: decorator
@inline
function frameSide(w: i32, ow: i32, kw: i32, stride: i32, left: i32): i32 {
  return max(w + left, (ow - 1) * stride + kw);
}

/** Columns of zeros before a gradient, and columns of it with the zeros on both sides. */
// @ts-ignore: decorator
@inline
function before(kw: i32, stride: i32): i32 {
  return over(kw, stride);
}

// @ts-ignore: decorator
@inline
function backSide(w: i32, ow: i32, kw: i32, stride: i32, left: i32): i32 {
  const last = over(w, stride) - 1 + (stride - 1 + left) / stride;
  return before(kw, stride) + max(ow, last + 1);
}

/** Rows of a result that are made from one band, which then has (rows - 1) stride + kh rows of `line` numbers. */
// @ts-ignore: decorator
@inline
function bandRows(rows: i32, kh: i32, stride: i32, line: i32): i32 {
  return max(1, min(rows, (BAND / line - kh) / stride + 1));
}

/** First and last row of a gradient that reach rows 0 .. stride - 1 of the input. */
function lowest(kh: i32, stride: i32, top: i32): i32 {
  let low = i32.MAX_VALUE;
  for (let a = 0; a < stride; a++) {
    const i0 = (a + top) % stride;
    low = min(low, (a + top - i0) / stride - max(0, over(kh - i0, stride) - 1));
  }
  return low;
}

// @ts-ignore: decorator
@inline
function highest(kh: i32, stride: i32, top: i32): i32 {
  return (stride - 1 + top) / stride;
}

/** Rows of an image that the gradient by the filter takes at once, and whole images if they are small. */
// @ts-ignore: decorator
@inline
function rowsAtOnce(oh: i32, ow: i32): i32 {
  return min(oh, max(1, RUN / ow));
}

// @ts-ignore: decorator
@inline
function imagesAtOnce(oh: i32, ow: i32): i32 {
  return max(1, RUN / (oh * ow));
}

/** y = f(x * w + bias). `bias` may be 0; see `scratchBytes`. */
export function forward(
  x: usize, filter: usize, bias: usize, y: usize,
  n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, o: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32, groups: i32,
  activation: i32, slope: f32, scratch: usize,
): void {
  const cg = c / groups, og = o / groups, og8 = up8(og);
  const fw = frameSide(w, ow, kw, sx, left);
  const k = kh * kw * cg;
  const biases = scratch + 128;
  const panels = biases + bytes(groups * og8);
  const frame = panels + bytes(groups * k * og8);
  for (let g = 0; g < groups; g++) {
    padRow(bias == 0 ? 0 : bias + bytes(g * og), og, biases + bytes(g * og8));
    pack(filter + bytes(g * og), bytes(o), 4, k, og, panels + bytes(g * k * og8), k, 0);
  }
  const framed = groups > 1 || top > 0 || fw != w || (oh - 1) * sy + kh > h;
  const band = framed ? bandRows(oh, kh, sy, fw * cg) : oh;
  if (framed) zero(frame, ((band - 1) * sy + kh) * fw * cg);
  for (let i = 0; i < n; i++) {
    const image = x + bytes(i * h * w * c);
    for (let g = 0; g < groups; g++) {
      for (let first = 0; first < oh; first += band) {
        const rows = min(band, oh - first);
        if (framed) {
          enframe(image + bytes(g * cg), first * sy - top, (rows - 1) * sy + kh, h, w, bytes(c), cg, frame + bytes(left * cg), bytes(fw * cg));
        }
        correlate(
          framed ? frame : image, rows, ow, bytes(sy * fw * cg), bytes(sx * cg), kh, bytes(fw * cg), kw * cg,
          panels + bytes(g * k * og8), og, biases + bytes(g * og8), activation, slope,
          y + bytes(((i * oh + first) * ow) * o + g * og), bytes(ow * o), bytes(o), scratch,
        );
      }
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
  const fw = backSide(w, ow, kw, sx, left), aside = before(kw, sx);
  const low = lowest(kh, sy, top), spread = highest(kh, sy, top) - low;
  const tall = over(h, sy), band = bandRows(tall, spread + 1, 1, fw * og);
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
        // the last tap meets the first number
        for (let ty = 0; ty < tapsY; ty++) {
          for (let tx = 0; tx < tapsX; tx++) {
            const tap = (i0 + sy * ty) * kw + j0 + sx * tx;
            const place = (tapsY - 1 - ty) * tapsX + tapsX - 1 - tx;
            pack(filter + bytes(tap * cg * o + g * og), 4, bytes(o), og, cg, at, k, place * og);
          }
        }
        at += bytes(k * cg8);
      }
    }
  }
  zero(frame, (band + spread) * fw * og);
  for (let i = 0; i < n; i++) {
    let group = panels;
    for (let g = 0; g < groups; g++) {
      for (let first = 0; first < tall; first += band) {
        const own = dy + bytes(i * oh * ow * o + g * og);
        enframe(own, first + low, min(band, tall - first) + spread, oh, ow, bytes(o), og, frame + bytes(aside * og), bytes(fw * og));
        at = group;
        for (let a = 0; a < sy; a++) {
          for (let b = 0; b < sx; b++) {
            const i0 = (a + top) % sy, j0 = (b + left) % sx;
            const tapsY = max(0, over(kh - i0, sy)), tapsX = max(0, over(kw - j0, sx));
            const row = (a + top - i0) / sy - max(0, tapsY - 1) - low, column = aside + (b + left - j0) / sx - max(0, tapsX - 1);
            const rows = min(band, over(h - a, sy) - first), columns = over(w - b, sx);
            if (rows > 0 && columns > 0) {
              correlate(
                frame + bytes((row * fw + column) * og), rows, columns, bytes(fw * og), bytes(og), tapsY, bytes(fw * og), tapsX * og,
                at, cg, biases + bytes(g * cg8), activation, slope,
                dx + bytes(i * h * w * c + ((first * sy + a) * w + b) * c + g * cg), bytes(sy * w * c), bytes(sx * c), scratch,
              );
            }
            at += bytes(tapsY * tapsX * og * cg8);
          }
        }
      }
      group = at;
    }
  }
}

/**
 * dw [kh, kw, c / groups, o] of x and dy, which is set: sums over portions of at most RUN pixels or one row, one portion after
 * another. Channels in fours have planes of four in the frame, so that a tile reads the cache from end to end; others lie as in
 * an image, and a row of the filter counts as one run of numbers.
 */
export function filterGradient(
  x: usize, dy: usize, dw: usize,
  n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, o: i32, kh: i32, kw: i32, sy: i32, sx: i32, top: i32, left: i32, groups: i32,
  scratch: usize,
): void {
  const cg = c / groups, og = o / groups;
  const most = imagesAtOnce(oh, ow), tall = rowsAtOnce(oh, ow);
  const fh = (tall - 1) * sy + kh, fw = frameSide(w, ow, kw, sx, left);
  const planes = cg % 4 == 0;
  // of the frame, in bytes: from pixel to pixel, from row to row, from image to image, from plane to plane
  const pixel: usize = planes ? 16 : bytes(cg), line = <usize>fw * pixel, whole = <usize>fh * line, plane = <usize>most * whole;
  const errorPlane = bytes(most * tall * ow) << 3;
  const errors = scratch + 128;
  const frame = errors + <usize>(up8(og) >> 3) * errorPlane;
  const taps = planes ? kw : 1, run = planes ? cg : kw * cg;
  zero(frame, most * fh * fw * cg + SLACK);
  zero(dw, kh * kw * cg * o);
  for (let i = 0; i < n; i += most) {
    const images = min(most, n - i);
    for (let first = 0; first < oh; first += tall) {
      const rows = min(tall, oh - first);
      for (let g = 0; g < groups; g++) {
        for (let m = 0; m < images; m++) {
          const image = x + bytes((i + m) * h * w * c + g * cg);
          const to = frame + <usize>m * whole + <usize>left * pixel;
          const start = first * sy - top, count = (rows - 1) * sy + kh;
          if (planes) intoPlanes(image, start, count, h, w, bytes(c), cg >> 2, to, line, plane);
          else enframe(image, start, count, h, w, bytes(c), cg, to, line);
          const own = dy + bytes(((i + m) * oh + first) * ow * o + g * og);
          intoPanels(own, rows * ow, bytes(o), og, errors + (bytes(m * rows * ow) << 3), errorPlane);
        }
        for (let j = 0; j < og; j += 8) {
          const error = errors + <usize>(j >> 3) * errorPlane;
          for (let r = 0; r < run; r += 4) {
            const seen = frame + (planes ? <usize>(r >> 2) * plane : bytes(r));
            for (let ty = 0; ty < kh; ty++) {
              for (let tx = 0; tx < taps; tx++) {
                const to = dw + bytes(((ty * taps + tx) * run + r) * o + g * og + j);
                const at = seen + <usize>ty * line + <usize>tx * pixel;
                const fits = run - r >= 4 && og - j >= 8;
                const target = fits ? to : scratch;
                if (!fits) zero(scratch, 32);
                outer(at, images, whole, rows, <usize>sy * line, ow, <usize>sx * pixel, error, target, fits ? bytes(o) : 32);
                if (!fits) add(scratch, to, bytes(o), min(4, run - r), min(8, og - j));
              }
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
 * One image and one group: out = f(Σ over rows of the filter of input times panel + bias) over a grid of pixels.
 *
 * @param stepY, stepX from pixel to pixel of the input, in bytes; outStepY, outStepX of the output
 * @param tapStep from row to row of the filter, in bytes; a row is a run of numbers side by side
 * @param panels [outputs / 8][taps x run][8]
 */
function correlate(
  x: usize, rows: i32, columns: i32, stepY: usize, stepX: usize, taps: i32, tapStep: usize, run: i32,
  panels: usize, outputs: i32, bias: usize, activation: i32, slope: f32,
  out: usize, outStepY: usize, outStepX: usize, edge: usize,
): void {
  const pixels = rows * columns;
  const panel = bytes(taps * run) << 3;
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
        tile(x0, x1, x2, x3, taps, tapStep, run, weights, b0, b1, edge);
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
  x0: usize, x1: usize, x2: usize, x3: usize, taps: i32, tapStep: usize, run: i32, weights: usize, b0: v128, b1: v128, to: usize,
): void {
  for (let q: usize = 0; q < 128; q += 32) {
    v128.store(to + q, b0);
    v128.store(to + q, b1, 16);
  }
  const length = bytes(run), most = bytes(TERMS);
  // pixels by their distance from the first, so that one address moves
  const d1 = x1 - x0, d2 = x2 - x0, d3 = x3 - x0;
  for (let t = 0; t < taps; t++) {
    const end = x0 + length;
    for (let at = x0; at != end; ) {
      const stop = at + min(most, end - at);
      let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      for (; at != stop; at += 4) {
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
      addPair(to, c00, c01);
      addPair(to + 32, c10, c11);
      addPair(to + 64, c20, c21);
      addPair(to + 96, c30, c31);
    }
    x0 += tapStep;
  }
}

/** Four numbers of the input times eight of the error, summed over the pixels of some images and added to `to` [4][8]. */
function outer(
  x: usize, images: i32, stepImage: usize, rows: i32, stepY: usize, columns: i32, stepX: usize, error: usize, to: usize, stride: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const length = <usize>columns * stepX;
  for (let m = 0; m < images; m++) {
    let line = x;
    for (let row = 0; row < rows; row++) {
      const stop = line + length;
      for (let at = line; at != stop; at += stepX) {
        const e0 = v128.load(error), e1 = v128.load(error, 16);
        const a0 = v128.load_splat<f32>(at), a1 = v128.load_splat<f32>(at, 4);
        c00 = madd(a0, e0, c00);
        c01 = madd(a0, e1, c01);
        c10 = madd(a1, e0, c10);
        c11 = madd(a1, e1, c11);
        const a2 = v128.load_splat<f32>(at, 8), a3 = v128.load_splat<f32>(at, 12);
        c20 = madd(a2, e0, c20);
        c21 = madd(a2, e1, c21);
        c30 = madd(a3, e0, c30);
        c31 = madd(a3, e1, c31);
        error += 32;
      }
      line += stepY;
    }
    x += stepImage;
  }
  addPair(to, c00, c01);
  addPair(to + stride, c10, c11);
  addPair(to + 2 * stride, c20, c21);
  addPair(to + 3 * stride, c30, c31);
}

// @ts-ignore: decorator
@inline
function addPair(to: usize, left: v128, right: v128): void {
  v128.store(to, f32x4.add(v128.load(to), left));
  v128.store(to, f32x4.add(v128.load(to, 16), right), 16);
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

/** Adds a corner of a tile [4][8] to a matrix. */
function add(from: usize, to: usize, stride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let q = 0; q < columns; q++) store<f32>(to + bytes(q), load<f32>(to + bytes(q)) + load<f32>(from + bytes(q)));
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

/**
 * Some channels of `rows` rows of an image from `first` on, side by side; rows outside of it become zeros.
 *
 * @param step from pixel to pixel of the image, in bytes
 * @param stride from row to row of the frame, in bytes
 */
function enframe(
  image: usize, first: i32, rows: i32, height: i32, columns: i32, step: usize, channels: i32, to: usize, stride: usize,
): void {
  const width = bytes(channels);
  for (let row = first; row < first + rows; row++) {
    let from = image + <usize>(row * columns) * step;
    if (row < 0 || row >= height) {
      zero(to, columns * channels);
    } else if (width == step) {
      memory.copy(to, from, <usize>columns * step);
    } else {
      let at = to;
      for (let p = 0; p < columns; p++) {
        let q: usize = 0;
        for (; q + 16 <= width; q += 16) v128.store(at + q, v128.load(from + q));
        for (; q < width; q += 4) store<f32>(at + q, load<f32>(from + q));
        at += width;
        from += step;
      }
    }
    to += stride;
  }
}

/** The same with four channels to a plane; `plane` bytes from one to the next. */
function intoPlanes(
  image: usize, first: i32, rows: i32, height: i32, columns: i32, step: usize, planes: i32, to: usize, stride: usize, plane: usize,
): void {
  for (let row = first; row < first + rows; row++) {
    const inside = row >= 0 && row < height;
    for (let q = 0; q < planes; q++) {
      const start = to + <usize>q * plane, end = start + (<usize>columns << 4);
      let from = image + <usize>(row * columns) * step + (<usize>q << 4);
      for (let at = start; at != end; at += 16) {
        v128.store(at, inside ? v128.load(from) : f32x4.splat(0));
        from += step;
      }
    }
    to += stride;
  }
}

/** Rows of numbers, eight to a panel, the last one filled up with zeros. */
function intoPanels(from: usize, rows: i32, step: usize, numbers: i32, to: usize, panel: usize): void {
  for (let j = 0; j < numbers; j += 8) {
    let at = to, source = from + bytes(j);
    for (let r = 0; r < rows; r++) {
      if (numbers - j >= 8) {
        v128.store(at, v128.load(source));
        v128.store(at, v128.load(source, 16), 16);
      } else {
        padRow(source, numbers - j, at);
      }
      source += step;
      at += 32;
    }
    to += panel;
  }
}
