/**
 * Isolation forest: random cuts separate an odd event from the others sooner than a usual one. Each tree divides a small seeded
 * draw of training background at random values of random features until every row is alone; the depth an event reaches, over the
 * depth expected, is the measure. Source: Liu, Ting and Zhou, Isolation Forest, ICDM 2008, algorithms 1 to 3 and equations 1 and 2.
 */
import type { ParamSpecs, Params } from '../base/params.ts';
import { ln } from '../numeric/elementary.ts';
import { Cursor } from '../numeric/random.ts';
import { checkFinite, weightNamed } from './closed-form.ts';
import type { Batch, Detector, Model, ModelInput, Scaling } from './contract.ts';

const EULER = 0.5772156649015329;

const params = {
  trees: { kind: 'number', label: 'Trees', help: 'More trees, less noise.', default: 100, min: 1, max: 2000, integer: true },
  rows: {
    kind: 'number',
    label: 'Rows per tree',
    help: 'Drawn from training background without repetition; fewer if there are fewer.',
    default: 256,
    min: 2,
    max: 65536,
    integer: true,
  },
  scaling: {
    kind: 'choice',
    label: 'Input scaling',
    help: 'Cuts fall uniformly between the smallest and the largest value, so a linear scale changes nothing.',
    default: 'raw',
    options: [
      { value: 'raw', label: 'as they are' },
      { value: 'l1-normalised', label: 'divide each row by its sum' },
      { value: 'study', label: 'as the study says' },
    ],
  },
} as const satisfies ParamSpecs;

/** All trees in one table of nodes. A leaf has feature -1 and, as its threshold, the depth it stands for. */
interface Forest {
  /** [nodes] */
  feature: Int32Array;
  /** [nodes] rows below the threshold go left. */
  threshold: Float64Array;
  /** [nodes] number of the left child; the right one follows it. */
  left: Int32Array;
  /** [trees] */
  roots: Int32Array;
  /** c(rows per tree). */
  expectedDepth: number;
}

/**
 * Mean depth of an unsuccessful search in a binary tree of n rows: c(n) = 2 (ln(n - 1) + 0.5772...) - 2 (n - 1) / n, c(2) = 1,
 * c(1) = 0. Worked value: c(256) = 10.2448.
 */
export function meanDepth(n: number): number {
  if (n < 2) return 0;
  return n === 2 ? 1 : 2 * (ln(n - 1) + EULER) - (2 * (n - 1)) / n;
}

function build(_input: ModelInput, given: Params, seed: number): Detector {
  const trees = given.trees as number;
  const scaling = given.scaling as Scaling;
  let forest: Forest | undefined;
  return {
    scaling: { input: scaling, target: scaling },
    layers: [{ network: 'forest', name: 'trees', type: 'IsolationTrees', shape: [trees], parameters: 0, trainable: 0 }],
    parameters: 0,
    trainable: 0,
    networks: {},
    stages: [],
    fit(training) {
      checkFinite(training, 'isolation-forest');
      forest = grow(training, trees, given.rows as number, seed);
    },
    async forward(batch) {
      if (!forest) throw new Error('isolation-forest: forward before fit');
      return { relativeDepth: depths(batch, forest) };
    },
    async weights() {
      if (!forest) throw new Error('isolation-forest: no weights before fit');
      const { feature, threshold, left, roots, expectedDepth } = forest;
      const array = (name: string, values: ArrayLike<number>) => ({
        name,
        shape: [values.length],
        values: Float64Array.from(values),
      });
      return [
        array('feature', feature),
        array('threshold', threshold),
        array('left', left),
        array('roots', roots),
        array('expectedDepth', [expectedDepth]),
      ];
    },
    setWeights(weights) {
      const named = (name: string, size?: number) => weightNamed(weights, 'isolation-forest', name, size);
      forest = {
        feature: Int32Array.from(named('feature')),
        threshold: named('threshold'),
        left: Int32Array.from(named('left')),
        roots: Int32Array.from(named('roots', trees)),
        expectedDepth: named('expectedDepth', 1)[0] as number,
      };
    },
    dispose() {
      forest = undefined;
    },
  };
}

/** Grows every tree on rows of its own (stream `subset`, step = number of the tree). */
function grow({ x, rows, width }: Batch, trees: number, wanted: number, seed: number): Forest {
  const size = Math.min(wanted, rows);
  const limit = Math.ceil(Math.log2(Math.max(2, size)));
  const feature: number[] = [];
  const threshold: number[] = [];
  const left: number[] = [];
  const roots = new Int32Array(trees);
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  const addNode = () => {
    feature.push(-1);
    threshold.push(0);
    return left.push(-1) - 1;
  };
  for (let tree = 0; tree < trees; tree++) {
    const cursor = new Cursor(seed, 'subset', tree);
    // the first `size` places of a shuffle; what is left of the order serves the next tree
    for (let i = 0; i < size; i++) {
      const j = i + cursor.below(rows - i);
      const kept = order[i] as number;
      order[i] = order[j] as number;
      order[j] = kept;
    }
    const drawn = order.slice(0, size);
    const root = addNode();
    roots[tree] = root;
    const open = [{ node: root, from: 0, to: size, depth: 0 }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, from, to, depth } = next;
      const cut = to - from > 1 && depth < limit ? drawCut(x, width, drawn, from, to, cursor) : undefined;
      if (!cut) {
        threshold[node] = depth + meanDepth(to - from);
        continue;
      }
      const middle = divide(x, width, drawn, from, to, cut.column, cut.value);
      const child = addNode();
      addNode();
      feature[node] = cut.column;
      threshold[node] = cut.value;
      left[node] = child;
      open.push({ node: child, from, to: middle, depth: depth + 1 }, { node: child + 1, from: middle, to, depth: depth + 1 });
    }
  }
  return {
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    left: Int32Array.from(left),
    roots,
    expectedDepth: meanDepth(size),
  };
}

/** A random feature among those that vary in these rows, and a uniform value inside its range; undefined if all rows are equal. */
function drawCut(
  x: Float32Array,
  width: number,
  drawn: Uint32Array,
  from: number,
  to: number,
  cursor: Cursor,
): { column: number; value: number } | undefined {
  const constant = new Set<number>();
  while (constant.size < width) {
    const column = cursor.below(width);
    if (constant.has(column)) continue;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const value = x[(drawn[i] as number) * width + column] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low < high) return { column, value: low + (high - low) * cursor.open() };
    constant.add(column);
  }
  return undefined;
}

/** Moves rows below the value to the front of [from, to); returns where the others begin. Neither side is empty. */
function divide(
  x: Float32Array,
  width: number,
  drawn: Uint32Array,
  from: number,
  to: number,
  column: number,
  value: number,
): number {
  let middle = from;
  for (let i = from; i < to; i++) {
    const row = drawn[i] as number;
    if ((x[row * width + column] as number) >= value) continue;
    drawn[i] = drawn[middle] as number;
    drawn[middle] = row;
    middle++;
  }
  return middle;
}

/** E[h(x)] / c(n) [n]: about 1 for a usual event, near 0 for one that is isolated at once. A missing value goes to the right. */
function depths({ x, rows, width }: Batch, forest: Forest): Float64Array {
  const { feature, threshold, left, roots, expectedDepth } = forest;
  return Float64Array.from({ length: rows }, (_, row) => {
    const start = row * width;
    let sum = 0;
    for (let tree = 0; tree < roots.length; tree++) {
      let node = roots[tree] as number;
      for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
        const goesLeft = (x[start + column] as number) < (threshold[node] as number);
        node = (left[node] as number) + (goesLeft ? 0 : 1);
      }
      sum += threshold[node] as number;
    }
    return expectedDepth > 0 ? sum / roots.length / expectedDepth : 1;
  });
}

const isolationForest: Model = {
  id: 'isolation-forest',
  name: 'Isolation forest',
  family: 'Baselines',
  paper: {
    text: 'F. T. Liu, K. M. Ting, Z.-H. Zhou, Isolation Forest, IEEE International Conference on Data Mining 2008',
    url: 'https://doi.org/10.1109/ICDM.2008.17',
  },
  summary: 'Random cuts: an event that few of them separate from background is odd.',
  cost: 'About a second for 100,000 events.',
  baseline: false,
  accepts: ['objects', 'table', 'histograms'],
  trainsOn: 'background',
  presets: {
    'isolation-100': {
      name: '100 trees of 256 rows',
      origin: 'Liu, Ting and Zhou 2008: their own setting.',
      params: { trees: 100, rows: 256, scaling: 'raw' },
    },
    'histogram-100': {
      name: '100 trees, normalised histograms',
      origin: 'The same on histograms of sum 1, so that the number of entries does not count.',
      params: { trees: 100, rows: 256, scaling: 'l1-normalised' },
    },
  },
  defaultPreset: (input) => (input.kind === 'histograms' ? 'histogram-100' : 'isolation-100'),
  params,
  outputs: ['relativeDepth'],
  defaultScore: 'isolation-score',
  build,
};

export default isolationForest;
