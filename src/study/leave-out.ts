/**
 * What a score loses with each part of an event: for models whose score has no error of single numbers. An object is taken out of its
 * slot, everything else left as it is (MET, too: nothing is balanced anew); a number of a table is put to the median of training
 * background. It is a question to the model, not a share: the differences need not add up to the score.
 */
import { rowWidth } from '../data/dataset.ts';
import { maskOf } from '../data/preprocess.ts';
import { plainNumbers } from '../numeric/packed.ts';
import { median } from '../numeric/quantile.ts';
import { permutation } from '../numeric/random.ts';
import { scoreRows } from '../training/score.ts';
import { scoredOf } from './evaluate.ts';
import { batchesFor, type Prepared, scalingOf } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

export interface LeftOut {
  /** Of the whole event, with the sign that makes higher more anomalous. */
  score: number;
  /** [numbers] The score without the object that the number belongs to, or with the number at its median; NaN where it does not exist. */
  without: readonly number[];
  /** True for tables: a number is replaced, not removed. */
  replaced: boolean;
}

/** Numbers of a wider table are not asked one by one. */
const MOST_NUMBERS = 400;
/** Training rows behind a median. */
const MOST_ROWS = 2000;

/** Null for data that have neither objects nor a table's named numbers, and for tables too wide to be asked number by number. */
export async function leftOutOf(prepared: Prepared, run: FinishedRun, scoreId: string, row: number): Promise<LeftOut | null> {
  const { dataset } = prepared;
  const width = rowWidth(dataset);
  if (dataset.kind !== 'objects' && (dataset.kind !== 'table' || width > MOST_NUMBERS)) return null;
  const mask = maskOf(dataset, [row]);
  // each part: the numbers that change together
  const parts = new Map<string, number[]>();
  dataset.features.forEach(({ slot }, i) => {
    if (mask[i] !== 1) return;
    const part = slot === undefined ? `number ${i}` : `slot ${slot}`;
    parts.set(part, [...(parts.get(part) ?? []), i]);
  });
  const own = dataset.values.slice(row * width, (row + 1) * width);
  const usual = dataset.kind === 'table' ? mediansOf(prepared, width) : new Float32Array(width);
  const rows = 1 + parts.size;
  const values = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) values.set(own, r * width);
  [...parts.values()].forEach((numbers, k) => {
    for (const i of numbers) values[(k + 1) * width + i] = usual[i] as number;
  });
  // constants come from the data themselves, before the few changed rows take their place
  scalingOf(prepared, run.detector.scaling.input);
  scalingOf(prepared, run.detector.scaling.target);
  const again = (from: Float64Array) => new Float64Array(rows).fill(from[row] as number);
  const spectators = Object.fromEntries(Object.entries(dataset.spectators).map(([name, column]) => [name, again(column)]));
  const label = new Uint8Array(rows).fill(dataset.label[row] as number);
  const { kind, name, synthetic, shape, features, objectTypes, classes, origins, remarks } = dataset;
  const few = { kind, name, synthetic, shape, features, classes, origins, remarks, rows, values, label, spectators };
  const changed: Prepared = { ...prepared, dataset: objectTypes ? { ...few, objectTypes } : few };
  const { score, state, sign } = scoredOf(run, scoreId);
  const all = Uint32Array.from({ length: rows }, (_, r) => r);
  const scores = await scoreRows(run.detector, score, state, batchesFor(changed, run.detector, all));
  const without = new Array<number>(width).fill(Number.NaN);
  [...parts.values()].forEach((numbers, k) => {
    for (const i of numbers) without[i] = sign * (scores[k + 1] as number);
  });
  return { score: sign * (scores[0] as number), without, replaced: dataset.kind === 'table' };
}

/** Median of each number over at most 2,000 training rows. */
function mediansOf({ dataset, split }: Prepared, width: number): Float32Array {
  const rows = permutation(split.training.length, 1, 'subset')
    .subarray(0, MOST_ROWS)
    .map((i) => split.training[i] as number);
  const values = plainNumbers(dataset.values);
  return Float32Array.from({ length: width }, (_, i) => median(Array.from(rows, (row) => values[row * width + i] as number)));
}
