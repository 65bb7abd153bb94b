/**
 * A set of images as two arrays: `images` [N, H, W, C] of 8 or 16 bits, and `class` [N], the name of the folder that an image lies in. Images
 * are in the order of their paths and are decoded when their rows are read. All must have one size.
 */
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import { makeValues } from '../bytes/elements.ts';
import { checkRows, notThere } from '../bytes/rows.ts';
import type { ArrayInfo, OpenFile, Values } from '../contract.ts';
import { decodeImage } from './decode.ts';
import { type ImageSize, imageSize } from './header.ts';

/** Images whose headers are compared when the set is opened; the others are compared when they are read. */
const looked = 500;
const mostPixels = 64e6;

export interface ImageEntry {
  /** With `/` between folders; the last folder is the class. */
  path: string;
  /** The whole file. */
  bytes(): Promise<Uint8Array>;
}

export async function openImages(
  name: string,
  given: readonly ImageEntry[],
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  const entries = [...given].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const first = entries[0] as ImageEntry;
  const size = sizeOf(await first.bytes(), name, first);
  const check = (bytes: Uint8Array, entry: ImageEntry): void => {
    const own = sizeOf(bytes, name, entry);
    if (own.height === size.height && own.width === size.width && own.channels === size.channels && own.bits === size.bits)
      return;
    throw new Problem({
      where: `${name}, ${entry.path}`,
      expected: `${words(size)}, as in ${first.path}`,
      found: words(own),
      fix: 'Bring all images to one size, or leave this one out',
    });
  };
  const step = Math.max(1, Math.floor(entries.length / looked));
  for (let i = step; i < entries.length; i += step) {
    signal?.throwIfAborted();
    const entry = entries[i] as ImageEntry;
    check(await entry.bytes(), entry);
    onProgress?.({ done: i / entries.length, message: `Looking at the images of ${name}` });
  }
  onProgress?.({ done: 1, message: `Looking at the images of ${name}` });
  const classes = entries.map(({ path }) => path.split('/').at(-2) ?? '');
  const arrays: ArrayInfo[] = [
    { name: 'images', shape: [entries.length, size.height, size.width, size.channels], type: `uint${size.bits}` },
    ...(classes.some((one) => one !== '') ? [{ name: 'class', shape: [entries.length], type: 'text' }] : []),
  ];
  return {
    format: 'images',
    name,
    arrays,
    tabular: false,
    read: async (wanted, options = {}) => {
      options.signal?.throwIfAborted();
      if (!arrays.some((array) => array.name === wanted)) throw notThere(name, 'array', wanted, arrays);
      const [start, end] = checkRows(options.rows ?? [0, entries.length], entries.length, name);
      if (wanted === 'class') return classes.slice(start, end);
      const pixels = size.height * size.width * size.channels;
      const out = makeValues({ kind: 'uint', size: size.bits / 8, bigEndian: false }, (end - start) * pixels, name);
      for (let row = start; row < end; row++) {
        options.signal?.throwIfAborted();
        const entry = entries[row] as ImageEntry;
        const bytes = await entry.bytes();
        check(bytes, entry);
        copy(await decoded(bytes, size, name, entry), out, (row - start) * pixels);
        options.onProgress?.({ done: (row + 1 - start) / (end - start), message: `Reading images of ${name}` });
      }
      return out;
    },
    close: () => {},
  };
}

function copy(pixels: Uint8Array | Uint16Array, out: Values, at: number): void {
  (out as Uint8Array).set(pixels, at);
}

async function decoded(bytes: Uint8Array, size: ImageSize, name: string, entry: ImageEntry): Promise<Uint8Array | Uint16Array> {
  try {
    return await decodeImage(bytes, size);
  } catch (error) {
    throw new Problem({
      where: name === entry.path ? name : `${name}, ${entry.path}`,
      expected: 'an image that can be decoded',
      found: `a damaged one (${error instanceof Error ? error.message : String(error)})`,
      fix: 'Copy or download the file again, or leave this image out',
    });
  }
}

function sizeOf(bytes: Uint8Array, name: string, entry: ImageEntry): ImageSize {
  const size = imageSize(bytes);
  const where = name === entry.path ? name : `${name}, ${entry.path}`;
  if (!size || size.width === 0 || size.height === 0) {
    throw new Problem({
      where,
      expected: 'a PNG or JPEG image, grey or with three colours',
      found: 'a damaged header, or another kind of image',
      fix: 'Save it again as PNG',
    });
  }
  if (size.width * size.height > mostPixels) {
    throw new Problem({
      where,
      expected: `an image of at most ${mostPixels / 1e6} million pixels`,
      found: `${size.width} x ${size.height}`,
      fix: 'Make it smaller',
    });
  }
  return size;
}

function words({ height, width, channels, bits }: ImageSize): string {
  return `${width} x ${height} pixels with ${channels} channel${channels === 1 ? '' : 's'} of ${bits} bits`;
}
