/**
 * Colours of pixels: viridis for what is at least 0, logarithmic as energies need it, with zeros left empty, and blue to orange for
 * differences, the stronger the larger, through the colour of the panel: white in light, dark in dark. Pure: numbers in, bytes out.
 */

/** Values below `low` are empty; `high` is the end of the bar. */
export interface ColourScale {
  kind: 'log' | 'difference';
  low: number;
  high: number;
  /** Of differences: linear within ± this, logarithmic beyond; linear throughout if absent. */
  knee?: number;
}

/** Decades that a logarithmic scale shows at most. */
const decades = 4;

const viridis = [0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725];
const below = [0x1f, 0x5f, 0xbf] as const;
const above = [0xd9, 0x6a, 0x00] as const;

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

/** A difference this many times smaller than the largest is still seen where most are small. */
const kneeShare = 100;

/**
 * As far on one side of 0 as on the other. Where the median of all differences that are not 0 is below a twentieth of the largest, as
 * with energies, the scale is logarithmic from a hundredth of the largest on.
 */
export function differenceScale(image: ArrayLike<number>): ColourScale {
  const sizes = Float64Array.from(image, (value) => Math.abs(value) || 0)
    .filter((size) => size > 0)
    .sort();
  const high = sizes.at(-1) ?? 1;
  const scale: ColourScale = { kind: 'difference', low: -high, high };
  return (sizes[sizes.length >> 1] ?? high) < high / 20 ? { ...scale, knee: high / kneeShare } : scale;
}

/** Where a value lies on the bar, 0 to 1; undefined where it is drawn empty. */
export function placeOn({ kind, low, high, knee }: ColourScale, value: number): number | undefined {
  if (Number.isNaN(value)) return undefined;
  if (kind === 'difference') {
    const bent = (x: number) => (knee === undefined ? x : Math.asinh(x / knee));
    return Math.min(1, Math.max(0, 0.5 + bent(value) / (2 * bent(high))));
  }
  if (!(value >= low)) return undefined;
  return Math.min(1, Math.log(value / low) / Math.log(high / low));
}

/** Red, green, blue and opacity, 0 to 255, at a place on the bar. */
export function colourAt(kind: ColourScale['kind'], place: number): [number, number, number, number] {
  if (kind === 'difference') {
    const off = Math.min(place, 1) * 2 - 1;
    return [...(off < 0 ? below : above), Math.round(255 * Math.abs(off))];
  }
  const at = Math.min(place, 1) * (viridis.length - 1);
  const index = Math.min(viridis.length - 2, Math.floor(at));
  const share = at - index;
  const channel = (shift: number) => {
    const [from, to] = [viridis[index] as number, viridis[index + 1] as number].map((stop) => (stop >> shift) & 255) as [
      number,
      number,
    ];
    return Math.round(from + share * (to - from));
  };
  return [channel(16), channel(8), channel(0), 255];
}

/** A colour of the bar for a style sheet. */
export function cssColourAt(kind: ColourScale['kind'], place: number): string {
  const [red, green, blue, opacity] = colourAt(kind, place);
  return `rgb(${red} ${green} ${blue} / ${(opacity / 255).toFixed(3)})`;
}

/** [pixels x 4] red, green, blue and opacity; empty pixels are transparent. */
export function paint(image: ArrayLike<number>, scale: ColourScale): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(image.length * 4);
  for (let i = 0; i < image.length; i++) {
    const place = placeOn(scale, image[i] as number);
    if (place !== undefined) bytes.set(colourAt(scale.kind, place), i * 4);
  }
  return bytes;
}
