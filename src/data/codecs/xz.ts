/**
 * Complete .xz streams of known size (LZMA2 with any number of chunks), by xz-decompress (XZ Embedded as WebAssembly).
 */

/** The library settles neither way on some damaged streams. */
const patience = 30_000;

/**
 * A stream that unpacks to exactly `size` bytes; it is stopped as soon as it gives more.
 *
 * @throws Error for another size or damaged data
 */
export async function xz(packed: Uint8Array, size: number): Promise<Uint8Array> {
  const library = (await import('xz-decompress')) as typeof import('xz-decompress') & {
    default?: typeof import('xz-decompress');
  };
  const { XzReadableStream } = library.XzReadableStream ? library : (library.default as typeof library);
  const reader = new XzReadableStream(new Blob([packed as Uint8Array<ArrayBuffer>]).stream()).getReader();
  const out = new Uint8Array(size);
  let at = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('LZMA data that could not be unpacked in 30 s')), patience);
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      if (at + value.length > size) throw new Error('damaged LZMA data');
      out.set(value, at);
      at += value.length;
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw new Error(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
  if (at !== size) throw new Error('damaged LZMA data');
  return out;
}
