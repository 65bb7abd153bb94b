/**
 * From datasets to entries of the catalogue: types in NumPy's words, one entry for a plain dataset, one for each member of a compound one,
 * and the reason where something cannot be read.
 */
import type { ProblemDetails } from '../../../base/problem.ts';
import { type Element, elementName } from '../bytes/elements.ts';
import type { ArrayInfo } from '../contract.ts';
import { filterName, filterProblem } from './filters.ts';
import type { Filter, Metadata } from './library.ts';

/** HDF5 type classes (H5T_class_t). */
export const H5T = { integer: 0, float: 1, string: 3, bitField: 4, compound: 6, enumeration: 8, list: 9, array: 10 } as const;
const typeClassNames: Readonly<Record<number, string>> = {
  2: 'time',
  4: 'bit field',
  5: 'opaque',
  6: 'compound',
  7: 'reference',
};
/** A file of this compression ratio holds nothing but what its header promises. */
const tightest = 5000;
const alwaysFine = 2 ** 30;

export interface DatasetInfo {
  path: string;
  metadata: Metadata;
  filters: readonly Filter[];
  attributes: Readonly<Record<string, string | number>>;
}

/** Values inside one row's bytes: `perItem` values from `offset` on, in each item. */
export interface Entry {
  info: ArrayInfo;
  dataset: DatasetInfo;
  /** Several entries share the rows of this dataset. */
  shared: boolean;
  /** Bytes from one item to the next. */
  itemSize: number;
  /** Items in one row. */
  items: number;
  offset: number;
  perItem: number;
  kind: 'numbers' | 'texts' | 'lists';
  /** Of a value, of one character cell, or of an element of a list. */
  element: Element;
}

/** @param fileSize bytes; what a small file cannot possibly hold is refused */
export function entriesOf(dataset: DatasetInfo, name: string, where: string, fileSize: number): Entry[] {
  const { metadata } = dataset;
  const shape = metadata.shape ?? [0];
  const general =
    filterProblem(dataset.filters, where) ?? storageProblem(metadata, where) ?? sizeProblem(metadata, where, fileSize);
  const filters = dataset.filters.map(filterName);
  const common = {
    ...(filters.length > 0 ? { filters } : {}),
    ...(metadata.chunks?.[0] ? { chunkRows: metadata.chunks[0] } : {}),
    ...(Object.keys(dataset.attributes).length > 0 ? { attributes: dataset.attributes } : {}),
  };
  const items = shape.slice(1).reduce((product, n) => product * n, 1);
  const members = metadata.type === H5T.compound ? (metadata.compound_type?.members ?? []) : undefined;
  const parts = members ?? [{ ...metadata, name: '', offset: 0 }];
  // the library turns everything little endian, except where a compound type mixes both orders
  const ordered = parts.map((part) => leafOf(part).type).filter(({ type }) => type !== H5T.string);
  const mixed = members !== undefined && ordered.some(({ littleEndian }) => littleEndian);
  return parts.map((part): Entry => {
    const { type, shape: inner } = leafOf(part);
    const read = elementOf(type, mixed);
    const own = part.name === '' ? name : `${name}/${part.name}`;
    const problem = general ?? read.problem?.(members ? `${where}, member "${part.name}"` : where);
    const jagged = read.kind === 'lists';
    return {
      info: {
        name: own,
        shape: [...shape, ...inner],
        type: read.kind === 'texts' ? 'text' : read.problem ? typeName(type) : elementName(read.element),
        ...common,
        ...(jagged ? { jagged: true } : {}),
        ...(problem ? { problem } : {}),
      },
      dataset,
      shared: members !== undefined,
      itemSize: metadata.size,
      items,
      offset: part.offset,
      perItem: inner.reduce((product, n) => product * n, 1),
      kind: read.kind,
      element: read.element,
    };
  });
}

/** Array types inside: their base and shape. */
function leafOf(metadata: Metadata): { type: Metadata; shape: number[] } {
  const shape: number[] = [];
  let type = metadata;
  while (type.type === H5T.array && type.array_type && shape.length < 32) {
    shape.push(...(type.array_type.shape ?? []));
    type = type.array_type;
  }
  return { type, shape };
}

interface Readable {
  kind: Entry['kind'];
  element: Element;
  problem?: (where: string) => ProblemDetails;
}

/** @param asStored false if the library hands over little-endian numbers whatever the file holds */
function elementOf(metadata: Metadata, asStored: boolean): Readable {
  const { type, size, signed } = metadata;
  const bigEndian = asStored && !metadata.littleEndian;
  const number = (kind: Element['kind']): Readable => ({ kind: 'numbers', element: { kind, size, bigEndian } });
  if (type === H5T.string) {
    return metadata.vlen
      ? { kind: 'texts', element: { kind: 'uint', size: 4, bigEndian: false } }
      : { kind: 'texts', element: { kind: 'bytes', size, bigEndian: false } };
  }
  if (type === H5T.float && [2, 4, 8].includes(size)) return number('float');
  if (type === H5T.integer && [1, 2, 4, 8].includes(size)) return number(signed ? 'int' : 'uint');
  if (type === H5T.bitField && size === 1) return number('bool');
  if (type === H5T.enumeration && [1, 2, 4, 8].includes(size)) {
    const members = Object.keys(metadata.enum_type?.members ?? {});
    const bool = size === 1 && members.length === 2 && members.includes('TRUE') && members.includes('FALSE');
    return number(bool ? 'bool' : signed ? 'int' : 'uint');
  }
  if (type === H5T.list && metadata.vlen_type) {
    const inner = elementOf(metadata.vlen_type, asStored);
    if (inner.kind === 'numbers' && !inner.problem) return { kind: 'lists', element: inner.element };
  }
  const found = typeName(metadata);
  return {
    kind: 'numbers',
    element: { kind: 'uint', size: 1, bigEndian: false },
    problem: (where) => ({
      where,
      expected: 'numbers of up to 64 bits, booleans, or text',
      found: `type ${found}`,
      fix: type === H5T.float ? 'Save it as float64' : 'Save it as one plain array for each quantity',
    }),
  };
}

function typeName({ type, size, signed }: Metadata): string {
  if (type === H5T.float) return `float${size * 8}`;
  if (type === H5T.integer) return `${signed ? '' : 'u'}int${size * 8}`;
  if (type === H5T.list) return 'variable-length';
  return typeClassNames[type] ?? 'unknown';
}

function storageProblem(metadata: Metadata, where: string): ProblemDetails | undefined {
  if (!metadata.virtual_sources?.length) return undefined;
  const names = [...new Set(metadata.virtual_sources.map((entry) => entry.file_name))].slice(0, 3).join(', ');
  return {
    where,
    expected: 'data inside this file',
    found: `a virtual dataset that points to other files (${names})`,
    fix: 'Copy the data into one file with h5py or h5repack',
  };
}

function sizeProblem({ shape, size }: Metadata, where: string, fileSize: number): ProblemDetails | undefined {
  const bytes = (shape ?? [0]).reduce((product, n) => product * n, size);
  if (bytes <= alwaysFine || bytes <= fileSize * tightest) return undefined;
  return {
    where,
    expected: `an array that a file of ${fileSize} bytes can hold`,
    found: `shape ${(shape ?? []).join(' x ')}, ${bytes} bytes: most of it was never written, or the file is damaged`,
    fix: 'Save only the rows that hold data, or copy the file again',
  };
}
