/**
 * LZ4, the block format and the frame format around it (lz4 1.10, `lz4_Block_format.md` and `lz4_Frame_format.md`). ROOT and Parquet
 * store bare blocks, Arrow and Feather store frames. Sizes come from the caller, so a hostile block can never grow its output.
 */

/**
 * Unpacks one block into `out` from `start` on and returns the position behind the last byte written. Matches may reach back to
 * earlier bytes of `out`, as linked blocks of a frame do.
 *
 * @throws Error if the block leaves its bounds
 */
export function unpackBlock(packed: Uint8Array, out: Uint8Array, start = 0): number {
  let at = start;
  let i = 0;
  const length = (nibble: number): number => {
    let n = nibble;
    if (nibble === 15) {
      let byte: number;
      do {
        if (i >= packed.length) throw damaged();
        byte = packed[i++] as number;
        n += byte;
      } while (byte === 255);
    }
    return n;
  };
  while (i < packed.length) {
    const token = packed[i++] as number;
    const literals = length(token >> 4);
    if (i + literals > packed.length || at + literals > out.length) throw damaged();
    if (literals > 24) out.set(packed.subarray(i, i + literals), at);
    else for (let k = 0; k < literals; k++) out[at + k] = packed[i + k] as number;
    i += literals;
    at += literals;
    if (i === packed.length) break;
    if (i + 2 > packed.length) throw damaged();
    const distance = (packed[i] as number) | ((packed[i + 1] as number) << 8);
    i += 2;
    const match = length(token & 15) + 4;
    if (distance === 0 || distance > at || at + match > out.length) throw damaged();
    if (distance >= match && match > 24) out.copyWithin(at, at - distance, at - distance + match);
    else for (let k = 0; k < match; k++) out[at + k] = out[at - distance + k] as number;
    at += match;
  }
  return at;
}

/** One block that unpacks to exactly `size` bytes. */
export function lz4Block(packed: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  if (unpackBlock(packed, out) !== size) throw damaged();
  return out;
}

/** A frame that unpacks to exactly `size` bytes. Checksums are skipped, dictionaries refused. */
export function lz4Frame(packed: Uint8Array, size: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw damaged();
  const flags = packed[4] as number;
  if (flags >> 6 !== 1 || flags & 1) throw damaged();
  let i = 6 + (flags & 8 ? 8 : 0) + 1;
  const out = new Uint8Array(size);
  let at = 0;
  for (;;) {
    const word = view.getUint32(i, true);
    i += 4;
    if (word === 0) break;
    const length = word & 0x7fffffff;
    if (i + length > packed.length) throw damaged();
    const block = packed.subarray(i, i + length);
    if (word >>> 31) {
      if (at + length > size) throw damaged();
      out.set(block, at);
      at += length;
    } else at = unpackBlock(block, out, at);
    i += length + (flags & 16 ? 4 : 0);
  }
  if (at !== size) throw damaged();
  return out;
}

function damaged(): Error {
  return new Error('damaged LZ4 data');
}
