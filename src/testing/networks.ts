/** Weights and masks from whole-number formulas, as the reference scripts of large networks make them, so that none need be stored. */
import type { NamedArray } from '../models/contract.ts';

/** The numbers of a weight of this name: kernels as large as He's rule has them, scales about 1, shifts and biases about 0. */
export function drawnWeights(weight: NamedArray): NamedArray {
  const { name, shape } = weight;
  const key = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const part = name.split('/').at(-1);
  const fan = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const small = part === 'scale' ? 0.2 : part !== 'kernel' ? 0.1 : name.includes('condition_') ? 0.3 : undefined;
  const size = small ?? Math.sqrt(3 / fan);
  const middle = part === 'scale' ? 1 : 0;
  const values = Float32Array.from(
    { length: weight.values.length },
    (_, k) => (((k * 7919 + (key + 1) * 104729) % 10007) / 5003.5 - 1) * size + middle,
  );
  return { ...weight, values };
}

/** Masks of 72 x 58 pixels, row after row. */
export function referenceMasks(images: number): Float32Array {
  return Float32Array.from({ length: images * 72 * 58 }, (_, at) => {
    const [i, r, c] = [Math.floor(at / 4176), Math.floor((at % 4176) / 58), at % 58];
    return Number((r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47 === 0);
  });
}
