/**
 * Looking at single events of a finished run: the latent space, the events of a confusion cell, one event with its
 * reconstruction. Answers are plain arrays for the views.
 */
import type { DataKind, EventClass, Feature, HistogramAxis, ObjectType } from '../base/kinds.ts';
import { nounOf } from '../base/nouns.ts';
import type { Dataset } from '../data/dataset.ts';
import { lumisectionsOf } from '../data/lumisections.ts';
import { eventSummary } from '../data/physics.ts';
import { invertScaling, maskOf } from '../data/preprocess.ts';
import { principalComponents } from '../numeric/linear.ts';
import { permutation } from '../numeric/random.ts';
import { type ErrorSpread, errorSpreadOf, errorsOf } from './attributions.ts';
import { scoredOf } from './evaluate.ts';
import { type LeftOut, leftOutOf } from './leave-out.ts';
import { type Posterior, posteriorOf, posteriorText } from './posterior.ts';
import { batchesFor, batchFor, type Prepared, scalingOf } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

export type Cell = 'truePositives' | 'falsePositives' | 'trueNegatives' | 'falseNegatives';

/**
 * Latent coordinates of up to `limit` test events: a seeded sample that gives every class an equal share as far as it has
 * events, rare classes last. Wider latent layers are projected on their first three principal components (fitted on the
 * background events shown); up to six latent numbers are given as they are too. A variational model says what its Gaussians are worth
 * over the background events shown: its latent numbers are their means.
 */
export async function latentViewOf(
  prepared: Prepared,
  run: FinishedRun,
  scoreId: string,
  limit: number,
): Promise<{
  row: Uint32Array;
  label: Uint8Array;
  score: Float64Array;
  points: Float32Array;
  dimensions: number;
  axes: readonly string[];
  words: string;
  all?: { points: Float32Array; dimensions: number };
  posterior?: Posterior & { words: string };
}> {
  const { test } = prepared.split;
  const scored = scoredOf(run, scoreId);
  const chosen = sampleByClass(prepared, test, limit);
  const row = chosen.map((i) => test[i] as number);
  const label = Uint8Array.from(row, (r) => prepared.dataset.label[r] as number);
  const score = Float64Array.from(chosen, (i) => scored.test[i] as number);

  let latent = new Float64Array(0);
  let logVariance = new Float64Array(0);
  let width = 0;
  let start = 0;
  for (const batch of batchesFor(prepared, run.detector, row)) {
    const { latent: part, latentMean, latentLogVar } = await run.detector.forward(batch);
    if (!part) throw new Error(`${run.model.id} declares a latent output but gave none`);
    if (width === 0) {
      width = part.length / batch.rows;
      latent = new Float64Array(row.length * width);
      if (latentMean && latentLogVar) logVariance = new Float64Array(row.length * width);
    }
    latent.set(part, start * width);
    if (latentMean && latentLogVar) logVariance.set(latentLogVar, start * width);
    start += batch.rows;
  }
  const background = [...label.keys()].filter((i) => prepared.background.includes(label[i] as number));
  const gaussians =
    logVariance.length > 0 && background.length > 1 ? posteriorOf(latent, logVariance, width, background) : undefined;
  const others = {
    ...(width > 3 && width <= mostPairs ? { all: { points: Float32Array.from(latent), dimensions: width } } : {}),
    ...(gaussians ? { posterior: { ...gaussians, words: posteriorText(gaussians, nounOf(prepared.dataset.kind).several) } } : {}),
  };
  if (width <= 3) {
    const directions = Array.from({ length: width }, (_, k) => Float64Array.from({ length: width }, (_, i) => (i === k ? 1 : 0)));
    planes.set(run, { mean: new Float64Array(width), directions });
    return {
      row,
      label,
      score,
      points: Float32Array.from(latent),
      dimensions: width,
      axes: Array.from({ length: width }, (_, k) => `z${k + 1}`),
      words: width === 1 ? 'the one latent number' : `all ${width} latent numbers`,
      ...others,
    };
  }
  const reference = new Float64Array(background.length * width);
  background.forEach((i, k) => {
    reference.set(latent.subarray(i * width, (i + 1) * width), k * width);
  });
  const { mean, components, variances, totalVariance } = principalComponents(reference, background.length, width, 3);
  planes.set(run, { mean, directions: [0, 1, 2].map((c) => components.slice(c * width, (c + 1) * width)) });
  const points = new Float32Array(row.length * 3);
  for (let i = 0; i < row.length; i++) {
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let j = 0; j < width; j++)
        sum += ((latent[i * width + j] as number) - (mean[j] as number)) * (components[c * width + j] as number);
      points[i * 3 + c] = sum;
    }
  }
  const kept = totalVariance > 0 ? (100 * variances.reduce((a, b) => a + b, 0)) / totalVariance : 0;
  return {
    row,
    label,
    score,
    points,
    dimensions: 3,
    axes: ['PC 1', 'PC 2', 'PC 3'],
    words: `first 3 principal components of ${width} latent numbers (${kept.toFixed(0)} % of the background's variance)`,
    ...others,
  };
}

/** Latent numbers of which every pair is drawn; more would be stamps. */
const mostPairs = 6;

/** The axes of the latent view: where 0 is, and the unit vector of latent numbers along each. */
export interface LatentPlane {
  mean: Float64Array;
  directions: Float64Array[];
}

/** Of the views that were made. */
const planes = new WeakMap<FinishedRun, LatentPlane>();
const planePoints = 4000;

/** The axes on which the page has drawn the latent space of a run. */
export async function latentPlaneOf(prepared: Prepared, run: FinishedRun): Promise<LatentPlane> {
  if (!planes.has(run)) await latentViewOf(prepared, run, [...run.scored.keys()][0] ?? '', planePoints);
  return planes.get(run) as LatentPlane;
}

/** Indices into `rows`: at most `limit` in all, classes with few events complete, ordered from the commonest to the rarest. */
function sampleByClass(prepared: Prepared, rows: Uint32Array, limit: number): Uint32Array {
  const byClass = prepared.dataset.classes.map((): number[] => []);
  const order = permutation(rows.length, 1, 'subset');
  for (const i of order) byClass[prepared.dataset.label[rows[i] as number] as number]?.push(i);
  const rareFirst = byClass.filter((members) => members.length > 0).sort((a, b) => a.length - b.length);
  const taken: number[][] = [];
  let left = limit;
  rareFirst.forEach((members, k) => {
    const share = Math.floor(left / (rareFirst.length - k));
    const part = members.slice(0, share);
    left -= part.length;
    taken.unshift(part);
  });
  return Uint32Array.from(taken.flat());
}

export interface EventListing {
  row: number;
  label: number;
  score: number;
  origin: string;
  run?: number;
  lumisection?: number;
  /** The last one, where several lumisections were taken together. */
  lastLumisection?: number;
  event?: number;
  summary: readonly { name: string; value: number; unit: string }[];
}

function lumisectionFields(dataset: Dataset, row: number): { lumisection?: number; lastLumisection?: number } {
  if (!dataset.lumisection) return {};
  const all = lumisectionsOf(dataset, row);
  return {
    lumisection: dataset.lumisection[row] as number,
    ...(all.length > 1 ? { lastLumisection: all.at(-1) as number } : {}),
  };
}

/**
 * Test events of one cell of the confusion matrix of `signal` against background, highest score first.
 *
 * @param query.signal class index of the signal
 */
export function eventsOf(
  prepared: Prepared,
  run: FinishedRun,
  query: { score: string; threshold: number; signal: number; cell: Cell; offset: number; limit: number },
): { total: number; rows: EventListing[] } {
  const { dataset, split } = prepared;
  const { test: scores } = scoredOf(run, query.score);
  const wantsSignal = query.cell === 'truePositives' || query.cell === 'falseNegatives';
  const wantsFlagged = query.cell === 'truePositives' || query.cell === 'falsePositives';
  const members: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const s = scores[i] as number;
    if (!Number.isFinite(s) || s >= query.threshold !== wantsFlagged) continue;
    const label = dataset.label[split.test[i] as number] as number;
    if (wantsSignal ? label === query.signal : prepared.background.includes(label)) members.push(i);
  }
  members.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const page = members.slice(query.offset, query.offset + query.limit);
  return {
    total: members.length,
    rows: page.map((i) => {
      const row = split.test[i] as number;
      return {
        row,
        label: dataset.label[row] as number,
        score: scores[i] as number,
        origin: dataset.origins.find((o) => row >= o.start && row < o.end)?.name ?? dataset.name,
        ...(dataset.run ? { run: dataset.run[row] as number } : {}),
        ...lumisectionFields(dataset, row),
        ...(dataset.event ? { event: dataset.event[row] as number } : {}),
        summary: eventSummary(dataset, row),
      };
    }),
  };
}

/**
 * One event: its numbers in physical units, what the model made of them, and the squared error of each in model units.
 *
 * @param score where the model restores no numbers, what this score loses with each part of the event
 */
export async function eventViewOf(
  prepared: Prepared,
  run: FinishedRun,
  row: number,
  score?: string,
): Promise<{
  row: number;
  label: number;
  eventClass: EventClass;
  features: readonly Feature[];
  objectTypes?: readonly ObjectType[];
  histogram?: HistogramAxis;
  run?: number;
  lumisection?: number;
  /** The last one, where several lumisections were taken together. */
  lastLumisection?: number;
  input: readonly number[];
  reconstruction?: readonly number[];
  mask: readonly number[];
  masked?: true;
  errors?: readonly number[];
  spread?: ErrorSpread;
  leftOut?: LeftOut;
}> {
  const { dataset } = prepared;
  const batch = batchFor(prepared, run.detector, Uint32Array.of(row));
  const { reconstruction } = await run.detector.forward(batch);
  const label = dataset.label[row] as number;
  const leftOut = !reconstruction && score !== undefined ? await leftOutOf(prepared, run, score, row) : null;
  return {
    row,
    label,
    ...(leftOut ? { leftOut } : {}),
    eventClass: dataset.classes[label] as EventClass,
    features: dataset.features,
    ...(dataset.objectTypes ? { objectTypes: dataset.objectTypes } : {}),
    ...(dataset.histogram ? { histogram: dataset.histogram } : {}),
    ...(dataset.run ? { run: dataset.run[row] as number } : {}),
    ...lumisectionFields(dataset, row),
    input: Array.from(batch.raw),
    mask: Array.from(maskOf(dataset, Uint32Array.of(row))),
    ...(run.detector.scaling.target === 'mask' ? { masked: true as const } : {}),
    ...(reconstruction
      ? {
          reconstruction: Array.from(invertScaling(scalingOf(prepared, run.detector.scaling.target), reconstruction, batch.raw)),
          errors: errorsOf(batch, reconstruction, scalingOf(prepared, run.detector.scaling.target)),
          ...(spreads.includes(dataset.kind) ? { spread: await errorSpreadOf(prepared, run) } : {}),
        }
      : {}),
  };
}

/** Kinds of data whose numbers are few and have names, so that each can be blamed by itself. */
const spreads: readonly DataKind[] = ['objects', 'table'];
