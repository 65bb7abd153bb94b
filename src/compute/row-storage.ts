/**
 * Whether the rows of a training lie on a WebGPU device as float32 or as float16. The web does not tell how much memory a device has,
 * only how large one of its buffers may be; rows that would take much of it lie in half the room. Everywhere else rows are float32.
 */
import { countText, numberText } from '../base/numbers.ts';
import { tf } from './tf.ts';
import { webGpuDevice } from './webgpu.ts';

/** A matrix of numbers as it lies on a device; bytes stay bytes (`webgpu/packing.ts`). */
export type TableStorage = 'float32' | 'float16';

/** Bytes of float32 rows from which on any device has them as float16: 2.3 million rows of 57 numbers. */
export const mostFloat32Bytes = 2 ** 29;
/** Numbers of at least this size become infinite as float16. */
const beyondHalf = 65_520;

/** Bytes of float32 rows that the device of the running WebGPU backend keeps: 512 MiB, or half of its largest buffer if that is less. */
export function float32Limit(): number {
  return Math.min(mostFloat32Bytes, webGpuDevice().limits.maxBufferSize / 2);
}

/**
 * How matrices lie that are on the device at the same time: as float16 if together they take more than `limit` bytes as float32 and
 * float16 can hold every number. It rounds to 2^-11 of a number (5e-4), and numbers below 6.1e-5 in size to 3.0e-8. Missing numbers
 * (NaN) stay missing. Float32 on every backend but WebGPU, whatever the size.
 *
 * @param matrices one that is named twice lies there once
 * @param limit the device's own by default
 */
export function storageOfRows(matrices: readonly Float32Array[], limit?: number): TableStorage {
  if (tf.getBackend() !== 'webgpu' || bytesOfRows(matrices) <= (limit ?? float32Limit())) return 'float32';
  return matrices.every(fitsHalf) ? 'float16' : 'float32';
}

/** Bytes of the matrices as float32. */
export function bytesOfRows(matrices: readonly Float32Array[]): number {
  return [...new Set(matrices)].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** What the user is told of rows that lie as float16, in a sentence. */
export function halfWords(bytes: number, limit = float32Limit()): string {
  const size = (of: number) => (of < 1e6 ? `${countText(of)} bytes` : `${numberText(of / 1e6, 3)} MB`);
  return `trained on rows rounded to 16-bit numbers, within 0.05 % of each, because as 32-bit numbers they would take ${size(bytes)} on the graphics device and more than ${size(limit)} are not kept there; scores use the unrounded rows`;
}

function fitsHalf(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i] as number) >= beyondHalf) return false;
  return true;
}
