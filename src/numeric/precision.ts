/** Numbers with fewer bits, as 64-bit numbers that only take the values which the small format has. */

const largestHalf = 65504;

/** The nearest whole number, of two equally near ones the even one. */
function nearestEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/**
 * The nearest IEEE half: 11 significant bits, subnormal below 2^-14. Beyond the largest half, 65,504, that one; NaN stays NaN.
 * Worked value: 0.1 becomes 0.0999755859375.
 */
export function toHalf(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (Math.abs(x) >= largestHalf) return Math.sign(x) * largestHalf;
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x)))) - 10);
  return Math.max(-largestHalf, Math.min(largestHalf, nearestEven(x / step) * step));
}

/**
 * Symmetric 8-bit levels, one scale for each entry of the last axis: scale = max |x| / 127, x ≈ scale · level, level from -127 to 127.
 *
 * @param columns length of the last axis
 */
export function toLevels(values: ArrayLike<number>, columns: number): Float32Array {
  const largest = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) largest[i % columns] = Math.max(largest[i % columns]!, Math.abs(values[i]!));
  return Float32Array.from({ length: values.length }, (_, i) => {
    const scale = largest[i % columns]! / 127;
    return scale === 0 ? 0 : nearestEven(values[i]! / scale) * scale;
  });
}
