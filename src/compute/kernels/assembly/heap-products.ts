/**
 * Matrix products over the heap of TF.js: C = f(op(A) op(B) + bias) for row-major float32 matrices in any combination of
 * transposes. Both factors are packed into panels (four rows of A, eight columns of B, padded with zeros), so that one register
 * tile serves every case. The sum over k runs upwards in blocks of 256; C is complete after the last one.
 */
import { activate } from './lib/activations';
import { madd } from './lib/simd';

/** Length of a block of the sum: a panel of B then takes 8 kB of the first cache. */
const depth: i32 = 256;
/** Products that are added up before their sum joins C: a long sum then rounds less often at its full size. */
const TERMS: i32 = 32;

/** Bytes of scratch memory for `product`. */
export function scratchBytes(k: i32, n: i32): i32 {
  const block = min(k, depth);
  return 4 * block * (((n + 7) & ~7) + 4) + 512;
}

/**
 * One product: A is [m, k] (transposed [k, m]), B [k, n] (transposed [n, k]), C [m, n]. Rows of C may be made by several calls.
 *
 * @param whole length of a row of a transposed A, m or more
 * @param bias [n], or 0 for none
 * @param activation see lib/activations
 * @param scratch `scratchBytes(k, n)` bytes, at a multiple of 16
 */
export function product(
  a: usize, transposeA: bool, b: usize, transposeB: bool, c: usize,
  m: i32, whole: i32, k: i32, n: i32,
  bias: usize, activation: i32, slope: f32, scratch: usize,
): void {
  const rowA: usize = transposeA ? 4 : (<usize>k) << 2;
  const stepA: usize = transposeA ? (<usize>whole) << 2 : 4;
  const rowB: usize = transposeB ? 4 : (<usize>n) << 2;
  const columnB: usize = transposeB ? (<usize>k) << 2 : 4;
  const panelsA = scratch + 128 * 4; // the tile of the edge comes first
  const edge = scratch;
  for (let k0 = 0; k0 < k; k0 += depth) {
    const length = min(depth, k - k0);
    const packedA = panelsA;
    const packedB = panelsA + ((<usize>length) << 4);
    packB(b + <usize>k0 * rowB, rowB, columnB, length, n, packedB);
    const first = k0 == 0;
    const last = k0 + length == k;
    for (let i = 0; i < m; i += 4) {
      const rows = min(4, m - i);
      packA(a + <usize>i * rowA + <usize>k0 * stepA, rowA, stepA, rows, length, packedA);
      for (let j = 0; j < n; j += 8) {
        const columns = min(8, n - j);
        const panel = packedB + ((<usize>(j * length)) << 2);
        const out = c + ((<usize>(i * n + j)) << 2);
        const full = rows == 4 && columns == 8;
        const target = full ? out : edge;
        const stride: usize = full ? (<usize>n) << 2 : 32;
        if (!full && !first) copyTile(out, (<usize>n) << 2, edge, 32, rows, columns);
        tile(length, packedA, panel, target, stride, first);
        if (last && (bias != 0 || activation != 0)) {
          for (let r = 0; r < rows; r++) finish(target + <usize>r * stride, bias == 0 ? 0 : bias + ((<usize>j) << 2), columns, activation, slope);
        }
        if (!full) copyTile(edge, 32, out, (<usize>n) << 2, rows, columns);
      }
    }
  }
}

/** [length][n] into panels of eight columns [length][8], the last one padded with zeros. */
function packB(b: usize, row: usize, column: usize, length: i32, n: i32, to: usize): void {
  for (let j = 0; j < n; j += 8) {
    const columns = min(8, n - j);
    let from = b + <usize>j * column;
    if (columns == 8 && column == 4) {
      for (let p = 0; p < length; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += row;
        to += 32;
      }
    } else {
      for (let p = 0; p < length; p++) {
        v128.store(to, f32x4.splat(0));
        v128.store(to, f32x4.splat(0), 16);
        for (let q = 0; q < columns; q++) store<f32>(to + ((<usize>q) << 2), load<f32>(from + <usize>q * column));
        from += row;
        to += 32;
      }
    }
  }
}

/** Four rows of A as [length][4], missing rows as zeros. */
function packA(a: usize, row: usize, step: usize, rows: i32, length: i32, to: usize): void {
  if (rows == 4 && row == 4) {
    for (let p = 0; p < length; p++) {
      v128.store(to, v128.load(a));
      a += step;
      to += 16;
    }
    return;
  }
  if (rows == 4) {
    const a1 = a + row, a2 = a1 + row, a3 = a2 + row;
    let offset: usize = 0;
    for (let p = 0; p < length; p++) {
      store<f32>(to, load<f32>(a + offset));
      store<f32>(to, load<f32>(a1 + offset), 4);
      store<f32>(to, load<f32>(a2 + offset), 8);
      store<f32>(to, load<f32>(a3 + offset), 12);
      offset += step;
      to += 16;
    }
    return;
  }
  for (let p = 0; p < length; p++) {
    v128.store(to, f32x4.splat(0));
    for (let r = 0; r < rows; r++) store<f32>(to + ((<usize>r) << 2), load<f32>(a + <usize>r * row));
    a += step;
    to += 16;
  }
}

/** Four rows and eight columns of C, set with `first` and added to otherwise, TERMS products at a time. */
function tile(length: i32, a: usize, b: usize, c: usize, stride: usize, first: bool): void {
  const end = a + ((<usize>length) << 4);
  while (a != end) {
    const stop = a + min((<usize>TERMS) << 4, end - a);
    let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    for (; a != stop; a += 16) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const a0 = v128.load_splat<f32>(a);
      c00 = madd(a0, b0, c00);
      c01 = madd(a0, b1, c01);
      const a1 = v128.load_splat<f32>(a, 4);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
      const a2 = v128.load_splat<f32>(a, 8);
      c20 = madd(a2, b0, c20);
      c21 = madd(a2, b1, c21);
      const a3 = v128.load_splat<f32>(a, 12);
      c30 = madd(a3, b0, c30);
      c31 = madd(a3, b1, c31);
      b += 32;
    }
    put(c, c00, c01, first);
    put(c + stride, c10, c11, first);
    put(c + 2 * stride, c20, c21, first);
    put(c + 3 * stride, c30, c31, first);
    first = false;
  }
}

// @ts-ignore: decorator
@inline
function put(c: usize, left: v128, right: v128, first: bool): void {
  v128.store(c, first ? left : f32x4.add(v128.load(c), left));
  v128.store(c, first ? right : f32x4.add(v128.load(c, 16), right), 16);
}

function finish(row: usize, bias: usize, columns: i32, activation: i32, slope: f32): void {
  for (let q: usize = 0; q < <usize>columns; q++) {
    const place = row + (q << 2);
    const z = load<f32>(place) + (bias == 0 ? <f32>0 : load<f32>(bias + (q << 2)));
    store<f32>(place, f32x4.extract_lane(activate(f32x4.splat(z), activation, slope), 0));
  }
}

function copyTile(from: usize, strideFrom: usize, to: usize, strideTo: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let q: usize = 0; q < <usize>columns; q++) store<f32>(to + (q << 2), load<f32>(from + (q << 2)));
    from += strideFrom;
    to += strideTo;
  }
}
