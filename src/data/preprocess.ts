/**
 * From physical values to model numbers and back. Every constant is fitted on training background and on nothing else, which the
 * type of the row numbers enforces. The scalings with a name are x = (value - offset) / scale for each number of a row, but for the one
 * that divides a histogram by its own sum; phi stays a linear number in all of them, and the words say so. A study may instead list
 * steps (`steps.ts`), which may do more.
 *
 * Sources: background scaling as in B. Dillon et al., "Anomalies, Representations, and Self-Supervision", arXiv 2301.04660; per-slot
 * pT target as in E. Govorkova et al., "Autoencoders on FPGAs ... at 40 MHz", arXiv 2108.03986.
 */
import type { Feature, HistogramPart } from '../base/kinds.ts';
import { countText, numberText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import { copyNumbers } from '../numeric/packed.ts';
import type { PackedRows, RowScaling } from '../numeric/packed-rows.ts';
import { type Dataset, rowReader, rowWidth } from './dataset.ts';
import { fitPipeline, type Pipeline, type PreprocessingStep } from './pipeline.ts';
import { columnsOf, isPixelScaling, type PixelScaling, pixelPipeline } from './pixel-scalings.ts';
import type { TrainingRows } from './split.ts';

/** As documented on `Scaling` in the models' contract. */
export type ScalingId =
  | 'raw'
  | 'standardised'
  | 'background-scaled'
  | '40mhz-target'
  | 'l1-normalised'
  | 'over-maximum'
  | PixelScaling
  | 'study';

export type { PreprocessingStep } from './pipeline.ts';

export interface FittedScaling {
  /** What was asked for. */
  id: ScalingId;
  /** [width] each: x = (value - offset) / scale; an infinite scale makes x = 0 (a constant column). */
  offset: Float64Array;
  scale: Float64Array;
  /** [width] what stands in for a missing value: the training mean. */
  substitute: Float64Array;
  /** Set numbers of empty slots to 0 after scaling. */
  rezeroEmpty: boolean;
  /** Divide each row by the sum of its numbers, or each of its histograms by its own; offset and scale then play no part. */
  perRowSum: boolean;
  /** The histograms of a row for `perRowSum`; one that is the whole row, if absent. */
  parts?: readonly Pick<HistogramPart, 'start' | 'cells'>[];
  /** The steps of a study's list; they may change the number of numbers. Offset and scale then play no part. */
  pipeline?: Pipeline;
  /** True if an angle enters as a linear number, so that -π and π look far apart. */
  linearPhi: boolean;
  words: string;
  remarks: string[];
}

/** Rows in host memory, structurally the models' `Batch`. All matrices are row-major. */
export interface PreparedBatch {
  rows: number;
  width: number;
  /** Of one row of `x` and `target`. */
  shape: readonly number[];
  /** [rows, rawWidth] physical values; a missing value is NaN. */
  raw: Float32Array;
  rawWidth: number;
  rawFeatures: readonly Feature[];
  /** [rows, width] */
  x: Float32Array;
  /** [rows, width]; the same array as `x` where both scalings agree. */
  target: Float32Array;
  /** [rows, width] 1 where the number exists. */
  mask: Uint8Array;
  /** [rows] each; no input of a model. */
  spectators: Readonly<Record<string, Float64Array>>;
  /** See `LazyBatch`. */
  pick?(rows: ArrayLike<number>): PreparedBatch;
  /** See `LazyBatch`. */
  packed?: PackedRows;
}

/**
 * Fits a scaling on training background.
 *
 * - `raw`: unchanged.
 * - `standardised`: (x - mean) / standard deviation (population) of each number, padding included; a number that is constant in
 *   the training rows becomes 0 in every row.
 * - `background-scaled`: pT / mean of all non-zero pT of all slots, eta / 4, phi / π; without objects the same as `standardised`.
 * - `40mhz-target`: pT of each slot standardised, padding included, then 0 where the slot is empty; eta and phi unchanged; without
 *   objects the same as `standardised`.
 * - `l1-normalised`: each row over the sum of its numbers, so that a histogram becomes shares of its entries; a row whose sum is 0,
 *   an empty histogram, stays 0. Where a row holds several histograms, each over its own sum. Nothing is fitted.
 * - `mask`, `first-channel`, `first-over-maximum`, `first-standardised`, `channel-sum`: one number of each pixel of an
 *   image (`pixel-scalings.ts`).
 * - `over-maximum`: every number over the largest one of the training rows; unchanged if that is not above 0.
 * - `study`: what `steps` say (`steps.ts`); without steps `background-scaled` for objects and `standardised` for everything else.
 *
 * Worked value: training pT 10, 30 and 0 (empty) give pT / 20 in `background-scaled`.
 *
 * @throws Problem for an unknown step, or a combination of steps that means nothing
 */
export function fitScaling(
  dataset: Dataset,
  training: TrainingRows,
  scaling: ScalingId,
  steps: readonly PreprocessingStep[] = [],
): FittedScaling {
  if (training.length === 0) throw new Error('a scaling needs training rows');
  const width = rowWidth(dataset);
  const moments = trainingMoments(dataset, training, width);
  if (scaling === 'study' && steps.length > 0) return fitSteps(dataset, training, steps, moments);
  if (isPixelScaling(scaling)) return ofPipeline(scaling, pixelPipeline(dataset, scaling, training, moments), moments.mean);
  const method = scaling === 'study' ? (dataset.kind === 'objects' ? 'background-scaled' : 'standardised') : scaling;
  const objects = dataset.kind === 'objects';
  const offset = new Float64Array(width);
  const scale = new Float64Array(width).fill(1);
  const remarks: string[] = [];
  const parts = dataset.histogram?.parts;
  let words: string;
  if (method === 'raw') words = 'Physical values, not scaled';
  else if (method === 'l1-normalised')
    words = `Each ${parts ? 'histogram of a row' : 'row'} over its own sum; empty histograms stay 0`;
  else if (method === 'over-maximum') words = overMaximum(moments, scale);
  else if (objects && method === 'background-scaled') words = scaleByBackground(dataset, training, scale);
  else {
    const chosen = dataset.features.map(({ quantity }) => !objects || method === 'standardised' || quantity === 'pT');
    words = standardise(moments, (i) => chosen[i] ?? true, offset, scale);
    if (objects && method === '40mhz-target')
      words = 'pT of each slot minus its mean, over its standard deviation, 0 where empty; eta and phi unchanged';
    const constant = constantNames(dataset, scale, width);
    if (constant) remarks.push(`constant in the training background, so always 0 for the model: ${constant}`);
  }
  const linearPhi = dataset.features.some((feature) => feature.periodic);
  return {
    id: scaling,
    offset,
    scale,
    substitute: moments.mean,
    rezeroEmpty: objects && method === '40mhz-target',
    perRowSum: method === 'l1-normalised',
    ...(parts && method === 'l1-normalised' ? { parts } : {}),
    linearPhi,
    words: fittedWords(words, training, linearPhi),
    remarks,
  };
}

function fittedWords(words: string, training: TrainingRows, linearPhi: boolean): string {
  const phi = linearPhi ? ' phi enters as a linear number, so directions just below π and just above −π look far apart.' : '';
  return `${words}; fitted on ${countText(training.length)} training background rows.${phi}`;
}

function fitSteps(
  dataset: Dataset,
  training: TrainingRows,
  steps: readonly PreprocessingStep[],
  { mean }: Moments,
): FittedScaling {
  const pipeline = fitPipeline(dataset, training, steps, mean);
  const linearPhi = pipeline.features.some((feature) => feature.periodic);
  const words = pipeline.words.charAt(0).toUpperCase() + pipeline.words.slice(1);
  return { ...ofPipeline('study', pipeline, mean), linearPhi, words: fittedWords(words, training, linearPhi) };
}

function ofPipeline(id: ScalingId, pipeline: Pipeline, mean: Float64Array): FittedScaling {
  return {
    id,
    offset: new Float64Array(pipeline.width),
    scale: new Float64Array(pipeline.width).fill(1),
    substitute: mean,
    rezeroEmpty: false,
    perRowSum: false,
    pipeline,
    linearPhi: false,
    words: pipeline.words,
    remarks: [...pipeline.remarks],
  };
}

interface Moments {
  mean: Float64Array;
  deviation: Float64Array;
  /** Of all numbers; -∞ if none exists. */
  largest: number;
}

/** Mean and population standard deviation of the values that exist in the training rows; 0 and 0 where there are none. */
function trainingMoments(dataset: Dataset, training: TrainingRows, width: number): Moments {
  const count = new Float64Array(width);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  const lowest = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  const highest = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  const read = rowReader(dataset);
  for (const row of training) {
    const own = read(row);
    for (let i = 0; i < width; i++) {
      const value = own[i] as number;
      if (Number.isNaN(value)) continue;
      const n = (count[i] as number) + 1;
      const step = value - (mean[i] as number);
      const moved = (mean[i] as number) + step / n;
      count[i] = n;
      squares[i] = (squares[i] as number) + step * (value - moved);
      mean[i] = moved;
      if (value < (lowest[i] as number)) lowest[i] = value;
      if (value > (highest[i] as number)) highest[i] = value;
    }
  }
  // a constant column has no spread at all, whatever rounding says
  const deviation = squares.map((sum, i) =>
    (lowest[i] as number) < (highest[i] as number) ? Math.sqrt(sum / (count[i] as number)) : 0,
  );
  return { mean, deviation, largest: highest.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY) };
}

function overMaximum({ largest }: Moments, scale: Float64Array): string {
  if (!(largest > 0)) return 'Physical values, since the training events have nothing above 0';
  scale.fill(largest);
  return `Each number / ${numberText(largest)}, the largest of the training events`;
}

function standardise(moments: Moments, chosen: (i: number) => boolean, offset: Float64Array, scale: Float64Array): string {
  for (let i = 0; i < offset.length; i++) {
    if (!chosen(i)) continue;
    const deviation = moments.deviation[i] as number;
    offset[i] = moments.mean[i] as number;
    scale[i] = deviation > 0 ? deviation : Number.POSITIVE_INFINITY;
  }
  return 'Each number minus its mean, over its standard deviation';
}

function scaleByBackground(dataset: Dataset, training: TrainingRows, scale: Float64Array): string {
  const width = scale.length;
  const isPt = dataset.features.map(({ quantity }) => quantity === 'pT');
  let sum = 0;
  let count = 0;
  const read = rowReader(dataset);
  for (const row of training) {
    const own = read(row);
    for (let i = 0; i < width; i++) {
      const value = own[i] as number;
      if (!isPt[i] || value === 0) continue;
      sum += value;
      count++;
    }
  }
  const pT = count > 0 ? sum / count : 1;
  for (const [i, { quantity }] of dataset.features.entries()) {
    scale[i] = quantity === 'pT' ? pT : quantity === 'eta' ? 4 : quantity === 'phi' ? Math.PI : 1;
  }
  return `pT / ${numberText(pT)} GeV (mean of all non-zero pT), eta / 4, phi / π`;
}

function constantNames(dataset: Dataset, scale: Float64Array, width: number): string | undefined {
  const names: string[] = [];
  for (let i = 0; i < width; i++)
    if (scale[i] === Number.POSITIVE_INFINITY) names.push(dataset.features[i]?.name ?? `number ${i + 1}`);
  if (names.length === 0) return undefined;
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${countText(names.length - 8)} more` : names.join(', ');
}

// ---- applying it ---------------------------------------------------------------------------------------------------------

/** Model numbers [n, width] of the given rows. A missing value is replaced by the training mean before it is scaled. */
export function applyScaling(fitted: FittedScaling, dataset: Dataset, rows: ArrayLike<number>): Float32Array {
  const width = rowWidth(dataset);
  const { pipeline } = fitted;
  if (pipeline) {
    const out = new Float32Array(rows.length * pipeline.width);
    for (let n = 0; n < rows.length; n++) pipeline.apply(rows[n] as number, out, n * pipeline.width);
    return out;
  }
  const out = new Float32Array(rows.length * width);
  const perSlot = slotWidth(dataset, width);
  const read = rowReader(dataset);
  for (let n = 0; n < rows.length; n++) {
    const own = read(rows[n] as number);
    const valueAt = (i: number): number => {
      const stored = own[i] as number;
      return Number.isNaN(stored) ? (fitted.substitute[i] as number) : stored;
    };
    if (fitted.perRowSum) {
      for (const { start, cells } of partsOf(fitted)) {
        let sum = 0;
        for (let i = start; i < start + cells; i++) sum += valueAt(i);
        if (sum !== 0) for (let i = start; i < start + cells; i++) out[n * width + i] = valueAt(i) / sum;
      }
      continue;
    }
    for (let i = 0; i < width; i++) {
      if (fitted.rezeroEmpty && perSlot > 0 && own[i - (i % perSlot)] === 0) continue;
      out[n * width + i] = (valueAt(i) - (fitted.offset[i] as number)) / (fitted.scale[i] as number);
    }
  }
  return out;
}

/** The same as a rule for each number by itself; undefined where a number depends on others of its row. */
export function rowScalingOf({ pipeline, perRowSum, rezeroEmpty, offset, scale }: FittedScaling): RowScaling | undefined {
  if (pipeline) return pipeline.scaling;
  if (perRowSum || rezeroEmpty) return undefined;
  const [shift = 0, size = 1] = [offset[0], scale[0]];
  const alike = offset.every((value) => value === shift) && scale.every((value) => value === size);
  return alike ? { number: (value) => (value - shift) / size } : { columns: columnsOf(offset, scale) };
}

function partsOf({ parts, offset }: FittedScaling): readonly Pick<HistogramPart, 'start' | 'cells'>[] {
  return parts ?? [{ start: 0, cells: offset.length }];
}

/**
 * Physical values [n, width] of model numbers [n, width]: value = x * scale + offset. A column that was constant in training gives
 * its constant back. Empty slots are not restored: judge them by the mask.
 *
 * @param raw [n, width] the physical rows, whose sums a scaling per row needs; without them its rows keep the sum 1
 * @returns [n, physical width]: sine and cosine of an angle become the angle again; what was clipped or zeroed stays so
 */
export function invertScaling(fitted: FittedScaling, modelValues: ArrayLike<number>, raw?: ArrayLike<number>): Float32Array {
  const width = fitted.offset.length;
  const { pipeline } = fitted;
  if (pipeline) {
    const physical = fitted.substitute.length;
    const back = new Float32Array((modelValues.length / width) * physical);
    for (let n = 0; n * width < modelValues.length; n++) {
      const own = raw ? Float64Array.from({ length: physical }, (_, i) => raw[n * physical + i] as number) : undefined;
      pipeline.invert(modelValues, n * width, back, n * physical, own);
    }
    return back;
  }
  const out = new Float32Array(modelValues.length);
  if (fitted.perRowSum) {
    for (let row = 0; row < out.length; row += width) {
      for (const { start, cells } of partsOf(fitted)) {
        const [from, to] = [row + start, row + start + cells];
        let sum = raw ? 0 : 1;
        if (raw) for (let i = from; i < to; i++) sum += raw[i] as number;
        for (let i = from; i < to; i++) out[i] = (modelValues[i] as number) * sum;
      }
    }
    return out;
  }
  for (let k = 0; k < out.length; k++) {
    const scale = fitted.scale[k % width] as number;
    const offset = fitted.offset[k % width] as number;
    out[k] = Number.isFinite(scale) ? (modelValues[k] as number) * scale + offset : offset;
  }
  return out;
}

/**
 * [n, width] 1 where a number exists. Objects: the slot's pT is above 0, and never for the eta of MET, which has none. Everything
 * else: the value is not NaN.
 */
export function maskOf(dataset: Dataset, rows: ArrayLike<number>): Uint8Array {
  const width = rowWidth(dataset);
  const mask = new Uint8Array(rows.length * width);
  const perSlot = slotWidth(dataset, width);
  const never = dataset.features.map(
    ({ quantity, slot }) => quantity === 'eta' && slot !== undefined && dataset.objectTypes?.[slot] === 'MET',
  );
  const read = rowReader(dataset);
  for (let n = 0; n < rows.length; n++) {
    const own = read(rows[n] as number);
    for (let i = 0; i < width; i++) {
      const exists = perSlot > 0 ? (own[i - (i % perSlot)] as number) > 0 : !Number.isNaN(own[i] as number);
      if (exists && !never[i]) mask[n * width + i] = 1;
    }
  }
  return mask;
}

/** Numbers per slot; 0 for data without slots. */
function slotWidth(dataset: Dataset, width: number): number {
  return dataset.objectTypes ? width / dataset.objectTypes.length : 0;
}

/** Everything that a model is given about some rows. */
export function makeBatch(dataset: Dataset, rows: ArrayLike<number>, input: FittedScaling, target: FittedScaling): PreparedBatch {
  const width = rowWidth(dataset);
  const raw = new Float32Array(rows.length * width);
  for (let n = 0; n < rows.length; n++) {
    const start = (rows[n] as number) * width;
    copyNumbers(dataset.values, start, start + width, raw, n * width);
  }
  const own = scaledWidth(input, dataset);
  if (scaledWidth(target, dataset) !== own) {
    throw new Problem({
      where: 'preprocessing',
      expected: `a target of ${own} numbers, like the input`,
      found: `${scaledWidth(target, dataset)} numbers`,
      fix: 'Scale the target like the input where steps change the number of columns',
    });
  }
  const x = applyScaling(input, dataset, rows);
  const { pipeline } = input;
  return {
    rows: rows.length,
    width: own,
    shape: pipeline?.shape ?? dataset.shape,
    raw,
    rawWidth: width,
    rawFeatures: dataset.features,
    x,
    target: sameNumbers(input, target) ? x : applyScaling(target, dataset, rows),
    spectators: Object.fromEntries(
      Object.entries(dataset.spectators).map(([name, values]) => [name, Float64Array.from(rows, (row) => values[row] as number)]),
    ),
    mask: pipeline ? spread(maskOf(dataset, rows), pipeline.source, rows.length, width) : maskOf(dataset, rows),
  };
}

/** Numbers that a model is given for one row. */
export function scaledWidth(fitted: FittedScaling, dataset: Pick<Dataset, 'shape'>): number {
  return fitted.pipeline?.width ?? rowWidth(dataset);
}

/** [n, source.length] from [n, width]: each number takes what stands where it comes from. */
function spread(mask: Uint8Array, source: Int32Array, n: number, width: number): Uint8Array {
  const out = new Uint8Array(n * source.length);
  for (let row = 0; row < n; row++)
    for (const [j, i] of source.entries()) out[row * source.length + j] = mask[row * width + i] as number;
  return out;
}

/** True if both make the same numbers of a row. */
export function sameNumbers(a: FittedScaling, b: FittedScaling): boolean {
  const equal = (p: Float64Array, q: Float64Array) => p.every((value, i) => value === q[i]);
  const alike = a.rezeroEmpty === b.rezeroEmpty && a.perRowSum === b.perRowSum;
  if (a === b || a.pipeline || b.pipeline) return a === b;
  return alike && equal(a.offset, b.offset) && equal(a.scale, b.scale);
}
