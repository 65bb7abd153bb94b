/**
 * One model for each histogram of a lumisection: where a row holds several histograms, a model that restores them is built once for
 * each, on its own cells, and trained by itself. Beside the reconstruction of the whole row it gives one anomaly for each histogram,
 * which scores combine into one for the lumisection (`scores/combined.ts`). Models that restore nothing take the row as it is.
 *
 * Source: a model for each type of histogram and one score from all of them, as in PixelAE
 * (github.com/LukaLambrecht/ML4DQMDC-PixelAE).
 */
import type { HistogramPart } from '../base/kinds.ts';
import type { Params } from '../base/params.ts';
import { clearLargest, keepLargest, meanOfLargest } from '../numeric/largest.ts';
import type { Batch, Detector, Matrix, Model, ModelInput, NamedArray, OutputName, Outputs, Stage } from './contract.ts';

/** Squared errors of a histogram that its anomaly is the mean of, as for a single one. */
const largestErrors = 10;

/** True where a model is built once for each histogram of a row. */
function isDivided(model: Pick<Model, 'outputs'>, input: ModelInput): boolean {
  return (input.parts?.length ?? 0) > 1 && model.outputs.includes('reconstruction');
}

/** What detectors of this model may give on such rows. */
export function outputsOn(model: Pick<Model, 'outputs'>, input: ModelInput): readonly OutputName[] {
  if (!isDivided(model, input)) return model.outputs;
  return ['histogramScores', ...model.outputs.filter((name) => name === 'reconstruction' || name === 'latent')];
}

/** The score that is shown first on such rows. */
export function defaultScoreOn(model: Pick<Model, 'outputs' | 'defaultScore'>, input: ModelInput): string {
  return isDivided(model, input) ? 'combined-half-normal' : model.defaultScore;
}

/** What one of the models is told: the cells of its histogram. */
export function inputOf(input: ModelInput, part: HistogramPart): ModelInput {
  const { parts: _parts, ...whole } = input;
  const { start, cells } = part;
  return { ...whole, shape: [cells], width: cells, features: input.features.slice(start, start + cells) };
}

/**
 * The detector of a model on rows of this form: its own where a row is one histogram or no histogram at all, else one for each
 * histogram. All of them have the same parameters and the same seed. Every stage of every histogram is a stage of the whole.
 *
 * Outputs then: `histogramScores` [n, histograms], the distance from what is usual where the model gives one, else the mean of the ten
 * largest (x - y)² of the histogram; `reconstruction` [n, width] and `latent`, one histogram after another. Of an empty histogram it is
 * the anomaly of a row of zeros, since a lumisection in which one histogram of several has no entries is no lumisection without data.
 */
export function buildDetector(model: Model, input: ModelInput, params: Params, seed: number): Detector {
  const { parts } = input;
  if (!parts || !isDivided(model, input)) return model.build(input, params, seed);
  const members = parts.map((part) => ({ part, detector: model.build(inputOf(input, part), params, seed) }));
  const all = members.map(({ detector }) => detector);
  const first = all[0] as Detector;
  const outputs = outputsOn(model, input).filter(
    (name) => name === 'histogramScores' || (first.outputs ?? model.outputs).includes(name),
  );
  const onEach = (method: 'fit' | 'prepare') => (training: Batch) => {
    for (const { part, detector } of members) detector[method]?.(cellsOf(training, part));
  };
  return {
    scaling: first.scaling,
    layers: members.flatMap(({ part, detector }) =>
      detector.layers.map((layer) => ({ ...layer, network: `${part.name}: ${layer.network}` })),
    ),
    parameters: all.reduce((sum, { parameters }) => sum + parameters, 0),
    trainable: all.reduce((sum, { trainable }) => sum + trainable, 0),
    networks: Object.assign(
      {},
      ...all.map(({ networks }, k) =>
        Object.fromEntries(Object.entries(networks).map(([role, network]) => [`histogram${k + 1}-${role}`, network])),
      ),
    ),
    outputs,
    stages: members.flatMap(({ part, detector }) => detector.stages.map((stage) => stageOn(stage, part))),
    ...(all.some(({ prepare }) => prepare) ? { prepare: onEach('prepare') } : {}),
    ...(all.some(({ fit }) => fit) ? { fit: onEach('fit') } : {}),
    async forward(batch) {
      const found: { part: HistogramPart; own: Batch; given: Outputs }[] = [];
      for (const { part, detector } of members) {
        const own = cellsOf(batch, part);
        found.push({ part, own, given: await detector.forward(own) });
      }
      const scores = new Float64Array(batch.rows * found.length);
      for (const [k, { own, given }] of found.entries()) {
        const ofPart = scoresOf(own, given);
        for (let row = 0; row < batch.rows; row++) scores[row * found.length + k] = ofPart[row] as number;
      }
      const joined: Outputs = {
        histogramScores: scores,
        reconstruction: sideBySide(
          batch.rows,
          found.map(({ given }) => given.reconstruction),
        ),
        latent: sideBySide(
          batch.rows,
          found.map(({ given }) => given.latent),
        ),
      };
      return Object.fromEntries(outputs.map((name) => [name, joined[name]]));
    },
    async weights() {
      const arrays: NamedArray[] = [];
      for (const [k, detector] of all.entries()) {
        for (const array of await detector.weights()) arrays.push({ ...array, name: `${prefix(k)}${array.name}` });
      }
      return arrays;
    },
    setWeights(weights) {
      for (const [k, detector] of all.entries()) {
        const own = weights.filter(({ name }) => name.startsWith(prefix(k)));
        detector.setWeights(own.map((array) => ({ ...array, name: array.name.slice(prefix(k).length) })));
      }
    },
    dispose() {
      for (const detector of all) detector.dispose();
    },
  };
}

const prefix = (k: number) => `histogram${k + 1}/`;

function stageOn(stage: Stage, part: HistogramPart): Stage {
  const { rows, input } = stage;
  return {
    ...stage,
    name: `${part.name}: ${stage.name}`,
    ...(rows ? { rows: (training: Batch) => rows(cellsOf(training, part)) } : {}),
    input: async (batch) => (input ? input(cellsOf(batch, part)) : cellsOf(batch, part)),
  };
}

/** The cells of one histogram of every row, copied. */
export function cellsOf(batch: Batch, { start, cells }: Pick<HistogramPart, 'start' | 'cells'>): Batch {
  const cut = <T extends Float32Array | Uint8Array>(values: T, width: number): T => {
    const out = (values instanceof Float32Array ? new Float32Array(batch.rows * cells) : new Uint8Array(batch.rows * cells)) as T;
    for (let row = 0; row < batch.rows; row++) {
      out.set(values.subarray(row * width + start, row * width + start + cells), row * cells);
    }
    return out;
  };
  const x = cut(batch.x, batch.width);
  return {
    ...batch,
    width: cells,
    shape: [cells],
    raw: cut(batch.raw, batch.rawWidth),
    rawWidth: cells,
    rawFeatures: batch.rawFeatures.slice(start, start + cells),
    x,
    target: batch.target === batch.x ? x : cut(batch.target, batch.width),
    mask: cut(batch.mask, batch.width),
  };
}

/** [n] */
function scoresOf({ rows, width, target }: Batch, { distance, reconstruction }: Outputs): ArrayLike<number> {
  if (distance) return distance;
  const largest = new Float64Array(Math.min(largestErrors, width));
  return Float64Array.from({ length: rows }, (_, row) => {
    clearLargest(largest);
    for (let i = row * width; i < (row + 1) * width; i++) {
      const square = ((target[i] as number) - (reconstruction?.[i] as number)) ** 2;
      if (Number.isNaN(square)) return Number.NaN;
      keepLargest(largest, square);
    }
    return meanOfLargest(largest);
  });
}

/** [n, all their columns] from one [n, k] after another. */
function sideBySide(rows: number, matrices: readonly (Matrix | undefined)[]): Float64Array {
  const widths = matrices.map((matrix) => (matrix?.length ?? 0) / Math.max(1, rows));
  const width = widths.reduce((sum, k) => sum + k, 0);
  const out = new Float64Array(rows * width);
  let start = 0;
  for (const [k, matrix] of matrices.entries()) {
    const own = widths[k] as number;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < own; i++) out[row * width + start + i] = matrix?.[row * own + i] as number;
    }
    start += own;
  }
  return out;
}
