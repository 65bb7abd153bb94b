/** What models without gradient training share: a look at their training rows, and their constants by name. Knows no model. */
import { Problem } from '../base/problem.ts';
import type { Batch, NamedArray } from './contract.ts';

/** @throws Problem that names the first column with a missing or infinite value */
export function checkFinite({ x, width, rawFeatures, rawWidth }: Batch, model: string): void {
  const at = x.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const missing = at % width;
  throw new Problem({
    where: `model "${model}", training background`,
    expected: 'a finite number in every column',
    found: `missing values in ${rawWidth === width ? `"${rawFeatures[missing]?.name}"` : `input number ${missing + 1}`}`,
    fix: 'Fill or drop missing values in preprocessing, or leave this column out',
  });
}

/** A copy of one saved array; any length if `size` is absent. */
export function weightNamed(weights: readonly NamedArray[], model: string, name: string, size?: number): Float64Array {
  const found = weights.find((weight) => weight.name === name);
  if (found && (size === undefined || found.values.length === size)) return Float64Array.from(found.values);
  throw new Problem({
    where: `model "${model}", weights "${name}"`,
    expected: size === undefined ? 'an array of this name' : `${size} numbers`,
    found: found ? `${found.values.length}` : 'none of this name',
    fix: 'Use weights that were saved from the same model with the same parameters and input',
  });
}

/** Squared Euclidean distance of row `i` of `a` from row `j` of `b`, both of `width` columns. */
export function squaredDistance(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = (a[i * width + k] as number) - (b[j * width + k] as number);
    sum += difference * difference;
  }
  return sum;
}
