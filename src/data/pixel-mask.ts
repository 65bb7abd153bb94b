/**
 * The mask of an image: 1 where its first channel is above 0, 0 elsewhere. Dark-shower models look at the hits of the tracker and at
 * nothing else, after L. Anzalone et al., arXiv 2306.12955. Knows images, no model.
 */
import { Problem } from '../base/problem.ts';
import type { Dataset } from './dataset.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Rows [h, w, c] to rows [h, w, 1]. On the way back a number becomes the first channel and the others are missing (NaN), since a mask
 * says nothing of them. A missing value counts as not lit.
 *
 * @throws Problem for anything but images
 */
export function maskPipeline({ kind, shape, values, image }: Dataset): Pipeline {
  const [height = 0, width = 0, channels = 1] = shape;
  if (kind !== 'images') {
    throw new Problem({
      where: 'input scaling "mask"',
      expected: 'images, whose pixels are lit or not',
      found: `data of kind ${kind}`,
      fix: 'Choose another scaling of the input',
    });
  }
  const pixels = height * width;
  const name = image?.channels?.[0];
  return {
    width: pixels,
    shape: [height, width, 1],
    features: [],
    source: Int32Array.from({ length: pixels }, (_, i) => i * channels),
    words: `1 where ${name && channels > 1 ? `the ${name}` : 'a pixel'} is above 0, else 0`,
    remarks: [],
    apply(row, out, at) {
      const from = row * pixels * channels;
      for (let i = 0; i < pixels; i++) out[at + i] = (values[from + i * channels] as number) > 0 ? 1 : 0;
    },
    invert(numbers, from, out, at) {
      out.fill(Number.NaN, at, at + pixels * channels);
      for (let i = 0; i < pixels; i++) out[at + i * channels] = numbers[from + i] as number;
    },
  };
}
