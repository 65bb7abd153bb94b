/**
 * Parquet's hybrid of runs and packed bits: definition and repetition levels, dictionary indices and booleans. Source: the format's
 * `Encodings.md`, "Run Length Encoding / Bit-Packing Hybrid".
 */

/**
 * Fills `out` with numbers of `width` bits (0 to 32).
 *
 * A run is a header (count x 2) and one value in whole bytes; a packed group is a header (groups of 8 x 2 + 1) and its bits, least
 * significant first. `03 88 c6 fa` at width 3 is the documentation's 0 to 7.
 *
 * @throws Error if the bytes end before `out` is full
 */
export function readHybrid(bytes: Uint8Array, width: number, out: Uint8Array | Uint32Array): void {
  if (width > 32) throw new Error(`numbers of ${width} bits`);
  let at = 0;
  let filled = 0;
  while (filled < out.length) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) throw new Error('levels or indices end too early');
      const byte = bytes[at++] as number;
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 128) break;
    }
    const left = out.length - filled;
    if (header % 2 === 0) {
      let value = 0;
      for (let k = 0; k < width; k += 8) value += (bytes[at++] as number) * 2 ** k;
      const count = Math.min(left, header / 2);
      if (at > bytes.length) throw new Error('levels or indices end too early');
      out.fill(value, filled, filled + count);
      filled += count;
    } else {
      const groups = (header - 1) / 2;
      const count = Math.min(left, groups * 8);
      if (at + Math.ceil((count * width) / 8) > bytes.length) throw new Error('levels or indices end too early');
      unpack(bytes, at, width, out, filled, count);
      at += groups * width;
      filled += count;
    }
  }
}

function unpack(
  bytes: Uint8Array,
  start: number,
  width: number,
  out: Uint8Array | Uint32Array,
  from: number,
  count: number,
): void {
  if (width === 8) {
    out.set(bytes.subarray(start, start + count), from);
    return;
  }
  const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const at = start + (bit >>> 3);
    const shift = bit & 7;
    let value = (bytes[at] as number) >>> shift;
    let have = 8 - shift;
    for (let k = 1; have < width; k++, have += 8) value += ((bytes[at + k] as number) * 2 ** have) as number;
    out[from + i] = width > 24 ? value % (mask + 1) : value & mask;
  }
}

/** Bits that hold the numbers 0 to `largest`. */
export function bitsFor(largest: number): number {
  return 32 - Math.clz32(largest);
}
