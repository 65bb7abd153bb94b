/**
 * One score for a lumisection from the anomalies s_1 ... s_T of its histograms: minus the log density of what good lumisections give,
 * fitted on training background. Every type then counts by how unusual its anomaly is for good data, and not by how large its errors
 * happen to be. What a model gives for each histogram is its output `histogramScores` (`models/per-histogram.ts`).
 *
 * A type whose anomaly does not change on training background says nothing about unusual and is left out. The numbers are natural
 * logarithms of densities, so they may be negative, and only their order means something. Normal and kernel densities have two sides: an
 * anomaly that is smaller than usual counts as unusual too. The half-normal density has one.
 *
 * Source: the density fits of PixelAE (github.com/LukaLambrecht/ML4DQMDC-PixelAE). Where it cuts infinities off, the logarithm is taken
 * here before anything underflows, so that lumisections far out keep their order.
 */
import type { Batch, Outputs } from '../models/contract.ts';
import {
  halfNormalScale,
  type KernelDensity,
  kernelDensity,
  logHalfNormal,
  logKernelDensity,
  logNormal,
} from '../numeric/density.ts';
import type { Score, ScoreState } from './contract.ts';

const common = {
  unit: '',
  paper: {
    text: 'One score from several histogram types, after the density fits of PixelAE',
    url: 'https://github.com/LukaLambrecht/ML4DQMDC-PixelAE',
  },
  needs: ['histogramScores'],
  orientation: 'fixed',
} as const satisfies Partial<Score>;

/** Kernels at most; of more training rows every so many-th has one. */
const mostKernels = 2000;

/** Finite rows of the anomalies, one array per histogram. */
function columnsOf(training: Batch, { histogramScores }: Outputs): Float64Array[] {
  const values = histogramScores ?? new Float64Array(0);
  const types = values.length / Math.max(1, training.rows);
  const rows: number[] = [];
  for (let row = 0; row < training.rows; row++) {
    if (values.subarray(row * types, (row + 1) * types).every(Number.isFinite)) rows.push(row);
  }
  return Array.from({ length: types }, (_, k) => Float64Array.from(rows, (row) => values[row * types + k] as number));
}

function differs(column: Float64Array): boolean {
  return column.some((value) => value !== column[0]);
}

/** [n] minus the sum over types of a log density of one number; types without a scale are left out. */
function summed(
  batch: Batch,
  { histogramScores }: Outputs,
  scales: readonly number[],
  logDensity: (x: number, type: number) => number,
): Float64Array {
  const values = histogramScores ?? new Float64Array(0);
  const types = scales.length;
  if (values.length !== batch.rows * types)
    throw new Error(`${values.length} anomalies for ${batch.rows} rows of ${types} histograms`);
  return Float64Array.from({ length: batch.rows }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < types; k++) if ((scales[k] as number) > 0) sum -= logDensity(values[row * types + k] as number, k);
    return sum;
  });
}

/** Half-normal from 0 for each type, σ_t² the mean of s_t². */
const halfNormal: Score = {
  ...common,
  id: 'combined-half-normal',
  name: 'Histograms together, half-normal',
  formula: '-Σ ln p(s) over the histograms, p half-normal with σ² the mean of s² in training background',
  fit: (training, outputs) => ({
    scale: columnsOf(training, outputs).map((column) => (differs(column) ? halfNormalScale(column) : 0)),
  }),
  compute(batch, outputs, state) {
    const scale = state.scale as readonly number[];
    return summed(batch, outputs, scale, (x, k) => logHalfNormal(x, scale[k] as number));
  },
};

/** Normal for each type, μ and σ those of the training rows (divisor n). */
const gaussian: Score = {
  ...common,
  id: 'combined-gaussian',
  name: 'Histograms together, Gaussian',
  formula: '-Σ ln p(s) over the histograms, p normal with mean and variance of s in training background',
  fit(training, outputs) {
    const columns = columnsOf(training, outputs);
    const mean = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
    const deviation = columns.map((column, k) =>
      differs(column) ? Math.sqrt(column.reduce((sum, x) => sum + (x - (mean[k] as number)) ** 2, 0) / column.length) : 0,
    );
    return { mean, deviation };
  },
  compute(batch, outputs, state) {
    const mean = state.mean as readonly number[];
    const deviation = state.deviation as readonly number[];
    return summed(batch, outputs, deviation, (x, k) => logNormal(x, mean[k] as number, deviation[k] as number));
  },
};

function thinned(column: Float64Array): Float64Array {
  const count = Math.min(mostKernels, column.length);
  return Float64Array.from({ length: count }, (_, i) => column[Math.floor((i * column.length) / count)] as number);
}

/** Kernels in the plane of all types together, so that two types which go together in good data are not counted twice. */
const kernels: Score = {
  ...common,
  id: 'combined-kernels',
  name: 'Histograms together, kernels',
  formula: '-ln p(s₁, ..., s_T), p Gaussian kernels on training background, Scott’s bandwidth',
  fit(training, outputs) {
    const columns = columnsOf(training, outputs).map(thinned);
    const n = columns[0]?.length ?? 0;
    const points = Float64Array.from({ length: n * columns.length }, (_, i) => {
      const column = columns[i % columns.length] as Float64Array;
      return column[Math.floor(i / columns.length)] as number;
    });
    return plain(kernelDensity(points, n, columns.length));
  },
  compute: (batch, outputs, state) => minusLog(batch, outputs, state),
};

/** Kernels for each type by itself, log densities summed. */
const kernelsSummed: Score = {
  ...common,
  id: 'combined-kernels-summed',
  name: 'Histograms together, kernels of each',
  formula: '-Σ ln p(s) over the histograms, p Gaussian kernels on training background, Scott’s bandwidth',
  fit(training, outputs) {
    const densities = columnsOf(training, outputs).map((column) => {
      const points = thinned(column);
      return differs(points) ? kernelDensity(points, points.length, 1) : null;
    });
    return {
      types: densities.length,
      ...Object.fromEntries(
        densities.flatMap((density, k) =>
          density ? Object.entries(plain(density)).map(([name, value]) => [`${name} ${k}`, value]) : [],
        ),
      ),
    };
  },
  compute(batch, { histogramScores }, state) {
    const types = state.types as number;
    const values = histogramScores ?? new Float64Array(0);
    const sums = new Float64Array(batch.rows);
    for (let k = 0; k < types; k++) {
      if (!(`points ${k}` in state)) continue;
      const own = Float64Array.from({ length: batch.rows }, (_, row) => values[row * types + k] as number);
      const log = logKernelDensity(revived(state, ` ${k}`), own);
      for (const [row, value] of log.entries()) sums[row]! -= value;
    }
    return sums;
  },
};

function plain({ dimensions, rank, logHeight, transform, points }: KernelDensity): ScoreState {
  return { dimensions, rank, logHeight, transform: [...transform], points: [...points] };
}

function revived(state: ScoreState, suffix = '') {
  return {
    dimensions: state[`dimensions${suffix}`] as number,
    rank: state[`rank${suffix}`] as number,
    logHeight: state[`logHeight${suffix}`] as number,
    transform: state[`transform${suffix}`] as readonly number[],
    points: state[`points${suffix}`] as readonly number[],
  };
}

function minusLog(batch: Batch, { histogramScores }: Outputs, state: ScoreState): Float64Array {
  const density = revived(state);
  const values = histogramScores ?? new Float64Array(0);
  if (values.length !== batch.rows * density.dimensions) {
    throw new Error(`${values.length} anomalies for ${batch.rows} rows of ${density.dimensions} histograms`);
  }
  return logKernelDensity(density, values).map((log) => -log);
}

export default [halfNormal, gaussian, kernels, kernelsSummed];
