/**
 * How little the structure of an image is kept: one minus its structural similarity with the reconstruction, which compares local
 * means, spreads and correlation rather than pixels.
 *
 * Source: Wang et al., IEEE Trans. Image Process. 13 (2004) 600, eq. 13; window and constants of TensorFlow's `image.ssim`.
 */
import type { Score } from './contract.ts';

/** Side and width of the Gaussian window; K1 and K2. */
const [side, sigma, k1, k2] = [11, 1.5, 0.01, 0.03];

type Plane = Float64Array;

/** Window of odd length no longer than `limit`, of sum 1. */
function windowOf(limit: number): Float64Array {
  const length = Math.min(side, limit % 2 === 1 ? limit : limit - 1);
  const middle = (length - 1) / 2;
  const values = Float64Array.from({ length }, (_, i) => Math.exp(-((i - middle) ** 2) / (2 * sigma * sigma)));
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/** Weighted means of [height, width] under the window wherever it fits. */
function smooth(plane: Plane, height: number, width: number, down: Float64Array, across: Float64Array): Plane {
  const columns = width - across.length + 1;
  const rows = height - down.length + 1;
  const middle = new Float64Array(height * columns);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < across.length; k++) sum += (across[k] as number) * (plane[i * width + j + k] as number);
      middle[i * columns + j] = sum;
    }
  }
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < down.length; k++) sum += (down[k] as number) * (middle[(i + k) * columns + j] as number);
      out[i * columns + j] = sum;
    }
  }
  return out;
}

/**
 * Mean structural similarity of two planes [height, width] whose values run from 0 to 1; 1 where they are equal. The window has 11 x 11
 * pixels with sigma 1.5, or the largest odd sides that fit.
 */
export function structuralSimilarity(x: Plane, y: Plane, height: number, width: number): number {
  const [down, across] = [windowOf(height), windowOf(width)];
  const blur = (plane: Plane) => smooth(plane, height, width, down, across);
  const [mx, my] = [blur(x), blur(y)];
  const [xx, yy] = [blur(x.map((v) => v * v)), blur(y.map((v) => v * v))];
  const xy = blur(x.map((v, i) => v * (y[i] as number)));
  const [c1, c2] = [k1 * k1, k2 * k2];
  let sum = 0;
  for (let i = 0; i < mx.length; i++) {
    const [a, b] = [mx[i] as number, my[i] as number];
    const [va, vb] = [(xx[i] as number) - a * a, (yy[i] as number) - b * b];
    const together = (xy[i] as number) - a * b;
    sum += ((2 * a * b + c1) * (2 * together + c2)) / ((a * a + b * b + c1) * (va + vb + c2));
  }
  return sum / mx.length;
}

const score: Score = {
  id: 'reconstruction-ssim',
  name: 'Structural dissimilarity',
  formula: '1 - SSIM(x, y), mean over windows and channels, pixels from 0 to 1',
  unit: '',
  paper: { text: 'Z. Wang et al., IEEE Trans. Image Process. 13 (2004) 600', url: 'https://doi.org/10.1109/TIP.2003.819861' },
  needs: ['image'],
  orientation: 'fixed',
  /** [n], 0 where the reconstruction is the image, 2 at most. */
  compute(batch, { image }) {
    const [height, width, channels = 1] = batch.shape ?? [];
    if (!height || !width || !image) throw new Error('structural similarity needs images');
    const size = height * width * channels;
    const plane = (values: ArrayLike<number>, row: number, c: number) =>
      Float64Array.from({ length: height * width }, (_, i) => values[row * size + i * channels + c] as number);
    return Float64Array.from({ length: batch.rows }, (_, row) => {
      let sum = 0;
      for (let c = 0; c < channels; c++)
        sum += 1 - structuralSimilarity(plane(batch.target, row, c), plane(image, row, c), height, width);
      return sum / channels;
    });
  },
};

export default score;
