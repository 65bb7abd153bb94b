/**
 * How the rows of a training lie on a WebGPU device: as float32, as float16 or as levels in one byte. By itself it is float32, and
 * float16 for tables that would take much of the memory: the web does not tell how much a device has, only how large one of its
 * buffers may be. A user may choose instead. Everywhere else rows are float32.
 */
import type { DeviceRows } from '../base/kinds.ts';
import { countText, numberText } from '../base/numbers.ts';
import { tf } from './tf.ts';
import { webGpuDevice } from './webgpu.ts';

/** A matrix of numbers as it lies on a device; bytes stay bytes (`webgpu/packing.ts`). */
export type TableStorage = Exclude<DeviceRows, 'auto'>;
/** Rows that are not what they were. */
export type RoundedStorage = Exclude<TableStorage, 'float32'>;

/** Bytes of float32 rows from which on any device has them as float16: 2.3 million rows of 57 numbers. */
export const mostFloat32Bytes = 2 ** 29;
/** Numbers of at least this size become infinite as float16. */
const beyondHalf = 65_520;

/** Bytes of float32 rows that the device of the running WebGPU backend keeps: 512 MiB, or half of its largest buffer if that is less. */
export function float32Limit(): number {
  return Math.min(mostFloat32Bytes, webGpuDevice().limits.maxBufferSize / 2);
}

/**
 * How matrices lie that are on the device at the same time. `auto`: as float16 if together they take more than `limit` bytes as
 * float32 and float16 can hold every number, else as float32.
 *
 * - float16 rounds to 2^-11 of a number (5e-4), and numbers below 6.1e-5 in size to 3.0e-8. Missing numbers (NaN) stay missing.
 * - uint8 rounds each number to the nearest of 256 levels that divide the range of its column evenly, from the least to the largest
 *   number of the column in the matrix, so by up to 1/510 of that range. It cannot hold NaN or an infinity.
 *
 * What cannot hold a number is not used, whatever was chosen. Float32 on every backend but WebGPU.
 *
 * @param matrices one that is named twice lies there once
 * @param limit the device's own by default
 */
export function storageOfRows(matrices: readonly Float32Array[], choice: DeviceRows = 'auto', limit?: number): TableStorage {
  if (tf.getBackend() !== 'webgpu' || choice === 'float32') return 'float32';
  if (choice === 'auto' && bytesOfRows(matrices) <= (limit ?? float32Limit())) return 'float32';
  if (choice === 'uint8') return matrices.every(allFinite) ? 'uint8' : 'float32';
  return matrices.every(fitsHalf) ? 'float16' : 'float32';
}

/** What the user is told of how rows lie, in a sentence; undefined where they are what they were and nobody asked for anything else. */
export function storageWords(storage: TableStorage, choice: DeviceRows, bytes: number, limit?: number): string | undefined {
  if (tf.getBackend() !== 'webgpu') return undefined;
  const chosen = ', as was chosen; scores use the unrounded rows';
  if (storage === 'uint8') {
    return `trained on rows rounded to 256 levels of each column, by up to 1/510 of the range that the column has in these rows${chosen}`;
  }
  if (storage === 'float16') return choice === 'auto' ? halfWords(bytes, limit ?? float32Limit()) : `${halved}${chosen}`;
  if (choice === 'float16') return `trained on 32-bit rows although 16-bit ones were chosen, because a number is beyond 65,504`;
  if (choice === 'uint8')
    return `trained on 32-bit rows although 256 levels were chosen, because a number is missing or infinite`;
  return undefined;
}

const halved = 'trained on rows rounded to 16-bit numbers, within 0.05 % of each';

/** Bytes of the matrices as float32. */
export function bytesOfRows(matrices: readonly Float32Array[]): number {
  return [...new Set(matrices)].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The same for rows that are too large, by themselves. */
export function halfWords(bytes: number, limit: number): string {
  const size = (of: number) => (of < 1e6 ? `${countText(of)} bytes` : `${numberText(of / 1e6, 3)} MB`);
  return `${halved}, because as 32-bit numbers they would take ${size(bytes)} on the graphics device and more than ${size(limit)} are not kept there; scores use the unrounded rows`;
}

function fitsHalf(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i] as number) >= beyondHalf) return false;
  return true;
}

function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
