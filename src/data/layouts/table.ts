/**
 * Any table of numbers: the columns of a text file, of a Parquet table or of a ROOT tree, or one array with two axes. Columns that
 * name a run, a lumisection, an event or a weight go to those roles; a mass becomes a spectator; columns that look like labels never
 * become features. Everything that was left out or looks odd is said in a remark.
 */

import { countOf, countText } from '../../base/numbers.ts';
import type { ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { OpenFile } from '../formats/contract.ts';
import { classesOf, classFields, fromLabels, type Labelled, lastPart, roleFromName, trainableBy } from '../roles.ts';
import { catalogue, chosenRows } from '../rows.ts';
import { type Column, features as featureCount, findTables, type Table } from '../table/find.ts';
import { type ColumnCount, readColumns, type TableData, withoutColumns } from '../table/read.ts';
import { featureOf, quoted } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const params: ParamSpecs = {
  listValues: {
    kind: 'number',
    label: 'Values of each list',
    help: 'Columns that hold a list in each row give this many columns, the first values of the list; 0 leaves lists out.',
    default: 0,
    min: 0,
    max: 100,
    integer: true,
    advanced: true,
  },
};

const table: Layout = {
  id: 'table',
  name: 'Table of numbers',
  expects: 'a table (columns of equal length, or a two-dimensional array)',
  params,
  recognises(file) {
    const tables = findTables(file);
    const found = tables[0];
    if (!found) return undefined;
    const label = suggestedLabel(found);
    const role = roleFromName(file.name);
    return {
      confidence: file.tabular ? 0.5 : 0.3,
      words: wordsFor(featureCount(found), found.rows),
      kind: 'table',
      rows: found.rows,
      ...(role ? { role } : {}),
      ...(label !== undefined ? { label } : {}),
      columns: found.columns.map(({ name, type, role: guess }) => ({ name, type, role: guess })),
      ...(tables.length > 1 ? { settings: choiceOf(tables) } : {}),
      reasons: [
        found.matrix ? `"${found.matrix.name}" is two-dimensional` : `columns of equal length${placed(found)}`,
        ...(label !== undefined ? [`"${label}" looks like the class of a row`] : []),
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

function placed({ name }: Table): string {
  return name === '' ? '' : ` in "${name}"`;
}

function choiceOf(tables: readonly Table[]): ParamSpecs {
  const options = tables.map((entry) => ({
    value: entry.name,
    label: `${entry.name || 'top of the file'}: ${wordsFor(featureCount(entry), entry.rows)}`,
  }));
  return {
    table: {
      kind: 'choice',
      label: 'Table',
      help: 'The file holds several tables; one of them is read.',
      default: tables[0]?.name ?? '',
      options: options.filter(({ value }, i) => options.findIndex((other) => other.value === value) === i),
    },
  };
}

/** The column that looks like the class of a row; the first of several. */
function suggestedLabel({ columns }: Table): string | undefined {
  return columns.find(({ role }) => role === 'label')?.name;
}

async function readTable(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const known = findTables(file);
  const specs = { ...params, ...(known.length > 1 ? choiceOf(known) : {}) };
  const settings = checkSettings(specs, options, file.name);
  const tables = findTables(file, settings.listValues as number);
  const found = tables.find(({ name }) => settings.table === undefined || name === settings.table) ?? tables[0];
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'columns of numbers of equal length, or one two-dimensional array',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const rows = chosenRows(options, found.rows, file.name);
  const remarks: string[] = [];
  const columns = found.columns.map((column) => withChosenRole(column, options));
  checkNames(file, columns, options);
  const chosenLabel = columns.find(({ name, role }) => role === 'label' && options.columns?.[name] === 'label')?.name;
  // the label that was chosen, or the one that suggests itself where nobody gave the file a role
  const label = options.label ?? chosenLabel ?? (options.role === undefined ? suggestedLabel({ ...found, columns }) : undefined);
  const labels = [label, options.trainOn?.column];
  const wanted = columns.filter(
    ({ name, role, type }) => !labels.includes(name) && type !== 'text' && role !== 'ignore' && role !== 'label',
  );
  // a label that is a column of the array with two axes comes with it; others are read by themselves
  const asLabel = columns
    .filter(({ name, index }) => labels.includes(name) && index !== undefined)
    .map((column): Column => ({ ...column, role: 'label' }));
  const data = await readColumns(file, found, [...wanted, ...asLabel], rows, options);

  const unused = columns.filter(({ role, name }) => role === 'label' && name !== label && name !== options.trainOn?.column);
  if (unused.length > 0) {
    remarks.push(`${quoted(unused.map(({ name }) => name))} look${unused.length === 1 ? 's' : ''} like a label and was left out`);
  }
  const { values, features } = dropUseless(data, remarks);
  if (features.length === 0) {
    throw new Problem({
      where: file.name,
      expected: 'at least one column of numbers that can be a feature',
      found: columns.map((column) => `${column.name} (${column.role})`).join(', '),
      fix: 'Choose a file with more columns',
    });
  }
  noteOddities(features, rows[1] - rows[0], remarks);
  noteLeftOut(found, columns, label, remarks);
  const roleColumns = rolesOf(wanted, data);
  const spectators = wanted.filter(({ role }) => role === 'spectator').map(({ name }) => name);
  const masses = spectators.filter((name) => options.columns?.[name] !== 'spectator');
  if (masses.length > 0) {
    remarks.push(`${quoted(masses)} is a mass: kept as a spectator, so that no model can take it as an input`);
  }
  const labelled = await classesFrom(file, rows, options, label, data);
  return {
    kind: 'table',
    rows: rows[1] - rows[0],
    shape: [features.length],
    features: features.map(({ name }) => featureOf(name)),
    values,
    ...classFields(labelled),
    ...roleColumns,
    ...(spectators.length > 0
      ? { spectators: Object.fromEntries(spectators.map((name) => [name, data.others.get(name) as Float64Array])) }
      : {}),
    words: wordsFor(features.length, rows[1] - rows[0]),
    remarks: [...labelled.remarks, ...remarks, ...(file.remarks ?? [])],
  };
}

// ---- what the columns are for --------------------------------------------------------------------------------------------

/** The user's role for a column; a second column for a role that only one can have stays what it was. */
function withChosenRole(column: Column, options: LayoutOptions): Column {
  const role = options.columns?.[column.name];
  return role === undefined ? column : { ...column, role };
}

function checkNames(file: OpenFile, columns: readonly Column[], options: LayoutOptions): void {
  for (const [name, role] of Object.entries(options.columns ?? {})) {
    const column = columns.find((entry) => entry.name === name);
    const numbers = role !== 'ignore' && role !== 'label';
    if (column && !(numbers && column.type === 'text')) continue;
    throw new Problem({
      where: `${file.name}, column "${name}"`,
      expected: column ? `numbers, to be used as ${role}` : 'a column of this name',
      found: column ? 'text' : quoted(columns.map((entry) => entry.name)),
      fix: column ? 'Choose label or ignore for this column' : 'Correct the name',
    });
  }
}

type RoleColumns = Pick<DatasetPart, 'run' | 'lumisection' | 'event' | 'weight'>;

/** The first column of each role. */
function rolesOf(columns: readonly Column[], data: TableData): RoleColumns {
  const found: RoleColumns = {};
  for (const { name, role } of columns) {
    const values = data.others.get(name);
    if (values && (role === 'run' || role === 'lumisection' || role === 'event' || role === 'weight')) found[role] ??= values;
  }
  return found;
}

async function classesFrom(
  file: OpenFile,
  rows: readonly [number, number],
  options: LayoutOptions,
  label: string | undefined,
  data: TableData,
): Promise<Labelled> {
  const { trainOn, ...others } = options;
  const stored = label === undefined ? undefined : data.others.get(label);
  const judged = stored
    ? fromLabels(stored, label as string, options.normalClass, file.name)
    : await classesOf(file, rows, label === undefined ? others : { ...others, label });
  if (!trainOn) return judged;
  const own = data.others.get(trainOn.column);
  const { role: _role, ...rest } = others;
  const trainer = own
    ? fromLabels(own, trainOn.column, trainOn.normal, file.name)
    : await classesOf(file, rows, {
        ...rest,
        label: trainOn.column,
        ...(trainOn.normal !== undefined ? { normalClass: trainOn.normal } : {}),
      });
  return { ...judged, ...trainableBy(trainer.label, trainer.classes, `"${trainOn.column}"`, judged.remarks) };
}

// ---- what is said --------------------------------------------------------------------------------------------------------

/** Leaves out columns without a value and the row number that some programs write first. */
function dropUseless({ values, features }: TableData, remarks: string[]): { values: Float32Array; features: ColumnCount[] } {
  const empty = features.filter(({ low }) => low === Number.POSITIVE_INFINITY).map(({ name }) => name);
  if (empty.length > 0) remarks.push(`${quoted(empty)} ha${empty.length === 1 ? 's' : 've'} no values and was left out`);
  const [first] = features;
  const rows = values.length / Math.max(1, features.length);
  const counts =
    first && rows > 2 && first.counts && /^(column 1|index|unnamed.*)$/i.test(lastPart(first.name)) ? first.name : '';
  if (counts !== '') remarks.push(`"${counts}" only counts the rows and was left out`);
  const dropped = new Set(features.flatMap(({ name }, i) => (empty.includes(name) || name === counts ? [i] : [])));
  if (dropped.size === 0) return { values, features };
  return {
    values: withoutColumns(values, features.length, dropped),
    features: features.filter((_, i) => !dropped.has(i)),
  };
}

/** Sentinels, missing values and constant columns are kept, but said. */
function noteOddities(features: readonly ColumnCount[], rows: number, remarks: string[]): void {
  for (const { name, missing, sentinels } of features) {
    if (missing > 0) remarks.push(`"${name}": ${countText(missing)} of ${countText(rows)} values are missing or not finite`);
    if (sentinels > 0) {
      remarks.push(
        `"${name}": ${countOf(sentinels, 'value')} of −999, −99 or 1e30, which often means "missing"; kept as ${sentinels === 1 ? 'a number' : 'numbers'}`,
      );
    }
  }
  const constant = features.filter(({ low, high }) => low === high).map(({ name }) => name);
  if (constant.length > 0) remarks.push(`${quoted(constant)} ${constant.length === 1 ? 'is' : 'are'} constant`);
}

function noteLeftOut(found: Table, columns: readonly Column[], label: string | undefined, remarks: string[]): void {
  const names = (list: readonly { name: string }[]) => quoted(list.map(({ name }) => name));
  const texts = columns.filter(({ type, role, name }) => type === 'text' && role !== 'label' && name !== label);
  if (texts.length > 0) remarks.push(`${names(texts)} hold${texts.length === 1 ? 's' : ''} text and was left out`);
  const flags = columns.filter(({ type, role, name }) => type === 'bool' && role === 'ignore' && name !== label);
  if (flags.length > 0) remarks.push(`${names(flags)} hold${flags.length === 1 ? 's' : ''} yes or no and was left out`);
  if (found.lists.length > 0) {
    remarks.push(`${names(found.lists)} hold${found.lists.length === 1 ? 's' : ''} a list in each row and was left out`);
  }
  if (found.unreadable.length > 0) {
    remarks.push(`${names(found.unreadable)} cannot be read and was left out`);
  }
}
