/**
 * Compressed bytes as a source: unpacked by the platform's own inflater in small blocks, so that an archive that promises one size
 * and delivers another is noticed before it fills the memory. What is unpacked is checked against its CRC-32.
 */
import { Problem } from '../../../base/problem.ts';
import type { Source } from '../contract.ts';
import { crc32 } from './crc32.ts';

/** Packed bytes per step; a block of deflate unpacks to at most 1,032 times as many. */
const packedBlock = 64 * 1024;
/** Unpacked content up to this size is kept whole. */
export const keptBytes = 64 * 1024 * 1024;

/** Bytes [start, end) of a source, block by block. */
export async function* blocksOf(source: Source, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let from = start; from < end; from += packedBlock) {
    const to = Math.min(end, from + packedBlock);
    const block = await source.read(from, to);
    if (block.length !== to - from) throw new Error(`${source.name} ended early`);
    yield block;
  }
}

/** Unpacks a stream of blocks. Throws whatever the platform throws for damaged or unfinished data. */
export async function* inflated(
  blocks: AsyncIterable<Uint8Array>,
  kind: 'deflate-raw' | 'deflate' | 'gzip',
): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream(kind);
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const feed = async (): Promise<void> => {
    for await (const block of blocks) await writer.write(block as Uint8Array<ArrayBuffer>);
    await writer.close();
  };
  const feeding = feed().catch(async (error: unknown) => {
    await writer.abort(error).catch(() => undefined);
    throw error;
  });
  feeding.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await feeding;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** What an archive says about one packed piece. */
export interface Packed {
  /** For messages. */
  where: string;
  name: string;
  /** Bytes once unpacked. */
  size: number;
  /** CRC-32 of the unpacked bytes; 0 if unknown. */
  crc: number;
  /** Starts to unpack from the first byte. */
  start(): AsyncGenerator<Uint8Array>;
}

/** The unpacked piece that was used last, so that going back in it costs nothing; shared by all pieces of one archive. */
export interface Keeper {
  latest?: { piece: Packed; bytes: Uint8Array };
}

/**
 * A packed piece as a source. Small ones are unpacked as a whole, large ones as far as needed: reading on from where the last
 * read ended is cheap, reading backwards starts again.
 */
export function unpackedSource(piece: Packed, keeper: Keeper, kept = keptBytes): Source {
  const walk = new Walk(piece);
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const result = queue.then(step);
    queue = result.catch(() => undefined);
    return result;
  };
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const to = Math.min(end, piece.size);
    if (start >= to) return new Uint8Array(0);
    if (piece.size > kept) return walk.read(start, to);
    if (keeper.latest?.piece !== piece) keeper.latest = { piece, bytes: await walk.read(0, piece.size) };
    return keeper.latest.bytes.slice(start, to);
  };
  return {
    name: piece.name,
    size: piece.size,
    ...(piece.size > kept ? { sequential: true as const } : {}),
    read: (start, end) => inTurn(() => read(start, end)),
  };
}

/** One pass over a packed piece, which begins again when it is asked for an earlier byte. */
class Walk {
  private stream: AsyncGenerator<Uint8Array> | undefined;
  private block = new Uint8Array(0);
  /** Position of the first byte of `block`. */
  private position = 0;
  private crc = 0;

  constructor(private readonly piece: Packed) {}

  async read(start: number, end: number): Promise<Uint8Array> {
    const out = new Uint8Array(end - start);
    if (!this.stream || start < this.position) await this.restart();
    for (let from = start; from < end; ) {
      const blockEnd = this.position + this.block.length;
      if (from < blockEnd) {
        const part = this.block.subarray(from - this.position, Math.min(end, blockEnd) - this.position);
        out.set(part, from - start);
        from += part.length;
      } else await this.step(blockEnd);
    }
    if (end === this.piece.size) await this.finish();
    return out;
  }

  private async restart(): Promise<void> {
    await this.stream?.return(undefined);
    this.stream = this.piece.start();
    this.block = new Uint8Array(0);
    this.position = 0;
    this.crc = 0;
  }

  private async step(position: number): Promise<void> {
    const next = await this.next();
    if (next.done) throw await this.refuse(`only ${position} bytes`);
    this.position = position;
    this.block = next.value as Uint8Array<ArrayBuffer>;
    this.crc = crc32(this.block, this.crc);
    if (position + this.block.length > this.piece.size) throw await this.refuse('more bytes than that');
  }

  /** At the last byte: nothing may follow, and the checksum must agree. */
  private async finish(): Promise<void> {
    const { size, crc } = this.piece;
    if (this.position + this.block.length !== size) return;
    const next = await this.next();
    if (!next.done && next.value.length > 0) throw await this.refuse('more bytes than that');
    if (crc !== 0 && this.crc !== crc) throw await this.refuse('other content than its checksum (CRC-32) belongs to');
    // the stream has ended: the next read begins a new one
    this.stream = undefined;
  }

  private async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await (this.stream as AsyncGenerator<Uint8Array>).next();
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw await this.refuse('damaged compressed data', error);
    }
  }

  private async refuse(found: string, error?: unknown): Promise<Problem> {
    await this.stream?.return(undefined).catch(() => undefined);
    this.stream = undefined;
    return new Problem({
      where: this.piece.where,
      expected: `${this.piece.size} bytes once it is unpacked, as the archive says`,
      found,
      fix: 'Copy or download the file again',
      ...(error instanceof Error ? { details: error.message } : {}),
    });
  }
}
