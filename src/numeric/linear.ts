/**
 * Linear algebra on small dense matrices, row-major [d x d], in double precision: covariance, eigenvectors of a symmetric
 * matrix, pseudo-inverse, principal components. Meant for d up to about a thousand; a few principal components also of more.
 */
import { largestEigen } from './lanczos.ts';

export interface Covariance {
  /** [d] */
  mean: Float64Array;
  /** [d x d], divisor n - 1 (1 for a single row). */
  covariance: Float64Array;
}

/**
 * Mean and covariance of rows. Two passes, so columns far from zero lose nothing. A NaN spreads to its column.
 *
 * @param x [n, d] row-major
 */
export function covariance(x: Float32Array | Float64Array, n: number, d: number): Covariance {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += x[i * d + j]!;
  for (let j = 0; j < d; j++) mean[j]! /= n;
  const result = new Float64Array(d * d);
  // four rows at a time: a quarter of the traffic to the d x d sums
  const block = new Float64Array(4 * d);
  for (let start = 0; start < n; start += 4) {
    const rows = Math.min(4, n - start);
    block.fill(0);
    for (let r = 0; r < rows; r++) for (let j = 0; j < d; j++) block[r * d + j] = x[(start + r) * d + j]! - mean[j]!;
    for (let i = 0; i < d; i++) {
      const a = block[i]!;
      const b = block[d + i]!;
      const c = block[2 * d + i]!;
      const e = block[3 * d + i]!;
      const row = i * d;
      for (let j = 0; j <= i; j++) {
        result[row + j]! += a * block[j]! + b * block[d + j]! + c * block[2 * d + j]! + e * block[3 * d + j]!;
      }
    }
  }
  const divisor = Math.max(1, n - 1);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = result[i * d + j]! / divisor;
      result[i * d + j] = value;
      result[j * d + i] = value;
    }
  }
  return { mean, covariance: result };
}

export interface Eigen {
  /** [d] falling. */
  values: Float64Array;
  /** [d x d] one unit eigenvector per row, in the order of `values`; the entry of largest magnitude is positive (the first of several). */
  vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: reduction to three diagonals by Householder reflections, then implicit QL.
 * Source: Bowdler, Martin, Reinsch and Wilkinson, Handbook for Automatic Computation II (1971), tred2 and tql2.
 * Worked value: [2 1; 1 2] has 3 with (1, 1)/√2 and 1 with (1, -1)/√2.
 *
 * @param a [d x d]; the lower triangle is read
 * @throws Error if an entry is not finite
 */
export function symmetricEigen(a: Float64Array, d: number): Eigen {
  // w[j * d + k] is V[k][j] of the textbook: columns become rows, so inner loops run along memory
  const w = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = a[i * d + j]!;
      if (!Number.isFinite(value)) throw new Error(`entry ${i}, ${j} of the matrix is ${value}`);
      w[i * d + j] = value;
      w[j * d + i] = value;
    }
  }
  const values = new Float64Array(d);
  const off = new Float64Array(d);
  if (d > 0) {
    tridiagonalise(w, values, off, d);
    diagonalise(w, values, off, d);
  }
  const order = Array.from(values.keys()).sort((i, j) => values[j]! - values[i]! || i - j);
  const vectors = new Float64Array(d * d);
  order.forEach((from, to) => {
    const row = vectors.subarray(to * d, (to + 1) * d);
    row.set(w.subarray(from * d, (from + 1) * d));
    fixSign(row);
  });
  return { values: Float64Array.from(order, (i) => values[i]!), vectors };
}

/** Turns a vector so that its entry of largest magnitude is positive. Nearly equal magnitudes count as equal: the first decides. */
function fixSign(row: Float64Array): void {
  let largest = 0;
  for (const value of row) if (Math.abs(value) > Math.abs(largest) * (1 + 1e-9)) largest = value;
  if (largest < 0) for (let i = 0; i < row.length; i++) row[i] = -row[i]!;
}

function tridiagonalise(w: Float64Array, diagonal: Float64Array, off: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) diagonal[j] = w[j * n + n - 1]!;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(diagonal[k]!);
    if (scale === 0) {
      off[i] = diagonal[i - 1]!;
      for (let j = 0; j < i; j++) {
        diagonal[j] = w[j * n + i - 1]!;
        w[j * n + i] = 0;
        w[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        diagonal[k]! /= scale;
        h += diagonal[k]! ** 2;
      }
      let f = diagonal[i - 1]!;
      let g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      off[i] = scale * g;
      h -= f * g;
      diagonal[i - 1] = f - g;
      off.fill(0, 0, i);
      for (let j = 0; j < i; j++) {
        f = diagonal[j]!;
        w[i * n + j] = f;
        g = off[j]! + w[j * n + j]! * f;
        for (let k = j + 1; k < i; k++) {
          g += w[j * n + k]! * diagonal[k]!;
          off[k]! += w[j * n + k]! * f;
        }
        off[j] = g;
      }
      f = 0;
      for (let j = 0; j < i; j++) {
        off[j]! /= h;
        f += off[j]! * diagonal[j]!;
      }
      const half = f / (h + h);
      for (let j = 0; j < i; j++) off[j]! -= half * diagonal[j]!;
      for (let j = 0; j < i; j++) {
        f = diagonal[j]!;
        g = off[j]!;
        for (let k = j; k < i; k++) w[j * n + k]! -= f * off[k]! + g * diagonal[k]!;
        diagonal[j] = w[j * n + i - 1]!;
        w[j * n + i] = 0;
      }
    }
    diagonal[i] = h;
  }
  for (let i = 0; i < n - 1; i++) {
    w[i * n + n - 1] = w[i * n + i]!;
    w[i * n + i] = 1;
    const h = diagonal[i + 1]!;
    const next = (i + 1) * n;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) diagonal[k] = w[next + k]! / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += w[next + k]! * w[j * n + k]!;
        for (let k = 0; k <= i; k++) w[j * n + k]! -= g * diagonal[k]!;
      }
    }
    for (let k = 0; k <= i; k++) w[next + k] = 0;
  }
  for (let j = 0; j < n; j++) {
    diagonal[j] = w[j * n + n - 1]!;
    w[j * n + n - 1] = 0;
  }
  w[n * n - 1] = 1;
  off[0] = 0;
}

function diagonalise(w: Float64Array, diagonal: Float64Array, off: Float64Array, n: number): void {
  off.copyWithin(0, 1);
  off[n - 1] = 0;
  let shift = 0;
  let size = 0;
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(diagonal[l]!) + Math.abs(off[l]!));
    const small = Number.EPSILON * size;
    let m = l;
    while (m < n - 1 && Math.abs(off[m]!) > small) m++;
    for (let round = 0; m > l && round < 100; round++) {
      const g = diagonal[l]!;
      let p = (diagonal[l + 1]! - g) / (2 * off[l]!);
      let r = Math.sqrt(p * p + 1);
      if (p < 0) r = -r;
      diagonal[l] = off[l]! / (p + r);
      diagonal[l + 1] = off[l]! * (p + r);
      const next = diagonal[l + 1]!;
      const h = g - diagonal[l]!;
      for (let i = l + 2; i < n; i++) diagonal[i]! -= h;
      shift += h;
      p = diagonal[m]!;
      let c = 1;
      let c2 = 1;
      let c3 = 1;
      let s = 0;
      let s2 = 0;
      const first = off[l + 1]!;
      for (let i = m - 1; i >= l; i--) {
        c3 = c2;
        c2 = c;
        s2 = s;
        const cg = c * off[i]!;
        const cp = c * p;
        r = Math.sqrt(p * p + off[i]! * off[i]!);
        off[i + 1] = s * r;
        s = off[i]! / r;
        c = p / r;
        p = c * diagonal[i]! - s * cg;
        diagonal[i + 1] = cp + s * (c * cg + s * diagonal[i]!);
        const low = i * n;
        const high = low + n;
        for (let k = 0; k < n; k++) {
          const a = w[low + k]!;
          const b = w[high + k]!;
          w[high + k] = s * a + c * b;
          w[low + k] = c * a - s * b;
        }
      }
      p = (-s * s2 * c3 * first * off[l]!) / next;
      off[l] = s * p;
      diagonal[l] = c * p;
      if (Math.abs(off[l]!) <= small) break;
    }
    diagonal[l]! += shift;
    off[l] = 0;
  }
}

export interface PseudoInverse {
  /** [d x d] */
  inverse: Float64Array;
  /** Number of directions that were kept. */
  rank: number;
}

/**
 * Pseudo-inverse of a symmetric matrix without negative eigenvalues, such as a covariance: Σ v vᵀ / λ over eigenvalues
 * λ > cutOff · λ_max. A constant or repeated column then adds nothing, where an inverse would fail. All zero for a zero matrix.
 */
export function pseudoInverse(a: Float64Array, d: number, cutOff = 1e-10): PseudoInverse {
  const { values, vectors } = symmetricEigen(a, d);
  const inverse = new Float64Array(d * d);
  let rank = 0;
  for (let c = 0; c < d; c++) {
    const value = values[c]!;
    if (!(value > 0 && value > cutOff * values[0]!)) break;
    rank++;
    for (let i = 0; i < d; i++) {
      const scaled = vectors[c * d + i]! / value;
      for (let j = 0; j < d; j++) inverse[i * d + j]! += scaled * vectors[c * d + j]!;
    }
  }
  return { inverse, rank };
}

export interface PrincipalComponents {
  /** [d] */
  mean: Float64Array;
  /** [count x d] unit vectors, one per row; the entry of largest magnitude is positive. */
  components: Float64Array;
  /** [count] variance along each, falling, divisor n - 1. */
  variances: Float64Array;
  /** Sum of the variances along all directions. */
  totalVariance: number;
}

/**
 * Principal components of rows, by falling variance. With fewer rows than columns the n x n matrix of inner products is
 * diagonalised instead, and there are at most n components; those of no variance are zero vectors then. A few components of many rows
 * and columns come from the Lanczos iteration, which never makes a matrix (`lanczos.ts`).
 *
 * @param x [n, d] row-major, finite
 * @param count how many; all that exist, min(n, d), if absent
 */
export function principalComponents(
  x: Float32Array | Float64Array,
  n: number,
  d: number,
  count: number = Math.min(n, d),
): PrincipalComponents {
  if (Math.min(n, d) > ITERATED_FROM && count > 0 && 8 * count <= Math.min(n, d)) return iterated(x, n, d, count);
  if (n >= d) {
    const { mean, covariance: matrix } = covariance(x, n, d);
    const { values, vectors } = symmetricEigen(matrix, d);
    const kept = Math.min(count, d);
    const variances = values.map((v) => Math.max(0, v));
    return {
      mean,
      components: vectors.slice(0, kept * d),
      variances: variances.slice(0, kept),
      totalVariance: variances.reduce((a, b) => a + b, 0),
    };
  }
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += x[i * d + j]! / n;
  const centred = Float64Array.from(x.subarray(0, n * d), (value, i) => value - mean[i % d]!);
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += centred[i * d + k]! * centred[j * d + k]!;
      gram[i * n + j] = sum;
      gram[j * n + i] = sum;
    }
  }
  const { values, vectors } = symmetricEigen(gram, n);
  const kept = Math.min(count, n);
  const components = new Float64Array(kept * d);
  for (let c = 0; c < kept; c++) {
    if (!(values[c]! > 1e-12 * values[0]!)) break;
    const row = components.subarray(c * d, (c + 1) * d);
    for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) row[k]! += vectors[c * n + i]! * centred[i * d + k]!;
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    for (let k = 0; k < d; k++) row[k]! /= length;
    fixSign(row);
  }
  const variances = values.map((v) => Math.max(0, v) / Math.max(1, n - 1));
  return { mean, components, variances: variances.slice(0, kept), totalVariance: variances.reduce((a, b) => a + b, 0) };
}

/** Rows and columns from which a whole decomposition takes longer than the iteration for a few components. */
const ITERATED_FROM = 256;

/** v -> Cov v = (1 / (n - 1)) Σ (x - mean) ((x - mean) · v), row by row; the centred rows are never stored. */
function iterated(x: Float32Array | Float64Array, n: number, d: number, count: number): PrincipalComponents {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += x[i * d + j]!;
  for (let j = 0; j < d; j++) mean[j]! /= n;
  let totalVariance = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) totalVariance += (x[i * d + j]! - mean[j]!) ** 2 / Math.max(1, n - 1);
  const { values, vectors } = largestEigen(
    (v, out) => {
      out.fill(0);
      for (let i = 0; i < n; i++) {
        const start = i * d;
        let along = 0;
        for (let j = 0; j < d; j++) along += (x[start + j]! - mean[j]!) * v[j]!;
        along /= Math.max(1, n - 1);
        for (let j = 0; j < d; j++) out[j]! += along * (x[start + j]! - mean[j]!);
      }
    },
    d,
    count,
  );
  const variances = values.map((value) => Math.max(0, value));
  for (let c = 0; c < count; c++) {
    const row = vectors.subarray(c * d, (c + 1) * d);
    if (variances[c]! > 1e-12 * variances[0]!) fixSign(row);
    else row.fill(0);
  }
  return { mean, components: vectors, variances, totalVariance };
}
