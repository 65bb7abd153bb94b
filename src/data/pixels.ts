/**
 * Reads a stack of images as rows of [height, width, channels], whatever the position of the channels in the file. Channels are
 * selected by slicing: reshaping would mix them.
 */
import type { ArrayInfo, OpenFile } from './formats/contract.ts';
import type { LayoutOptions } from './layouts/contract.ts';
import { bands } from './rows.ts';

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
 * @param values the matrix, filled from row `first` on
 */
export async function readPixels(
  file: OpenFile,
  array: ArrayInfo,
  pixels: PixelShape,
  kept: readonly number[],
  [start, end]: readonly [number, number],
  values: Float32Array,
  first: number,
  options: Pick<LayoutOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const { height, width, channels, place } = pixels;
  const area = height * width;
  for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / (area * channels)), array.chunkRows)) {
    const band = (await file.read(array.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float32Array;
    for (let row = 0; row < to - from; row++) {
      const out = (first + from - start + row) * area * kept.length;
      const source = row * area * channels;
      for (const [k, channel] of kept.entries()) {
        const step = place === 'first' ? 1 : channels;
        const offset = place === 'first' ? source + channel * area : source + channel;
        for (let pixel = 0; pixel < area; pixel++) values[out + pixel * kept.length + k] = band[offset + pixel * step] as number;
      }
    }
    options.onProgress?.({ done: (to - start) / (end - start), message: `Reading ${file.name}` });
  }
}

/** Pictures without a single lit pixel, and numbers that are none. */
export function pixelRemarks(values: Float32Array, perRow: number): string[] {
  let dark = 0;
  let broken = 0;
  for (let start = 0; start < values.length; start += perRow) {
    let lit = false;
    for (let i = start; i < start + perRow; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) {
        broken++;
        values[i] = 0;
      } else if (value !== 0) lit = true;
    }
    if (!lit) dark++;
  }
  return [
    ...(dark > 0 ? [`${dark} image${dark === 1 ? ' is' : 's are'} zero everywhere`] : []),
    ...(broken > 0 ? [`${broken} pixel${broken === 1 ? ' is' : 's are'} not finite and became 0`] : []),
  ];
}
