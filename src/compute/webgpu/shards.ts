/**
 * A matrix of rows on the graphics device, in as few buffers as every device can bind (128 MiB each). A row lies in one buffer.
 * Numbers are float32, float16 in pairs, or bytes for a mask, four to a word.
 */
import { storageBuffer } from './kernel.ts';
import { packRows } from './packing.ts';

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
}

/** Number of buffers that rows of a width take. */
export function shardCount(rows: number, width: number, bytesPerNumber: NumberBytes): number {
  return Math.ceil(rows / rowsPerShard(width, bytesPerNumber));
}

function rowsPerShard(width: number, bytesPerNumber: NumberBytes): number {
  return Math.floor(largestBinding / (width * bytesPerNumber) / 4) * 4;
}

/** Buffers for a matrix [rows, width], not filled yet. The caller destroys them. */
export function roomForRows(device: GPUDevice, label: string, rows: number, width: number, bytesPerNumber: NumberBytes): Shards {
  const perShard = rowsPerShard(width, bytesPerNumber);
  const buffers: GPUBuffer[] = [];
  for (let start = 0; start < rows; start += perShard) {
    buffers.push(storageBuffer(device, label, (Math.min(rows, start + perShard) - start) * width * bytesPerNumber));
  }
  return { width, rowsPerShard: perShard, bytesPerNumber, buffers };
}

/** Copies a matrix into its buffers, rounded where they hold float16. @throws Error if float16 cannot hold a number */
export async function fillRows(
  device: GPUDevice,
  { buffers, rowsPerShard: perShard, width, bytesPerNumber }: Shards,
  values: Float32Array | Uint8Array,
): Promise<void> {
  for (const [i, buffer] of buffers.entries()) {
    const part = values.subarray(i * perShard * width, (i + 1) * perShard * width);
    upload(device, buffer, bytesPerNumber === 2 ? packRows(part, 'float16', noLevels) : part);
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
