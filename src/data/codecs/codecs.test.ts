import { execFileSync } from 'node:child_process';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { adler32, gzip, zlib } from './deflate.ts';
import { lz4Block, lz4Frame } from './lz4.ts';
import { snappy } from './snappy.ts';
import { xz } from './xz.ts';
import { zstd } from './zstd.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

describe('LZ4', () => {
  // token 0x52: five literals and a match of 2 + 4 bytes, 5 back; then a last token with one literal
  const block = bytes(0x52, ...text('ABCDE'), 5, 0, 0x10, ...text('!'));

  it('unpacks literals and a match that overlaps itself', () => {
    expect(lz4Block(block, 12)).toEqual(text('ABCDEABCDEA!'));
  });

  it('reads long lengths: 15 + 255 + 5 literals', () => {
    const letters = new Uint8Array(275).fill(65);
    expect(lz4Block(bytes(0xf0, 255, 5, ...letters), 275)).toEqual(letters);
  });

  it('refuses another size, a match before the start and a block that is cut off', () => {
    expect(() => lz4Block(block, 11)).toThrow(/damaged LZ4/);
    expect(() => lz4Block(block, 13)).toThrow(/damaged LZ4/);
    expect(() => lz4Block(bytes(0x10, 65, 2, 0, 0), 6)).toThrow(/damaged LZ4/);
    expect(() => lz4Block(block.slice(0, 4), 12)).toThrow(/damaged LZ4/);
  });

  it('reads a frame of a packed, a linked and a stored block', () => {
    const frame = bytes(
      ...[0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0],
      ...[block.length, 0, 0, 0, ...block],
      ...[5, 0, 0, 0, 0x00, 12, 0, 0x10, 63],
      ...[2, 0, 0, 0x80, 66, 67],
      ...[0, 0, 0, 0],
    );
    expect(lz4Frame(frame, 19)).toEqual(text('ABCDEABCDEA!ABCD?BC'));
    expect(() => lz4Frame(frame, 18)).toThrow(/damaged LZ4/);
  });
});

describe('Snappy', () => {
  it('unpacks literals and copies with one and two bytes of distance', () => {
    // 5 literals; copy of 4 from 5 back (one byte); copy of 3 from 9 back (two bytes)
    const packed = bytes(12, 4 << 2, ...text('abcde'), 1, 5, (2 << 2) | 2, 9, 0);
    expect(snappy(packed, 12)).toEqual(text('abcdeabcdabc'));
    expect(() => snappy(packed, 11)).toThrow(/damaged Snappy/);
    expect(() => snappy(packed.slice(0, 9), 12)).toThrow(/damaged Snappy/);
  });
});

describe('zlib, gzip', () => {
  const plain = text('some text, some text, some text');

  it('unpack to the size that is said, and to no other', () => {
    expect(zlib(deflateSync(plain), plain.length)).toEqual(plain);
    expect(gzip(gzipSync(plain), plain.length)).toEqual(plain);
    expect(() => zlib(deflateSync(plain), 10)).toThrow(/damaged zlib/);
    expect(() => gzip(gzipSync(plain), 100)).toThrow(/damaged gzip/);
  });

  it('a flipped bit is seen by the checksum', () => {
    expect(adler32(text('Wikipedia'))).toBe(0x11e60398);
    const packed = deflateSync(plain, { level: 0 });
    packed[12] = (packed[12] as number) ^ 1;
    expect(() => zlib(packed, plain.length)).toThrow(/wrong checksum/);
  });
});

describe('LZMA', () => {
  const pythonXz = (code: string) =>
    new Uint8Array(execFileSync('python3', ['-c', `import sys, lzma\nsys.stdout.buffer.write(lzma.compress(${code}))`]));
  const hasPython = (() => {
    try {
      execFileSync('python3', ['-c', 'import lzma']);
      return true;
    } catch {
      return false;
    }
  })();

  it.skipIf(!hasPython)('unpacks streams of many LZMA2 chunks (skipped without python3)', async () => {
    // numbers that do not compress to less than 64 KiB, the most that one chunk holds
    const packed = pythonXz('bytes((i * i * 2654435761 >> 13) & 255 for i in range(200000))');
    expect(packed.length).toBeGreaterThan(65_536);
    const out = await xz(packed, 200_000);
    const expected = (i: number) => Number(((BigInt(i) * BigInt(i) * 2654435761n) >> 13n) & 255n);
    for (const i of [0, 1, 1000, 199_999]) expect(out[i]).toBe(expected(i));
  });

  it.skipIf(!hasPython)('refuses another size and damaged streams (skipped without python3)', async () => {
    const packed = pythonXz('b"abc" * 1000');
    await expect(xz(packed, 2999)).rejects.toThrow(/damaged LZMA/);
    await expect(xz(packed, 3001)).rejects.toThrow(/damaged LZMA/);
    await expect(xz(packed.slice(0, 60), 3000)).rejects.toThrow();
    await expect(xz(packed.fill(0xff, 20, 40), 3000)).rejects.toThrow();
  });
});

describe('Zstandard', () => {
  // a frame with one raw block: magic, descriptor (single segment, size in one byte), size, block header (3 << 3 | last), "abc"
  const frame = bytes(0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, (3 << 3) | 1, 0, 0, ...text('abc'));

  it('unpacks to the size that is said, and to no other', async () => {
    expect(await zstd(frame, 3)).toEqual(text('abc'));
    await expect(zstd(frame, 2)).rejects.toThrow(/damaged Zstandard/);
    await expect(zstd(frame.slice(0, 8), 3)).rejects.toThrow(/damaged Zstandard/);
    await expect(zstd(frame, 2 ** 31)).rejects.toThrow(/too large/);
  });
});
