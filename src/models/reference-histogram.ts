/**
 * Comparison with a reference histogram, as shifters do it: the sum of training background, brought to as many entries as the
 * histogram at hand, and in every bin the difference in units of its statistical error. Knows the errors of counts and nothing of time.
 *
 * pull = (d - r) / √(σ_d² + σ_r²) with σ_d² = d and σ_r² = r s, where r = s R is the reference R scaled by s = Σd / ΣR; chi-squared is
 * the mean of pull². Where conditions drift, σ_r is better the spread of the bin among good lumisections, σ_r = Σd times the standard
 * deviation of the shares. Source: the pulls of monitoring tools such as AutoDQM, with Gaussian errors of counts.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { checkFinite, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput } from './contract.ts';

const params = {
  measure: {
    kind: 'choice',
    label: 'Measure',
    help: 'The bin that disagrees most, or all bins together. With many entries everything disagrees with everything.',
    default: 'chi2',
    options: [
      { value: 'chi2', label: 'mean of the squared pulls' },
      { value: 'max-pull', label: 'largest absolute pull' },
    ],
  },
  errors: {
    kind: 'choice',
    label: 'Error of the reference',
    help: 'Of its counts alone, or as much as the shares of a bin differ among training lumisections, which allows for drifting conditions.',
    default: 'spread',
    options: [
      { value: 'spread', label: 'spread among training lumisections' },
      { value: 'counts', label: 'of its counts' },
    ],
  },
} as const satisfies ParamSpecs;

function build(input: ModelInput, given: Params): Detector {
  const d = input.width;
  const largest = given.measure === 'max-pull';
  const useSpread = given.errors === 'spread';
  let reference: Float64Array | undefined;
  let spread: Float64Array = new Float64Array(d);
  return {
    // counts, since an error is the root of a count
    scaling: { input: 'raw', target: 'raw' },
    layers: [
      { network: 'reference', name: 'sum', type: 'Histogram', shape: [d], parameters: d, trainable: 0 },
      { network: 'reference', name: 'spread', type: 'Histogram', shape: [d], parameters: d, trainable: 0 },
    ],
    parameters: 2 * d,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      checkFinite(training, 'reference-histogram');
      reference = summed(training);
      if (useSpread) spread = spreadOf(training);
    },
    async forward(batch) {
      if (!reference) throw new Error('reference-histogram: forward before fit');
      return compare(batch, reference, useSpread ? spread : undefined, largest);
    },
    async weights() {
      if (!reference) throw new Error('reference-histogram: no weights before fit');
      return [
        { name: 'reference', shape: [d], values: reference.slice() },
        { name: 'spread', shape: [d], values: spread.slice() },
      ];
    },
    setWeights(weights) {
      reference = weightNamed(weights, 'reference-histogram', 'reference', d);
      spread = weightNamed(weights, 'reference-histogram', 'spread', d);
    },
    dispose() {
      reference = undefined;
    },
  };
}

function summed({ x, width }: Batch): Float64Array {
  const sum = new Float64Array(width);
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (value < 0) {
      throw new Problem({
        where: 'model "reference-histogram", training background',
        expected: 'counts, which are not negative',
        found: String(value),
        fix: 'Choose PCA, or leave out the rows with negative numbers',
      });
    }
    sum[i % width] = (sum[i % width] as number) + value;
  }
  return sum;
}

/** Population standard deviation of each bin's share [d] among the rows that have entries. */
function spreadOf({ x, rows, width }: Batch): Float64Array {
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  let n = 0;
  for (let row = 0; row < rows; row++) {
    const own = x.subarray(row * width, (row + 1) * width);
    const entries = own.reduce((sum, value) => sum + value, 0);
    if (entries === 0) continue;
    n++;
    for (let i = 0; i < width; i++) {
      const share = (own[i] as number) / entries;
      const step = share - (mean[i] as number);
      mean[i] = (mean[i] as number) + step / n;
      squares[i] = (squares[i] as number) + step * (share - (mean[i] as number));
    }
  }
  return squares.map((sum) => (n > 0 ? Math.sqrt(Math.max(0, sum) / n) : 0));
}

/**
 * `distance` [n, 1], ≥ 0, and the scaled reference as `reconstruction` [n, d]. A bin that is empty on both sides has pull 0, and so has
 * every bin of an empty histogram: no data agree with anything, so count empties apart. NaN where a number is missing.
 * Worked value, errors of counts: d = (30, 10) against R = (20, 20) has s = 1, pulls ±10 / √(30 + 20) and ∓10 / √(10 + 20): chi-squared 8 / 3.
 */
function compare({ x, rows, width }: Batch, reference: Float64Array, spread: Float64Array | undefined, largest: boolean) {
  const total = reference.reduce((sum, value) => sum + value, 0);
  const distance = new Float64Array(rows);
  const reconstruction = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let entries = 0;
    for (let i = 0; i < width; i++) entries += x[row * width + i] as number;
    const s = total > 0 ? entries / total : 0;
    let sum = 0;
    let most = 0;
    for (let i = 0; i < width; i++) {
      const count = x[row * width + i] as number;
      const expected = s * (reference[i] as number);
      reconstruction[row * width + i] = expected;
      const ofReference = spread ? (entries * (spread[i] as number)) ** 2 : s * expected;
      const variance = Math.max(0, count) + ofReference;
      const squared = variance === 0 ? 0 : (count - expected) ** 2 / variance;
      sum += squared;
      most = squared > most || Number.isNaN(squared) ? squared : most;
    }
    distance[row] = largest ? Math.sqrt(Number.isNaN(sum) ? sum : most) : sum / width;
  }
  return { distance, reconstruction };
}

const referenceHistogram: Model = {
  id: 'reference-histogram',
  name: 'Reference histogram',
  family: 'Baselines',
  paper: { text: 'Pulls and chi-squared against a reference: standard practice of data quality monitoring' },
  summary: 'Difference from the sum of good lumisections, in units of the statistical error of each bin.',
  cost: 'One pass over the lumisections.',
  baseline: false,
  accepts: ['histograms'],
  trainsOn: 'background',
  presets: {
    chi2: {
      name: 'chi-squared per bin',
      origin: 'Ours: Gaussian error of the counts, and the spread of each bin among training lumisections.',
      params: { measure: 'chi2', errors: 'spread' },
    },
    'max-pull': {
      name: 'largest pull',
      origin: 'Ours: Gaussian error of the counts, and the spread of each bin among training lumisections.',
      params: { measure: 'max-pull', errors: 'spread' },
    },
    'chi2-counts': {
      name: 'chi-squared per bin, counts alone',
      origin: 'Ours: Gaussian errors of counts on both sides, as for histograms that should be alike.',
      params: { measure: 'chi2', errors: 'counts' },
    },
    'max-pull-counts': {
      name: 'largest pull, counts alone',
      origin: 'Ours: Gaussian errors of counts on both sides, as for histograms that should be alike.',
      params: { measure: 'max-pull', errors: 'counts' },
    },
  },
  defaultPreset: () => 'max-pull',
  params,
  outputs: ['reconstruction', 'distance'],
  defaultScore: 'template-distance',
  build,
};

export default referenceHistogram;
