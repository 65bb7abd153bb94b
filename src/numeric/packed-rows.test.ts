import { expect, it } from 'vitest';
import { type NumberPacker, PackedNumbers, packNumbers } from './packed.ts';
import { codedRows, type RowScaling } from './packed-rows.ts';

async function packed(
  numbers: readonly number[],
  options: ConstructorParameters<typeof NumberPacker>[1] = {},
): Promise<PackedNumbers> {
  const values = await packNumbers(numbers.length, (packer) => packer.add(numbers), options);
  if (!(values instanceof PackedNumbers)) throw new Error('not packed');
  return values;
}

/** The rows as a device makes them. */
function made(values: PackedNumbers, storedWidth: number, chosen: readonly number[], scaling: RowScaling): number[] | undefined {
  const coded = codedRows({ values, storedWidth, chosen: Uint32Array.from(chosen), x: scaling, target: scaling }, scaling);
  if (!coded) return undefined;
  const { rows, width, table, columns, strays, codes } = coded;
  const bits = codes(0, rows);
  const out = Array.from({ length: rows * width }, (_, i) => {
    const value = table[bits[i] ?? 0] as number;
    return columns ? value * columns.scale[i % width]! + columns.offset[i % width]! : value;
  });
  for (let row = 0; row < rows; row++)
    for (let i = strays.start[row]!; i < strays.start[row + 1]!; i++) out[row * width + strays.column[i]!] = strays.value[i]!;
  return out;
}

it('bytes are looked up: thirds of the second of two channels, rows as they are chosen', async () => {
  const values = await packed([1, 2, 3, 4, 5, 6, 255, 0]);
  expect(values.bytesPerCode).toBe(1);
  const scaling = { source: Int32Array.of(1, 3), number: (value: number) => value / 3 };
  expect(made(values, 4, [1, 0, 1], scaling)).toEqual([6, 0, 2, 4, 6, 0].map((value) => Math.fround(value / 3)));
});

it.each([
  ['uint16', { step: 0.25 }, [0.25, 1000, 0, 16_383.75, 1e9, 3]],
  ['int16', { least: 'int16' }, [-1, 300, -32_768, 32_767, 1e9, 0]],
  ['sparse', { least: 'sparse' }, [0, 0, 0.1, 0, 1e-9, 7]],
  ['float16', { least: 'float16' }, [0.5, -0.5, 65_504, 1e9, 6e-8, 0]],
] as const)('%s rows come as they are, numbers without a code too', async (packing, options, numbers) => {
  const values = await packed(numbers, options);
  expect(values.packing).toBe(packing);
  const wanted = [...values.slice(3, 6), ...values.slice(0, 3)];
  expect(made(values, 3, [1, 0], {})).toEqual(wanted);
  const columns = { scale: Float32Array.of(2, 1, -1), offset: Float32Array.of(0, 1, 0.5) };
  const scaled = wanted.map((value, i) => Math.fround(value * columns.scale[i % 3]!) + columns.offset[i % 3]!);
  for (const [i, value] of made(values, 3, [1, 0], { columns })!.entries())
    expect(value).toBeCloseTo(scaled[i]!, scaled[i]! > 1e6 ? -1 : 5);
});

it('a missing number is left to the host', async () => {
  for (const options of [{ least: 'uint16' }, { least: 'sparse' }, { least: 'float16' }] as const) {
    const values = await packed([1, 0.1, Number.NaN, 2], options);
    expect(made(values, 2, [0, 1], {})).toBeUndefined();
    expect(made(values, 2, [0], {})).toEqual([...values.slice(0, 2)]);
  }
});
