/**
 * The few largest eigenvalues of a large symmetric matrix that is only known by what it does to a vector: the Lanczos iteration with
 * full reorthogonalisation, in double precision. Source: C. Lanczos, J. Res. Natl. Bur. Stand. 45 (1950) 255; stopping rule after
 * B. Parlett, The Symmetric Eigenvalue Problem (1980), 13.2.
 */
import { symmetricEigen } from './linear.ts';
import { Cursor } from './random.ts';

export interface LargestEigen {
  /** [count] falling. */
  values: Float64Array;
  /** [count x d] one unit eigenvector per row, of arbitrary sign. */
  vectors: Float64Array;
}

/** A residual below this share of the largest eigenvalue counts as none. */
const ACCURACY = 1e-12;

/**
 * The `count` largest eigenvalues with their eigenvectors. The start is drawn with a fixed seed, so the answer repeats. Of equal
 * eigenvalues all are found only if the iteration runs out of new directions, so a matrix with exact repetitions among the largest ones
 * is not what this is for.
 *
 * @param multiply writes the matrix times `v` [d] into `out` [d]; both are reused
 * @param count at most d
 */
export function largestEigen(multiply: (v: Float64Array, out: Float64Array) => void, d: number, count: number): LargestEigen {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  const cursor = new Cursor(1, 'subset');
  let next = direction(cursor, basis, d);
  let check = Math.min(d, Math.max(2 * count + 8, 16));
  for (;;) {
    const v = next;
    basis.push(v);
    const w = new Float64Array(d);
    multiply(v, w);
    diagonal.push(dot(w, v));
    orthogonalise(w, basis);
    const length = Math.sqrt(dot(w, w));
    const m = basis.length;
    const scale = Math.max(...diagonal.map(Math.abs), ...beside.map(Math.abs), Number.MIN_VALUE);
    const exhausted = length <= Number.EPSILON * scale * d;
    beside.push(exhausted ? 0 : length);
    if (m >= check || m === d) {
      const { values, vectors } = symmetricEigen(tridiagonal(diagonal, beside), m);
      // the residual of the i-th pair is the last number of its vector times the length of what is left
      const done = Array.from({ length: count }, (_, i) => Math.abs((vectors[i * m + m - 1] ?? 0) * length)).every(
        (residual) => residual <= ACCURACY * Math.abs(values[0] as number),
      );
      if (done || m === d) return { values: values.slice(0, count), vectors: combine(vectors, basis, count, d) };
      check = Math.min(d, Math.ceil(1.25 * m));
    }
    next = exhausted ? direction(cursor, basis, d) : w.map((value) => value / length);
  }
}

/** A random unit vector at right angles to all of the basis. */
function direction(cursor: Cursor, basis: readonly Float64Array[], d: number): Float64Array {
  const v = Float64Array.from({ length: d }, () => cursor.normal());
  orthogonalise(v, basis);
  const length = Math.sqrt(dot(v, v));
  return v.map((value) => value / length);
}

/** Twice is enough: what the first pass leaves by rounding, the second takes. */
function orthogonalise(w: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const v of basis) {
      const along = dot(w, v);
      for (let i = 0; i < w.length; i++) w[i]! -= along * v[i]!;
    }
  }
}

function tridiagonal(diagonal: readonly number[], beside: readonly number[]): Float64Array {
  const m = diagonal.length;
  const t = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    t[i * m + i] = diagonal[i]!;
    if (i + 1 < m) {
      t[i * m + i + 1] = beside[i]!;
      t[(i + 1) * m + i] = beside[i]!;
    }
  }
  return t;
}

/** The first `count` rows of `small` [m x m] as combinations of the basis, of unit length. */
function combine(small: Float64Array, basis: readonly Float64Array[], count: number, d: number): Float64Array {
  const m = basis.length;
  const vectors = new Float64Array(count * d);
  for (let c = 0; c < count; c++) {
    const row = vectors.subarray(c * d, (c + 1) * d);
    for (const [k, v] of basis.entries()) {
      const share = small[c * m + k]!;
      for (let i = 0; i < d; i++) row[i]! += share * v[i]!;
    }
    const length = Math.sqrt(dot(row, row));
    for (let i = 0; i < d; i++) row[i]! /= length;
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
