/**
 * Rows of packed numbers and what becomes of each number, as a description by which a batch can be made on a graphics device: the
 * bits of the codes, a table of what each code becomes, and the numbers that have no code. The table is made with the arithmetic of the
 * host, so that looking it up gives the same numbers. Knows no device.
 */
import type { PackedNumbers } from './packed.ts';

/** From the stored numbers of a row to the numbers of a batch. */
export interface RowScaling {
  /** [width] which stored number each number comes from; all of them in their order if absent. */
  source?: Int32Array;
  /** What a number becomes, whatever its column; itself if absent. */
  number?(value: number): number;
  /** [width] each: then y = x scale + offset. */
  columns?: { scale: Float32Array; offset: Float32Array };
}

export interface PackedRows {
  values: PackedNumbers;
  /** Numbers of a stored row. */
  storedWidth: number;
  /** Stored rows, one for each row of the batch. */
  chosen: Uint32Array;
  x: RowScaling;
  /** The same object as `x` where both are the same numbers. */
  target: RowScaling;
}

/** What a device needs of rows under one scaling. */
export interface CodedRows {
  rows: number;
  width: number;
  bytesPerCode: 0 | 1 | 2;
  /** What each code becomes, by its bits; [1] where no number has a code, and then that number stands everywhere but at the strays. */
  table: Float32Array;
  columns: { scale: Float32Array; offset: Float32Array } | undefined;
  /** Those of row i are start[i] to start[i + 1] - 1: their columns, and what they become, columns included. */
  strays: { start: Uint32Array; column: Uint32Array; value: Float32Array };
  /** Bits of the codes of rows [start, end), [end - start, width]; empty where no number has a code. */
  codes(start: number, end: number): Uint8Array | Uint16Array;
}

/** Rows whose codes are looked through at once. */
const blockRows = 1024;

/** @returns undefined if a number is missing (NaN): what stands in for it is not known here */
export function codedRows({ values, storedWidth, chosen }: PackedRows, scaling: RowScaling): CodedRows | undefined {
  const { source, number = (value) => value, columns } = scaling;
  const width = source?.length ?? storedWidth;
  const strays = straysOf(values, storedWidth, chosen, scaling);
  const codes = (start: number, end: number) => values.codesOf(chosen.subarray(start, end), storedWidth, source);
  if (!strays) return undefined;
  for (let start = 0; values.packing === 'float16' && start < chosen.length; start += blockRows)
    if (codes(start, start + blockRows).some(isNoNumber)) return undefined;
  return {
    rows: chosen.length,
    width,
    bytesPerCode: values.bytesPerCode,
    table: values.meanings().map((value) => number(value)),
    columns,
    strays,
    codes,
  };
}

function straysOf(
  values: PackedNumbers,
  storedWidth: number,
  chosen: Uint32Array,
  { source, number = (value) => value, columns }: RowScaling,
): CodedRows['strays'] | undefined {
  // a stored number makes one number of a batch at most
  const place = source && new Int32Array(storedWidth).fill(-1);
  if (place) for (const [column, from] of source.entries()) place[from] = column;
  const start = new Uint32Array(chosen.length + 1);
  const eachOf = (row: number, take: (column: number, value: number) => void) =>
    values.eachStray(row * storedWidth, (row + 1) * storedWidth, (at, value) => {
      const column = place ? (place[at] as number) : at;
      if (column >= 0) take(column, value);
    });
  let missing = false;
  for (const [i, row] of chosen.entries()) {
    let count = 0;
    eachOf(row, (_, value) => {
      missing ||= Number.isNaN(value);
      count++;
    });
    start[i + 1] = (start[i] as number) + count;
  }
  if (missing) return undefined;
  const total = start[chosen.length] as number;
  const strays = { start, column: new Uint32Array(total), value: new Float32Array(total) };
  let at = 0;
  for (const row of chosen)
    eachOf(row, (column, value) => {
      strays.column[at] = column;
      const own = Math.fround(number(value));
      strays.value[at++] = columns
        ? Math.fround(own * (columns.scale[column] as number)) + (columns.offset[column] as number)
        : own;
    });
  return strays;
}

/** True for the bits of an IEEE half that is not a number. */
function isNoNumber(bits: number): boolean {
  return (bits & 0x7fff) > 0x7c00;
}
