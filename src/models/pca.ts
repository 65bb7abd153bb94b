/**
 * Principal components: the best linear autoencoder, in closed form and double precision. Background lies near a plane of k
 * dimensions; the distance from it is the anomaly. Source: Pearson 1901; Hotelling 1933; used as a reference by AutoDQM.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { principalComponents } from '../numeric/linear.ts';
import { checkFinite, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, Preset, Scaling } from './contract.ts';
import { comparedScalings } from './scaling-params.ts';

const params = {
  components: {
    kind: 'number',
    label: 'Components',
    help: 'Dimensions of the plane that background is described by; 0 measures the distance from the mean.',
    default: 3,
    min: 0,
    max: 1024,
    integer: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'Fitted on training background. Directions of large variance come first, so the scaling decides what counts. Histograms are best divided by their sums and not standardised.',
    default: 'background-scaled',
    options: comparedScalings,
  },
} as const satisfies ParamSpecs;

/** What the fit found. */
interface Plane {
  /** [d] */
  mean: Float64Array;
  /** [k x d], rows of unit length by falling variance. */
  components: Float64Array;
}

function build(input: ModelInput, given: Params): Detector {
  const k = given.components as number;
  const d = input.width;
  const scaling = given.scaling as Scaling;
  if (k > d) {
    throw new Problem({
      where: 'model "pca", parameter "components"',
      expected: `at most ${d}, since an event has ${d === 1 ? 'one number' : `${d} numbers`}`,
      found: String(k),
      fix: 'Choose fewer components',
    });
  }
  let plane: Plane | undefined;
  return {
    scaling: { input: scaling, target: scaling },
    layers: [
      { network: 'plane', name: 'mean', type: 'Mean', shape: [d], parameters: d, trainable: 0 },
      { network: 'plane', name: 'components', type: 'PrincipalComponents', shape: [k], parameters: k * d, trainable: 0 },
    ],
    parameters: d + k * d,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      plane = fitPlane(training, k);
    },
    async forward(batch) {
      if (!plane) throw new Error('pca: forward before fit');
      return project(batch, plane, k);
    },
    async weights() {
      if (!plane) throw new Error('pca: no weights before fit');
      return [
        { name: 'mean', shape: [d], values: plane.mean.slice() },
        { name: 'components', shape: [k, d], values: plane.components.slice() },
      ];
    },
    setWeights(weights) {
      plane = { mean: weightNamed(weights, 'pca', 'mean', d), components: weightNamed(weights, 'pca', 'components', k * d) };
    },
    dispose() {
      plane = undefined;
    },
  };
}

/** Fewer rows than components leave the last components zero, which changes no reconstruction. */
function fitPlane(training: Batch, k: number): Plane {
  checkFinite(training, 'pca');
  const { x, rows, width } = training;
  const found = principalComponents(x, rows, width, k);
  const components = new Float64Array(k * width);
  components.set(found.components);
  return { mean: found.mean, components };
}

/** z = V (x - mean) [n, k] and y = mean + Vᵀ z [n, d]. */
function project({ x, rows, width }: Batch, { mean, components }: Plane, k: number) {
  const latent = new Float64Array(rows * k);
  const reconstruction = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    for (let i = 0; i < width; i++) reconstruction[start + i] = mean[i] as number;
    for (let c = 0; c < k; c++) {
      const axis = c * width;
      let z = 0;
      for (let i = 0; i < width; i++) {
        z += (components[axis + i] as number) * ((x[start + i] as number) - (mean[i] as number));
      }
      latent[row * k + c] = z;
      for (let i = 0; i < width; i++) {
        reconstruction[start + i] = (reconstruction[start + i] as number) + z * (components[axis + i] as number);
      }
    }
  }
  return { latent, reconstruction };
}

const withComponents = (components: number): Preset => ({
  name: `${components} ${components === 1 ? 'component' : 'components'}`,
  origin: 'Ours: a standard reference; objects background-scaled, tables standardised.',
  params: { components, scaling: 'background-scaled' },
});

const ofShares = (components: number): Preset => ({
  name: components === 0 ? 'shares, no component' : `shares, ${components} ${components === 1 ? 'component' : 'components'}`,
  origin: 'Data quality monitoring at CMS: histograms are divided by their sums but not standardised.',
  params: { components, scaling: 'l1-normalised' },
});

/** Always fewer components than numbers, as far as that is possible. */
function defaultPreset(input: ModelInput): string {
  if (input.kind === 'images') return input.shape[0] === 72 && input.shape[1] === 58 ? 'mask-10' : 'pixels-10';
  if (input.width === 1) return 'pca-0';
  if (input.kind === 'histograms' && input.width > 3) return 'histogram-3';
  return input.kind !== 'histograms' && input.width > 6 ? 'pca-3' : 'pca-1';
}

const pca: Model = {
  id: 'pca',
  name: 'PCA',
  family: 'Baselines',
  paper: {
    text: 'K. Pearson, On lines and planes of closest fit to systems of points in space, Phil. Mag. 2 (1901) 559',
    url: 'https://doi.org/10.1080/14786440109462720',
  },
  summary: 'The best linear autoencoder: distance from the plane that describes background.',
  cost: 'One pass over the events.',
  baseline: true,
  accepts: ['objects', 'table', 'histograms', 'images'],
  trainsOn: 'background',
  presets: {
    'pca-0': {
      name: 'no component',
      origin: 'Ours: the distance from the mean, for data of a single number.',
      params: { components: 0, scaling: 'background-scaled' },
    },
    'pca-1': withComponents(1),
    'pca-3': withComponents(3),
    'pca-5': withComponents(5),
    'pca-8': withComponents(8),
    'pca-10': withComponents(10),
    'standardised-3': {
      name: '3 components, standardised',
      origin: 'Ours: every number divided by its standard deviation first, padding included.',
      params: { components: 3, scaling: 'standardised' },
    },
    'mask-10': {
      name: 'masks, 10 components',
      origin: 'Ours: is the first channel of an image lit? Not standardised: rarely lit pixels would drown the others.',
      params: { components: 10, scaling: 'mask' },
    },
    'pixels-10': {
      name: 'pixels, 10 components',
      origin: 'Ours: pixels as they are, so that the energetic ones count most.',
      params: { components: 10, scaling: 'raw' },
    },
    'histogram-0': ofShares(0),
    'histogram-1': ofShares(1),
    'histogram-2': ofShares(2),
    'histogram-3': ofShares(3),
    'histogram-5': ofShares(5),
    'histogram-10': ofShares(10),
  },
  defaultPreset,
  // as many components as numbers describe every event perfectly: there is no plane to be distant from
  baselinePresets: (input) => (input.width > 1 ? [defaultPreset(input)] : []),
  params,
  outputs: ['reconstruction', 'latent'],
  defaultScore: 'reconstruction-mse',
  build,
};

export default pca;
