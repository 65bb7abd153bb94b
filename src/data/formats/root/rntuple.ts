/**
 * The fields of an RNTuple as columns: numbers, texts, fixed arrays, lists of numbers and the sizes of lists. Fields are followed by
 * their ids, never by name: an imported NanoAOD has every `Muon_pt` twice, inside a nameless collection and as a projected field that
 * owns no column but borrows one, and only the borrowed one is a list. What is borrowed is listed once, under the projected name.
 */
import type { Column, Job } from '../columns/catalogue.ts';
import { placeOf } from '../columns/catalogue.ts';
import { joinValues, makeNumbers, type NumberArray, type NumberType, offsetsOf, remarkRounding } from '../columns/numbers.ts';
import type { ArrayInfo, Lists, Source, Values } from '../contract.ts';
import { type Cluster, type Description, type Field, readFooter, readHeader, readPageList } from './envelope.ts';
import { bytesOf, type Key, readObject } from './keys.ts';
import { isIndex, numberType, readElements } from './pages.ts';
import { unzip } from './unzip.ts';

const largestPart = 512 * 1024 * 1024;

interface Ntuple {
  source: Source;
  description: Description;
  clusters: Cluster[];
  rows: number;
}

/** What an array reads: ids of columns. */
type Plan =
  | { kind: 'numbers'; column: number; type: NumberType; repeat: number }
  | { kind: 'lists'; index: number; column: number; type: NumberType }
  | { kind: 'sizes'; index: number }
  | { kind: 'text'; index: number; column: number }
  | { kind: 'refused'; found: string };

export async function ntupleColumns(source: Source, key: Key, prefix: string): Promise<Column[]> {
  const anchor = await readObject(source, key);
  const view = new DataView(anchor.buffer, anchor.byteOffset, anchor.byteLength);
  // byte count, class version, four version numbers, then places and sizes
  const word = (i: number) => Number(view.getBigUint64(14 + 8 * i));
  const description = readHeader(await part(source, word(0), word(1), word(2)));
  const groups = readFooter(await part(source, word(3), word(4), word(5)), description);
  const clusters: Cluster[] = [];
  for (const group of groups) clusters.push(...readPageList(await part(source, group.seek, group.bytes, group.length)));
  const ntuple = { source, description, clusters, rows: checkedRows(clusters) };
  return plansOf(description).map(({ name, plan }) => columnOf(ntuple, `${prefix}${name}`, plan));
}

async function part(source: Source, seek: number, bytes: number, length: number): Promise<Uint8Array> {
  if (!(length >= 0 && length <= largestPart)) throw new Error(`a description of ${length} bytes`);
  return unzip(await bytesOf(source, seek, seek + bytes), length);
}

/** Clusters follow one another without gaps. */
function checkedRows(clusters: readonly Cluster[]): number {
  let rows = 0;
  for (const { firstEntry, entries } of clusters) {
    if (firstEntry !== rows) throw new Error(`a cluster that begins with entry ${firstEntry} after ${rows}`);
    rows += entries;
  }
  return rows;
}

// ---- from fields to arrays -------------------------------------------------------------------------------------------------

function plansOf(description: Description): { name: string; plan: Plan }[] {
  const { fields, columns, aliases } = description;
  const children = new Map<number, Field[]>();
  for (const field of fields)
    if (field.parent !== field.id) children.set(field.parent, [...(children.get(field.parent) ?? []), field]);
  const columnsOf = new Map<number, number[]>();
  const put = (field: number, column: number) => columnsOf.set(field, [...(columnsOf.get(field) ?? []), column]);
  for (const [id, column] of columns.entries()) put(column.field, id);
  for (const { field, column } of aliases) put(field, column);
  const borrowed = new Set(aliases.map(({ column }) => column));
  const plans: { name: string; plan: Plan }[] = [];

  /** @param index column with the ends of the list that this field is an element of */
  const walk = (field: Field, name: string, index: number | undefined, depth: number): void => {
    const own = columnsOf.get(field.id) ?? [];
    const inside = children.get(field.id) ?? [];
    const add = (plan: Plan) => plans.push({ name, plan });
    if (depth > 20) return;
    const odd = own.find((id) => (columns[id]?.representation ?? 0) > 0 || columns[id]?.deferred);
    if (odd !== undefined)
      return void add({ kind: 'refused', found: 'a field that was added late or is stored in several ways' });
    const [first, second] = own;
    const kind = first === undefined ? undefined : columns[first];
    if (field.role === 1 && first !== undefined && kind && isIndex(kind)) {
      if (index !== undefined) return void add({ kind: 'refused', found: 'lists of lists' });
      for (const child of inside) walk(child, name, first, depth + 1);
      return;
    }
    if (field.role === 2 && field.repeat === 1) {
      // the record inside a list has no name of its own
      for (const child of inside) walk(child, name ? `${name}.${child.name}` : child.name, index, depth + 1);
      return;
    }
    if (first === undefined || !kind) {
      const element = inside.length === 1 ? columnsOf.get((inside[0] as Field).id)?.[0] : undefined;
      const type = element === undefined ? undefined : numberType(columns[element] as (typeof columns)[number]);
      if (field.role === 0 && element !== undefined && type && index === undefined && field.repeat < 2 ** 20) {
        return void add({ kind: 'numbers', column: element, type, repeat: field.repeat });
      }
      return void add({ kind: 'refused', found: `objects of type ${field.type || 'unknown'}` });
    }
    // what a projected field shows as a list is not shown a second time under its inner name
    if (!field.projected && index !== undefined && borrowed.has(first) && !aliases.some((alias) => alias.field === field.id))
      return;
    if (isIndex(kind)) {
      if (index === undefined && second !== undefined) return void add({ kind: 'text', index: first, column: second });
      if (index === undefined && /Cardinality/.test(field.type)) return void add({ kind: 'sizes', index: first });
      return void add({ kind: 'refused', found: `lists of type ${field.type}` });
    }
    const type = numberType(kind);
    if (!type) return void add({ kind: 'refused', found: 'truncated or quantised real numbers' });
    add(
      index === undefined
        ? { kind: 'numbers', column: first, type, repeat: field.repeat }
        : { kind: 'lists', index, column: first, type },
    );
  };

  for (const field of fields) if (field.parent === field.id) walk(field, field.name, undefined, 0);
  return plans;
}

function columnOf(ntuple: Ntuple, name: string, plan: Plan): Column {
  const { rows, clusters, source } = ntuple;
  const refused = plan.kind === 'refused' && {
    where: placeOf(source, name),
    expected: 'numbers, texts, or lists of numbers',
    found: plan.found,
    fix: 'Write its numbers as fields of their own',
  };
  const types = { numbers: '', lists: '', sizes: 'uint32', text: 'text', refused: 'object' } as const;
  const info: ArrayInfo = {
    name,
    shape: plan.kind === 'numbers' && plan.repeat > 1 ? [rows, plan.repeat] : [rows],
    type: plan.kind === 'numbers' || plan.kind === 'lists' ? plan.type : types[plan.kind],
    ...(plan.kind === 'lists' ? { jagged: true } : {}),
    ...(clusters[0]?.entries ? { chunkRows: clusters[0].entries } : {}),
    ...(refused ? { problem: refused } : {}),
  };
  return { info, read: (start, end, job) => readPlan(ntuple, name, plan, start, end, job) };
}

// ---- reading ---------------------------------------------------------------------------------------------------------------

async function readPlan(ntuple: Ntuple, name: string, plan: Plan, start: number, end: number, job: Job): Promise<Values | Lists> {
  const rounding = { inexact: 0 };
  const parts: NumberArray[] = [];
  const texts: string[] = [];
  const lengths: Uint32Array[] = [];
  let done = 0;
  for (const cluster of ntuple.clusters) {
    const from = Math.max(start - cluster.firstEntry, 0);
    const to = Math.min(end - cluster.firstEntry, cluster.entries);
    if (from >= to) continue;
    const read = (column: number, a: number, b: number) =>
      readElements(ntuple.source, cluster, column, ntuple.description.columns[column] as never, a, b, rounding);
    if (plan.kind === 'numbers') parts.push(...(await read(plan.column, from * plan.repeat, to * plan.repeat)));
    else if (plan.kind !== 'refused') {
      // ends of the lists, counted within the cluster; the first list begins where the one before it ends
      const ends = joinValues(await read(plan.index, Math.max(from - 1, 0), to), () => new Uint32Array(0)) as NumberArray;
      const skip = from > 0 ? 1 : 0;
      const begin = skip ? (ends[0] as number) : 0;
      const own = new Uint32Array(to - from);
      let before = begin;
      for (let i = 0; i < own.length; i++) {
        const listEnd = ends[i + skip] as number;
        if (!(listEnd >= before)) throw new Error(`a list that ends at ${listEnd} after ${before}`);
        own[i] = listEnd - before;
        before = listEnd;
      }
      lengths.push(own);
      if (plan.kind === 'lists') parts.push(...(await read(plan.column, begin, before)));
      if (plan.kind === 'text') {
        const letters = joinValues(await read(plan.column, begin, before), () => new Uint8Array(0)) as Uint8Array;
        const borders = offsetsOf([own]);
        for (let i = 0; i < own.length; i++) texts.push(new TextDecoder().decode(letters.subarray(borders[i], borders[i + 1])));
      }
    }
    done += to - from;
    await job.progress(done / (end - start));
  }
  if (done !== end - start) throw new Error(`only ${done} of ${end - start} entries`);
  remarkRounding(job, name, rounding);
  if (plan.kind === 'text') return texts;
  if (plan.kind === 'sizes') return joinValues(lengths, () => new Uint32Array(0)) as Values;
  const values = joinValues(parts, () => makeNumbers(plan.kind === 'refused' ? 'float64' : plan.type, 0)) as Values;
  return plan.kind === 'lists' ? { offsets: offsetsOf(lengths), values } : values;
}
