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

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * The bits of the nearest IEEE 754 binary16 number, the even one of two as near; from 65,520 on those of infinity.
 *
 * Worked values: 1 is 0x3c00, -2 is 0xc000, 2^-24 is 0x0001.
 */
export function halfBits(value: number): number {
  float[0] = value;
  const bits = word[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  const steps = Math.abs(float[0]) * 2 ** 24;
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
  return sign | (up ? below + 1 : below);
}

/** The number that the bits of a binary16 number mean. Worked values: 0x3c00 is 1, 0x0001 is 2^-24, 0xfc00 is -∞. */
export function halfNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 0x3ff];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let table: Float32Array | undefined;

/** [65,536] what all bits mean; made when it is first asked for. */
export function halfNumbers(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfNumber(bits));
  return table;
}
