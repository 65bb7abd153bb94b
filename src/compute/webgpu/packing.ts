/**
 * How rows lie on a graphics device: as float32, as float16 in pairs, or as one of 256 levels of their column. Packing is done
 * once, on the host; kernels unpack without any extension.
 */
import { halfBits } from '../../numeric/precision.ts';

/**
 * float32 is exact. float16 keeps numbers of 6.1e-5 to 65,504 in size to 2^-11 of themselves, smaller ones to 6.1e-5, and takes half
 * the room. uint8 takes a quarter: bytes are exact, other numbers are moved by up to half of 1/255 of their column's range.
 */
export type RowStorage = 'float32' | 'float16' | 'uint8';

export const bytesPerNumber = { float32: 4, float16: 2, uint8: 1 } as const satisfies Record<RowStorage, number>;

/** y = x scale + offset, a pair for each column. */
export interface Columns {
  scale: Float32Array;
  offset: Float32Array;
}

/** Levels 0 to 255 for each column of a matrix, from its least to its largest number; bytes are levels as they are. */
export function levelColumns(values: Float32Array | Uint8Array, width: number): Columns {
  if (values instanceof Uint8Array) return { scale: new Float32Array(width).fill(1), offset: new Float32Array(width) };
  const least = new Float32Array(width).fill(Number.POSITIVE_INFINITY);
  const most = new Float32Array(width).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const column = i % width;
    if (value < (least[column] as number)) least[column] = value;
    if (value > (most[column] as number)) most[column] = value;
  }
  // a column without a number has neither
  const offset = least.map((value) => (Number.isFinite(value) ? value : 0));
  const scale = most.map((value, column) => (Number.isFinite(value) ? (value - (offset[column] as number)) / 255 : 0));
  return { scale, offset };
}

export function levelOf(value: number, scale: number, offset: number): number {
  return scale > 0 ? Math.max(0, Math.min(255, Math.round((value - offset) / scale))) : 0;
}

/**
 * Numbers of whole rows as they are stored.
 *
 * @param levels of the columns, for uint8
 * @throws Error if float16 cannot hold a number
 */
export function packRows(
  values: Float32Array | Uint8Array,
  storage: RowStorage,
  { scale, offset }: Columns,
): Float32Array | Uint16Array | Uint8Array {
  if (storage === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values);
  if (storage === 'float16') return Uint16Array.from(values, finiteHalf);
  if (values instanceof Uint8Array) return values;
  const width = scale.length;
  return Uint8Array.from(values, (value, i) => levelOf(value, scale[i % width] as number, offset[i % width] as number));
}

function finiteHalf(value: number): number {
  const bits = halfBits(value);
  if ((bits & 0x7fff) === 0x7c00) throw new Error(`float16 ends at 65,504 and cannot hold ${value}`);
  return bits;
}
