/**
 * Opened files that never were files, for tests of layouts: arrays given as they are, read by rows, lists too.
 */
import type { ArrayInfo, Lists, OpenFile, Values } from '../data/formats/contract.ts';

/** Numbers of an array [rows, ...], texts, or one list per row. */
export type Given =
  | { shape: readonly number[]; data: Values; columns?: readonly string[] }
  | { lists: readonly (readonly number[])[] }
  | { texts: readonly string[] }
  | { numbers: readonly number[] };

/** @param arrays by name, in the order of the catalogue */
export function handMade(
  name: string,
  arrays: Readonly<Record<string, Given>>,
  {
    format = 'hdf5',
    tabular = false,
    attributes = {},
  }: { format?: string; tabular?: boolean; attributes?: Record<string, number> } = {},
): OpenFile {
  const infos = Object.entries(arrays).map(([key, given]): ArrayInfo => {
    const own = Object.keys(attributes).length > 0 ? { attributes } : {};
    if ('lists' in given) return { name: key, shape: [given.lists.length], type: 'float64', jagged: true };
    if ('texts' in given) return { name: key, shape: [given.texts.length], type: 'text' };
    if ('numbers' in given) return { name: key, shape: [given.numbers.length], type: 'float64', ...own };
    const type = Array.isArray(given.data) ? 'text' : given.data.constructor.name.replace('Array', '').toLowerCase();
    return { name: key, shape: given.shape, type, ...(given.columns ? { columns: given.columns } : {}) };
  });
  const span = (rows: readonly [number, number] | undefined, total: number): readonly [number, number] => rows ?? [0, total];
  return {
    format,
    name,
    arrays: infos,
    tabular,
    read: async (key, { rows, signal } = {}) => {
      signal?.throwIfAborted();
      const given = arrays[key];
      if (!given || 'lists' in given) throw new Error(`${name} has no array "${key}"`);
      if ('texts' in given) return given.texts.slice(...span(rows, given.texts.length));
      if ('numbers' in given) return Float64Array.from(given.numbers.slice(...span(rows, given.numbers.length)));
      const width = given.data.length / (given.shape[0] as number);
      const [start, end] = span(rows, given.shape[0] as number);
      return given.data.slice(start * width, end * width);
    },
    readLists: async (key, { rows, signal } = {}): Promise<Lists> => {
      signal?.throwIfAborted();
      const given = arrays[key];
      if (!given || !('lists' in given)) throw new Error(`${name} has no lists "${key}"`);
      const chosen = given.lists.slice(...span(rows, given.lists.length));
      const offsets = new Uint32Array(chosen.length + 1);
      for (const [row, list] of chosen.entries()) offsets[row + 1] = (offsets[row] as number) + list.length;
      return { offsets, values: Float64Array.from(chosen.flat()) };
    },
    close: () => {},
  };
}

/** [0, 1, ..., n - 1] through a function. */
export function times<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}
