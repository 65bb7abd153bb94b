import { expect, it } from 'vitest';
import {
  copyNumbers,
  joinNumbers,
  NumberPacker,
  type Numbers,
  PackedNumbers,
  packNumbers,
  pickRows,
  plainNumbers,
} from './packed.ts';
import { Cursor } from './random.ts';

function packed(numbers: ArrayLike<number>, options?: ConstructorParameters<typeof NumberPacker>[1]): Numbers {
  const packer = new NumberPacker(numbers.length, options);
  packer.add(numbers);
  return packer.finish();
}

const kindOf = (values: Numbers) => (values instanceof PackedNumbers ? values.packing : 'float32');

it.each([
  ['uint8', [0, 3, 255], 3],
  ['uint16', [0, 3, 255, 256], 8],
  ['sparse', Array.from({ length: 4000 }, (_, i) => (i % 5 === 4 ? 0.1 : 0)), 6400],
  ['int16', [0, ...Array.from({ length: 300 }, () => -7)], 602],
  ['float16', Array.from({ length: 70_000 }, () => 0.1), 140_000],
  ['float32', Array.from({ length: 70_000 }, () => 1e30), 280_000],
] as const)('%s holds what fits no smaller kind', (kind, numbers, bytes) => {
  const values = packed(numbers);
  expect(kindOf(values)).toBe(kind);
  expect(values.byteLength).toBe(bytes);
});

it('counts come back exactly, also where they are of a step and a few lie beyond 16 bits', () => {
  const cursor = new Cursor(1, 'sample');
  const numbers = Float32Array.from({ length: 50_000 }, (_, i) => (i % 9000 === 8000 ? 1500.5 + i : cursor.below(65_536) / 64));
  const values = packed(numbers, { step: 1 / 64 });
  expect(kindOf(values)).toBe('uint16');
  expect(values.slice()).toEqual(numbers);
  expect(values.byteLength).toBe(2 * 50_000 + 8 * numbers.filter((x) => x >= 1024).length);
  expect(values.slice(7999, 8002)).toEqual(numbers.slice(7999, 8002));
  // rows that begin at, hold and end before a stray
  const rows = [3, 16, 17, 0];
  expect(pickRows(values, rows, 500).slice()).toEqual(
    Float32Array.from(rows.flatMap((row) => [...numbers.slice(500 * row, 500 * (row + 1))])),
  );
});

it('arrays that are mostly zeros come back exactly, whatever the others are, and so do their rows', () => {
  const cursor = new Cursor(3, 'sample');
  const numbers = Float32Array.from({ length: 90_000 }, () => (cursor.uniform() < 0.1 ? cursor.normal() * 1e-9 : 0));
  const values = packed(numbers);
  expect(kindOf(values)).toBe('sparse');
  expect(values.slice()).toEqual(numbers);
  const rows = pickRows(values, [7, 0, 899], 100);
  expect(rows.slice()).toEqual(Float32Array.of(...numbers.slice(700, 800), ...numbers.slice(0, 100), ...numbers.slice(89_900)));
  expect(rows.byteLength).toBe(8 * rows.slice().filter((x) => x !== 0).length);
});

it('other numbers come back within 2^-11 of themselves, small ones within 2^-25, and what is not 0 stays so', () => {
  const cursor = new Cursor(2, 'sample');
  const numbers = Float32Array.from({ length: 80_000 }, () => cursor.normal() * 10 ** (cursor.below(10) - 5));
  const values = packed(numbers);
  expect(kindOf(values)).toBe('float16');
  const far = [...values.slice().entries()].filter(([i, x]) => {
    const truth = numbers[i] as number;
    return Math.abs(x - truth) > Math.max(2 ** -11 * Math.abs(truth), 2 ** -25) || (x === 0) !== (truth === 0);
  });
  expect(far).toEqual([]);
});

it.each([
  ['too large for halves', 70_000.5],
  ['so small that halves would make them 0', 1e-9],
])('where many numbers are %s, all are kept in full; a few are kept beside the halves', async (_, odd) => {
  const numbers = (many: number) =>
    Float32Array.from({ length: 80_000 }, (_, i) => (i >= 80_000 - many ? odd : (i % 1000) + 0.1));
  const pack = (many: number) =>
    packNumbers(80_000, (packer) => {
      for (let start = 0; start < 80_000; start += 8000) packer.add(numbers(many).subarray(start, start + 8000));
    });
  const few = await pack(50);
  expect(kindOf(few)).toBe('float16');
  expect(few.slice(79_950)).toEqual(numbers(50).slice(79_950));
  const many = await pack(150);
  expect(kindOf(many)).toBe('float32');
  expect(many.slice()).toEqual(numbers(150));
});

it('arrays are joined in the smallest packing that holds them all, and in full where one of them is', () => {
  const [bytes, words] = [packed([1, 2, 3]), packed([4, 500], {})];
  const [quarters, tenths] = [packed([0.25, 80], { step: 1 / 4 }), packed(Array.from({ length: 66_000 }, () => 0.1))];
  const joined = (...arrays: Numbers[]) => {
    const values = joinNumbers(arrays);
    return [kindOf(values), [...values.slice(0, 5)]];
  };
  expect(joined(bytes, words)).toEqual(['uint16', [1, 2, 3, 4, 500]]);
  expect(joined(bytes, quarters)).toEqual(['uint16', [1, 2, 3, 0.25, 80]]);
  expect(joined(bytes, tenths)).toEqual(['float16', [1, 2, 3, 0.0999755859375, 0.0999755859375]]);
  const few = packed(Array.from({ length: 200 }, () => 0.1));
  expect(joined(bytes, few)).toEqual(['sparse', [1, 2, 3, Math.fround(0.1), Math.fround(0.1)]]);
  expect(joined(few, tenths)[0]).toBe('float16');
  expect(joined(bytes, Float32Array.of(0.1, 7))).toEqual(['float32', [1, 2, 3, Math.fround(0.1), 7]]);
});

it('numbers that come in pieces are packed as if they came at once', () => {
  const numbers = Float32Array.from({ length: 3000 }, (_, i) => (i < 1000 ? i % 200 : i < 2000 ? i : i + 0.5));
  const packer = new NumberPacker(3000);
  for (let start = 0; start < 3000; start += 700) packer.add(numbers.subarray(start, start + 700));
  expect(packer.finish().slice()).toEqual(packed(numbers).slice());
});

it('both kinds of numbers are copied alike, and only plain ones are given out as they are', () => {
  const numbers = Float32Array.of(1, 2, 300, 4);
  const out = new Float32Array(3);
  for (const values of [numbers, packed(numbers)]) {
    copyNumbers(values, 1, 3, out, 1);
    expect([...out]).toEqual([0, 2, 300]);
  }
  expect(plainNumbers(numbers)).toBe(numbers);
  expect(() => plainNumbers(packed(numbers))).toThrow('row by row');
});

it('a packer that was not filled says so', () => {
  const packer = new NumberPacker(3);
  packer.add([1, 2]);
  expect(() => packer.finish()).toThrow('2 of 3');
});
