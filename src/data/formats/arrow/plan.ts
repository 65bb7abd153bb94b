/**
 * From an Arrow schema to columns: what each array is called, how its values are stored, and which nodes and buffers of a batch are
 * its own. A struct becomes one array per member (`jet.pt`), a list of numbers or texts a jagged array, a fixed-size list an array of
 * rank 2.
 */
import type { NumberType } from '../columns/numbers.ts';
import { type ArrowField, kinds } from './messages.ts';

export type Value =
  | { kind: 'number'; type: NumberType }
  | { kind: 'text'; large: boolean }
  | { kind: 'dictionary'; id: number; index: NumberType; value: Value };

export interface Place {
  /** Position among the nodes of a batch, and of the first buffer. */
  node: number;
  buffer: number;
}

export type Shape =
  | { kind: 'flat' }
  | { kind: 'lists'; list: Place; large: boolean }
  | { kind: 'fixed'; list: Place; length: number }
  | { kind: 'refused'; found: string };

export interface Planned {
  name: string;
  type: string;
  value: Value;
  place: Place;
  shape: Shape;
  /** Structs around the column; a row that is missing in one of them is missing here. */
  parents: Place[];
}

const dead: Value = { kind: 'number', type: 'float64' };

/** @param dictionaries receives, for each dictionary id, how its values are stored */
export function planColumns(schema: readonly ArrowField[], dictionaries: Map<number, Value>): Planned[] {
  const planned: Planned[] = [];
  let node = 0;
  let buffer = 0;
  let lost: string | undefined;

  const walk = (field: ArrowField, name: string, parents: Place[]): void => {
    const place = { node, buffer };
    const add = (type: string, value: Value, shape: Shape, at = place) =>
      planned.push({ name, type, value, place: at, shape, parents });
    const refuse = (found: string) => add('object', dead, { kind: 'refused', found: lost ?? found });
    const value = storedAs(field, dictionaries);
    if (field.kind === kinds.struct && !field.dictionary) {
      advance(field);
      for (const child of field.children) walk(child, `${name}.${child.name}`, [...parents, place]);
      return;
    }
    if (value && !lost) {
      advance(field);
      add(wordOf(value), value, { kind: 'flat' });
      return;
    }
    const element = field.children[0];
    const listed = field.kind === kinds.list || field.kind === kinds.largeList;
    if ((listed || field.kind === kinds.fixedList) && element && !field.dictionary && !lost) {
      advance(field);
      const inner = { node, buffer };
      const own = storedAs(element, dictionaries);
      skip(element);
      if (!own) refuse(listed ? 'lists of lists or of objects' : 'arrays of lists or of objects');
      else if (listed) add(wordOf(own), own, { kind: 'lists', list: place, large: field.kind === kinds.largeList }, inner);
      else add(wordOf(own), own, { kind: 'fixed', list: place, length: field.detail }, inner);
      return;
    }
    refuse(nameOf(field));
    skip(field);
  };

  /** Steps over the node and the buffers of a field itself. */
  const advance = (field: ArrowField): void => {
    node++;
    const own = buffersOf(field);
    if (own === undefined) lost ??= `a column behind one of type ${nameOf(field)}`;
    buffer += own ?? 0;
  };
  const skip = (field: ArrowField): void => {
    advance(field);
    if (!field.dictionary) for (const child of field.children) skip(child);
  };

  for (const field of schema) walk(field, field.name, []);
  return planned;
}

function buffersOf({ kind, dictionary }: ArrowField): number | undefined {
  if (dictionary) return 2;
  switch (kind) {
    case kinds.null:
    case kinds.runEnds:
      return 0;
    case kinds.struct:
    case kinds.fixedList:
      return 1;
    case kinds.text:
    case kinds.binary:
    case kinds.largeText:
    case kinds.largeBinary:
      return 3;
    case kinds.union:
    case kinds.binaryView:
    case kinds.textView:
      return undefined;
    default:
      return kind <= kinds.textView ? 2 : undefined;
  }
}

function storedAs(field: ArrowField, dictionaries: Map<number, Value>): Value | undefined {
  const plain = plainValue(field);
  if (!field.dictionary) return plain;
  const { id, bits, signed } = field.dictionary;
  if (!plain || ![8, 16, 32, 64].includes(bits)) return undefined;
  dictionaries.set(id, plain);
  return { kind: 'dictionary', id, index: `${signed ? '' : 'u'}int${bits}` as NumberType, value: plain };
}

function plainValue({ kind, detail, signed }: ArrowField): Value | undefined {
  const number = (type: NumberType): Value => ({ kind: 'number', type });
  switch (kind) {
    case kinds.int:
      return [8, 16, 32, 64].includes(detail) ? number(`${signed ? '' : 'u'}int${detail}` as NumberType) : undefined;
    case kinds.float:
      return number((['float16', 'float32', 'float64'] as const)[detail] ?? 'float64');
    case kinds.bool:
      return number('bool');
    case kinds.date:
      return number(detail === 0 ? 'int32' : 'int64');
    case kinds.time:
      return number(detail <= 1 ? 'int32' : 'int64');
    case kinds.timestamp:
    case kinds.duration:
      return number('int64');
    case kinds.text:
    case kinds.largeText:
      return { kind: 'text', large: kind === kinds.largeText };
    default:
      return undefined;
  }
}

function wordOf(value: Value): string {
  return value.kind === 'dictionary' ? wordOf(value.value) : value.kind === 'text' ? 'text' : value.type;
}

function nameOf({ kind }: ArrowField): string {
  return Object.entries(kinds).find(([, id]) => id === kind)?.[0] ?? `number ${kind}`;
}
