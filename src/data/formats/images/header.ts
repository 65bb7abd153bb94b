/** What the first bytes of an image tell: PNG or JPEG, and its size, so that nothing is unpacked that would not fit. */

const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export interface ImageSize {
  height: number;
  width: number;
  /** Values per pixel: 1 grey, 2 grey and opacity, 3 red, green and blue, 4 with opacity. */
  channels: number;
  /** Bits per value: 8 or 16; fewer bits are spread over 8. */
  bits: 8 | 16;
}

export function imageKind(head: Uint8Array): 'png' | 'jpeg' | undefined {
  if (png.every((byte, i) => head[i] === byte)) return 'png';
  return head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff ? 'jpeg' : undefined;
}

/** Undefined if the header is damaged or of a kind that cannot be read. */
export function imageSize(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = imageKind(bytes);
  if (kind === 'png' && bytes.length >= 33) return pngSize(view, bytes);
  return kind === 'jpeg' ? jpegSize(view) : undefined;
}

function pngSize(view: DataView, bytes: Uint8Array): ImageSize | undefined {
  if (view.getUint32(12) !== 0x49484452) return undefined; // IHDR
  const bits = bytes[24] as number;
  const channels = [1, undefined, 3, bytesInclude(bytes, 'tRNS') ? 4 : 3, 2, undefined, 4][bytes[25] as number];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(bits)) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20), channels, bits: bits === 16 ? 16 : 8 };
}

/** True if a PNG has a chunk of this name before its pixels. */
function bytesInclude(bytes: Uint8Array, chunk: string): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === chunk) return true;
    if (name === 'IDAT') return false;
    at += 12 + view.getUint32(at);
  }
  return false;
}

/** The frame header: marker FF C0 to FF CF except C4, C8 and CC. */
function jpegSize(view: DataView): ImageSize | undefined {
  for (let at = 2; at + 10 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const channels = view.getUint8(at + 9);
      if (view.getUint8(at + 4) !== 8 || (channels !== 1 && channels !== 3)) return undefined;
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), channels, bits: 8 };
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}
