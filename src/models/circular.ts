/**
 * A stack of layers for images whose rows are an azimuth: what `same` padding would fill with zeros above and below comes from the
 * other end instead. Sizes and weights stay the same, so weights can be carried from one form to the other.
 */
import { convolutionGeometry } from '../compute/ops/geometry.ts';
import type { ImageLayerSpec } from './image-network.ts';

/** Below every number that is pooled, and of no weight in a sum that it never enters. */
const LOWEST = -1e9;

/**
 * The same layers with rows that close to a circle, at the levels at which they have a padding. Columns keep their zeros.
 *
 * @param size rows and columns of the image that comes in
 */
export function circularRows(specs: readonly ImageLayerSpec[], size: readonly [number, number]): ImageLayerSpec[] {
  let at = size;
  return specs.flatMap((spec): ImageLayerSpec[] => {
    if (spec.kind === 'residual') return [{ kind: 'residual', layers: circularRows(spec.layers, at) }];
    if ((spec.kind !== 'conv' && spec.kind !== 'max-pool') || spec.padding !== 'same') return [spec];
    const { rows, columns, out } = paddingOf(at, spec.size, spec.strides);
    at = out;
    if (rows[0] + rows[1] === 0) return [spec];
    return [
      { kind: 'wrap', rows, columns, fill: spec.kind === 'conv' ? 0 : LOWEST },
      { ...spec, padding: 'valid' },
    ];
  });
}

function paddingOf(
  [height, width]: readonly [number, number],
  size: readonly [number, number],
  strides: readonly [number, number],
) {
  const { outHeight, outWidth, padTop, padLeft } = convolutionGeometry([1, height, width, 1], [...size, 1, 1], {
    ...{ strides, padding: 'same', groups: 1 },
  });
  const after = (out: number, stride: number, kernel: number, length: number, before: number) =>
    Math.max(0, (out - 1) * stride + kernel - length) - before;
  return {
    rows: [padTop, after(outHeight, strides[0], size[0], height, padTop)] as const,
    columns: [padLeft, after(outWidth, strides[1], size[1], width, padLeft)] as const,
    out: [outHeight, outWidth] as const,
  };
}
