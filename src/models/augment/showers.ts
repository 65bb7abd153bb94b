/**
 * Copies of images of one channel for siamese training: the same shower turned and mirrored about its hottest pixel, and images that no
 * background event gave. Both kinds of copy keep the size of the numbers, so that a network cannot tell them by it. Seeded; image i of a
 * step has cursors of its own.
 *
 * Ours; what is the same and what is not is a choice and belongs on the screen.
 */
import type { Cursor } from '../../numeric/random.ts';
import { type ViewDraw, viewCursor } from './views.ts';

/** Rows and columns of an image. */
export type Sides = readonly [number, number];

/** Ways in which an image can be made that background has not. */
export interface OddImages {
  /** One side of a line near the hottest pixel comes from another image. */
  cutImages: boolean;
  /** A second image, moved by 2 to 6 pixels along rows or columns, takes 10 to 40 % of the energy. */
  addImages: boolean;
  /** 20 to 60 % of the energy is spread evenly over 5 to 9 pixels along rows or columns. */
  smearImages: boolean;
}

/** First of the largest pixels, [row, column]. */
export function hottestPixel(image: Float32Array, width: number): [number, number] {
  let best = 0;
  for (let i = 1; i < image.length; i++) if ((image[i] as number) > (image[best] as number)) best = i;
  return [Math.floor(best / width), best % width];
}

/**
 * The image turned about its hottest pixel, which stays where it is: one of the eight symmetries of a square. Where that looks beyond
 * the border there is 0.
 *
 * @param symmetry 0 to 7: quarter turns, and 4 more for the mirror image. 0 is the image itself.
 */
export function turnedAboutHottest(image: Float32Array, [height, width]: Sides, symmetry: number): Float32Array {
  const [row, column] = hottestPixel(image, width);
  const out = new Float32Array(image.length);
  const quarter = symmetry % 4;
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const y = r - row;
      const x = symmetry >= 4 ? column - c : c - column;
      const [dy, dx] = quarter === 0 ? [y, x] : quarter === 1 ? [x, -y] : quarter === 2 ? [-y, -x] : [-x, y];
      const [from, beside] = [row + dy, column + dx];
      if (from >= 0 && from < height && beside >= 0 && beside < width)
        out[r * width + c] = image[from * width + beside] as number;
    }
  }
  return out;
}

/** [n, h w] each image in one of its eight symmetries, equally likely; a quarter turn needs a square and is left out otherwise. */
export function turnedCopies(images: Float32Array, sides: Sides, draw: ViewDraw): Float32Array {
  const symmetries = sides[0] === sides[1] ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 2, 4, 6];
  return eachImage(images, sides, (image, i) => {
    const cursor = viewCursor(draw, i, 'physics');
    return turnedAboutHottest(image, sides, symmetries[cursor.below(symmetries.length)] as number);
  });
}

/**
 * [n, h w] each image as background does not have it, in one of the ways that are switched on; other images are taken from the same
 * batch. With one image in the batch it is mixed with its own mirror image.
 */
export function oddCopies(images: Float32Array, sides: Sides, settings: OddImages, draw: ViewDraw): Float32Array {
  const size = sides[0] * sides[1];
  const count = images.length / size;
  const ways = [settings.cutImages && cut, settings.addImages && add, settings.smearImages && smear].filter(
    (way) => way !== false,
  );
  return eachImage(images, sides, (image, i) => {
    const cursor = viewCursor(draw, i, 'anomaly');
    const other = count > 1 ? (i + 1 + cursor.below(count - 1)) % count : i;
    const second = images.subarray(other * size, (other + 1) * size);
    const way = ways[cursor.below(ways.length)] as (typeof ways)[number];
    return way(image, count > 1 ? second : image.slice().reverse(), sides, cursor);
  });
}

type Way = (image: Float32Array, other: Float32Array, sides: Sides, cursor: Cursor) => Float32Array;

const cut: Way = (image, other, [height, width], cursor) => {
  const [row, column] = hottestPixel(image, width);
  const alongRows = cursor.below(2) === 0;
  const side = alongRows ? height : width;
  // both sides of the line have something, and it runs at most 2 pixels from the hottest
  const line = Math.min(side - 1, Math.max(1, (alongRows ? row : column) + cursor.below(5) - 1));
  const before = cursor.below(2) === 0;
  return image.map((value, i) => {
    const at = alongRows ? Math.floor(i / width) : i % width;
    return at < line === before ? (other[i] as number) : value;
  });
};

const add: Way = (image, other, [height, width], cursor) => {
  const share = 0.1 + 0.3 * cursor.uniform();
  const distance = (2 + cursor.below(5)) * (cursor.below(2) === 0 ? 1 : -1);
  const [down, right] = cursor.below(2) === 0 ? [distance, 0] : [0, distance];
  return image.map((value, i) => {
    const row = (((Math.floor(i / width) - down) % height) + height) % height;
    const column = ((((i % width) - right) % width) + width) % width;
    return (1 - share) * value + share * (other[row * width + column] as number);
  });
};

const smear: Way = (image, _other, [height, width], cursor) => {
  const share = 0.2 + 0.4 * cursor.uniform();
  const alongRows = cursor.below(2) === 0;
  const side = alongRows ? height : width;
  const reach = Math.min(2 + cursor.below(3), Math.floor((side - 1) / 2));
  const step = alongRows ? width : 1;
  const length = 2 * reach + 1;
  return image.map((value, i) => {
    const at = alongRows ? Math.floor(i / width) : i % width;
    let sum = 0;
    for (let k = -reach; k <= reach; k++) {
      const there = (at + k + side) % side;
      sum += image[i + (there - at) * step] as number;
    }
    return (1 - share) * value + (share * sum) / length;
  });
};

function eachImage(
  images: Float32Array,
  [height, width]: Sides,
  make: (image: Float32Array, i: number) => Float32Array,
): Float32Array {
  const size = height * width;
  const out = new Float32Array(images.length);
  for (let i = 0; i * size < images.length; i++) out.set(make(images.subarray(i * size, (i + 1) * size), i), i * size);
  return out;
}
