/** One event as the image inspector shows it: channel by channel what came in, what was restored, and what each pixel costs. Pure. */
import { formatCount, formatNumber } from '../../plots/format.ts';
import type { DataSummary, EventView } from '../../worker/api.ts';

export interface ImageParts {
  height: number;
  width: number;
  unit: string;
  /** [height x width] each. */
  input: Float64Array;
  restored?: Float64Array;
  /** Restored minus input. */
  residual?: Float64Array;
  /** What each pixel adds to the score. */
  cost?: Float64Array;
  /** The cost in words, with its formula. */
  costName: string;
}

/** The names of the channels, by their number where they have none: `tracker`, `channel 2`. */
export function channelNames({
  shape,
  image,
}: {
  shape: DataSummary['shape'];
  image?: DataSummary['image'] | undefined;
}): string[] {
  return Array.from({ length: shape[2] ?? 1 }, (_, i) => image?.channels?.[i] ?? `channel ${i + 1}`);
}

/** Every `channels`-th number from `channel` on. */
export function channelOf(numbers: ArrayLike<number>, channel: number, channels: number): Float64Array {
  return Float64Array.from({ length: numbers.length / channels }, (_, i) => numbers[i * channels + channel] as number);
}

type Cost = { name: string; of(x: number, y: number): number };

/** What one pixel adds, by the id of the score; squared error for scores that are no sum over pixels. */
function costOf(score: string): Cost {
  if (/bce/.test(score)) {
    const clipped = (p: number) => Math.min(1 - 1e-7, Math.max(1e-7, p));
    return {
      name: 'cross-entropy, −x ln y − (1 − x) ln(1 − y)',
      of: (x, y) => -(x * Math.log(clipped(y)) + (1 - x) * Math.log(1 - clipped(y))),
    };
  }
  if (/l1|mae/.test(score)) return { name: 'absolute error, |x − y|', of: (x, y) => Math.abs(x - y) };
  return { name: 'squared error, (x − y)²', of: (x, y) => (x - y) ** 2 };
}

/**
 * @param channel counted from 0
 * @param restored another image of the same shape than the event's own reconstruction, where a point of the latent space is looked at
 */
export function imageParts(
  data: Pick<DataSummary, 'shape' | 'image'>,
  event: Pick<EventView, 'input' | 'reconstruction' | 'masked'>,
  score: string,
  channel: number,
  restored: ArrayLike<number> | undefined = event.reconstruction,
): ImageParts {
  const [height = 1, width = 1, channels = 1] = data.shape;
  const raw = channelOf(event.input, channel, channels);
  // a model that is given the mask restores the chance that a pixel is lit
  const masked = event.masked === true && channel === 0;
  const input = masked ? raw.map((value) => (value > 0 ? 1 : 0)) : raw;
  const cost = costOf(score);
  const unit = masked || channel > 0 ? '' : (data.image?.unit ?? '');
  const base = { height, width, unit, input, costName: cost.name };
  const back = restored ? channelOf(restored, channel, channels) : undefined;
  if (!back || back.every(Number.isNaN)) return base;
  return {
    ...base,
    restored: back,
    residual: back.map((y, i) => y - (input[i] as number)),
    cost: back.map((y, i) => cost.of(input[i] as number, y)),
  };
}

/** `lit 81 of 4 176, sum 733 GeV`. */
export function imageWords({ input, unit }: ImageParts): string {
  const lit = input.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  const sum = input.reduce((total, value) => total + value, 0);
  const energy = unit === '' ? '' : `, sum ${formatNumber(sum)} ${unit}`;
  return `${formatCount(lit)} of ${formatCount(input.length)} pixels lit${energy}`;
}
