/**
 * Zstandard frames of known size, by zstddec (the C decoder as WebAssembly, inside its JavaScript; nothing is fetched from a host).
 */

/** The decoder's memory ends at 2 GB and a failed allocation in it goes unnoticed, so larger pieces are refused before. */
const largest = 512 * 1024 * 1024;

/**
 * A frame, or several, that unpack to exactly `size` bytes.
 *
 * @throws Error for another size or damaged data
 */
export async function zstd(packed: Uint8Array, size: number): Promise<Uint8Array> {
  if (size > largest || packed.length > largest) throw new Error(`a Zstandard block of ${size} bytes, which is too large`);
  if (size === 0) return new Uint8Array(0);
  const { ZSTDDecoder } = await import('zstddec');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const out = decoder.decode(packed, size);
  if (out.length !== size) throw new Error('damaged Zstandard data');
  return out;
}
