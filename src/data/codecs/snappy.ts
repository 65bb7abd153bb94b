/**
 * Snappy, the raw format without framing (google/snappy, `format_description.txt`): what Parquet stores under this name.
 */

/**
 * A raw Snappy block that unpacks to exactly `size` bytes.
 *
 * @throws Error if the block says another size or leaves its bounds
 */
export function snappy(packed: Uint8Array, size: number): Uint8Array {
  let i = 0;
  let said = 0;
  for (let shift = 0; ; shift += 7) {
    if (i >= packed.length || shift > 28) throw damaged();
    const byte = packed[i++] as number;
    said += (byte & 0x7f) * 2 ** shift;
    if (byte < 128) break;
  }
  if (said !== size) throw damaged();
  const out = new Uint8Array(size);
  let at = 0;
  while (i < packed.length) {
    const tag = packed[i++] as number;
    let length = (tag >> 2) + 1;
    if ((tag & 3) === 0) {
      if (length > 60) {
        const extra = length - 60;
        if (i + extra > packed.length) throw damaged();
        length = little(packed, i, extra) + 1;
        i += extra;
      }
      if (i + length > packed.length || at + length > size) throw damaged();
      if (length > 24) out.set(packed.subarray(i, i + length), at);
      else for (let k = 0; k < length; k++) out[at + k] = packed[i + k] as number;
      i += length;
      at += length;
      continue;
    }
    let distance: number;
    if ((tag & 3) === 1) {
      length = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | (packed[i] ?? 0);
      i += 1;
    } else {
      const bytes = (tag & 3) === 2 ? 2 : 4;
      distance = little(packed, i, bytes);
      i += bytes;
    }
    if (i > packed.length || distance === 0 || distance > at || at + length > size) throw damaged();
    if (distance >= length && length > 24) out.copyWithin(at, at - distance, at - distance + length);
    else for (let k = 0; k < length; k++) out[at + k] = out[at - distance + k] as number;
    at += length;
  }
  if (at !== size) throw damaged();
  return out;
}

function little(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let k = count - 1; k >= 0; k--) value = value * 256 + (bytes[start + k] ?? 0);
  return value;
}

function damaged(): Error {
  return new Error('damaged Snappy data');
}
