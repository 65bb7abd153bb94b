/**
 * Scalings of images that leave one number of each pixel: the mask of the first channel, that channel alone, or the channels added up.
 * Dark-shower models look at the hits of the tracker or at the sum of all detectors (L. Anzalone et al., arXiv 2306.12955 and its
 * code), crystal models at the energy without the time. Knows images, no model.
 */
import { numberText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import type { RowScaling } from '../numeric/packed-rows.ts';
import { type Dataset, rowReader } from './dataset.ts';
import type { Pipeline } from './pipeline.ts';
import type { TrainingRows } from './split.ts';

const ids = ['mask', 'first-channel', 'first-over-maximum', 'first-standardised', 'channel-sum'] as const;
export type PixelScaling = (typeof ids)[number];

export function isPixelScaling(id: unknown): id is PixelScaling {
  return (ids as readonly unknown[]).includes(id);
}

/** Sums of channels are cut off here, as in the code of the source. */
const LARGEST_SUM = 2000;

/** What one pixel becomes, and what the number says about its first channel. */
interface PixelRule {
  /**
   * @param first index of the pixel's first channel in its image
   * @param pixel its place in the image
   */
  value(image: Float32Array, first: number, pixel: number): number;
  back(number: number, pixel: number): number;
  /** The same of the first channel alone, where that is enough. */
  scaling?: Omit<RowScaling, 'source'>;
  words: string;
  remarks: string[];
}

/**
 * Rows [h, w, c] to rows [h, w, 1]. On the way back a number becomes the first channel and the others are missing (NaN), since it says
 * nothing of them; of a sum of several channels all are missing. A missing pixel counts as 0, not lit.
 *
 * - `mask`: 1 where the first channel is above 0, else 0.
 * - `first-channel`: its value.
 * - `first-over-maximum`: its value over the largest of the training rows; unchanged if that is not above 0.
 * - `first-standardised`: each pixel of it minus its mean in the training rows, over its standard deviation; a constant one is 0.
 * - `channel-sum`: the sum of all channels, from 0 to 2,000, over 2,000.
 *
 * @param training rows from which the largest pixel is taken
 * @param moments [h w c] of every number in those rows
 * @throws Problem for anything but images
 */
export function pixelPipeline(
  dataset: Dataset,
  scaling: PixelScaling,
  training: TrainingRows,
  moments: { mean: Float64Array; deviation: Float64Array },
): Pipeline {
  const { kind, shape } = dataset;
  const [height = 0, width = 0, channels = 1] = shape;
  if (kind !== 'images') {
    throw new Problem({
      where: `input scaling "${scaling}"`,
      expected: scaling === 'mask' ? 'images, whose pixels are lit or not' : 'images with channels',
      found: `data of kind ${kind}`,
      fix: 'Choose another scaling of the input',
    });
  }
  const pixels = height * width;
  const read = rowReader(dataset);
  const rule = ruleOf(dataset, scaling, training, moments);
  const source = Int32Array.from({ length: pixels }, (_, i) => i * channels);
  return {
    width: pixels,
    shape: [height, width, 1],
    features: [],
    source,
    ...(rule.scaling ? { scaling: { source, ...rule.scaling } } : {}),
    words: rule.words,
    remarks: rule.remarks,
    apply(row, out, at) {
      const image = read(row);
      for (let i = 0; i < pixels; i++) {
        const value = rule.value(image, i * channels, i);
        out[at + i] = Number.isNaN(value) ? 0 : value;
      }
    },
    invert(numbers, from, out, at) {
      out.fill(Number.NaN, at, at + pixels * channels);
      for (let i = 0; i < pixels; i++) out[at + i * channels] = rule.back(numbers[from + i] as number, i);
    },
  };
}

function ruleOf(
  dataset: Dataset,
  scaling: PixelScaling,
  training: TrainingRows,
  { mean, deviation }: { mean: Float64Array; deviation: Float64Array },
): PixelRule {
  const channels = dataset.shape[2] ?? 1;
  const name = channels > 1 ? dataset.image?.channels?.[0] : undefined;
  const same = (value: number) => value;
  switch (scaling) {
    case 'mask': {
      const words = `1 where ${name ? `the ${name}` : 'a pixel'} is above 0, else 0; nothing is fitted`;
      const number = (value: number) => (value > 0 ? 1 : 0);
      return { value: (image, first) => number(image[first] as number), back: same, scaling: { number }, words, remarks: [] };
    }
    case 'first-channel': {
      const words = `${channelWords(channels, name)}, not scaled; nothing is fitted`;
      return { value: (image, first) => image[first] as number, back: same, scaling: {}, words, remarks: [] };
    }
    case 'first-over-maximum': {
      const largest = largestFirst(dataset, training, channels);
      const scale = largest > 0 ? largest : 1;
      const number = (value: number) => value / scale;
      return {
        value: (image, first) => number(image[first] as number),
        scaling: { number },
        back: (number) => number * scale,
        words: `${channelWords(channels, name)}, over ${numberText(scale)}, the largest of the training events`,
        remarks: largest > 0 ? [] : ['nothing in the training events is above 0, so pixels stay as they are'],
      };
    }
    case 'first-standardised': {
      const at = (numbers: Float64Array, pixel: number) => numbers[pixel * channels] as number;
      return {
        value: (image, first, pixel) =>
          at(deviation, pixel) > 0 ? ((image[first] as number) - at(mean, pixel)) / at(deviation, pixel) : 0,
        back: (number, pixel) => number * at(deviation, pixel) + at(mean, pixel),
        scaling: {
          columns: columnsOf(
            Float64Array.from({ length: mean.length / channels }, (_, pixel) => at(mean, pixel)),
            Float64Array.from({ length: mean.length / channels }, (_, pixel) => at(deviation, pixel) || Number.POSITIVE_INFINITY),
          ),
        },
        words: `${channelWords(channels, name)}, minus its mean, over its standard deviation in the training events`,
        remarks: [],
      };
    }
    case 'channel-sum':
      return {
        value(image, first) {
          let sum = 0;
          for (let c = 0; c < channels; c++) sum += image[first + c] as number;
          return Math.min(Math.max(sum, 0), LARGEST_SUM) / LARGEST_SUM;
        },
        back: (number) => (channels > 1 ? Number.NaN : number * LARGEST_SUM),
        words: `Each pixel's channels added up, at most ${numberText(LARGEST_SUM)}, over ${numberText(LARGEST_SUM)}; nothing is fitted`,
        remarks: [],
      };
  }
}

/** (x - offset) / scale as x scale + offset; an infinite scale makes 0. */
export function columnsOf(offset: Float64Array, scale: Float64Array): NonNullable<RowScaling['columns']> {
  return {
    scale: Float32Array.from(scale, (size) => 1 / size),
    offset: Float32Array.from(offset, (value, i) => -value / (scale[i] as number)),
  };
}

function channelWords(channels: number, name: string | undefined): string {
  if (channels === 1) return 'Pixels';
  return name ? `The ${name} of each pixel alone` : 'The first channel of each pixel alone';
}

/** The largest number of the first channel in the training rows; -∞ if there is none. */
function largestFirst(dataset: Dataset, training: TrainingRows, channels: number): number {
  const read = rowReader(dataset);
  let largest = Number.NEGATIVE_INFINITY;
  for (const row of training) {
    const image = read(row);
    for (let i = 0; i < image.length; i += channels) if ((image[i] as number) > largest) largest = image[i] as number;
  }
  return largest;
}
