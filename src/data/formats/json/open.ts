/** A JSON document, or one per line, as an opened file. */
import type { OnProgress } from '../../../base/kinds.ts';
import { Problem } from '../../../base/problem.ts';
import { checkRows, notThere } from '../bytes/rows.ts';
import type { ArrayInfo, OpenFile, Source } from '../contract.ts';
import { JsonColumn, wordFor } from './column.ts';
import { isRecord, type Json, parseJson } from './parse.ts';
import { Records } from './rows.ts';

const blockBytes = 2 * 1024 * 1024;
const largestDocument = 256 * 1024 * 1024;
const longestLine = 64 * 1024 * 1024;
const deepestObject = 8;
const mostArrays = 100_000;

type Options = { onProgress?: OnProgress; signal?: AbortSignal };

export async function openJson(source: Source, options: Options = {}): Promise<OpenFile> {
  const head = new TextDecoder('utf-8').decode(await source.read(0, Math.min(source.size, 65_536)));
  const content = isLines(head, source.size) ? await readLines(source, options) : await readDocument(source, options);
  if (content.columns.length === 0) {
    throw new Problem({
      where: source.name,
      expected: 'at least one array or record',
      found: 'nothing in it',
      fix: 'Choose another file',
    });
  }
  return opened(source, content);
}

interface Content {
  columns: JsonColumn[];
  /** Single values, by name. */
  scalars: Map<string, Json>;
  tabular: boolean;
}

/** True if the first line is a whole record and another one follows. */
function isLines(head: string, size: number): boolean {
  const lines = head.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [first, second] = lines;
  if (first === undefined || !/^\s*[{[]/.test(first)) return false;
  const followed = second === undefined ? size > head.length && head.includes('\n') : /^\s*[{[]/.test(second);
  if (!followed) return false;
  try {
    parseJson(first);
    return true;
  } catch {
    return false;
  }
}

async function readLines(source: Source, { onProgress, signal }: Options): Promise<Content> {
  const records = new Records(source.name, source.size);
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  let number = 0;
  for (let start = 0; start < source.size; start += blockBytes) {
    signal?.throwIfAborted();
    const end = Math.min(source.size, start + blockBytes);
    pending += decoder.decode(await source.read(start, end), { stream: end < source.size });
    const lines = pending.split('\n');
    pending = end < source.size ? (lines.pop() as string) : '';
    if (pending.length > longestLine) throw unlike(`${source.name}, line ${number + 1}`, 'a line of more than 64 MB');
    for (const line of lines) {
      number++;
      if (line.trim() !== '') records.add(parsed(line, `${source.name}, line ${number}`));
    }
    onProgress?.({ done: end / source.size, message: `Reading ${source.name}` });
  }
  return { columns: records.finish(), scalars: new Map(), tabular: true };
}

async function readDocument(source: Source, { onProgress, signal }: Options): Promise<Content> {
  if (source.size > largestDocument) {
    throw new Problem({
      where: source.name,
      expected: `a JSON document of at most ${largestDocument / 2 ** 20} MB`,
      found: `${Math.ceil(source.size / 2 ** 20)} MB`,
      fix: 'Save it as JSON lines, one record per line: to_json(orient="records", lines=True) in pandas',
    });
  }
  const decoder = new TextDecoder('utf-8');
  const parts: string[] = [];
  for (let start = 0; start < source.size; start += blockBytes) {
    signal?.throwIfAborted();
    const end = Math.min(source.size, start + blockBytes);
    parts.push(decoder.decode(await source.read(start, end), { stream: end < source.size }));
    onProgress?.({ done: end / source.size, message: `Reading ${source.name}` });
  }
  return contentOf(parsed(parts.join(''), source.name), source);
}

function parsed(text: string, where: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw unlike(where, (error as Error).message);
  }
}

function contentOf(value: Json, source: Source): Content {
  const columns: JsonColumn[] = [];
  const scalars = new Map<string, Json>();
  const content = { columns, scalars, tabular: false };
  if (Array.isArray(value)) {
    columns.push(...arrayColumns(value, '', source));
    content.tabular = isRecord(firstValue(value));
    return content;
  }
  if (!isRecord(value)) throw unlike(source.name, wordFor(value));
  const table = pandasTable(value, source);
  if (table) return { ...content, columns: table, tabular: true };
  collect(value, '', 0, source, columns, scalars);
  content.tabular = columns.length > 1 && scalars.size === 0 && columns.every(({ rows }) => rows === columns[0]?.rows);
  return content;
}

/** Elements of an array as rows: records give a column per key, anything else one column. */
function arrayColumns(value: readonly Json[], name: string, source: Source): JsonColumn[] {
  if (isRecord(firstValue(value))) {
    const records = new Records(source.name, source.size, name === '' ? '' : `${name}.`);
    for (const entry of value) records.add(entry ?? {});
    return records.finish();
  }
  const column = new JsonColumn(name === '' ? 'array' : name);
  for (const [row, entry] of value.entries()) column.set(row, entry);
  column.pad(value.length);
  return [column];
}

function firstValue(values: readonly Json[]): Json | undefined {
  return values.find((entry) => entry !== null);
}

/** The forms that pandas writes: split, table, and columns of rows by number. */
function pandasTable(value: { [key: string]: Json }, source: Source): JsonColumn[] | undefined {
  const { columns, data, schema } = value;
  if (Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray)) {
    const made = columns.map((name) => new JsonColumn(String(name)));
    for (const [row, cells] of (data as Json[][]).entries())
      for (const [i, column] of made.entries()) column.set(row, cells[i] ?? null);
    return made;
  }
  if (isRecord(schema) && Array.isArray(data) && isRecord(firstValue(data))) return arrayColumns(data, '', source);
  const keys = Object.keys(value);
  const inner = keys.map((key) => value[key]);
  const rows = isRecord(inner[0]) ? Object.keys(inner[0]) : [];
  const numbered = rows.length > 0 && rows.every((key) => /^\d+$/.test(key));
  if (!numbered || !inner.every((entry) => isRecord(entry) && Object.keys(entry).length === rows.length)) return undefined;
  return keys.map((key) => {
    const column = new JsonColumn(key);
    const entries = value[key] as { [key: string]: Json };
    for (const [row, label] of rows.entries()) column.set(row, entries[label] ?? null);
    column.pad(rows.length);
    return column;
  });
}

/** Arrays anywhere in an object, by their path with dots; single values beside them. */
function collect(
  value: { [key: string]: Json },
  prefix: string,
  depth: number,
  source: Source,
  columns: JsonColumn[],
  scalars: Map<string, Json>,
): void {
  for (const key of Object.keys(value)) {
    const entry = value[key] as Json;
    const name = prefix + key;
    if (columns.length + scalars.size >= mostArrays) throw unlike(source.name, `more than ${mostArrays} entries`);
    if (Array.isArray(entry)) columns.push(...arrayColumns(entry, name, source));
    else if (isRecord(entry)) {
      if (depth < deepestObject) collect(entry, `${name}.`, depth + 1, source, columns, scalars);
    } else if (entry !== null) scalars.set(name, entry);
  }
}

function opened(source: Source, { columns, scalars, tabular }: Content): OpenFile {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const remarks = columns.flatMap(({ name, inexact }) =>
    inexact > 0 ? [`"${name}": ${inexact} whole numbers beyond 2^53 may have been rounded to the nearest double`] : [],
  );
  const single = [...scalars].map(([name, value]): ArrayInfo => {
    return { name, shape: [], type: typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'bool' : 'float64' };
  });
  const arrays = [...columns.map((column) => withProblem(column, source)), ...single];
  const infos = new Map(arrays.map((info) => [info.name, info]));
  const find = (name: string): { column: JsonColumn; info: ArrayInfo } => {
    const column = byName.get(name);
    const info = infos.get(name);
    if (!column || !info) throw notThere(source.name, 'array', name, arrays);
    if (info.problem) throw new Problem(info.problem);
    return { column, info };
  };
  return {
    format: 'json',
    name: source.name,
    arrays,
    tabular,
    remarks,
    read: async (name, options = {}) => {
      options.signal?.throwIfAborted();
      const one = scalars.get(name);
      if (one !== undefined && !byName.has(name)) return typeof one === 'string' ? [one] : Float64Array.of(Number(one));
      const { column, info } = find(name);
      const [start, end] = checkRows(options.rows ?? [0, column.rows], column.rows, source.name);
      if (info.jagged) throw wrongWay(source, name, 'one value for each row', 'a list for each row', 'Read it as lists');
      if (info.type === 'text') return column.texts.slice(start, end);
      const width = info.shape.slice(1).reduce((product, n) => product * n, 1);
      const values = column.numbers.values.slice(start * width, end * width);
      return info.type === 'bool' && !values.some(Number.isNaN) ? Uint8Array.from(values) : values;
    },
    readLists: async (name, options = {}) => {
      options.signal?.throwIfAborted();
      const { column, info } = find(name);
      const [start, end] = checkRows(options.rows ?? [0, column.rows], column.rows, source.name);
      if (!info.jagged)
        throw wrongWay(source, name, 'one list for each row', 'one value for each row', 'Read it as plain values');
      const at = (row: number): number => (row === 0 ? 0 : (column.ends.values[row - 1] as number));
      const offsets = Uint32Array.from({ length: end - start + 1 }, (_, i) => at(start + i) - at(start));
      return { offsets, values: column.numbers.values.slice(at(start), at(end)) };
    },
    close: () => {},
  };
}

function withProblem(column: JsonColumn, source: Source): ArrayInfo {
  const info = column.info();
  const where = `${source.name}, "${column.name}"`;
  if (column.kind === 'undecided' && column.rows > 0) {
    for (let row = column.numbers.length; row < column.rows; row++) column.numbers.push(Number.NaN);
  }
  if (column.fault) {
    const { row, found } = column.fault;
    const expected = column.kind === 'text' ? 'a text' : column.kind === 'array' ? 'an array of numbers' : 'a number';
    const problem = {
      where: `${where}, row ${row + 1}`,
      expected: `${expected}, as in the rows before`,
      found,
      fix: 'Correct this value, or write null if it is missing',
    };
    return { ...info, problem };
  }
  if (info.type !== 'nested lists') return info;
  const problem = {
    where,
    expected: 'arrays of one shape, or one list of numbers for each row',
    found: 'lists in lists of unequal length',
    fix: 'Pad them to one shape',
  };
  return { ...info, type: 'float64', problem };
}

function wrongWay(source: Source, name: string, expected: string, found: string, fix: string): Problem {
  return new Problem({ where: `${source.name}, "${name}"`, expected, found, fix });
}

function unlike(where: string, found: string): Problem {
  return new Problem({
    where,
    expected: 'JSON with records, columns or arrays of numbers',
    found,
    fix: 'Correct the file, or copy or download it again if it was cut off',
  });
}
