/**
 * Reads a stack of images as rows of [height, width, channels], whatever the position of the channels in the file. Channels are
 * selected by slicing: reshaping would mix them.
 */
import type { ParamSpec } from '../base/params.ts';
import { type Numbers, packNumbers } from '../numeric/packed.ts';
import type { ArrayInfo, OpenFile } from './formats/contract.ts';
import type { LayoutOptions } from './layouts/contract.ts';
import { bands, noRoom } from './rows.ts';

const bandNumbers = 8_000_000;

/** Where the channels of an array [N, ...] stand: as the last axis, as the first one after N, or nowhere. */
export type ChannelPlace = 'last' | 'first' | 'none';

export interface PixelShape {
  height: number;
  width: number;
  /** Channels in the file. */
  channels: number;
  place: ChannelPlace;
}

/** By the smallest axis: up to four pixels are channels. Undefined for arrays that are no images. */
export function pixelShape({ shape }: Pick<ArrayInfo, 'shape'>, place?: ChannelPlace): PixelShape | undefined {
  const [, a = 0, b = 0, c] = shape;
  if (shape.length === 3) return { height: a, width: b, channels: 1, place: 'none' };
  if (shape.length !== 4 || c === undefined) return undefined;
  const first = place === undefined ? c > 4 && a <= 4 : place === 'first';
  return first ? { height: b, width: c, channels: a, place: 'first' } : { height: a, width: b, channels: c, place: 'last' };
}

/**
 * @param kept channels in the order in which they are wanted
 * @param take is given each image in turn, [height x width x kept], good until the next one
 */
export async function readPixels(
  file: OpenFile,
  array: ArrayInfo,
  pixels: PixelShape,
  kept: readonly number[],
  [start, end]: readonly [number, number],
  take: (image: Float32Array) => void,
  options: Pick<LayoutOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const { height, width, channels, place } = pixels;
  const area = height * width;
  const image = new Float32Array(area * kept.length);
  for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / (area * channels)), array.chunkRows)) {
    const band = (await file.read(array.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float32Array;
    for (let row = 0; row < to - from; row++) {
      const source = row * area * channels;
      for (const [k, channel] of kept.entries()) {
        const step = place === 'first' ? 1 : channels;
        const offset = place === 'first' ? source + channel * area : source + channel;
        for (let pixel = 0; pixel < area; pixel++) image[pixel * kept.length + k] = band[offset + pixel * step] as number;
      }
      take(image);
    }
    options.onProgress?.({ done: (to - start) / (end - start), message: `Reading ${file.name}` });
  }
}

/** Counts pictures without a single lit pixel, and numbers that are none, which become 0. */
export class PixelCheck {
  private dark = 0;
  private broken = 0;

  /** Looks at one image and mends it. */
  see(image: Float32Array): void {
    let lit = false;
    for (let i = 0; i < image.length; i++) {
      const value = image[i] as number;
      if (!Number.isFinite(value)) {
        this.broken++;
        image[i] = 0;
      } else if (value !== 0) lit = true;
    }
    if (!lit) this.dark++;
  }

  remarks(): string[] {
    const { dark, broken } = this;
    return [
      ...(dark > 0 ? [`${dark} image${dark === 1 ? ' is' : 's are'} zero everywhere`] : []),
      ...(broken > 0 ? [`${broken} pixel${broken === 1 ? ' is' : 's are'} not finite and became 0`] : []),
    ];
  }
}

/** How the pixels of a file are to lie in memory; a setting of layouts of images. */
export const pixelMemory = {
  kind: 'choice',
  label: 'Pixels in memory',
  help: 'Whole numbers take 8 or 16 bits each, and where most pixels are 0 only the others are kept; all stay exact. Other images take 16 bits and are kept to 1 part in 2 048; they take 32 bits where that is not enough, or if you ask for it.',
  default: 'small',
  options: [
    { value: 'small', label: 'as few bits as they need' },
    { value: 'float32', label: '32 bits, as in the file' },
  ],
  advanced: true,
} as const satisfies ParamSpec;

/**
 * Memory for images, filled by `fill` one image after another.
 *
 * @param setting value of `pixelMemory`
 * @param fill may be called twice; the first time its numbers may turn out to be no good for 16 bits
 * @throws Problem where memory does not suffice
 */
export async function packImages(
  rows: number,
  perRow: number,
  setting: unknown,
  where: string,
  fill: (take: (image: Float32Array) => void) => Promise<void>,
): Promise<Numbers> {
  const options = setting === 'float32' ? ({ least: 'float32' } as const) : {};
  try {
    return await packNumbers(rows * perRow, (packer) => fill((image) => packer.add(image)), options);
  } catch (error) {
    throw error instanceof RangeError ? noRoom(rows, perRow, where) : error;
  }
}
