/**
 * A matrix of rows on the graphics device, in as few buffers as every device can bind (128 MiB each). A row lies in one buffer.
 * Numbers are float32, float16 in pairs, or bytes, four to a word: those of a mask, or levels of their column.
 */
import { storageBuffer } from './kernel.ts';
import { levelColumns, packRows } from './packing.ts';

/** What every device can bind as one buffer. */
export const largestBinding = 128 * 2 ** 20;
/** Bytes handed to the queue at once, so that its copies stay small. */
const uploadBytes = 16 * 2 ** 20;

/** Of a byte, of a float16 and of a float32. */
export type NumberBytes = 1 | 2 | 4;

export interface Shards {
  width: number;
  rowsPerShard: number;
  bytesPerNumber: NumberBytes;
  buffers: readonly GPUBuffer[];
  /** Where bytes are levels: scale and offset of each column, [2, width]. */
  levels?: GPUBuffer;
}

/** Every buffer of the matrix. */
export function buffersOf({ buffers, levels }: Shards): GPUBuffer[] {
  return [...buffers, ...(levels ? [levels] : [])];
}

/** WGSL of the number `place` of a shard, before it is scaled. */
export function numberAt(shard: string, bytes: NumberBytes, place: string): string {
  if (bytes === 4) return `${shard}[${place}]`;
  if (bytes === 1) return `f32((${shard}[(${place}) >> 2u] >> (8u * ((${place}) & 3u))) & 0xffu)`;
  const pair = `unpack2x16float(${shard}[(${place}) >> 1u])`;
  return `select(${pair}.x, ${pair}.y, ((${place}) & 1u) == 1u)`;
}

/** WGSL of a number of a column from its level. @param levels the array [2, width] */
export function fromLevel(value: string, levels: string, width: number, column: string): string {
  return `(${value} * ${levels}[${column}] + ${levels}[${width}u + ${column}])`;
}

/** Number of buffers that rows of a width take. */
export function shardCount(rows: number, width: number, bytesPerNumber: NumberBytes): number {
  return Math.ceil(rows / rowsPerShard(width, bytesPerNumber));
}

function rowsPerShard(width: number, bytesPerNumber: NumberBytes): number {
  return Math.floor(largestBinding / (width * bytesPerNumber) / 4) * 4;
}

/**
 * Buffers for a matrix [rows, width], not filled yet. The caller destroys them.
 *
 * @param levelled bytes are to be levels of their column
 */
export function roomForRows(
  device: GPUDevice,
  label: string,
  rows: number,
  width: number,
  bytesPerNumber: NumberBytes,
  levelled = false,
): Shards {
  const perShard = rowsPerShard(width, bytesPerNumber);
  const buffers: GPUBuffer[] = [];
  for (let start = 0; start < rows; start += perShard) {
    buffers.push(storageBuffer(device, label, (Math.min(rows, start + perShard) - start) * width * bytesPerNumber));
  }
  const levels = levelled ? { levels: storageBuffer(device, `levels of ${label}`, 8 * width) } : {};
  return { width, rowsPerShard: perShard, bytesPerNumber, buffers, ...levels };
}

/** Copies a matrix into its buffers, rounded where they hold float16 or levels. @throws Error if float16 cannot hold a number */
export async function fillRows(
  device: GPUDevice,
  { buffers, rowsPerShard: perShard, width, bytesPerNumber, levels: levelsBuffer }: Shards,
  values: Float32Array | Uint8Array,
): Promise<void> {
  const levels = levelsBuffer ? levelColumns(values, width) : noLevels;
  if (levelsBuffer) {
    upload(device, levelsBuffer, levels.scale);
    device.queue.writeBuffer(levelsBuffer, 4 * width, levels.offset as Float32Array<ArrayBuffer>);
  }
  const storage = levelsBuffer ? 'uint8' : bytesPerNumber === 2 ? 'float16' : null;
  for (const [i, buffer] of buffers.entries()) {
    const part = values.subarray(i * perShard * width, (i + 1) * perShard * width);
    upload(device, buffer, storage ? packRows(part, storage, levels) : part);
    // the queue holds copies until it is flushed
    if (buffers.length > 1) {
      device.queue.submit([]);
      await device.queue.onSubmittedWorkDone();
    }
  }
}

/** Only numbers of a byte have them. */
const noLevels = { scale: new Float32Array(0), offset: new Float32Array(0) };

/** Writes an array of any type; the last bytes are filled up to a whole word. */
export function upload(
  device: GPUDevice,
  buffer: GPUBuffer,
  values: Float32Array | Uint8Array | Uint16Array | Uint32Array,
): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  for (let start = 0; start < whole; start += uploadBytes) {
    const size = Math.min(uploadBytes, whole - start);
    device.queue.writeBuffer(buffer, start, bytes as Uint8Array<ArrayBuffer>, start, size);
  }
  if (whole < bytes.length) {
    const tail = new Uint8Array(4);
    tail.set(bytes.subarray(whole));
    device.queue.writeBuffer(buffer, whole, tail);
  }
}
