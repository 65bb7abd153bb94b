/**
 * Colours of pixels: viridis for what is at least 0, logarithmic as energies need it, with zeros left empty, and blue to orange through
 * white for differences. Pure: numbers in, bytes out.
 */

/** Values below `low` are empty; `high` is the end of the bar. */
export interface ColourScale {
  kind: 'log' | 'difference';
  low: number;
  high: number;
}

/** Decades that a logarithmic scale shows at most. */
const decades = 4;

const viridis = [0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725];
const difference = [0x1f5fbf, 0x7fb0ee, 0xf2f3f5, 0xf8b45c, 0xc85a00];

/** Viridis for plotly: place from 0 to 1 and colour. */
export const viridisStops: readonly (readonly [number, string])[] = viridis.map((colour, i) => [
  i / (viridis.length - 1),
  `#${colour.toString(16).padStart(6, '0')}`,
]);

/**
 * One scale for all the given images, so that their colours compare: from the smallest number above 0 (four decades below the largest at
 * most) to the largest. NaN does not count. From 0.1 to 1 where nothing is above 0.
 */
export function logScale(...images: ArrayLike<number>[]): ColourScale {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const image of images) {
    for (let i = 0; i < image.length; i++) {
      const value = image[i] as number;
      if (!(value > 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (high === 0) return { kind: 'log', low: 0.1, high: 1 };
  return { kind: 'log', low: Math.min(high / 2, Math.max(low, high * 10 ** -decades)), high };
}

/** As far on one side of 0 as on the other. */
export function differenceScale(image: ArrayLike<number>): ColourScale {
  let high = 0;
  for (let i = 0; i < image.length; i++) high = Math.max(high, Math.abs(image[i] as number) || 0);
  return { kind: 'difference', low: -(high || 1), high: high || 1 };
}

/** Where a value lies on the bar, 0 to 1; undefined where it is drawn empty. */
export function placeOn({ kind, low, high }: ColourScale, value: number): number | undefined {
  if (Number.isNaN(value)) return undefined;
  if (kind === 'difference') return Math.min(1, Math.max(0, (value - low) / (high - low)));
  if (!(value >= low)) return undefined;
  return Math.min(1, Math.log(value / low) / Math.log(high / low));
}

/** Red, green and blue at a place on the bar. */
export function colourAt(kind: ColourScale['kind'], place: number): [number, number, number] {
  const stops = kind === 'log' ? viridis : difference;
  const at = Math.min(place, 1) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  const share = at - index;
  const channel = (shift: number) => {
    const [from, to] = [stops[index] as number, stops[index + 1] as number].map((stop) => (stop >> shift) & 255) as [
      number,
      number,
    ];
    return Math.round(from + share * (to - from));
  };
  return [channel(16), channel(8), channel(0)];
}

/** [pixels x 4] red, green, blue and opacity; empty pixels are transparent. */
export function paint(image: ArrayLike<number>, scale: ColourScale): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(image.length * 4);
  for (let i = 0; i < image.length; i++) {
    const place = placeOn(scale, image[i] as number);
    if (place === undefined) continue;
    bytes.set(colourAt(scale.kind, place), i * 4);
    bytes[i * 4 + 3] = 255;
  }
  return bytes;
}
