/**
 * ROOT's compressed blocks: two letters for the codec, a method byte, the packed and the unpacked size in three bytes each (little
 * endian, so a block holds at most 16 MiB), then the data; longer payloads are chains of blocks. Sizes are added up before anything is
 * unpacked.
 */
import { zlib } from '../../codecs/deflate.ts';
import { lz4Block } from '../../codecs/lz4.ts';
import { xz } from '../../codecs/xz.ts';
import { zstd } from '../../codecs/zstd.ts';

const headerBytes = 9;
const lz4Checksum = 8;

/** Codec names by the letters of a block, as `ArrayInfo.filters` has them. */
export const codecNames: Readonly<Record<string, string>> = { ZL: 'zlib', XZ: 'LZMA', L4: 'LZ4', ZS: 'ZSTD', CS: 'old zlib' };

/**
 * A payload that unpacks to exactly `size` bytes; it is returned as it is if it has that length already.
 *
 * @throws Error for unknown codecs and sizes that disagree
 */
export async function unzip(payload: Uint8Array, size: number): Promise<Uint8Array> {
  if (payload.length === size) return payload;
  const blocks = blocksOf(payload);
  const total = blocks.reduce((sum, block) => sum + block.size, 0);
  if (total !== size) throw new Error(`blocks of ${total} bytes where ${size} are expected`);
  const parts: Uint8Array[] = [];
  for (const block of blocks) parts.push(await unpack(block));
  if (parts.length === 1) return parts[0] as Uint8Array;
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

interface Block {
  codec: string;
  data: Uint8Array;
  size: number;
}

function blocksOf(payload: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < payload.length; ) {
    if (at + headerBytes > payload.length) throw new Error('a compressed block that is cut off');
    const three = (i: number) => (payload[i] as number) | ((payload[i + 1] as number) << 8) | ((payload[i + 2] as number) << 16);
    const packed = three(at + 3);
    const start = at + headerBytes;
    if (start + packed > payload.length) throw new Error('a compressed block that is cut off');
    blocks.push({
      codec: String.fromCharCode(payload[at] as number, payload[at + 1] as number),
      data: payload.subarray(start, start + packed),
      size: three(at + 6),
    });
    at = start + packed;
  }
  return blocks;
}

function unpack({ codec, data, size }: Block): Uint8Array | Promise<Uint8Array> {
  switch (codec) {
    case 'ZL':
      return zlib(data, size);
    case 'L4':
      return lz4Block(data.subarray(lz4Checksum), size);
    case 'ZS':
      return zstd(data, size);
    case 'XZ':
      return xz(data, size);
    default:
      throw new Error(`compression ${codecNames[codec] ?? `"${codec}"`}`);
  }
}
