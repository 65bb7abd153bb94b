/**
 * Nearest template: a histogram is as odd as it is far from the most similar reference, or from the mean of all of them. What is
 * compared with is a choice: the mean of training background, every training row, or a few drawn with the seed. No training.
 *
 * Unlike nearest neighbours, which measures Euclidean distances, the error may count the largest differences alone, so that a fault in
 * a few bins is not averaged away; and the template that was found is the reconstruction, so that one can look at it.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { permutation } from '../numeric/random.ts';
import { checkFinite, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, Preset, Scaling } from './contract.ts';
import { comparedScalings } from './scaling-params.ts';

const params = {
  templates: {
    kind: 'choice',
    label: 'Templates',
    help: 'What a row is compared with. Where neighbours in time are alike, a random split makes many templates look perfect.',
    default: 'all',
    options: [
      { value: 'mean', label: 'the mean of training background' },
      { value: 'all', label: 'every training row' },
      { value: 'drawn', label: 'training rows drawn with the seed' },
    ],
  },
  count: {
    kind: 'number',
    label: 'Drawn templates',
    help: 'How many training rows are drawn; all of them if there are fewer.',
    unit: 'rows',
    default: 50,
    min: 1,
    max: 200000,
    integer: true,
  },
  topBins: {
    kind: 'number',
    label: 'Numbers in the error (0: all)',
    help: 'So many of the largest squared differences are averaged; with 0, or more than a row has, all of them are.',
    default: 0,
    min: 0,
    max: 65536,
    integer: true,
  },
  over: {
    kind: 'choice',
    label: 'Of several templates',
    help: 'The error of the nearest one, or the average of the errors of all.',
    default: 'nearest',
    options: [
      { value: 'nearest', label: 'the nearest counts' },
      { value: 'average', label: 'all count, on average' },
    ],
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'Fitted on training background. Differences of all columns are compared, so the scaling decides what counts.',
    default: 'background-scaled',
    options: comparedScalings,
  },
} as const satisfies ParamSpecs;

function build(input: ModelInput, given: Params, seed: number): Detector {
  const d = input.width;
  const asked = given.topBins as number;
  const top = asked === 0 ? d : Math.min(asked, d);
  const average = given.over === 'average';
  const scaling = given.scaling as Scaling;
  let templates: Float64Array | undefined;
  return {
    scaling: { input: scaling, target: scaling },
    layers: [{ network: 'templates', name: 'rows', type: 'Bank', shape: [d], parameters: 0, trainable: 0 }],
    parameters: 0,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      checkFinite(training, 'nearest-template');
      templates = given.templates === 'mean' ? meanRow(training) : rowsOf(training, given, seed);
    },
    async forward(batch) {
      if (!templates) throw new Error('nearest-template: forward before fit');
      return compare(batch, templates, top, average);
    },
    async weights() {
      if (!templates) throw new Error('nearest-template: no weights before fit');
      return [{ name: 'templates', shape: [templates.length / d, d], values: templates.slice() }];
    },
    setWeights(weights) {
      templates = weightNamed(weights, 'nearest-template', 'templates');
    },
    dispose() {
      templates = undefined;
    },
  };
}

function meanRow({ x, rows, width }: Batch): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < x.length; i++) mean[i % width] = (mean[i % width] as number) + (x[i] as number);
  return mean.map((sum) => sum / rows);
}

/** All rows, or a seeded draw without repetition (stream `subset`), in the order of the rows. */
function rowsOf({ x, rows, width }: Batch, { templates, count }: Params, seed: number): Float64Array {
  if (templates === 'all') return Float64Array.from(x);
  const chosen = permutation(rows, seed, 'subset')
    .slice(0, count as number)
    .sort();
  const drawn = new Float64Array(chosen.length * width);
  for (const [i, row] of chosen.entries()) drawn.set(x.subarray(row * width, (row + 1) * width), i * width);
  return drawn;
}

/**
 * The error of each row against the templates, `distance` [n, 1], and its nearest template, `reconstruction` [n, d]; of equally near
 * ones the first. A row with a missing value has the distance NaN.
 */
function compare({ x, rows, width }: Batch, templates: Float64Array, top: number, average: boolean) {
  const count = templates.length / width;
  const distance = new Float64Array(rows);
  const reconstruction = new Float64Array(rows * width);
  const largest = new Float64Array(top);
  for (let row = 0; row < rows; row++) {
    let best = Number.POSITIVE_INFINITY;
    let nearest = 0;
    let sum = 0;
    for (let t = 0; t < count; t++) {
      const error = topError(x, row * width, templates, t * width, width, largest, average ? Number.POSITIVE_INFINITY : best);
      sum += error;
      if (!(error < best)) continue;
      best = error;
      nearest = t;
    }
    const missing = best === Number.POSITIVE_INFINITY;
    distance[row] = average ? sum / count : missing ? Number.NaN : best;
    reconstruction.set(templates.subarray(nearest * width, (nearest + 1) * width), row * width);
  }
  return { distance, reconstruction };
}

/**
 * Mean of the `largest.length` largest squared differences of two rows, or any larger number than `bound` once that is certain. The
 * mean of the largest so far only grows, so nothing is lost by giving up.
 */
function topError(
  a: Float32Array,
  from: number,
  b: Float64Array,
  other: number,
  width: number,
  largest: Float64Array,
  bound: number,
): number {
  const top = largest.length;
  largest.fill(0);
  let sum = 0;
  for (let i = 0; i < width; i++) {
    const difference = (a[from + i] as number) - (b[other + i] as number);
    const square = difference * difference;
    if (top === width) sum += square;
    else if (square > (largest[0] as number)) {
      sum += square - (largest[0] as number);
      insert(largest, square);
    } else if (Number.isNaN(square)) return Number.NaN;
    if (sum > bound * top * (1 + 1e-9)) return Number.POSITIVE_INFINITY;
  }
  // summed anew from the smallest up: the running sum has the rounding errors of its subtractions
  return (top === width ? sum : largest.reduce((total, square) => total + square, 0)) / top;
}

/** Drops the smallest, at the first place, and puts `value` where it belongs. */
function insert(rising: Float64Array, value: number): void {
  let place = 0;
  while (place + 1 < rising.length && (rising[place + 1] as number) < value) {
    rising[place] = rising[place + 1] as number;
    place++;
  }
  rising[place] = value;
}

const asAutoencoders = 'Ours: normalised histograms compared by the error measure of the histogram autoencoders.';

const ofHistograms = (name: string, templates: Params): Preset => ({
  name,
  origin: asAutoencoders,
  params: { ...templates, topBins: 10, scaling: 'l1-normalised' },
});

const nearestTemplate: Model = {
  id: 'nearest-template',
  name: 'Nearest template',
  family: 'Baselines',
  paper: {
    text: 'Template matching, standard practice; among the references of PixelAE, data quality monitoring of the CMS pixel detector',
  },
  summary: 'Distance to the most similar reference row, or to the mean of training background.',
  cost: 'No training; scoring takes a few seconds for some thousand lumisections.',
  baseline: true,
  accepts: ['histograms', 'table', 'images', 'objects'],
  trainsOn: 'background',
  presets: {
    'mean-10': ofHistograms('mean histogram, ten largest differences', { templates: 'mean' }),
    'all-10': ofHistograms('every training histogram, ten largest differences', { templates: 'all' }),
    'drawn-50-10': ofHistograms('50 drawn histograms, ten largest differences', { templates: 'drawn', count: 50 }),
    'drawn-50': {
      name: '50 drawn rows, all numbers',
      origin: 'Ours: objects background-scaled, tables standardised.',
      params: { templates: 'drawn', count: 50, scaling: 'background-scaled' },
    },
    'drawn-pixels-50': {
      name: '50 drawn images, all pixels',
      origin: 'Ours: images compared pixel by pixel.',
      params: { templates: 'drawn', count: 50, scaling: 'raw' },
    },
  },
  defaultPreset: ({ kind }) => (kind === 'histograms' ? 'all-10' : kind === 'images' ? 'drawn-pixels-50' : 'drawn-50'),
  baselinePresets: ({ kind }) => (kind === 'histograms' ? ['mean-10'] : []),
  params,
  outputs: ['reconstruction', 'distance'],
  defaultScore: 'template-distance',
  build,
};

export default nearestTemplate;
