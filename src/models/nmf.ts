/**
 * Non-negative matrix factorisation: every histogram is a sum of a few shapes, none of which is ever subtracted. What no such sum
 * restores is anomalous. A reference of the CMS pixel studies, which take five shapes.
 *
 * X ≈ W H with W [n, k] and H [k, d] not negative. Start: NNDSVD with zeros kept small instead of 0, so nothing is drawn and no seed
 * matters. Then rows and columns in turn, by coordinate descent. Sources: C. Boutsidis and E. Gallopoulos, Pattern Recognition 41
 * (2008) 1350; A. Cichocki and A.-H. Phan, IEICE Trans. E92-A (2009) 708 (hierarchical alternating least squares).
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { symmetricEigen } from '../numeric/linear.ts';
import { checkFinite, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, Preset, Scaling } from './contract.ts';

/** Its start takes the eigenvectors of a matrix of the square of that. */
const WIDEST = 1024;
/** Sweeps over the weights of one row that is scored, at most, and the relative change at which they end. */
const SWEEPS = 500;
const SETTLED = 1e-9;

const params = {
  components: {
    kind: 'number',
    label: 'Shapes',
    help: 'How many shapes a row is a sum of. More of them restore faults too.',
    default: 5,
    min: 1,
    max: 256,
    integer: true,
  },
  iterations: {
    kind: 'number',
    label: 'Iterations',
    help: 'Rounds over weights and shapes while fitting, at most.',
    default: 500,
    min: 1,
    max: 100000,
    integer: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'Only what leaves no negative number.',
    default: 'l1-normalised',
    options: [
      { value: 'l1-normalised', label: 'divide each row by its sum' },
      { value: 'raw', label: 'as they are' },
    ],
  },
} as const satisfies ParamSpecs;

function build(input: ModelInput, given: Params): Detector {
  const d = input.width;
  const k = given.components as number;
  const scaling = given.scaling as Scaling;
  if (k > d || d > WIDEST) {
    throw new Problem({
      where: 'model "nmf", parameter "components"',
      expected: k > d ? `at most ${d}, the numbers of a row` : `rows of at most ${WIDEST} numbers`,
      found: String(k > d ? k : d),
      fix: k > d ? 'Choose fewer shapes' : 'Choose PCA, which takes wider rows',
    });
  }
  let shapes: Float64Array | undefined;
  return {
    scaling: { input: scaling, target: scaling },
    layers: [{ network: 'shapes', name: 'shapes', type: 'NonNegativeShapes', shape: [k], parameters: k * d, trainable: 0 }],
    parameters: k * d,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      checkFinite(training, 'nmf');
      checkNotNegative(training);
      shapes = fitShapes(training, k, given.iterations as number);
    },
    async forward(batch) {
      if (!shapes) throw new Error('nmf: forward before fit');
      return restore(batch, shapes, k);
    },
    async weights() {
      if (!shapes) throw new Error('nmf: no weights before fit');
      return [{ name: 'shapes', shape: [k, d], values: shapes.slice() }];
    },
    setWeights(weights) {
      shapes = weightNamed(weights, 'nmf', 'shapes', k * d);
    },
    dispose() {
      shapes = undefined;
    },
  };
}

function checkNotNegative({ x }: Batch): void {
  const found = x.find((value) => value < 0);
  if (found === undefined) return;
  throw new Problem({
    where: 'model "nmf", training background',
    expected: 'no negative number, since shapes are only ever added',
    found: String(found),
    fix: 'Choose PCA, or leave out the rows or columns with negative numbers',
  });
}

/**
 * H [k, d] by NNDSVD and hierarchical alternating least squares; it ends when a round changes H by less than 1e-7 of its size. The
 * shapes have whatever size the start gave them: a row's weights make up for it.
 */
export function fitShapes({ x, rows, width: d }: Batch, k: number, iterations: number): Float64Array {
  const { weights, shapes } = startingPoint(x, rows, d, k);
  for (let round = 0; round < iterations; round++) {
    const gram = product(shapes, shapes, k, d);
    for (let row = 0; row < rows; row++) {
      const w = weights.subarray(row * k, (row + 1) * k);
      descend(w, overlaps(x, row * d, shapes, k, d), gram, k);
    }
    // the same with the parts of W and H exchanged, all columns at once
    const weightGram = new Float64Array(k * k);
    const target = new Float64Array(k * d);
    for (let row = 0; row < rows; row++) {
      for (let a = 0; a < k; a++) {
        const w = weights[row * k + a] as number;
        if (w === 0) continue;
        for (let b = 0; b < k; b++) weightGram[a * k + b]! += w * (weights[row * k + b] as number);
        for (let i = 0; i < d; i++) target[a * d + i]! += w * (x[row * d + i] as number);
      }
    }
    let moved = 0;
    let size = 0;
    const column = new Float64Array(k);
    const wanted = new Float64Array(k);
    for (let i = 0; i < d; i++) {
      for (let a = 0; a < k; a++) {
        column[a] = shapes[a * d + i] as number;
        wanted[a] = target[a * d + i] as number;
      }
      descend(column, wanted, weightGram, k);
      for (let a = 0; a < k; a++) {
        const step = (column[a] as number) - (shapes[a * d + i] as number);
        moved += step * step;
        size += (column[a] as number) ** 2;
        shapes[a * d + i] = column[a] as number;
      }
    }
    if (moved <= 1e-14 * size) break;
  }
  return shapes;
}

/** One sweep of coordinate descent for min |x - hᵀ w|² with w ≥ 0: `wanted` is H x [k], `gram` H Hᵀ. Returns the relative change, squared. */
function descend(w: Float64Array, wanted: Float64Array, gram: Float64Array, k: number): number {
  let moved = 0;
  let size = 0;
  for (let a = 0; a < k; a++) {
    const curvature = gram[a * k + a] as number;
    if (curvature === 0) continue;
    let slope = -(wanted[a] as number);
    for (let b = 0; b < k; b++) slope += (gram[a * k + b] as number) * (w[b] as number);
    const next = Math.max(0, (w[a] as number) - slope / curvature);
    moved += (next - (w[a] as number)) ** 2;
    size += next * next;
    w[a] = next;
  }
  return size === 0 ? moved : moved / size;
}

/** H x of one row [k]. */
function overlaps(x: Float32Array, start: number, shapes: Float64Array, k: number, d: number): Float64Array {
  const found = new Float64Array(k);
  for (let a = 0; a < k; a++) {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += (shapes[a * d + i] as number) * (x[start + i] as number);
    found[a] = sum;
  }
  return found;
}

/** A Bᵀ [k, k] of two [k, d]. */
function product(a: Float64Array, b: Float64Array, k: number, d: number): Float64Array {
  const out = new Float64Array(k * k);
  for (let p = 0; p < k; p++)
    for (let q = 0; q < k; q++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += (a[p * d + i] as number) * (b[q * d + i] as number);
      out[p * k + q] = sum;
    }
  return out;
}

/**
 * NNDSVDa: of each pair of singular vectors the half, positive or negative, that weighs more; exact zeros become the mean of X, so
 * that coordinate descent may leave them. The singular vectors come from the uncentred XᵀX.
 */
function startingPoint(x: Float32Array, rows: number, d: number, k: number) {
  const scatter = new Float64Array(d * d);
  let total = 0;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < d; i++) {
      const value = x[row * d + i] as number;
      total += value;
      if (value !== 0) for (let j = 0; j < d; j++) scatter[i * d + j]! += value * (x[row * d + j] as number);
    }
  const { values, vectors } = symmetricEigen(scatter, d);
  const mean = total / (rows * d);
  const weights = new Float64Array(rows * k);
  const shapes = new Float64Array(k * d);
  for (let a = 0; a < k; a++) {
    const singular = Math.sqrt(Math.max(0, values[a] as number));
    const v = vectors.subarray(a * d, (a + 1) * d);
    const u = Float64Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += (x[row * d + i] as number) * (v[i] as number);
      return singular > 0 ? sum / singular : 0;
    });
    const half = (vector: Float64Array, sign: number) => vector.map((value) => Math.max(0, sign * value));
    const norm = (vector: Float64Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    const sides = [1, -1].map((sign) => ({ u: half(u, sign), v: half(v, sign) }));
    const weigh = (side: { u: Float64Array; v: Float64Array }) => norm(side.u) * norm(side.v);
    const [plus, minus] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const side = weigh(plus) >= weigh(minus) ? plus : minus;
    const [nu, nv] = [norm(side.u) || 1, norm(side.v) || 1];
    const scale = Math.sqrt(singular * weigh(side));
    for (let row = 0; row < rows; row++) weights[row * k + a] = ((side.u[row] as number) / nu) * scale || mean;
    for (let i = 0; i < d; i++) shapes[a * d + i] = ((side.v[i] as number) / nv) * scale || mean;
  }
  return { weights, shapes };
}

/** Weights `latent` [n, k], of a row by itself to convergence, and their sum of shapes `reconstruction` [n, d]. */
function restore({ x, rows, width: d }: Batch, shapes: Float64Array, k: number) {
  const latent = new Float64Array(rows * k);
  const reconstruction = new Float64Array(rows * d);
  const gram = product(shapes, shapes, k, d);
  for (let row = 0; row < rows; row++) {
    const w = latent.subarray(row * k, (row + 1) * k);
    const wanted = overlaps(x, row * d, shapes, k, d);
    for (let sweep = 0; sweep < SWEEPS; sweep++) if (descend(w, wanted, gram, k) < SETTLED * SETTLED) break;
    for (let a = 0; a < k; a++)
      for (let i = 0; i < d; i++) reconstruction[row * d + i]! += (w[a] as number) * (shapes[a * d + i] as number);
  }
  return { latent, reconstruction };
}

const ofShapes = (components: number): Preset => ({
  name: `${components} shapes`,
  origin:
    components === 5
      ? 'PixelAE takes five; divided by the sum of each histogram.'
      : 'Ours: fewer shapes than the usual five, which restore fewer faults.',
  params: { components, scaling: 'l1-normalised' },
  reference: { kind: 'histograms', width: 100, parameters: 100 * components },
});

const nmf: Model = {
  id: 'nmf',
  name: 'Non-negative factorisation',
  family: 'Baselines',
  paper: {
    text: 'D. Lee and H. Seung, Learning the parts of objects by non-negative matrix factorization, Nature 401 (1999) 788',
    url: 'https://doi.org/10.1038/44565',
  },
  summary: 'Every histogram as a sum of a few shapes that are never subtracted; what is left over is odd.',
  cost: 'Seconds for some thousand lumisections.',
  baseline: false,
  accepts: ['histograms'],
  trainsOn: 'background',
  presets: { 'shapes-5': ofShapes(5), 'shapes-2': ofShapes(2) },
  defaultPreset: () => 'shapes-5',
  params,
  outputs: ['reconstruction', 'latent'],
  defaultScore: 'reconstruction-mse-top10',
  build,
};

export default nmf;
