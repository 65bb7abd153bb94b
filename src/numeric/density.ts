/**
 * Densities fitted on points, and their logarithms: half-normal and normal by maximum likelihood, and a sum of Gaussian kernels. All in
 * double precision and without underflow: far from every point a log density goes on falling and never becomes -∞.
 */
import { symmetricEigen } from './linear.ts';

const logTwoPi = Math.log(2 * Math.PI);

/** Root mean square: the maximum-likelihood scale of a half-normal density that begins at 0. Worked value: 3, 4 give √12.5. */
export function halfNormalScale(points: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < points.length; i++) sum += (points[i] as number) ** 2;
  return Math.sqrt(sum / points.length);
}

/** ½ ln(2 / π) - ln σ - x² / 2σ² for x ≥ 0; -∞ below 0. */
export function logHalfNormal(x: number, scale: number): number {
  return x < 0 ? Number.NEGATIVE_INFINITY : 0.5 * Math.log(2 / Math.PI) - Math.log(scale) - 0.5 * (x / scale) ** 2;
}

/** -½ ln 2π - ln σ - (x - μ)² / 2σ². */
export function logNormal(x: number, mean: number, deviation: number): number {
  return -0.5 * logTwoPi - Math.log(deviation) - 0.5 * ((x - mean) / deviation) ** 2;
}

/**
 * Sum of n Gaussian kernels in d dimensions, one on each point, whose covariance is that of the points times h², h = n^(-1/(d + 4)).
 * Held in coordinates in which a kernel is the unit Gaussian.
 */
export interface KernelDensity {
  /** Dimensions of a point, and directions in which points differ. */
  dimensions: number;
  rank: number;
  /** [rank x dimensions] */
  transform: Float64Array;
  /** [n x rank] */
  points: Float64Array;
  /** ln of the height of one kernel over n. */
  logHeight: number;
}

/**
 * Kernel density of points [n x d], row-major, with Scott's bandwidth (D. W. Scott, Multivariate Density Estimation, 1992, eq. 6.42) and
 * the unbiased covariance, as SciPy's `gaussian_kde`. A direction in which points do not differ is left out, so that coordinates of very
 * different size are treated alike; without any left, or with fewer than two points, the log density is 0 everywhere.
 */
export function kernelDensity(points: Float64Array, n: number, d: number): KernelDensity {
  const mean = new Float64Array(d);
  for (let row = 0; row < n; row++) for (let i = 0; i < d; i++) mean[i]! += (points[row * d + i] as number) / n;
  const deviation = new Float64Array(d);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < d; i++) deviation[i]! += ((points[row * d + i] as number) - (mean[i] as number)) ** 2 / (n - 1);
  }
  for (let i = 0; i < d; i++) {
    // a constant has no spread at all, whatever rounding says
    const differs = points.some((value, at) => at % d === i && value !== points[i]);
    deviation[i] = differs ? Math.sqrt(deviation[i] as number) : 0;
  }
  const correlation = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const scale = (deviation[i] as number) * (deviation[j] as number);
      if (scale === 0) continue;
      let sum = 0;
      for (let row = 0; row < n; row++) {
        sum += ((points[row * d + i] as number) - (mean[i] as number)) * ((points[row * d + j] as number) - (mean[j] as number));
      }
      correlation[i * d + j] = sum / (n - 1) / scale;
    }
  }
  const { values, vectors } = symmetricEigen(correlation, d);
  const rank = values.filter((value) => value > 1e-10 * (values[0] as number)).length;
  const bandwidth = n ** (-1 / (rank + 4));
  const transform = new Float64Array(rank * d);
  let logHeight = rank === 0 ? 0 : -Math.log(n) - 0.5 * rank * logTwoPi - rank * Math.log(bandwidth);
  for (let c = 0; c < rank; c++) {
    const root = Math.sqrt(values[c] as number);
    logHeight -= Math.log(root);
    for (let i = 0; i < d; i++) {
      const scale = deviation[i] as number;
      transform[c * d + i] = scale === 0 ? 0 : (vectors[c * d + i] as number) / (root * bandwidth * scale);
    }
  }
  if (rank > 0) for (const scale of deviation) if (scale > 0) logHeight -= Math.log(scale);
  const moved = new Float64Array(n * rank);
  for (let row = 0; row < n; row++) project(transform, rank, d, points, row * d, moved, row * rank);
  return { dimensions: d, rank, transform, points: moved, logHeight };
}

function project(
  transform: ArrayLike<number>,
  rank: number,
  d: number,
  from: ArrayLike<number>,
  at: number,
  to: Float64Array,
  place: number,
): void {
  for (let c = 0; c < rank; c++) {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += (transform[c * d + i] as number) * (from[at + i] as number);
    to[place + c] = sum;
  }
}

/** ln of the density at each of the points [n x d]: ln Σ exp(-½ |u - u_k|²) by its largest term. NaN where a number is missing. */
export function logKernelDensity(
  density: { dimensions: number; rank: number; logHeight: number; transform: ArrayLike<number>; points: ArrayLike<number> },
  at: ArrayLike<number>,
): Float64Array {
  const { dimensions: d, rank, transform, points, logHeight } = density;
  const n = points.length / Math.max(1, rank);
  const moved = new Float64Array(rank);
  const squares = new Float64Array(n);
  return Float64Array.from({ length: at.length / d }, (_, row) => {
    if (rank === 0) return 0;
    project(transform, rank, d, at, row * d, moved, 0);
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < n; k++) {
      let square = 0;
      for (let c = 0; c < rank; c++) square += ((moved[c] as number) - (points[k * rank + c] as number)) ** 2;
      squares[k] = square;
      if (square < least) least = square;
    }
    if (!Number.isFinite(least)) return Number.NaN;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += Math.exp(-0.5 * ((squares[k] as number) - least));
    return logHeight - 0.5 * least + Math.log(sum);
  });
}
