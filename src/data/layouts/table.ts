/**
 * Any table of numbers: the columns of a text file, or one two-dimensional array of an HDF5 file. Columns that name a run, a
 * lumisection, an event or a weight go to those roles; a mass becomes a spectator; columns that look like labels never become
 * features. Everything that was left out or looks odd is said in a remark.
 */
import type { Feature } from '../../base/kinds.ts';
import { countOf, countText } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { classesOf, fromLabels, labelCandidates, lastPart, looksLikeLabel, roleFromName } from '../roles.ts';
import { bands, catalogue, chosenRows, makeMatrix } from '../rows.ts';
import type { DatasetPart, Layout, LayoutOptions } from './contract.ts';

const bandNumbers = 8_000_000;
const sentinels = [-999, -99, 1e30];

type Role = 'feature' | 'label' | 'run' | 'lumisection' | 'event' | 'weight' | 'spectator' | 'text';

/** One column, wherever it is stored. */
interface Column {
  name: string;
  role: Role;
  /** Column of the two-dimensional array; absent for a column with a name of its own. */
  index?: number;
}

interface Table {
  rows: number;
  columns: readonly Column[];
  /** The two-dimensional array, if the columns are its columns. */
  matrix?: ArrayInfo;
}

const table: Layout = {
  id: 'table',
  name: 'Table of numbers',
  expects: 'a table (columns of equal length, or a two-dimensional array)',
  recognises(file) {
    const found = findTable(file);
    if (!found) return undefined;
    const features = found.columns.filter((column) => column.role === 'feature').length;
    const label = found.columns.find((column) => column.role === 'label') ?? { name: sideLabel(file, found) };
    const role = roleFromName(file.name);
    return {
      confidence: file.tabular ? 0.5 : 0.3,
      words: wordsFor(features, found.rows),
      kind: 'table',
      rows: found.rows,
      ...(role ? { role } : {}),
      reasons: [
        found.matrix ? `"${found.matrix.name}" is two-dimensional` : 'columns of equal length',
        ...(label.name ? [`"${label.name}" looks like the class of a row`] : []),
        ...(role ? [`the file name suggests ${role.role} (${role.name})`] : []),
      ],
    };
  },
  read: readTable,
};
export default table;

function wordsFor(features: number, rows: number): string {
  return `table of ${countOf(features, 'feature')}: ${countOf(rows, 'row')}`;
}

// ---- finding the table ---------------------------------------------------------------------------------------------------

function findTable(file: OpenFile): Table | undefined {
  const numeric = file.arrays.filter((array) => isNumeric(array));
  const matrix = numeric
    .filter(({ shape }) => shape.length === 2 && (shape[0] as number) > 0 && (shape[1] as number) > 0)
    .sort((a, b) => cells(b) - cells(a))[0];
  if (matrix && !file.tabular) {
    const names = Array.from({ length: matrix.shape[1] as number }, (_, i) => `column ${i + 1}`);
    return {
      rows: matrix.shape[0] as number,
      columns: names.map((name, index) => ({ name, index, role: 'feature' })),
      matrix,
    };
  }
  const single = file.arrays.filter(({ shape }) => shape.length === 1);
  const rows = single[0]?.shape[0] ?? 0;
  const columns = single
    .filter(({ shape }) => shape[0] === rows)
    .map((array): Column => ({ name: array.name, role: isNumeric(array) ? roleOf(array.name) : textRole(array.name) }));
  const features = columns.filter((column) => column.role === 'feature').length;
  if (rows === 0 || features === 0 || columns.length < single.length || file.arrays.length > single.length) return undefined;
  return { rows, columns };
}

function isNumeric({ type }: ArrayInfo): boolean {
  return /^(u?int|float)\d+$|^bool$/.test(type) && type !== 'float16';
}

function cells({ shape }: ArrayInfo): number {
  return shape.reduce((product, n) => product * n, 1);
}

function textRole(name: string): Role {
  return looksLikeLabel(name) ? 'label' : 'text';
}

/** By the last part of the name; ids and weights in any case of letters, a bare `M` as a mass only in upper case. */
function roleOf(fullName: string): Role {
  const name = lastPart(fullName);
  if (looksLikeLabel(name)) return 'label';
  if (/^(from)?run(_?(number|no|id))?$/i.test(name)) return 'run';
  if (/^((from)?lumi\w*|ls(_?(number|no|id))?)$/i.test(name)) return 'lumisection';
  if (/^(event|evt)s?(_?(number|no|id))?$/i.test(name)) return 'event';
  if (/^(weights?(_\w+)?|w|gen_?weight)$/i.test(name)) return 'weight';
  if (/^(m_?jj|mass)$/i.test(name) || name === 'M') return 'spectator';
  return 'feature';
}

/** A one-dimensional array beside the two-dimensional one that looks like its labels. */
function sideLabel(file: OpenFile, found: Table): string | undefined {
  if (!found.matrix) return undefined;
  return labelCandidates(file, found.rows).find(looksLikeLabel);
}

// ---- reading it ----------------------------------------------------------------------------------------------------------

async function readTable(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = findTable(file);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'columns of numbers of equal length, or one two-dimensional array',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const [start, end] = chosenRows(options, found.rows, file.name);
  const remarks: string[] = [];
  // the label that was chosen, or the one that suggests itself where nobody gave the file a role
  const suggested = found.columns.find((column) => column.role === 'label')?.name ?? sideLabel(file, found);
  const label = options.label ?? (options.role === undefined ? suggested : undefined);
  const columns = found.columns.map((column): Column => (column.name === label ? { ...column, role: 'label' } : column));
  const unused = columns.filter((column) => column.role === 'label' && column.name !== label).map((column) => column.name);
  if (unused.length > 0) remarks.push(`${quoted(unused)} look${unused.length === 1 ? 's' : ''} like a label and was left out`);

  const data = await readColumns(file, found, columns, [start, end], options, label);
  const features = dropUseless(data.features, remarks);
  if (features.length === 0) {
    throw new Problem({
      where: file.name,
      expected: 'at least one column of numbers that can be a feature',
      found: columns.map((column) => `${column.name} (${column.role})`).join(', '),
      fix: 'Choose a file with more columns',
    });
  }
  const values = interleave(features, end - start, file.name);
  noteOddities(features, remarks);
  const texts = columns.filter((column) => column.role === 'text').map((column) => column.name);
  if (texts.length > 0) remarks.push(`${quoted(texts)} hold${texts.length === 1 ? 's' : ''} text and was left out`);
  const spectators = Object.fromEntries(data.spectators);
  const masses = Object.keys(spectators);
  if (masses.length > 0) {
    remarks.push(`${quoted(masses)} is a mass: kept as a spectator, so that no model can take it as an input`);
  }
  const labelled = data.labels
    ? fromLabels(data.labels, label as string, options.normalClass, file.name)
    : await classesOf(file, [start, end], label === undefined ? options : { ...options, label });
  return {
    kind: 'table',
    rows: end - start,
    shape: [features.length],
    features: features.map(({ name }) => featureOf(name)),
    values,
    classes: labelled.classes,
    label: labelled.label,
    ...data.roles,
    ...(masses.length > 0 ? { spectators } : {}),
    words: wordsFor(features.length, end - start),
    remarks: [...labelled.remarks, ...remarks, ...(file.remarks ?? [])],
  };
}

interface Named {
  name: string;
  values: Float64Array;
}

interface Read {
  features: Named[];
  spectators: Map<string, Float64Array>;
  roles: { run?: Float64Array; lumisection?: Float64Array; event?: Float64Array; weight?: Float64Array };
  /** Set if the label is a column of the two-dimensional array. */
  labels?: Float64Array;
}

async function readColumns(
  file: OpenFile,
  found: Table,
  columns: readonly Column[],
  rows: [number, number],
  options: LayoutOptions,
  label: string | undefined,
): Promise<Read> {
  const read: Read = { features: [], spectators: new Map(), roles: {} };
  const wanted = columns.filter((column) => column.role !== 'text' && (column.role !== 'label' || found.matrix));
  const stored = found.matrix ? await readMatrix(file, found.matrix, rows, options) : undefined;
  for (const [done, { name, role, index }] of wanted.entries()) {
    const values = stored && index !== undefined ? (stored[index] as Float64Array) : await readOne(file, name, rows, options);
    if (role === 'label') {
      if (name === label) read.labels = values;
    } else if (role === 'spectator') read.spectators.set(name, values);
    else if (role === 'feature') read.features.push({ name, values });
    else if (role !== 'text' && read.roles[role] === undefined) read.roles[role] = values;
    options.onProgress?.({ done: (done + 1) / wanted.length, message: `Reading ${file.name}: ${name}` });
  }
  return read;
}

async function readOne(file: OpenFile, name: string, rows: [number, number], options: LayoutOptions): Promise<Float64Array> {
  const values = await file.read(name, { rows, ...(options.signal ? { signal: options.signal } : {}) });
  return finite(values as Float64Array);
}

/** The columns of a two-dimensional array, read in bands of rows. */
async function readMatrix(
  file: OpenFile,
  matrix: ArrayInfo,
  [start, end]: [number, number],
  options: LayoutOptions,
): Promise<Float64Array[]> {
  const width = matrix.shape[1] as number;
  const columns = Array.from({ length: width }, () => new Float64Array(end - start));
  for (const [from, to] of bands(start, end, Math.ceil(bandNumbers / width), matrix.chunkRows)) {
    const band = (await file.read(matrix.name, {
      rows: [from, to],
      ...(options.signal ? { signal: options.signal } : {}),
    })) as Float64Array;
    for (let c = 0; c < width; c++) {
      const column = columns[c] as Float64Array;
      for (let row = 0; row < to - from; row++) column[from - start + row] = band[row * width + c] as number;
    }
    options.onProgress?.({ done: (to - start) / (end - start), message: `Reading ${file.name}` });
  }
  return columns.map(finite);
}

/** NaN for everything that is not finite. */
function finite(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (value) => (Number.isFinite(value) ? value : Number.NaN));
}

// ---- what the columns mean -----------------------------------------------------------------------------------------------

/** Leaves out columns without a value and the row number that some programs write first. */
function dropUseless(features: readonly Named[], remarks: string[]): Named[] {
  const empty = features.filter(({ values }) => values.every((value) => Number.isNaN(value))).map(({ name }) => name);
  if (empty.length > 0) remarks.push(`${quoted(empty)} ha${empty.length === 1 ? 's' : 've'} no values and was left out`);
  const first = features[0];
  const counts = first && /^(column 1|index|unnamed.*)$/i.test(first.name) && countsRows(first.values) ? first.name : undefined;
  if (counts !== undefined) remarks.push(`"${counts}" only counts the rows and was left out`);
  return features.filter(({ name }) => !empty.includes(name) && name !== counts);
}

function countsRows(values: Float64Array): boolean {
  const first = values[0] as number;
  return values.length > 2 && Number.isInteger(first) && values.every((value, row) => value === first + row);
}

function interleave(features: readonly Named[], rows: number, where: string): Float32Array {
  const width = features.length;
  const out = makeMatrix(rows, width, where);
  for (const [c, { values }] of features.entries())
    for (let row = 0; row < rows; row++) out[row * width + c] = values[row] as number;
  return out;
}

/** Sentinels, missing values and constant columns are kept, but said. */
function noteOddities(features: readonly Named[], remarks: string[]): void {
  const constant: string[] = [];
  for (const { name, values } of features) {
    let missing = 0;
    let sentinel = 0;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      if (Number.isNaN(value)) {
        missing++;
        continue;
      }
      if (sentinels.includes(value)) sentinel++;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    if (missing > 0)
      remarks.push(`"${name}": ${countText(missing)} of ${countText(values.length)} values are missing or not finite`);
    if (sentinel > 0) {
      remarks.push(
        `"${name}": ${countOf(sentinel, 'value')} of −999, −99 or 1e30, which often means "missing"; kept as ${sentinel === 1 ? 'a number' : 'numbers'}`,
      );
    }
    if (lowest === highest) constant.push(name);
  }
  if (constant.length > 0) remarks.push(`${quoted(constant)} ${constant.length === 1 ? 'is' : 'are'} constant`);
}

/** What a name gives away: angles are marked as such; units are not guessed, except radians for phi. */
function featureOf(name: string): Feature {
  const short = lastPart(name);
  if (/(^|_)phi_?\d*$|^phi(_|$)/i.test(short)) return { name, unit: 'rad', quantity: 'phi', periodic: true };
  if (/(^|_)eta_?\d*$|^eta(_|$)/i.test(short)) return { name, unit: '', quantity: 'eta' };
  if (/(^|_)pt_?\d*$|^pt(_|$)/i.test(short)) return { name, unit: '', quantity: 'pT' };
  return { name, unit: '', quantity: 'other' };
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((name) => `"${name}"`);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}
