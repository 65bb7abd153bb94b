import { describe, expect, it } from 'vitest';
import { Cursor, permutation, philox } from './random.ts';

const hex = (words: Uint32Array): string => [...words].map((w) => w.toString(16).padStart(8, '0')).join(' ');

describe('philox 4x32-10', () => {
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
    [[0, 7, 0, 0], [42, 0], 'c590608c 67e7daa9 c0040026 a1d5db6b'],
  ])('gives the published words for counter %j and key %j', (c, k, expected) => {
    const out = new Uint32Array(4);
    philox(c[0]!, c[1]!, c[2]!, c[3]!, k[0]!, k[1]!, out);
    expect(hex(out)).toBe(expected);
  });
});

describe('a cursor', () => {
  it('repeats for equal coordinates and differs when any coordinate differs', () => {
    const draw = (seed: number, stream: 'split' | 'noise', step: number, index: number) => {
      const cursor = new Cursor(seed, stream, step, index);
      return [cursor.word(), cursor.word(), cursor.word(), cursor.word(), cursor.word()].join();
    };
    expect(draw(1, 'split', 0, 0)).toBe(draw(1, 'split', 0, 0));
    const others = [draw(2, 'split', 0, 0), draw(1, 'noise', 0, 0), draw(1, 'split', 1, 0), draw(1, 'split', 0, 1)];
    expect(new Set([draw(1, 'split', 0, 0), ...others]).size).toBe(5);
  });

  it('draws normal deviates with the right moments', () => {
    const cursor = new Cursor(3, 'noise');
    const n = 200_000;
    let mean = 0;
    let square = 0;
    let fourth = 0;
    for (let i = 0; i < n; i++) {
      const x = cursor.normal();
      mean += x / n;
      square += (x * x) / n;
      fourth += x ** 4 / n;
    }
    // five standard errors of each moment
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(square - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(fourth - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  it('draws whole numbers below n evenly', () => {
    const cursor = new Cursor(9, 'sample');
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[cursor.below(7)]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000));
  });

  it('refuses seed 0 and fractions', () => {
    expect(() => new Cursor(0, 'split')).toThrow(/seed/);
    expect(() => new Cursor(1.5, 'split')).toThrow(/seed/);
  });
});

describe('a permutation', () => {
  it('contains every row once and is fixed by its seed', () => {
    const order = permutation(1000, 5, 'shuffle', 2);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect([...permutation(1000, 5, 'shuffle', 2)]).toEqual([...order]);
    expect([...permutation(1000, 5, 'shuffle', 3)]).not.toEqual([...order]);
    expect([...permutation(5, 42, 'split')]).toHaveLength(5);
  });
});
