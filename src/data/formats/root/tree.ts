/**
 * The branches of a tree as columns. Numbers, texts, fixed arrays, lists with a counter and `vector<number>` are read from their
 * baskets directly; whole objects are listed with the reason why they cannot be read.
 */
import type { ProblemDetails } from '../../../base/problem.ts';
import type { Column } from '../columns/catalogue.ts';
import { placeOf } from '../columns/catalogue.ts';
import { byteSize, type NumberType } from '../columns/numbers.ts';
import type { ArrayInfo, Source } from '../contract.ts';
import { type BasketIndex, type Entry, readEntries } from './baskets.ts';

export type Members = Record<string, unknown>;

/** Classes of leaves with one number per value; `long` is 64 bits in files. */
const leafTypes: Readonly<Record<string, readonly [signed: NumberType, unsigned: NumberType]>> = {
  TLeafO: ['bool', 'bool'],
  TLeafB: ['int8', 'uint8'],
  TLeafS: ['int16', 'uint16'],
  TLeafI: ['int32', 'uint32'],
  TLeafL: ['int64', 'uint64'],
  TLeafG: ['int64', 'uint64'],
  TLeafF: ['float32', 'float32'],
  TLeafD: ['float64', 'float64'],
};

/** Basic types of ROOT's `TStreamerInfo`; a counter is an int, bits an unsigned one. Packed reals (9, 19) are not here. */
const streamerTypes: Readonly<Record<number, NumberType>> = {
  1: 'int8',
  2: 'int16',
  3: 'int32',
  4: 'int64',
  5: 'float32',
  6: 'int32',
  8: 'float64',
  11: 'uint8',
  12: 'uint16',
  13: 'uint32',
  14: 'uint64',
  15: 'uint32',
  16: 'int64',
  17: 'uint64',
  18: 'bool',
};
const fixedArray = 20;

const vectorTypes: Readonly<Record<string, NumberType>> = {
  bool: 'bool',
  char: 'int8',
  'unsigned char': 'uint8',
  short: 'int16',
  'unsigned short': 'uint16',
  int: 'int32',
  'unsigned int': 'uint32',
  long: 'int64',
  'unsigned long': 'uint64',
  'long long': 'int64',
  'unsigned long long': 'uint64',
  Long64_t: 'int64',
  ULong64_t: 'uint64',
  float: 'float32',
  double: 'float64',
};
/** Byte count, version and size before the numbers of a vector. */
const vectorHeader = 10;

export function treeColumns(source: Source, tree: Members, prefix: string): Column[] {
  const columns: Column[] = [];
  const names = new Set<string>();
  for (const branch of listOf(tree.fBranches)) collect(source, branch, prefix, '', columns, names, 0);
  return columns;
}

function collect(
  source: Source,
  branch: Members,
  prefix: string,
  parent: string,
  columns: Column[],
  names: Set<string>,
  depth: number,
): void {
  const name = fullName(branch, parent, names);
  const children = depth < 30 ? listOf(branch.fBranches) : [];
  if (children.length === 0 || isCollection(branch)) columns.push(...branchColumns(source, branch, prefix, name, names));
  for (const child of children) collect(source, child, prefix, name, columns, names, depth + 1);
}

/** A member of a split object is called after its parent if its own name is taken. */
function fullName(branch: Members, parent: string, names: Set<string>): string {
  const own = String(branch.fName).replace(/\[.*$/, '').replace(/\.$/, '');
  const name = names.has(own) && parent ? `${parent}.${own}` : own;
  names.add(name);
  return name;
}

/** A split vector or TClonesArray: the branch itself holds the number of objects. */
function isCollection({ fType }: Members): boolean {
  return fType === 3 || fType === 4;
}

function branchColumns(source: Source, branch: Members, prefix: string, name: string, names: Set<string>): Column[] {
  const leaves = listOf(branch.fLeaves);
  if (isCollection(branch))
    return [columnOf(source, branch, `${prefix}${name}`, { kind: 'numbers', type: 'int32', count: 1, at: 0, stride: 4 })];
  if (leaves.length <= 1) return [columnOf(source, branch, `${prefix}${name}`, entryOf(branch, leaves[0]))];
  // several leaves of one branch stand side by side in every entry
  const plain = leaves.map((leaf) => ({ type: leafType(leaf), count: Number(leaf.fLen) }));
  const known = plain.every(({ type }) => type) && leaves.every((leaf) => !leaf.fLeafCount);
  const stride = plain.reduce((sum, { type, count }) => sum + (type ? byteSize[type] * count : 0), 0);
  let at = 0;
  return leaves.map((leaf, i) => {
    const { type, count } = plain[i] as { type: NumberType; count: number };
    const entry: Entry = known
      ? { kind: 'numbers', type, count, at, stride }
      : { kind: 'refused', found: 'lists and numbers in one branch' };
    at += known ? byteSize[type] * count : 0;
    const own = `${name}.${leaf.fName}`;
    names.add(own);
    return columnOf(source, branch, `${prefix}${own}`, entry);
  });
}

function leafType(leaf: Members | undefined): NumberType | undefined {
  return leafTypes[String(leaf?._typename)]?.[leaf?.fIsUnsigned ? 1 : 0];
}

/** How an entry of a branch with one leaf is stored. */
function entryOf(branch: Members, leaf: Members | undefined): Entry {
  if (leaf?._typename === 'TLeafC') return { kind: 'text' };
  const count = Math.max(1, Number(leaf?.fLen ?? 1));
  const streamed = Number(branch.fStreamerType);
  const element = branch._typename === 'TBranchElement';
  const type = element
    ? streamerTypes[streamed > fixedArray && streamed < 2 * fixedArray ? streamed - fixedArray : streamed]
    : leafType(leaf);
  if (type) {
    const stride = byteSize[type] * count;
    // members of split collections have one value per object
    const counter = (leaf?.fLeafCount ?? undefined) as Members | undefined;
    const listed = counter || branch.fType === 31 || branch.fType === 41;
    return listed ? { kind: 'lists', type, header: 0 } : { kind: 'numbers', type, count, at: 0, stride };
  }
  const className = String(branch.fClassName ?? '');
  const vector = vectorTypes[/^(?:std::)?vector<([^<>]+)>$/.exec(className)?.[1]?.trim() ?? ''];
  if (element && vector && Number(branch.fType) === 0 && Number(branch.fID) === -1)
    return { kind: 'lists', type: vector, header: vectorHeader };
  const packed = streamed === 9 || streamed === 19 || /^TLeaf(F16|D32)$/.test(String(leaf?._typename));
  const what = packed ? 'packed real numbers (Double32_t or Float16_t)' : `objects of class ${className || 'unknown'}`;
  return { kind: 'refused', found: what };
}

function columnOf(source: Source, branch: Members, name: string, entry: Entry): Column {
  const index = indexOf(branch);
  const where = placeOf(source, name);
  const problem = 'found' in index ? { where, expected: 'a branch with its baskets', ...index } : entryProblem(where, entry);
  const rows = 'found' in index ? 0 : index.rows;
  const first = 'found' in index ? 0 : (index.starts[1] ?? rows);
  const { title } = { title: String(branch.fTitle ?? '') };
  const info: ArrayInfo = {
    name,
    shape: entry.kind === 'numbers' && entry.count > 1 ? [rows, entry.count] : [rows],
    type: entry.kind === 'text' ? 'text' : entry.kind === 'refused' ? 'object' : entry.type,
    ...(codecOf(branch) ? { filters: [codecOf(branch) as string] } : {}),
    ...(entry.kind === 'lists' ? { jagged: true } : {}),
    ...(first > 0 ? { chunkRows: first } : {}),
    ...(problem ? { problem } : {}),
    ...(title && title !== name && title.length <= 200 ? { attributes: { title } } : {}),
  };
  if ('found' in index) return { info, read: () => Promise.reject(new Error(index.found)) };
  return { info, read: (start, end, job) => readEntries(source, index, entry, name, start, end, job) };
}

function entryProblem(where: string, entry: Entry): ProblemDetails | undefined {
  if (entry.kind !== 'refused') return undefined;
  return {
    where,
    expected: 'numbers, texts, or lists of numbers',
    found: entry.found,
    fix: 'Write its numbers as branches of their own, for example with RDataFrame::Snapshot',
  };
}

/** Codec from `fCompress`, 100 times the codec plus the level; 0 is the default of the program that wrote it, which is not told. */
function codecOf(branch: Members): string | undefined {
  const setting = Number(branch.fCompress);
  if (!(setting % 100 > 0)) return undefined;
  return [undefined, 'zlib', 'LZMA', 'old zlib', 'LZ4', 'ZSTD'][Math.floor(setting / 100)];
}

/** Where the entries of a branch are; says why if the numbers make no sense. */
function indexOf(branch: Members): BasketIndex | { found: string; fix: string } {
  const rows = Number(branch.fEntries);
  const written = Number(branch.fWriteBasket);
  const embedded = listOf(branch.fBaskets, true) as (Members | null)[];
  const seeks = branch.fBasketSeek as ArrayLike<number>;
  const bytes = branch.fBasketBytes as ArrayLike<number>;
  const entries = branch.fBasketEntry as ArrayLike<number>;
  const wrong = (found: string) => ({ found, fix: 'Copy or download the file again' });
  if (!(Number.isSafeInteger(rows) && rows >= 0 && written >= 0 && written <= (seeks?.length ?? -1)))
    return wrong(`${rows} entries in ${written} baskets`);
  const starts: number[] = [];
  const baskets: BasketIndex['baskets'] = [];
  for (let i = 0; i <= written && i < Math.max(seeks.length, embedded.length); i++) {
    const inside = embedded[i];
    const start = Number(entries[i] ?? 0);
    if (inside && Number(inside.fNevBuf) > 0) baskets.push({ inside });
    else if (i < written && Number(seeks[i]) > 0) baskets.push({ seek: Number(seeks[i]), bytes: Number(bytes[i]) });
    else continue;
    if (start < (starts.at(-1) ?? 0) || start > rows) return wrong(`a basket that starts with entry ${start} of ${rows}`);
    starts.push(start);
  }
  if (rows > 0 && (baskets.length === 0 || starts[0] !== 0)) return wrong(`${rows} entries and no basket for the first one`);
  return { rows, starts, baskets };
}

export function listOf(array: unknown, holes = false): Members[] {
  const list = (array as { arr?: unknown } | null | undefined)?.arr;
  if (!Array.isArray(list)) return [];
  return holes
    ? (list as Members[])
    : (list as (Members | null)[]).filter((entry): entry is Members => entry !== null && typeof entry === 'object');
}
