/**
 * Nearest neighbours: an event far from every event of a bank of training background is odd. No assumption about shape, and no
 * training; its price is one distance per event of the bank. Source: Ramaswamy, Rastogi and Shim, SIGMOD 2000 (distance to the
 * k-th neighbour); Angiulli and Pizzuti, PKDD 2002 (their mean).
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { permutation } from '../numeric/random.ts';
import { checkFinite, squaredDistance, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, Scaling } from './contract.ts';
import { comparedScalings } from './scaling-params.ts';

const params = {
  neighbours: {
    kind: 'number',
    label: 'Neighbours',
    help: 'How many of the nearest events of the bank count.',
    default: 5,
    min: 1,
    max: 1000,
    integer: true,
  },
  bank: {
    kind: 'number',
    label: 'Bank',
    help: 'Events of training background to compare with, drawn with the seed; all if there are fewer.',
    unit: 'events',
    default: 2000,
    min: 1,
    max: 200000,
    integer: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'Fitted on training background. Distances add up squares of all columns, so the scaling decides what counts.',
    default: 'background-scaled',
    options: comparedScalings,
  },
} as const satisfies ParamSpecs;

function build(input: ModelInput, given: Params, seed: number): Detector {
  const d = input.width;
  const wanted = given.neighbours as number;
  const scaling = given.scaling as Scaling;
  let bank: Float32Array | undefined;
  return {
    scaling: { input: scaling, target: scaling },
    layers: [{ network: 'bank', name: 'events', type: 'Bank', shape: [d], parameters: 0, trainable: 0 }],
    parameters: 0,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      checkFinite(training, 'nearest-neighbours');
      bank = drawBank(training, given.bank as number, seed);
    },
    async forward(batch) {
      if (!bank) throw new Error('nearest-neighbours: forward before fit');
      return { neighbourDistances: nearest(batch, bank, wanted) };
    },
    async weights() {
      if (!bank) throw new Error('nearest-neighbours: no weights before fit');
      return [{ name: 'bank', shape: [bank.length / d, d], values: bank.slice() }];
    },
    setWeights(weights) {
      bank = Float32Array.from(weightNamed(weights, 'nearest-neighbours', 'bank'));
    },
    dispose() {
      bank = undefined;
    },
  };
}

/** A seeded draw without repetition (stream `subset`), in the order of the rows. */
function drawBank({ x, rows, width }: Batch, size: number, seed: number): Float32Array {
  const chosen = permutation(rows, seed, 'subset').slice(0, size).sort();
  const bank = new Float32Array(chosen.length * width);
  for (const [i, row] of chosen.entries()) bank.set(x.subarray(row * width, (row + 1) * width), i * width);
  return bank;
}

/**
 * Distances to the k nearest [n, k], rising, k at most the size of the bank. A distance is given up as soon as it exceeds the k-th
 * best, which leaves every result exact. A row with a missing value gets NaN.
 */
function nearest({ x, rows, width }: Batch, bank: Float32Array, wanted: number): Float64Array {
  const size = bank.length / width;
  const k = Math.min(wanted, size);
  const distances = new Float64Array(rows * k);
  const best = new Float64Array(k);
  for (let row = 0; row < rows; row++) {
    best.fill(Number.POSITIVE_INFINITY);
    for (let other = 0; other < size; other++) {
      const distance = boundedDistance(x, row, bank, other, width, best[k - 1] as number);
      if (!(distance < (best[k - 1] as number))) continue;
      let at = k - 1;
      for (; at > 0 && (best[at - 1] as number) > distance; at--) best[at] = best[at - 1] as number;
      best[at] = distance;
    }
    for (let i = 0; i < k; i++) distances[row * k + i] = Number.isFinite(best[i]) ? Math.sqrt(best[i] as number) : Number.NaN;
  }
  return distances;
}

/** Squared distance, or any larger number than `bound` once that is passed. */
function boundedDistance(a: Float32Array, i: number, b: Float32Array, j: number, width: number, bound: number): number {
  if (width <= 16) return squaredDistance(a, i, b, j, width);
  let sum = 0;
  for (let from = 0; from < width && !(sum > bound); from += 16) {
    const to = Math.min(width, from + 16);
    for (let c = from; c < to; c++) {
      const difference = (a[i * width + c] as number) - (b[j * width + c] as number);
      sum += difference * difference;
    }
  }
  return sum;
}

const nearestNeighbours: Model = {
  id: 'nearest-neighbours',
  name: 'Nearest neighbours',
  family: 'Baselines',
  paper: {
    text: 'S. Ramaswamy, R. Rastogi, K. Shim, Efficient algorithms for mining outliers from large data sets, SIGMOD 2000',
    url: 'https://doi.org/10.1145/342009.335437',
  },
  summary: 'Distance to the nearest events of a bank of training background.',
  cost: 'No training; scoring takes a few seconds for 20,000 events.',
  baseline: false,
  accepts: ['objects', 'table', 'histograms', 'images'],
  trainsOn: 'background',
  presets: {
    'neighbours-5': {
      name: '5 neighbours, bank of 2,000',
      origin: 'Ours: a standard reference; objects background-scaled, tables standardised.',
      params: { neighbours: 5, bank: 2000, scaling: 'background-scaled' },
    },
    'histogram-5': {
      name: '5 neighbours, normalised histograms',
      origin: 'Ours: histograms of sum 1 compared bin by bin.',
      params: { neighbours: 5, bank: 2000, scaling: 'l1-normalised' },
    },
    'nearest-mask': {
      name: 'the nearest training mask',
      origin: 'Ours: distance to the one nearest mask of the first channel, among all training events up to 200,000.',
      params: { neighbours: 1, bank: 200000, scaling: 'mask' },
    },
    'pixels-5': {
      name: '5 neighbours, pixels as they are',
      origin: 'Ours: images compared pixel by pixel.',
      params: { neighbours: 5, bank: 2000, scaling: 'raw' },
    },
  },
  defaultPreset(input) {
    if (input.kind === 'images') return input.shape[0] === 72 && input.shape[1] === 58 ? 'nearest-mask' : 'pixels-5';
    return input.kind === 'histograms' ? 'histogram-5' : 'neighbours-5';
  },
  params,
  outputs: ['neighbourDistances'],
  defaultScore: 'neighbour-distance',
  build,
};

export default nearestNeighbours;
