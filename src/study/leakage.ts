/**
 * How a preparation that differs between the classes makes any detector look perfect. The same images, the same simple detector, prepared
 * in three ways: done right; the second class reshaped, so that two channels interleave; the second class replaced by crops of other
 * images. Made of the loaded images, with numbers measured on the spot.
 *
 * Sources: mistakes read in a public electron and photon study whose areas are 1.000; the honest figure on such images is about 0.6.
 */
import { Problem } from '../base/problem.ts';
import { rowReader } from '../data/dataset.ts';
import { delong } from '../metrics/auc-error.ts';
import { rank } from '../metrics/ranking.ts';
import { covariance, principalComponents, pseudoInverse } from '../numeric/linear.ts';
import { Cursor } from '../numeric/random.ts';
import type { Prepared } from './prepare.ts';

export type LeakKind = 'right' | 'reshape' | 'crops';

/** What a look at both classes would have shown: means over images, and the extremes. */
export interface ClassCheck {
  name: string;
  images: number;
  least: number;
  largest: number;
  /** Mean share of pixels that are not 0. */
  filled: number;
  /** Mean sum of an image. */
  sum: number;
  /** Share of images whose hottest pixel lies within three of the middle. */
  centred: number;
}

export interface LeakResult {
  kind: LeakKind;
  auc: number;
  aucError: number;
  signal: number;
  background: number;
  checks: readonly [ClassCheck, ClassCheck];
  /** Mean image of each class as the detector is given it, [height x width]. */
  means: readonly [Float32Array, Float32Array];
}

const components = 10;
/** Enough for stable directions, few enough for an answer in a second. */
const mostRows = 1000;

/**
 * One preparation. The detector is closed-form: principal components of the roots of the
 * pixels of half of the background, and the Mahalanobis distance in them
 * and in the residual; the other half is judged against the signal.
 *
 * @throws Problem for anything but images with a background and a signal, and for a reshape of images with one channel
 */
export function leakageOf({ dataset, background, signals }: Prepared, kind: LeakKind): LeakResult {
  const [height = 0, width = 0, channels = 1] = dataset.shape;
  const signal = signals[0];
  if (dataset.kind !== 'images' || signal === undefined) {
    throw new Problem({
      where: 'the lesson on leakage',
      expected: 'labelled images of a background and a signal',
      found: dataset.kind === 'images' ? 'no signal' : `data of kind ${dataset.kind}`,
      fix: 'Load the sample of electron and photon images',
    });
  }
  if (kind === 'reshape' && channels < 2) {
    throw new Problem({
      where: 'the lesson on leakage, reshape',
      expected: 'images with at least two channels, which a reshape can interleave',
      found: 'one channel',
      fix: 'Choose the crops, or load images with energy and time',
    });
  }
  const pixels = height * width;
  const rowsOf = (labels: readonly number[]) =>
    [...dataset.label.keys()].filter((row) => labels.includes(dataset.label[row] as number)).slice(0, 2 * mostRows);
  const read = rowReader(dataset);
  const sliced = (row: number) => {
    const own = read(row);
    return Float32Array.from({ length: pixels }, (_, i) => own[i * channels] as number);
  };
  const right = rowsOf(background).map(sliced);
  const cursor = new Cursor(1, 'sample');
  const other = rowsOf([signal])
    .slice(0, mostRows)
    .map((row, i) => {
      if (kind === 'right') return sliced(row);
      // the first height x width numbers of a row in which channels alternate
      if (kind === 'reshape') return read(row).slice(0, pixels);
      return crop(right, height, width, cursor.moveTo(i));
    });
  if (right.length < 4 || other.length < 2) {
    throw new Problem({
      where: 'the lesson on leakage',
      expected: 'at least four background images and two of the signal',
      found: `${right.length} and ${other.length}`,
      fix: 'Load more events',
    });
  }
  const training = right.filter((_, i) => i % 2 === 0);
  const judged = right.filter((_, i) => i % 2 === 1);
  const score = fitted(training.map(tamed), pixels);
  const scores = Float64Array.from([...judged, ...other], (image) => score(tamed(image)));
  const label = Uint8Array.from(scores, (_, i) => (i < judged.length ? 0 : 1));
  const { auc, error } = delong(rank(scores, label, 2), 1, 0);
  const name = (index: number | undefined) => dataset.classes[index ?? 0]?.name ?? '';
  const both = [judged, other] as const;
  const names = [name(background[0]), kind === 'crops' ? `crops in place of ${name(signal)}` : name(signal)] as const;
  return {
    kind,
    ...{ auc, aucError: error, signal: other.length, background: judged.length },
    checks: [checkOf(names[0], both[0], height, width), checkOf(names[1], both[1], height, width)],
    means: [meanOf(both[0], pixels), meanOf(both[1], pixels)],
  };
}

/** √|x| with the sign of x: an image is then not its one hottest pixel alone. The same for both classes. */
function tamed(image: Float32Array): Float32Array {
  return image.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value)));
}

/**
 * A stand-in for a crop of a jet image: three showers of the background laid over one another away from the middle, on another scale, with
 * a pedestal taken off, so that pixels can be negative.
 */
function crop(images: readonly Float32Array[], height: number, width: number, cursor: Cursor): Float32Array {
  const sum = new Float32Array(height * width);
  for (let n = 0; n < 3; n++) {
    const image = images[cursor.below(images.length)] as Float32Array;
    const [down, right] = [cursor.below(height), cursor.below(width)];
    for (let i = 0; i < sum.length; i++) {
      const row = (Math.floor(i / width) + down) % height;
      const column = ((i % width) + right) % width;
      sum[row * width + column]! += 0.5 * (image[i] as number);
    }
  }
  const pedestal = sum.reduce((total, value) => total + value, 0) / sum.length;
  return sum.map((value) => value - pedestal);
}

/** Squared Mahalanobis distance in the components and the root of the residual, fitted on background. */
function fitted(training: readonly Float32Array[], pixels: number): (image: Float32Array) => number {
  const kept = training.slice(0, mostRows);
  const x = new Float32Array(kept.length * pixels);
  for (const [i, image] of kept.entries()) x.set(image, i * pixels);
  const count = Math.max(1, Math.min(components, Math.floor(kept.length / 4)));
  const { mean, components: axes } = principalComponents(x, kept.length, pixels, count);
  const numbers = (image: Float32Array): Float64Array => {
    const out = new Float64Array(count + 1);
    let left = 0;
    for (let i = 0; i < pixels; i++) left += ((image[i] as number) - (mean[i] as number)) ** 2;
    for (let c = 0; c < count; c++) {
      let z = 0;
      for (let i = 0; i < pixels; i++) z += (axes[c * pixels + i] as number) * ((image[i] as number) - (mean[i] as number));
      out[c] = z;
      left -= z * z;
    }
    out[count] = Math.sqrt(Math.max(0, left));
    return out;
  };
  const described = Float64Array.from(kept.flatMap((image) => [...numbers(image)]));
  const { mean: middle, covariance: matrix } = covariance(described, kept.length, count + 1);
  const { inverse } = pseudoInverse(matrix, count + 1);
  return (image) => {
    const z = numbers(image).map((value, i) => value - (middle[i] as number));
    let sum = 0;
    for (let i = 0; i <= count; i++)
      for (let j = 0; j <= count; j++) sum += (z[i] as number) * (inverse[i * (count + 1) + j] as number) * (z[j] as number);
    return sum;
  };
}

function checkOf(name: string, images: readonly Float32Array[], height: number, width: number): ClassCheck {
  let [least, largest, filled, sum, centred] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (const image of images) {
    let best = 0;
    image.forEach((value, i) => {
      least = Math.min(least, value);
      largest = Math.max(largest, value);
      if (value !== 0) filled++;
      sum += value;
      if (value > (image[best] as number)) best = i;
    });
    const away = Math.max(Math.abs(Math.floor(best / width) - height / 2), Math.abs((best % width) - width / 2));
    if (away <= 3) centred++;
  }
  const n = images.length;
  return { name, images: n, least, largest, filled: filled / (n * height * width), sum: sum / n, centred: centred / n };
}

function meanOf(images: readonly Float32Array[], pixels: number): Float32Array {
  const mean = new Float32Array(pixels);
  for (const image of images) for (let i = 0; i < pixels; i++) mean[i]! += (image[i] as number) / images.length;
  return mean;
}
