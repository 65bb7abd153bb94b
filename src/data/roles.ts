/**
 * What a row is called: classes from the role of a whole file or from a column of labels, and guesses from names. Knows names and
 * values, no formats.
 */
import type { EventClass } from '../base/kinds.ts';
import { countOf } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import type { OpenFile, Values } from './formats/contract.ts';
import type { DatasetPart, LayoutOptions } from './layouts/contract.ts';

/** A column with more values than this is no list of classes. */
const mostClasses = 64;

/** Public files of the ADC2021 challenge; older and newer names differ by `_filtered` only. */
const knownFiles: readonly { part: RegExp; role: EventClass }[] = [
  { part: /background_for_training/i, role: { name: 'background', role: 'background' } },
  { part: /ato4l/i, role: { name: 'A to 4l', role: 'signal' } },
  { part: /leptoquark/i, role: { name: 'LQ to b tau', role: 'signal' } },
  { part: /htotautau/i, role: { name: 'h0 to tau tau', role: 'signal' } },
  { part: /hchtotaunu/i, role: { name: 'h+ to tau nu', role: 'signal' } },
  { part: /black_?box/i, role: { name: 'black box', role: 'unlabelled' } },
];

/** A guess at the role of a whole file; undefined if its name says nothing. */
export function roleFromName(fileName: string): EventClass | undefined {
  const known = knownFiles.find(({ part }) => part.test(fileName));
  if (known) return known.role;
  const stem = fileName.replace(/\.[^.]*$/, '');
  if (/(^|[^a-z])(background|bkg)([^a-z]|$)/i.test(stem)) return { name: 'background', role: 'background' };
  if (/(^|[^a-z])(signal|sig)([^a-z]|$)/i.test(stem)) return { name: stem, role: 'signal' };
  return undefined;
}

/** True for names that usually hold the class of a row. */
export function looksLikeLabel(name: string): boolean {
  return /^(labels?|y|target|class|truth|is_?signal\w*)$/i.test(lastPart(name));
}

/** The name inside its group: `block0_values` of `df/block0_values`. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Arrays with one number or text per row, those with the name of a label first. */
export function labelCandidates(file: OpenFile, rows: number): string[] {
  const names = file.arrays
    .filter((array) => !array.jagged && array.shape.length === 1 && array.shape[0] === rows)
    .map((array) => array.name);
  return [...names.filter(looksLikeLabel), ...names.filter((name) => !looksLikeLabel(name))];
}

/** Classes and the class of each row. */
export interface Labelled {
  classes: EventClass[];
  label: Uint8Array;
  /** Set where `trainOn` decides who may train. */
  trainable?: Uint8Array;
  remarks: string[];
}

/** The fields of a part that say which class a row has and whether it may train. */
export function classFields({ classes, label, trainable }: Labelled): Pick<DatasetPart, 'classes' | 'label' | 'trainable'> {
  return { classes, label, ...(trainable ? { trainable } : {}) };
}

/** Every row has the role of its file. */
export function wholeFile(role: EventClass, rows: number): Labelled {
  return { classes: [role], label: new Uint8Array(rows), remarks: [] };
}

/**
 * Classes from one value per row. Rows equal to `normalClass` are background; every other value is a signal: a text names it, a
 * number is written `label = 1`. Rows without a value are unlabelled. Without `normalClass`, background is 0, or a text
 * that says so (`background`, `b`, `normal`, `good`, `QCD`), or else the first value.
 *
 * @throws Problem if there are more than 64 values, if `normalClass` does not occur, or if there is no value at all
 */
export function fromLabels(values: Values, column: string, normalClass: LayoutOptions['normalClass'], where: string): Labelled {
  const distinct = new Map<string, number>();
  const index = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number | string;
    const missing = value === '' || (typeof value === 'number' && Number.isNaN(value));
    const key = missing ? '' : String(value);
    let at = distinct.get(key);
    if (at === undefined) {
      at = distinct.size;
      distinct.set(key, at);
      if (distinct.size > mostClasses) throw tooMany(values, column, where);
    }
    index[row] = at;
  }
  const keys = [...distinct.keys()];
  const named = keys.filter((key) => key !== '');
  const normal = normalKey(named, normalClass, column, where);
  const numeric = typeof values[0] === 'number';
  const ordered = [normal, ...named.filter((key) => key !== normal), ...keys.filter((key) => key === '')];
  const classes = ordered.map((key): EventClass => {
    if (key === '') return { name: 'no label', role: 'unlabelled' };
    const name = numeric ? `${lastPart(column)} = ${key}` : key;
    return key === normal ? { name: numeric ? 'background' : key, role: 'background' } : { name, role: 'signal' };
  });
  const position = keys.map((key) => ordered.indexOf(key));
  const label = Uint8Array.from(index, (at) => position[at] as number);
  return { classes, label, remarks: [`classes from "${column}": ${normal} is background`] };
}

function normalKey(keys: readonly string[], wanted: LayoutOptions['normalClass'], column: string, where: string): string {
  if (wanted === undefined) {
    const usual = keys.find((key) => /^(0|b|bkg|background|normal|good|qcd|false)$/i.test(key)) ?? keys[0];
    if (usual !== undefined) return usual;
  } else {
    const found = keys.find((key) => key === String(wanted) || (key !== '' && Number(key) === Number(wanted)));
    if (found !== undefined) return found;
  }
  throw new Problem({
    where: `${where}, label "${column}"`,
    expected: wanted === undefined ? 'at least one value' : `the value ${JSON.stringify(wanted)} for background`,
    found: keys.length > 0 ? keys.slice(0, 8).join(', ') : 'no values',
    fix: wanted === undefined ? 'Choose another label' : 'Choose which of these values means background',
  });
}

function tooMany(values: Values, column: string, where: string): Problem {
  const first = [...new Set([...values.slice(0, 200)].map(String))].slice(0, 4).join(', ');
  return new Problem({
    where: `${where}, label "${column}"`,
    expected: `at most ${mostClasses} different values`,
    found: `more than ${mostClasses} (${first}, ...)`,
    fix: 'Choose the column that holds the class of each row',
  });
}

/**
 * The classes of a part: by the label that was chosen, else by the role of the file; and who may train, if `trainOn` says so.
 *
 * @param suggested the label that is taken if neither a label nor a role was chosen
 * @throws Problem if nothing of it is known or a label is not there with one value per row
 */
export async function classesOf(
  file: OpenFile,
  rows: readonly [number, number],
  options: LayoutOptions,
  suggested?: string,
): Promise<Labelled> {
  const judged = await judgedBy(file, rows, options, suggested);
  if (!options.trainOn) return judged;
  const { column, normal } = options.trainOn;
  const { label, classes } = fromLabels(await labelValues(file, rows, column, options), column, normal, file.name);
  return { ...judged, ...trainableBy(label, classes, `"${column}"`, judged.remarks) };
}

/** Rows that are background by the classes of another label may train. */
export function trainableBy(
  label: Uint8Array,
  classes: readonly EventClass[],
  words: string,
  remarks: readonly string[],
): { trainable: Uint8Array; remarks: string[] } {
  const trainable = Uint8Array.from(label, (at) => (classes[at]?.role === 'background' ? 1 : 0));
  const count = trainable.reduce((sum, one) => sum + one, 0);
  return { trainable, remarks: [...remarks, `${countOf(count, 'row')} may train, by ${words}`] };
}

async function judgedBy(
  file: OpenFile,
  rows: readonly [number, number],
  options: LayoutOptions,
  suggested: string | undefined,
): Promise<Labelled> {
  const column = options.label ?? (options.role === undefined ? suggested : undefined);
  if (column !== undefined) {
    return fromLabels(await labelValues(file, rows, column, options), column, options.normalClass, file.name);
  }
  const role = options.role ?? roleFromName(file.name);
  if (role) return wholeFile(role, rows[1] - rows[0]);
  throw new Problem({
    where: file.name,
    expected: 'a role for the file (background, signal or unlabelled), or the name of a label',
    found: 'neither',
    fix: 'Choose a role for this file',
  });
}

/** One value per row of the array that was chosen as a label. An array [rows, 1] is as good as [rows]. */
async function labelValues(
  file: OpenFile,
  rows: readonly [number, number],
  column: string,
  { signal }: Pick<LayoutOptions, 'signal'>,
): Promise<Values> {
  const array = file.arrays.find((entry) => entry.name === column);
  const single = array && !array.jagged && array.shape.length > 0 && array.shape.slice(1).every((n) => n === 1);
  if (!single || (array.shape[0] as number) < rows[1]) {
    const total = file.arrays.find((entry) => entry.shape.length > 1)?.shape[0] ?? file.arrays[0]?.shape[0] ?? 0;
    throw new Problem({
      where: `${file.name}, label "${column}"`,
      expected: `an array with one value for each of ${countOf(total, 'row')}`,
      found: array ? (array.jagged ? 'a list in each row' : `shape ${array.shape.join(' x ')}`) : 'no array with this name',
      fix: `Choose one of ${labelCandidates(file, total).slice(0, 8).join(', ') || 'the other files'}`,
    });
  }
  return file.read(column, { rows, ...(signal ? { signal } : {}) });
}
