/**
 * Pixels of one PNG or JPEG image, with the same decoders in the page and in Node, so that both see the same numbers: fast-png (exact, 16 bits
 * too) and jpeg-js. No colour profile is applied.
 */
import { type ImageSize, imageKind } from './header.ts';

/** Compressed pixels of a PNG beyond this are measured before they are unpacked. */
const harmless = 64 * 1024;

/**
 * @param size what the header says; the pixels must agree
 * @returns height x width x channels values
 * @throws Error for damaged images and for PNGs that unpack to more than their header says
 */
export async function decodeImage(bytes: Uint8Array, size: ImageSize): Promise<Uint8Array | Uint16Array> {
  const pixels = imageKind(bytes) === 'png' ? await decodePng(bytes, size) : await decodeJpeg(bytes, size);
  if (pixels.length !== size.width * size.height * size.channels) throw new Error('the pixels do not fit the header');
  return pixels;
}

async function decodePng(bytes: Uint8Array, { width, height, channels }: ImageSize): Promise<Uint8Array | Uint16Array> {
  const [{ convertIndexedToRgb, decode }, { Unzlib }] = await Promise.all([import('fast-png'), import('fflate')]);
  const largest = (width * 8 * 4 + 16) * (height + 8) * 2;
  let unpacked = 0;
  const packed = pngPixels(bytes);
  if (packed.reduce((total, part) => total + part.length, 0) > harmless) {
    const measure = new Unzlib((block) => {
      unpacked += block.length;
      if (unpacked > largest) throw new Error('it unpacks to more than its header says');
    });
    for (const part of packed) for (let at = 0; at < part.length; at += harmless) measure.push(part.subarray(at, at + harmless));
  }
  const image = decode(bytes, { checkCrc: true });
  if (image.palette) return Uint8Array.from(convertIndexedToRgb(image));
  if (image.depth === 16) return Uint16Array.from(image.data);
  if (image.depth === 8) return Uint8Array.from(image.data);
  return spread(Uint8Array.from(image.data), width * channels, height, image.depth);
}

/** The parts of the compressed pixels. */
function pngPixels(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x49444154) parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return parts;
}

/** Grey values of 1, 2 or 4 bits, packed from the highest bit on, rows on whole bytes: spread over 0 to 255. */
function spread(packed: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const most = 2 ** bits - 1;
  const rowBytes = Math.ceil((width * bits) / 8);
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const byte = packed[row * rowBytes + (bit >> 3)] as number;
      out[row * width + x] = (((byte >> (8 - bits - (bit & 7))) & most) * 255) / most;
    }
  }
  return out;
}

async function decodeJpeg(bytes: Uint8Array, { width, height, channels }: ImageSize): Promise<Uint8Array> {
  const { decode } = (await import('jpeg-js')).default;
  const image = decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: 1024,
    maxResolutionInMP: 64,
  });
  if (image.width !== width || image.height !== height) throw new Error('the pixels do not fit the header');
  const rgb = image.data as Uint8Array;
  // a grey image comes with its value three times
  return channels === 3 ? Uint8Array.from(rgb) : Uint8Array.from({ length: width * height }, (_, i) => rgb[3 * i] as number);
}
