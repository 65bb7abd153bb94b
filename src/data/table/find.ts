/**
 * Where the table is in a file: the columns of one group (a text file, a tree, a data frame), or one array with two axes and the
 * columns beside it. Looks at the catalogue alone.
 */
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import type { ColumnRole } from '../layouts/contract.ts';
import { lastPart } from '../roles.ts';
import { guessRole, isNumeric } from './roles.ts';

/** Tables smaller than this share of the largest one are not offered. */
const smallestShare = 0.01;

/** One column, wherever it is stored. */
export interface Column {
  name: string;
  type: string;
  /** The guess. */
  role: ColumnRole;
  /** Column of the array with two axes; absent for an array of its own. */
  index?: number;
  /** Position in the lists of a jagged array, from 0. */
  item?: number;
  /** The array that holds it. */
  array: ArrayInfo;
}

export interface Table {
  /** Group or array: `events`, `df/block0_values`; empty for the columns at the top of a file. */
  name: string;
  rows: number;
  columns: readonly Column[];
  /** Set if the features are columns of this one array. */
  matrix?: ArrayInfo;
  /** Arrays that are no columns of numbers: lists, texts, unreadable ones. */
  lists: readonly ArrayInfo[];
  unreadable: readonly ArrayInfo[];
}

/**
 * All tables of a file, the one with the most numbers first. A file whose rows are images or other arrays with three axes is no table.
 *
 * @param keptOfLists numbers that are kept of each list, as columns of their own
 */
export function findTables(file: OpenFile, keptOfLists = 0): Table[] {
  const deep = file.arrays.some((array) => isNumeric(array) && array.shape.filter((n) => n > 1).length > 2);
  if (deep) return [];
  const binned = new Set(file.arrays.flatMap(({ name }) => (name.endsWith('/edges') ? [name.slice(0, -'edges'.length)] : [])));
  const arrays = file.arrays.filter(({ name }) => ![...binned].some((prefix) => name.startsWith(prefix)));
  const matrices = file.tabular ? [] : arrays.filter((array) => isNumeric(array) && isMatrix(array));
  const tables = [...matrices.map((matrix) => ofMatrix(file, matrix)), ...ofGroups(arrays, keptOfLists)]
    .filter(({ rows, columns }) => rows > 0 && columns.some(({ role }) => role === 'feature'))
    .sort((a, b) => size(b) - size(a));
  // the names of rows and columns that a data frame brings along are no table of their own
  return tables.filter((table) => size(table) >= smallestShare * size(tables[0] as Table));
}

function size(table: Table): number {
  return features(table) * table.rows;
}

/** Columns that would be features. */
export function features({ columns }: Table): number {
  return columns.filter(({ role }) => role === 'feature').length;
}

function isMatrix({ shape }: ArrayInfo): boolean {
  return shape.length === 2 && (shape[0] as number) > 0 && (shape[1] as number) > 1;
}

/** Arrays beside a matrix with as many rows: only those whose name says what they are, since the others may be anything. */
function ofMatrix(file: OpenFile, matrix: ArrayInfo): Table {
  const rows = matrix.shape[0] as number;
  const names = matrix.columns ?? Array.from({ length: matrix.shape[1] as number }, (_, i) => `column ${i + 1}`);
  const own = names.map((name, index): Column => {
    const role = matrix.columns ? guessRole(name, matrix.type) : 'feature';
    return { name, type: matrix.type, role, index, array: matrix };
  });
  const beside = file.arrays
    .filter((array) => !array.jagged && array.shape.length === 1 && array.shape[0] === rows && !array.problem)
    .filter((array) => !names.includes(array.name))
    .map((array): Column => ({ name: array.name, type: array.type, role: guessRole(array.name, array.type), array }))
    .filter(({ role, name }) => role !== 'feature' && role !== 'ignore' && splitOf(name) === splitOf(matrix.name));
  return { name: matrix.name, rows, columns: [...own, ...beside], matrix, lists: [], unreadable: [] };
}

/** `train` of `x_train`: arrays of one part of the data belong together. */
function splitOf(name: string): string {
  return /(?:^|_)(train|test|val|validation)(?:_|$)/i.exec(lastPart(name))?.[1]?.toLowerCase() ?? '';
}

function ofGroups(arrays: readonly ArrayInfo[], keptOfLists: number): Table[] {
  const groups = new Map<string, { name: string; rows: number; arrays: ArrayInfo[] }>();
  for (const array of arrays) {
    const flat = array.shape.length === 1 || (array.shape.length === 2 && array.shape[1] === 1);
    if (!flat) continue;
    const name = array.name.includes('/') ? array.name.slice(0, array.name.lastIndexOf('/')) : '';
    const rows = array.shape[0] as number;
    const key = `${rows} ${name}`;
    const group = groups.get(key) ?? { name, rows, arrays: [] };
    group.arrays.push(array);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ name, rows, arrays }): Table => {
    const columns = arrays.flatMap((array): Column[] => {
      if (array.problem) return [];
      if (array.jagged) return listColumns(array, keptOfLists);
      return [{ name: array.name, type: array.type, role: guessRole(array.name, array.type), array }];
    });
    const lists = keptOfLists > 0 ? [] : arrays.filter((array) => array.jagged && !array.problem);
    return { name, rows, columns, lists, unreadable: arrays.filter((array) => array.problem) };
  });
}

function listColumns(array: ArrayInfo, kept: number): Column[] {
  if (!isNumeric({ ...array, jagged: false })) return [];
  return Array.from({ length: kept }, (_, item) => ({
    name: `${array.name} ${item + 1}`,
    type: array.type,
    role: array.type === 'bool' ? 'ignore' : 'feature',
    item,
    array,
  }));
}
