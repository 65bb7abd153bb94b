/**
 * A matrix of rows on the graphics device, in as few buffers as every device can bind (128 MiB each). A row lies in one buffer.
 * Numbers are float32, or bytes for a mask, four to a word.
 */
import { storageBuffer } from './kernel.ts';

/** What every device can bind as one buffer. */
export const largestBinding = 128 * 2 ** 20;
/** Bytes handed to the queue at once, so that its copies stay small. */
const uploadBytes = 16 * 2 ** 20;

export interface Shards {
  width: number;
  rowsPerShard: number;
  bytesPerNumber: 1 | 4;
  buffers: readonly GPUBuffer[];
}

/** Number of buffers that rows of a width take. */
export function shardCount(rows: number, width: number, bytesPerNumber: 1 | 4): number {
  return Math.ceil(rows / rowsPerShard(width, bytesPerNumber));
}

function rowsPerShard(width: number, bytesPerNumber: 1 | 4): number {
  return Math.floor(largestBinding / (width * bytesPerNumber) / 4) * 4;
}

/** Copies a matrix [rows, width] to the device. The caller destroys the buffers. */
export async function uploadRows(
  device: GPUDevice,
  label: string,
  values: Float32Array | Uint8Array,
  rows: number,
  width: number,
): Promise<Shards> {
  const bytesPerNumber = values.BYTES_PER_ELEMENT as 1 | 4;
  const perShard = rowsPerShard(width, bytesPerNumber);
  const buffers: GPUBuffer[] = [];
  for (let start = 0; start < rows; start += perShard) {
    const count = (Math.min(rows, start + perShard) - start) * width;
    const part = values.subarray(start * width, start * width + count);
    const buffer = storageBuffer(device, label, part.byteLength);
    upload(device, buffer, part);
    buffers.push(buffer);
    // the queue holds copies until it is flushed
    if (rows > perShard) {
      device.queue.submit([]);
      await device.queue.onSubmittedWorkDone();
    }
  }
  return { width, rowsPerShard: perShard, bytesPerNumber, buffers };
}

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
