/**
 * The three networks of CoDAE, the conditional dual autoencoder: a large encoder f_R to the code Z, a small one f_m to the two
 * numbers Z_m, and a decoder whose features are multiplied by maps made of Z_m. Widths may be chosen; the published ones have
 * 612,032 + 270,594 + 763,841 = 1,646,467 parameters for masks of 72 x 58 pixels.
 *
 * Source: Anzalone et al., Mach. Learn.: Sci. Technol. 5 (2024) 035064, arXiv 2306.12955; layers and counts of the authors' models.
 */
import type { ImageLayerSpec } from './image-network.ts';

/** Sizes of the three networks. */
export interface CodaeSizes {
  /** Filters of each level of f_R and f_m; every level halves the image. The decoder has them in reverse. */
  widths: readonly number[];
  /** Channels of Z. */
  code: number;
  /** Groups of channels of the convolutions of f_R and the decoder behind their first, and of f_m. */
  groups: number;
  conditionerGroups: number;
}

export const publishedSizes: CodaeSizes = { widths: [64, 128, 128, 256], code: 64, groups: 4, conditionerGroups: 2 };

const drawn = { bias: true, initialiser: 'he-uniform' } as const;

/** 3 x 3 convolution, instance norm, LeakyReLU 0.2. */
function convLayer(filters: number, stride: number, groups: number): ImageLayerSpec[] {
  return [
    { kind: 'conv', filters, size: [3, 3], strides: [stride, stride], padding: 'same', groups, ...drawn },
    { kind: 'instance-norm', epsilon: 1e-3 },
    { kind: 'activation', activation: 'leaky-relu', slope: 0.2 },
  ];
}

function residual(filters: number, groups: number): ImageLayerSpec {
  return { kind: 'residual', layers: [...convLayer(filters, 1, groups), ...convLayer(filters, 1, groups)] };
}

/** 1 x 1 convolution without activation. */
export function pointwise(filters: number, biasStart: number): ImageLayerSpec {
  return {
    ...{ kind: 'conv', filters, size: [1, 1], strides: [1, 1], padding: 'same', groups: 1 },
    ...{ bias: true, initialiser: 'glorot-uniform', biasStart },
  };
}

/** f_R without its last layer: [h, w, 1] to [h / 2^levels, w / 2^levels, last width], sides rounded up at every level. */
export function trunkOf({ widths, groups }: CodaeSizes): ImageLayerSpec[] {
  return widths.flatMap((width, level) => [...convLayer(width, 2, level === 0 ? 1 : groups), residual(width, groups)]);
}

/** f_R: to Z. */
export function encoderOf(sizes: CodaeSizes): ImageLayerSpec[] {
  return [...trunkOf(sizes), pointwise(sizes.code, 0)];
}

const pool: ImageLayerSpec = { kind: 'max-pool', size: [3, 3], strides: [2, 2], padding: 'same' };

/** f_m: to Z_m, two numbers. */
export function conditionerOf({ widths, conditionerGroups }: CodaeSizes): ImageLayerSpec[] {
  return [
    ...widths.flatMap((width, level) => [...convLayer(width, 1, level === 0 ? 1 : conditionerGroups), pool]),
    { kind: 'flatten' },
    { kind: 'dense', units: 2, bias: true, initialiser: 'glorot-uniform' },
  ];
}

function stage(filters: number, first: number, groups: number): ImageLayerSpec[] {
  return [
    { kind: 'condition', initialiser: 'glorot-uniform' },
    { kind: 'upsample', method: 'bilinear' },
    ...convLayer(filters, 1, first),
    residual(filters, groups),
  ];
}

/**
 * D: Z and Z_m to the logits of the pixels. It enlarges Z by 2^levels, of which the middle [height, width] is kept; the bias of the
 * last layer starts at -1, because most pixels are dark.
 */
export function decoderOf(
  { widths, groups }: CodaeSizes,
  code: readonly [number, number],
  image: readonly [number, number],
): ImageLayerSpec[] {
  const factor = 2 ** widths.length;
  const cut = (size: number, wanted: number) => {
    const first = Math.floor((factor * size - wanted) / 2);
    return [first, factor * size - wanted - first] as const;
  };
  return [
    ...[...widths].reverse().flatMap((width, level) => stage(width, level === 0 ? 1 : groups, groups)),
    { kind: 'crop', rows: cut(code[0], image[0]), columns: cut(code[1], image[1]) },
    pointwise(1, -1),
  ];
}

/** Rows and columns of Z: those of the image, halved and rounded up at every level. */
export function codeSides({ widths }: CodaeSizes, [height, width]: readonly [number, number]): [number, number] {
  return widths.reduce<[number, number]>(([h, w]) => [Math.ceil(h / 2), Math.ceil(w / 2)], [height, width]);
}
