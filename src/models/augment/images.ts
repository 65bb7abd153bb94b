/**
 * Copies of detector images that physics does not tell from the original: mirrored in eta, turned in phi, or both. Rows are phi
 * and close to a circle, columns are eta.
 *
 * Source: the training of CoDAE, arXiv 2306.12955 and its code: six outcomes, equally likely; turns by 40 to 280 degrees.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { type Draw, perStep } from '../../compute/per-step.ts';
import { tf } from '../../compute/tf.ts';
import { Cursor } from '../../numeric/random.ts';

/** What happens to one image. */
export interface Turn {
  /** Columns in reverse. */
  mirrored: boolean;
  /** Rows by which everything moves down; negative is up. */
  down: number;
}

/** Turns are by so many ninths of a circle at most, in whole ninths: 8 rows each of 72. */
const MOST_NINTHS = 7;

/**
 * Turn of each of `count` images of a step: nothing, mirrored, down, up, mirrored and down, mirrored and up, each with one chance in
 * six; image i has a cursor of its own (stream `augment`, index i), so that it does not depend on the others.
 */
export function turnsOf(count: number, height: number, seed: number, step: number): Turn[] {
  const cursor = new Cursor(seed, 'augment', step);
  return Array.from({ length: count }, (_, i) => {
    cursor.moveTo(i);
    return turnFrom(cursor, height);
  });
}

/** One turn, with the next draws of a cursor. */
export function turnFrom(cursor: Cursor, height: number): Turn {
  const outcome = cursor.below(6);
  const rows = Math.round((height * (1 + cursor.below(MOST_NINTHS))) / 9);
  const direction = [0, 0, 1, -1, 1, -1][outcome] as number;
  return { mirrored: outcome === 1 || outcome >= 4, down: direction * rows };
}

/** One image [h w] of one channel in host memory, turned. */
export function turnedImage(image: Float32Array, [height, width]: readonly [number, number], turn: Turn): Float32Array {
  const out = new Float32Array(image.length);
  for (let row = 0; row < height; row++) {
    const from = ((((row - turn.down) % height) + height) % height) * width;
    for (let c = 0; c < width; c++) out[row * width + c] = image[from + (turn.mirrored ? width - 1 - c : c)] as number;
  }
  return out;
}

/**
 * Images [n, h w c] turned as `turnsOf` says. Call it in a tidy; it has no gradient for the images.
 *
 * @param shape rows, columns and channels of an image
 */
export function turnImages(x: Tensor2D, shape: readonly [number, number, number], draw: Draw): Tensor2D {
  const [height, width, channels] = shape;
  const count = x.shape[0];
  const image = tf.reshape(x, [count, height, width, channels]);
  // rows of the images, then those of their mirror images: every row of the answer is one of them
  const rows = tf.reshape(tf.concat([image, tf.reverse(image, 2)], 0), [2 * count * height, width * channels]);
  const from = perStep<Tensor1D>([count * height], () => {
    const numbers = new Int32Array(count * height);
    for (const [i, { mirrored, down }] of turnsOf(count, height, draw.seed, draw.step).entries()) {
      const first = (mirrored ? count + i : i) * height;
      for (let row = 0; row < height; row++) numbers[i * height + row] = first + ((((row - down) % height) + height) % height);
    }
    return numbers;
  });
  return tf.reshape(tf.gather(rows, from), [count, height * width * channels]);
}
