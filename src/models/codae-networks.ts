/**
 * The three networks of CoDAE, the conditional dual autoencoder: a large encoder f_R to the code Z, a small one f_m to the two
 * numbers Z_m, and a decoder whose features are multiplied by maps made of Z_m.
 *
 * Source: Anzalone et al., Mach. Learn.: Sci. Technol. 5 (2024) 035064, arXiv 2306.12955; layers and counts of the authors' models
 * for masks of 72 x 58 pixels (612,032 + 270,594 + 763,841 = 1,646,467 parameters).
 */
import type { ImageLayerSpec } from './image-network.ts';

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

function pointwise(filters: number, biasStart: number): ImageLayerSpec {
  return {
    ...{ kind: 'conv', filters, size: [1, 1], strides: [1, 1], padding: 'same', groups: 1 },
    ...{ bias: true, initialiser: 'glorot-uniform', biasStart },
  };
}

/** f_R without its last layer: [h, w, 1] to [h / 16, w / 16, 256], sides rounded up. */
export const codaeTrunk: readonly ImageLayerSpec[] = [
  ...[...convLayer(64, 2, 1), residual(64, 4)],
  ...[...convLayer(128, 2, 4), residual(128, 4)],
  ...[...convLayer(128, 2, 4), residual(128, 4)],
  ...[...convLayer(256, 2, 4), residual(256, 4)],
];

/** f_R: to Z, 64 channels. */
export const codaeEncoder: readonly ImageLayerSpec[] = [...codaeTrunk, pointwise(64, 0)];

const pool: ImageLayerSpec = { kind: 'max-pool', size: [3, 3], strides: [2, 2], padding: 'same' };

/** f_m: to Z_m, two numbers. */
export const codaeConditioner: readonly ImageLayerSpec[] = [
  ...[...convLayer(64, 1, 1), pool],
  ...[...convLayer(128, 1, 2), pool],
  ...[...convLayer(128, 1, 2), pool],
  ...[...convLayer(256, 1, 2), pool],
  { kind: 'flatten' },
  { kind: 'dense', units: 2, bias: true, initialiser: 'glorot-uniform' },
];

function stage(filters: number, groups: number): ImageLayerSpec[] {
  return [
    { kind: 'condition', initialiser: 'glorot-uniform' },
    { kind: 'upsample', method: 'bilinear' },
    ...convLayer(filters, 1, groups),
    residual(filters, 4),
  ];
}

/**
 * D: Z and Z_m to the logits of the pixels. Sixteen times the sides of Z, of which the middle [height, width] is kept; the bias of
 * the last layer starts at -1, because most pixels are dark.
 */
export function codaeDecoder(code: readonly [number, number], image: readonly [number, number]): ImageLayerSpec[] {
  const cut = (size: number, wanted: number) => {
    const first = Math.floor((16 * size - wanted) / 2);
    return [first, 16 * size - wanted - first] as const;
  };
  return [
    ...[...stage(256, 1), ...stage(128, 4), ...stage(128, 4), ...stage(64, 4)],
    { kind: 'crop', rows: cut(code[0], image[0]), columns: cut(code[1], image[1]) },
    pointwise(1, -1),
  ];
}
