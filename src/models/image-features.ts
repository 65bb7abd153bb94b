/**
 * Numbers that describe one channel of an image: how many pixels are lit, how much energy there is, how it is spread. Simple cuts on
 * them are what every image network has to beat. Knows pixels, no models.
 *
 * Sources: occupancy and entropy as in L. Anzalone et al., arXiv 2306.12955; energy fractions and widths are standard shower shapes.
 */

/** One channel of one image, and how its axes join. */
export interface ChannelImage {
  /** [height x width] */
  pixels: Float64Array;
  height: number;
  width: number;
  /** True if the last row lies beside the first one. */
  periodicRows: boolean;
}

export interface ImageFeature {
  name: string;
  /** True for a sum of pixels, which has their unit. */
  energy: boolean;
  /** NaN where the image has nothing that it could be a share or a width of. */
  of(image: ChannelImage): number;
}

/** Only what is above 0 counts as energy: a share of a negative number means nothing. */
function lit(pixels: Float64Array): number {
  let sum = 0;
  for (const value of pixels) if (value > 0) sum += value;
  return sum;
}

/** The first of several. */
function hottest(pixels: Float64Array): number {
  let best = 0;
  for (let i = 1; i < pixels.length; i++) if (pixels[i]! > pixels[best]!) best = i;
  return best;
}

/** Share of the energy in the square of `side` pixels around the hottest, cut off at the border except where rows join. */
function coreShare({ pixels, height, width, periodicRows }: ChannelImage, side: number): number {
  const middle = hottest(pixels);
  const [row, column] = [Math.floor(middle / width), middle % width];
  const half = (side - 1) / 2;
  let inside = 0;
  for (let r = row - half; r <= row + half; r++) {
    if (!periodicRows && (r < 0 || r >= height)) continue;
    const start = ((r + height) % height) * width;
    for (let c = Math.max(0, column - half); c <= Math.min(width - 1, column + half); c++) {
      const value = pixels[start + c]!;
      if (value > 0) inside += value;
    }
  }
  return inside / lit(pixels);
}

/** Root mean square distance from the mean, weighted with the energy, in pixels; distances across joined rows go the short way round. */
function spread(image: ChannelImage, along: 'rows' | 'columns'): number {
  const { pixels, height, width, periodicRows } = image;
  const middle = hottest(pixels);
  const origin = along === 'rows' ? Math.floor(middle / width) : middle % width;
  let [sum, first, second] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]!;
    if (!(value > 0)) continue;
    let distance = (along === 'rows' ? Math.floor(i / width) : i % width) - origin;
    if (along === 'rows' && periodicRows) distance -= height * Math.round(distance / height);
    sum += value;
    first += value * distance;
    second += value * distance * distance;
  }
  return Math.sqrt(Math.max(0, second / sum - (first / sum) ** 2));
}

const core = (side: number): ImageFeature => ({
  name: `share of the energy in ${side} × ${side} pixels`,
  energy: false,
  of: (image) => coreShare(image, side),
});

/** By id, as the feature cut offers them. */
export const imageFeatures = {
  occupancy: {
    name: 'lit pixels',
    energy: false,
    of: ({ pixels }) => pixels.reduce((count, value) => count + (value > 0 ? 1 : 0), 0),
  },
  energy: { name: 'sum of pixels', energy: true, of: ({ pixels }) => pixels.reduce((sum, value) => sum + value, 0) },
  /** S = -Σ p ln p, p = pixel / sum over pixels above 0; from 0 (one pixel) to ln n (n equal ones). */
  entropy: {
    name: 'entropy of the energy',
    energy: false,
    of: ({ pixels }) => {
      const sum = lit(pixels);
      if (sum === 0) return Number.NaN;
      let entropy = 0;
      for (const value of pixels) if (value > 0) entropy -= (value / sum) * Math.log(value / sum);
      return entropy;
    },
  },
  'hottest-pixel': { name: 'hottest pixel', energy: true, of: ({ pixels }) => pixels[hottest(pixels)]! },
  'hottest-share': {
    name: 'share of the hottest pixel',
    energy: false,
    of: ({ pixels }) => pixels[hottest(pixels)]! / lit(pixels),
  },
  'core-3': core(3),
  'core-5': core(5),
  'core-7': core(7),
  'width-rows': { name: 'width along rows', energy: false, of: (image) => spread(image, 'rows') },
  'width-columns': { name: 'width along columns', energy: false, of: (image) => spread(image, 'columns') },
} as const satisfies Readonly<Record<string, ImageFeature>>;

export type ImageFeatureId = keyof typeof imageFeatures;
