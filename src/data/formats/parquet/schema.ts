/**
 * The leaves of a Parquet schema: what each column is called here, how its values are stored, and how deep it is nested. Source: the
 * Parquet format's `LogicalTypes.md` and the Dremel levels (definition level: how many optional or repeated ancestors are there;
 * repetition level 0 starts a new row).
 */
import type { SchemaTree } from 'hyparquet';
import type { ProblemDetails } from '../../../base/problem.ts';
import type { NumberType } from '../columns/numbers.ts';

export interface Leaf {
  name: string;
  path: readonly string[];
  /** As `ArrayInfo.type`. */
  type: string;
  /** How the values are stored, and the number type that they become; text if it is absent. */
  physical: string;
  number?: NumberType;
  /** Bytes of one value of fixed length. */
  width: number;
  /** Decimal numbers are stored as integers times a power of ten. */
  scale?: number;
  jagged: boolean;
  maxDefinition: number;
  maxRepetition: number;
  /** Definition level from which on a list has an element. */
  elementDefinition: number;
  refusal?: Omit<ProblemDetails, 'where'>;
}

/** One column in one row group. */
export interface Chunk {
  /** First row in the file, and number of rows. */
  start: number;
  rows: number;
  /** Bytes [offset, end) in the file: dictionary page, then data pages. */
  offset: number;
  end: number;
  /** Values with missing ones and with a place for each empty list. */
  values: number;
  codec: string;
  type: string;
}

const codecs = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4', 'LZ4_RAW']);

export function codecProblem(where: string, used: readonly string[]): ProblemDetails | undefined {
  const unknown = used.find((codec) => !codecs.has(codec));
  if (!unknown) return undefined;
  return {
    where,
    expected: 'Parquet without compression or with Snappy, ZSTD, gzip or LZ4',
    found: `compression ${unknown === 'undefined' ? 'of an unknown kind' : unknown}`,
    fix: "Save it again with pandas: to_parquet(..., compression='zstd')",
  };
}

/** All leaves in the order of the columns. */
export function leavesOf(root: SchemaTree): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (nodes: readonly SchemaTree[]): void => {
    const node = nodes.at(-1) as SchemaTree;
    if (node.children.length > 0) for (const child of node.children) walk([...nodes, child]);
    else if (nodes.length > 1) leaves.push(leafOf(nodes.slice(1)));
  };
  walk([root]);
  return unique(leaves);
}

function leafOf(nodes: readonly SchemaTree[]): Leaf {
  let definition = 0;
  let repetition = 0;
  let elementDefinition = 0;
  for (const { element } of nodes) {
    if (element.repetition_type !== 'REQUIRED') definition++;
    if (element.repetition_type === 'REPEATED') {
      repetition++;
      elementDefinition = definition;
    }
  }
  const { element } = nodes.at(-1) as SchemaTree;
  const stored = storedAs(element);
  const refusal =
    repetition > 1
      ? { expected: 'one list for each row', found: 'lists of lists', fix: 'Flatten the inner lists and save it again' }
      : stored.refusal;
  return {
    name: nameOf(nodes),
    path: nodes.map((node) => node.element.name),
    type: stored.type,
    physical: String(element.type),
    ...(stored.number ? { number: stored.number } : {}),
    width: element.type_length ?? 0,
    ...(stored.scale ? { scale: stored.scale } : {}),
    jagged: repetition > 0,
    maxDefinition: definition,
    maxRepetition: repetition,
    elementDefinition,
    ...(refusal ? { refusal } : {}),
  };
}

/** Path without the two levels that a list adds (`list.element`, `bag.array_element`), and without the one of the old two-level form. */
function nameOf(nodes: readonly SchemaTree[]): string {
  const names: string[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const { element, children } = nodes[i] as SchemaTree;
    const parent = nodes[i - 1]?.element;
    const inList = parent?.converted_type === 'LIST' || parent?.logical_type?.type === 'LIST';
    if (element.repetition_type === 'REPEATED' && inList) {
      if (children.length === 1) i++;
    } else names.push(element.name);
  }
  return names.join('.');
}

/** Columns of equal names get a suffix, so that each can be asked for. */
function unique(leaves: readonly Leaf[]): Leaf[] {
  const taken = new Set<string>();
  return leaves.map((leaf) => {
    let name = leaf.name;
    for (let count = 1; taken.has(name); count++) name = `${leaf.name}.${count}`;
    taken.add(name);
    return { ...leaf, name };
  });
}

interface Stored {
  type: string;
  number?: NumberType;
  scale?: number;
  refusal?: Omit<ProblemDetails, 'where'>;
}

function storedAs({ type, type_length, converted_type, logical_type, scale }: SchemaTree['element']): Stored {
  const decimal = converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL';
  const integer = (number: NumberType): Stored =>
    decimal ? { type: 'float64', number, scale: scale ?? 0 } : { type: number, number };
  switch (type) {
    case 'BOOLEAN':
      return { type: 'bool', number: 'bool' };
    case 'INT32':
      return integer(smallInteger(converted_type, logical_type) ?? 'int32');
    case 'INT64': {
      const unsigned = converted_type === 'UINT_64' || (logical_type?.type === 'INTEGER' && !logical_type.isSigned);
      return integer(unsigned ? 'uint64' : 'int64');
    }
    case 'FLOAT':
      return { type: 'float32', number: 'float32' };
    case 'DOUBLE':
      return { type: 'float64', number: 'float64' };
    case 'BYTE_ARRAY':
      return decimal ? refused('decimal numbers of any length') : { type: 'text' };
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical_type?.type === 'FLOAT16' && type_length === 2) return { type: 'float16', number: 'float16' };
      return refused(decimal ? 'decimal numbers in byte strings' : 'byte strings of fixed length');
    default:
      return refused(`type ${String(type)}`);
  }
}

function smallInteger(converted: unknown, logical: SchemaTree['element']['logical_type']): NumberType | undefined {
  const named = { UINT_8: 'uint8', UINT_16: 'uint16', UINT_32: 'uint32', INT_8: 'int8', INT_16: 'int16' } as const;
  const known = named[converted as keyof typeof named];
  if (known || logical?.type !== 'INTEGER') return known;
  return `${logical.isSigned ? '' : 'u'}int${logical.bitWidth}` as NumberType;
}

function refused(found: string): Stored {
  return {
    type: 'unknown',
    refusal: { expected: 'numbers, booleans or text', found, fix: 'Save this column as float64 or as text' },
  };
}
