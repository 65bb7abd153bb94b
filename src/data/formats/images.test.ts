import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { zipSource } from '../../testing/files.ts';
import { pngBytes } from '../../testing/format-fixtures.ts';
import reference from './images.reference.json' with { type: 'json' };
import { memorySource, openSource } from './open.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

describe('images', () => {
  it.each(Object.entries(reference))(
    'of kind %s have the pixels that were written',
    async (_, { channels, values, file: text }) => {
      const file = await openSource(memorySource('x.png', bytesOf(text)));
      expect(file.arrays[0]?.shape).toEqual([1, 3, 5, channels]);
      expect([...(await file.read('images'))]).toEqual(values);
    },
  );

  it('of JPEG have nearly the pixels that were written, in three channels', async () => {
    const [width, height] = [32, 24];
    const smooth = (x: number, y: number, c: number) => Math.round(60 + 3 * x + 2 * y + 20 * c);
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
      const pixel = i >> 2;
      return i % 4 === 3 ? 255 : smooth(pixel % width, Math.floor(pixel / width), i % 4);
    });
    const { data: bytes } = jpeg.encode({ data, width, height }, 95);
    const file = await openSource(memorySource('x.jpg', new Uint8Array(bytes)));
    expect(file.arrays[0]).toMatchObject({ shape: [1, height, width, 3], type: 'uint8' });
    const pixels = (await file.read('images')) as Uint8Array;
    let worst = 0;
    for (let i = 0; i < pixels.length; i++) {
      const pixel = Math.floor(i / 3);
      worst = Math.max(worst, Math.abs((pixels[i] as number) - smooth(pixel % width, Math.floor(pixel / width), i % 3)));
    }
    // the loss of quality 95 on a smooth slope with halved colour
    expect(worst).toBeLessThan(12);
  });

  it('of unequal sizes are refused with both', async () => {
    const archive = zipSource('x.zip', { 'a/1.png': pngBytes(1), 'b/2.png': pngBytes(2, 9, 6) });
    await expect(openSource(archive)).rejects.toThrow(
      'x.zip, b/2.png: expected 8 x 6 pixels with 3 channels of 8 bits, as in a/1.png; found 9 x 6 pixels with 3 channels of 8 bits',
    );
  });

  it('without folders have no classes', async () => {
    const file = await openSource(zipSource('x.zip', { '1.png': pngBytes(1), '2.png': pngBytes(2) }));
    expect(file.arrays.map(({ name }) => name)).toEqual(['images']);
    expect((await file.read('images')).length).toBe(2 * 144);
  });

  it('that are damaged, huge, or unpack to more than they say are refused', async () => {
    const good = pngBytes(1);
    const flipped = good.slice();
    flipped[60] = (flipped[60] as number) ^ 0xff;
    const damaged = await openSource(memorySource('x.png', flipped));
    await expect(damaged.read('images')).rejects.toThrow(/^x\.png: expected an image that can be decoded/);
    const huge = good.slice();
    new DataView(huge.buffer).setUint32(16, 100_000);
    new DataView(huge.buffer).setUint32(20, 100_000);
    await expect(openSource(memorySource('x.png', huge))).rejects.toThrow(/at most 64 million pixels; found 100000 x 100000/);
    const trap = pngBytes(1, 4000, 4000);
    new DataView(trap.buffer).setUint32(20, 10);
    await expect((await openSource(memorySource('x.png', trap))).read('images')).rejects.toThrow(/more than its header says/);
  });
});
