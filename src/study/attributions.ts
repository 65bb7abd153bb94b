/**
 * What makes an event stand out: the error of each of its numbers, and what is usual for that error among the background that was
 * trained on. A number that is always restored badly then counts for little, and one that is usually restored well for much.
 */
import type { ObjectType } from '../base/kinds.ts';
import type { FittedScaling } from '../data/preprocess.ts';
import { maskOf } from '../data/preprocess.ts';
import type { Batch } from '../models/contract.ts';
import { quantiles } from '../numeric/quantile.ts';
import { permutation } from '../numeric/random.ts';
import { batchesFor, type Prepared, scalingOf } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

/** The usual size of each number's error. */
export interface ErrorSpread {
  /**
   * [numbers] 68.3 % quantile of |x̂ − x| in model units over training background events in which the number exists, which is one
   * standard deviation where errors are normal and is not moved by a few bad ones. NaN where fewer than 20 events have the number.
   */
  of: readonly number[];
  /** Training background events that were looked at. */
  events: number;
}

/** Share of a normal distribution within one standard deviation. */
const ONE_SIGMA = 0.6826894921370859;
/** Fewer numbers than this have no spread worth dividing by. */
export const FEWEST_NUMBERS = 20;
/** Training events that are looked at, drawn with a fixed seed. */
const MOST_EVENTS = 2000;

/**
 * Squared error of each physical number of one row of a batch in model units; where a number became several (sine and cosine), their
 * sum. Padding has errors, too: an unmasked score counts them.
 */
export function errorsOf(
  { target, rawWidth, rows }: Pick<Batch, 'target' | 'rawWidth' | 'rows'>,
  reconstruction: ArrayLike<number>,
  { pipeline }: Pick<FittedScaling, 'pipeline'>,
  row = 0,
): number[] {
  const width = target.length / rows;
  const errors = new Array<number>(pipeline ? rawWidth : width).fill(0);
  for (let j = 0; j < width; j++) {
    const at = pipeline ? (pipeline.source[j] as number) : j;
    const k = row * width + j;
    errors[at] = (errors[at] as number) + ((target[k] as number) - (reconstruction[k] as number)) ** 2;
  }
  return errors;
}

/**
 * Spread of each number's error from absolute errors [rows][numbers]. A number of a slot that too few events fill (the fourth muon)
 * takes the spread of that quantity over all slots of its type.
 *
 * Worked value: absolute errors 1 to 20 of a number give 1 + 19 · 0.68269 = 13.971.
 */
export function spreadOf(
  absolute: readonly (readonly number[])[],
  exists: readonly ArrayLike<number>[],
  groupOf: (number: number) => string | null,
): number[] {
  const width = absolute[0]?.length ?? 0;
  const own = Array.from({ length: width }, (_, i) =>
    absolute.flatMap((row, r) => (exists[r]?.[i] === 1 ? [row[i] as number] : [])),
  );
  const pooled = new Map<string, number[]>();
  own.forEach((errors, i) => {
    const group = groupOf(i);
    if (group !== null) pooled.set(group, [...(pooled.get(group) ?? []), ...errors]);
  });
  const spread = (errors: readonly number[]) =>
    errors.length < FEWEST_NUMBERS ? Number.NaN : (quantiles(errors, [ONE_SIGMA])[0] as number);
  const ofGroup = new Map([...pooled].map(([group, errors]) => [group, spread(errors)]));
  return own.map((errors, i) => {
    const alone = spread(errors);
    const group = groupOf(i);
    return Number.isNaN(alone) && group !== null ? (ofGroup.get(group) as number) : alone;
  });
}

/** Found once for each run. */
const known = new WeakMap<FinishedRun, Promise<ErrorSpread>>();

/** The usual errors of a run that reconstructs, on at most 2,000 training background events. */
export function errorSpreadOf(prepared: Prepared, run: FinishedRun): Promise<ErrorSpread> {
  const found = known.get(run) ?? findSpread(prepared, run);
  known.set(run, found);
  found.catch(() => known.delete(run));
  return found;
}

async function findSpread(prepared: Prepared, run: FinishedRun): Promise<ErrorSpread> {
  const { dataset, split } = prepared;
  const order = permutation(split.training.length, 1, 'subset');
  const background = new Set(prepared.background);
  const rows = order
    .map((i) => split.training[i] as number)
    .filter((row) => background.has(dataset.label[row] as number))
    .slice(0, MOST_EVENTS);
  const scaling = scalingOf(prepared, run.detector.scaling.target);
  const absolute: number[][] = [];
  for (const batch of batchesFor(prepared, run.detector, rows)) {
    const { reconstruction } = await run.detector.forward(batch);
    if (!reconstruction) throw new Error(`${run.model.id} gave no reconstruction`);
    for (let row = 0; row < batch.rows; row++) absolute.push(errorsOf(batch, reconstruction, scaling, row).map(Math.sqrt));
  }
  const mask = maskOf(dataset, rows);
  const width = dataset.features.length;
  const exists = Array.from(rows, (_, r) => mask.subarray(r * width, (r + 1) * width));
  const groupOf = (i: number): string | null => {
    const feature = dataset.features[i];
    if (feature?.slot === undefined || feature.quantity === 'other') return null;
    return `${dataset.objectTypes?.[feature.slot] as ObjectType} ${feature.quantity}`;
  };
  return { of: spreadOf(absolute, exists, groupOf), events: rows.length };
}
