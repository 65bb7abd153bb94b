/**
 * A file behind an address as the HDF5 library reads it: synchronously, in the worker, by single ranges. It stands where the library
 * expects a browser's file, and keeps the blocks that it read last.
 */
import { Problem } from '../../../base/problem.ts';

/** Bytes of one request. */
const blockBytes = 2 ** 20;
/** Blocks that are kept: metadata is read again and again. */
const mostBlocks = 32;

/** The part of a `Blob` that the library's file system uses. */
export interface BlobLike {
  size: number;
  slice(start: number, end: number): Blob;
}

/** True where a request may wait for its answer: in a worker. */
export function mayRequest(): boolean {
  return (
    typeof XMLHttpRequest !== 'undefined' &&
    typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'undefined'
  );
}

/** @throws Problem from `slice` if the server stops answering ranges */
export function rangesOf(url: string, size: number): BlobLike {
  const blocks = new Map<number, Uint8Array<ArrayBuffer>>();
  const block = (index: number): Uint8Array<ArrayBuffer> => {
    const known = blocks.get(index);
    if (known) {
      blocks.delete(index);
      blocks.set(index, known);
      return known;
    }
    const bytes = request(url, index * blockBytes, Math.min(size, (index + 1) * blockBytes));
    blocks.set(index, bytes);
    const oldest = blocks.keys().next().value;
    if (blocks.size > mostBlocks && oldest !== undefined) blocks.delete(oldest);
    return bytes;
  };
  return {
    size,
    slice(start, end) {
      const to = Math.min(end, size);
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (let index = Math.floor(start / blockBytes); index * blockBytes < to; index++) {
        const from = index * blockBytes;
        parts.push(block(index).subarray(Math.max(0, start - from), Math.min(blockBytes, to - from)));
      }
      return new Blob(parts);
    },
  };
}

function request(url: string, start: number, end: number): Uint8Array<ArrayBuffer> {
  const asked = new XMLHttpRequest();
  asked.open('GET', url, false);
  asked.responseType = 'arraybuffer';
  asked.setRequestHeader('Range', `bytes=${start}-${end - 1}`);
  let found = 'no answer';
  try {
    asked.send();
    const bytes = new Uint8Array(asked.response as ArrayBuffer);
    if (asked.status === 206 && bytes.length === end - start) return bytes;
    found = `status ${asked.status} and ${bytes.length} bytes`;
  } catch {
    // the network went away: said below
  }
  throw new Problem({
    where: url,
    expected: `bytes ${start} to ${end} of the file`,
    found,
    fix: 'Check the connection and open the address again, or download the file and drop it here',
  });
}
