/**
 * zlib and gzip streams of known size. fflate does the work; the checksum of a zlib stream is compared here, because fflate leaves it
 * out and a flipped bit would otherwise pass as data.
 */
import { gunzipSync, unzlibSync } from 'fflate';

/**
 * A zlib stream that unpacks to exactly `size` bytes.
 *
 * @throws Error for another size or a wrong checksum
 */
export function zlib(packed: Uint8Array, size: number): Uint8Array {
  const out = exactly(unzlibSync(packed, { out: new Uint8Array(size + 1) }), size, 'zlib');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (view.getUint32(packed.length - 4) !== adler32(out)) throw new Error('damaged zlib data (wrong checksum)');
  return out;
}

/** A gzip member that unpacks to exactly `size` bytes. */
export function gzip(packed: Uint8Array, size: number): Uint8Array {
  return exactly(gunzipSync(packed, { out: new Uint8Array(size + 1) }), size, 'gzip');
}

/** One byte more was offered than is wanted, so that a longer stream shows. */
function exactly(out: Uint8Array, size: number, name: string): Uint8Array {
  if (out.length !== size) throw new Error(`damaged ${name} data`);
  return out;
}

/** RFC 1950, section 9. The sums stay below 2^32 for 5,552 bytes, after which they are reduced. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let start = 0; start < bytes.length; start += 5552) {
    const end = Math.min(start + 5552, bytes.length);
    for (let i = start; i < end; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
