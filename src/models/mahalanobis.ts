/**
 * Mahalanobis distance: how many standard deviations an event lies from the mean of background, correlations taken into account.
 * The right answer where background is one Gaussian, and a reference everywhere. Source: Mahalanobis, Proc. Natl. Inst. Sci.
 * India 2 (1936) 49.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { covariance, symmetricEigen } from '../numeric/linear.ts';
import { checkFinite, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, Scaling } from './contract.ts';

/** Directions with less variance than this share of the largest are left out. */
const CUT_OFF = 1e-10;
/** Its covariance takes 8 MB, its eigenvectors some seconds. */
const WIDEST = 1024;

const params = {
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'The distance does not depend on the scale of a column; the scaling only decides which directions count as flat.',
    default: 'background-scaled',
    options: [
      { value: 'background-scaled', label: 'pT / mean pT, eta / 4, phi / π; a table is standardised' },
      { value: 'standardised', label: 'standardise first' },
      { value: 'raw', label: 'as they are' },
      { value: 'study', label: 'as the study says' },
    ],
  },
} as const satisfies ParamSpecs;

/** What the fit found. */
interface Ellipsoid {
  /** [d] */
  mean: Float64Array;
  /** [d x d] one direction per row, divided by the standard deviation along it; rows of flat directions are 0. */
  whitening: Float64Array;
}

function build(input: ModelInput, given: Params): Detector {
  const d = input.width;
  if (d > WIDEST) {
    throw new Problem({
      where: 'model "mahalanobis"',
      expected: `at most ${WIDEST} numbers in an event, since the covariance has the square of that`,
      found: String(d),
      fix: 'Choose fewer columns, or PCA, whose latent numbers have a Mahalanobis score too',
    });
  }
  const scaling = given.scaling as Scaling;
  let ellipsoid: Ellipsoid | undefined;
  return {
    scaling: { input: scaling, target: scaling },
    layers: [
      { network: 'ellipsoid', name: 'mean', type: 'Mean', shape: [d], parameters: d, trainable: 0 },
      { network: 'ellipsoid', name: 'whitening', type: 'Covariance', shape: [d], parameters: d * d, trainable: 0 },
    ],
    parameters: d + d * d,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      checkFinite(training, 'mahalanobis');
      ellipsoid = fitEllipsoid(training);
    },
    async forward(batch) {
      if (!ellipsoid) throw new Error('mahalanobis: forward before fit');
      return { mahalanobis: distances(batch, ellipsoid) };
    },
    async weights() {
      if (!ellipsoid) throw new Error('mahalanobis: no weights before fit');
      return [
        { name: 'mean', shape: [d], values: ellipsoid.mean.slice() },
        { name: 'whitening', shape: [d, d], values: ellipsoid.whitening.slice() },
      ];
    },
    setWeights(weights) {
      ellipsoid = {
        mean: weightNamed(weights, 'mahalanobis', 'mean', d),
        whitening: weightNamed(weights, 'mahalanobis', 'whitening', d * d),
      };
    },
    dispose() {
      ellipsoid = undefined;
    },
  };
}

/** C = V Λ Vᵀ of the unbiased covariance, so C⁻¹ = Wᵀ W with W = Λ^(-1/2) Vᵀ; columns without variance drop out by themselves. */
function fitEllipsoid({ x, rows, width }: Batch): Ellipsoid {
  const { mean, covariance: matrix } = covariance(x, rows, width);
  const { values, vectors } = symmetricEigen(matrix, width);
  const whitening = new Float64Array(width * width);
  const largest = values[0] as number;
  for (let c = 0; c < width; c++) {
    const variance = values[c] as number;
    if (!(variance > 0 && variance > CUT_OFF * largest)) break;
    const scale = 1 / Math.sqrt(variance);
    for (let i = 0; i < width; i++) whitening[c * width + i] = scale * (vectors[c * width + i] as number);
  }
  return { mean, whitening };
}

/** |W (x - mean)|² [n], ≥ 0; of d Gaussian numbers it follows chi-squared with d degrees of freedom. */
function distances({ x, rows, width }: Batch, { mean, whitening }: Ellipsoid): Float64Array {
  const centred = new Float64Array(width);
  return Float64Array.from({ length: rows }, (_, row) => {
    for (let i = 0; i < width; i++) centred[i] = (x[row * width + i] as number) - (mean[i] as number);
    let sum = 0;
    for (let c = 0; c < width; c++) {
      let along = 0;
      for (let i = 0; i < width; i++) along += (whitening[c * width + i] as number) * (centred[i] as number);
      sum += along * along;
    }
    return sum;
  });
}

const mahalanobis: Model = {
  id: 'mahalanobis',
  name: 'Mahalanobis distance',
  family: 'Baselines',
  paper: {
    text: 'P. C. Mahalanobis, On the generalised distance in statistics, Proc. Natl. Inst. Sci. India 2 (1936) 49',
  },
  summary: 'Distance from the mean of background in units of its spread, correlations included.',
  cost: 'One pass over the events.',
  baseline: true,
  accepts: ['objects', 'table', 'histograms'],
  trainsOn: 'background',
  presets: {
    full: {
      name: 'full covariance',
      origin: 'Ours: a standard reference; pseudo-inverse with a relative cut-off of 1e-10.',
      params: { scaling: 'background-scaled' },
      reference: { kind: 'objects', width: 57, parameters: 3306 },
    },
  },
  defaultPreset: () => 'full',
  // a wide event has a covariance that few rows can fill; there PCA is the honest reference
  baselinePresets: (input) => (input.kind !== 'histograms' && input.width <= 128 ? ['full'] : []),
  params,
  outputs: ['mahalanobis'],
  defaultScore: 'mahalanobis-distance',
  build,
};

export default mahalanobis;
