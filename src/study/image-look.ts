/**
 * Looking at images: the mean image of each class with the spectrum of what is counted in them, the test events at the ends of a score,
 * and what the decoder makes of a point of the latent plane. Answers are plain arrays for the views.
 */
import type { EventClass } from '../base/kinds.ts';
import { Problem } from '../base/problem.ts';
import { rowReader } from '../data/dataset.ts';
import { invertScaling } from '../data/preprocess.ts';
import { scoredOf } from './evaluate.ts';
import { counterOf } from './hits.ts';
import { latentPlaneOf } from './look.ts';
import { batchFor, type Prepared, scalingOf } from './prepare.ts';
import type { FinishedRun } from './run-model.ts';

export interface ImageClasses {
  /** [classes] each [h x w x c]: the mean of all images of the class; empty for a class without images. */
  means: Float32Array[];
  /** What is counted in each image, and how often: edges [bins + 1], counts per class [bins]. */
  spectrum: { name: string; edges: number[]; counts: number[][] };
}

const spectrumBins = 50;

/** Of all rows, whatever their part: nothing here is fitted or judged. The number of tracks is counted where the data have it, else lit pixels. */
export function imageClassesOf({ dataset }: Prepared): ImageClasses {
  const width = dataset.shape.reduce((product, n) => product * n, 1);
  const read = rowReader(dataset);
  const sums = dataset.classes.map(() => new Float64Array(width));
  const events = dataset.classes.map(() => 0);
  for (let row = 0; row < dataset.rows; row++) {
    const label = dataset.label[row] as number;
    const sum = sums[label] as Float64Array;
    events[label]! += 1;
    const own = read(row);
    for (let i = 0; i < width; i++) sum[i]! += own[i] as number;
  }
  const means = sums.map((sum, k) =>
    events[k] === 0 ? new Float32Array(0) : Float32Array.from(sum, (total) => total / (events[k] as number)),
  );
  const tracks = dataset.spectators.n_tracks;
  const counter = counterOf(dataset);
  const counts = tracks ?? Float64Array.from({ length: dataset.rows }, (_, row) => counter?.of(row) ?? 0);
  const highest = counts.reduce((most, count) => Math.max(most, count), 1);
  const step = Math.max(1, Math.ceil((highest + 1) / spectrumBins));
  const bins = Math.ceil((highest + 1) / step);
  const filled = dataset.classes.map(() => new Array<number>(bins).fill(0));
  counts.forEach((count, row) => {
    const own = filled[dataset.label[row] as number] as number[];
    const bin = Math.floor(count / step);
    if (own[bin] !== undefined) own[bin] += 1;
  });
  return {
    means,
    spectrum: {
      name: tracks ? 'number of tracks' : (counter?.name ?? 'lit pixels'),
      edges: Array.from({ length: bins + 1 }, (_, i) => i * step),
      counts: filled,
    },
  };
}

export type RankedPlace = 'highest' | 'lowest' | 'threshold';

/** Test events at an end of the score, or nearest to the threshold; of equal ones in the order of the rows. */
export function rankedEventsOf(
  { dataset, split }: Prepared,
  run: FinishedRun,
  query: { score: string; threshold: number; place: RankedPlace; limit: number },
): { row: number; label: number; score: number; eventClass: EventClass }[] {
  const { test } = scoredOf(run, query.score);
  const distance = (i: number): number => {
    const score = test[i] as number;
    return query.place === 'threshold' ? Math.abs(score - query.threshold) : query.place === 'highest' ? -score : score;
  };
  // the first of millions is found without sorting them
  const order = query.limit === 1 ? firstOf(test.length, distance) : [...test.keys()].filter((i) => Number.isFinite(distance(i)));
  order.sort((a, b) => distance(a) - distance(b) || a - b);
  return order.slice(0, query.limit).map((i) => {
    const row = split.test[i] as number;
    const label = dataset.label[row] as number;
    return { row, label, score: test[i] as number, eventClass: dataset.classes[label] as EventClass };
  });
}

/** The number from 0 to n - 1 with the least finite distance, the first of equal ones; none if no distance is finite. */
function firstOf(n: number, distance: (i: number) => number): number[] {
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (let i = 0; i < n; i++) {
    const own = distance(i);
    if (own < least && Number.isFinite(own)) [best, least] = [i, own];
  }
  return best < 0 ? [] : [best];
}

export interface Traversed {
  /** Where the event itself lies on the axes of the latent view. */
  own: number[];
  /** Physical values of the decoder's image, NaN where the model says nothing. */
  image: Float32Array;
}

/**
 * What the decoder makes of an event whose latent numbers are moved so that it lies at `at` on the axes of the latent view; what is not
 * on an axis stays the event's own. With no coordinates it stays where it is, and the image is its reconstruction.
 *
 * @param at one coordinate for each axis, or none at all
 * @throws Problem for a model whose decoder cannot be asked
 */
export async function traversedOf(prepared: Prepared, run: FinishedRun, row: number, at: readonly number[]): Promise<Traversed> {
  const { detector } = run;
  if (!detector.decode) {
    throw new Problem({
      where: `the latent space of ${run.model.name}`,
      expected: 'a model with a decoder that takes latent numbers',
      found: 'none',
      fix: 'Choose an autoencoder',
    });
  }
  const batch = batchFor(prepared, detector, Uint32Array.of(row));
  const { latent = new Float32Array(0) } = await detector.forward(batch);
  const { mean, directions } = await latentPlaneOf(prepared, run);
  const moved = Float32Array.from(latent);
  const own = directions.map((direction) =>
    direction.reduce((sum, d, i) => sum + d * ((latent[i] as number) - (mean[i] as number)), 0),
  );
  for (const [axis, direction] of directions.entries()) {
    const shift = (at[axis] ?? (own[axis] as number)) - (own[axis] as number);
    for (let i = 0; i < moved.length; i++) moved[i]! += shift * (direction[i] as number);
  }
  const restored = await detector.decode(moved, batch);
  return { own, image: invertScaling(scalingOf(prepared, detector.scaling.target), restored, batch.raw) };
}
