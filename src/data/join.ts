/**
 * From parts of files to one dataset, and from a dataset to some of its rows. Knows nothing of files or formats.
 */
import type { EventClass, Feature, HistogramAxis } from '../base/kinds.ts';
import { countOf, countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import { joinNumbers, type Numbers, pickRows } from '../numeric/packed.ts';
import { type Dataset, type Origin, rowWidth } from './dataset.ts';
import type { DatasetPart } from './layouts/contract.ts';

/** One file or sample on its way into a dataset. */
export interface Piece {
  part: DatasetPart;
  /** File name or sample id. */
  name: string;
  synthetic?: boolean;
  use?: 'train' | 'test';
}

/**
 * Puts parts one after another. Classes of equal name and role become one class. Numbers that only some parts have are filled: 1 for
 * a weight, NaN for run, lumisection, event and spectators.
 *
 * @param name short name for captions; the first piece's name, with the count of the others, if absent
 * @throws Problem if shapes or features differ, or if one name has two roles
 */
export function join(pieces: readonly Piece[], name = nameOf(pieces)): Dataset {
  const first = pieces[0];
  if (!first) {
    throw new Problem({ where: 'data', expected: 'at least one file', found: 'none', fix: 'Choose a file or a sample' });
  }
  for (const piece of pieces) checkAlike(first, piece);
  const rows = pieces.reduce((sum, { part }) => sum + part.rows, 0);
  const width = rowWidth(first.part);
  const classes: EventClass[] = [];
  const label = new Uint8Array(rows);
  const trainable = pieces.some(({ part }) => part.trainable) ? new Uint8Array(rows) : undefined;
  // one part alone is taken as it is: a copy would double the memory of the largest datasets
  const alone = pieces.length === 1;
  const values = alone ? first.part.values : joinedNumbers(pieces, rows, width);
  const origins: Origin[] = [];
  let start = 0;
  for (const { part, name: origin, synthetic = false, use } of pieces) {
    const position = part.classes.map((entry) => classIndex(classes, entry, origin));
    for (let row = 0; row < part.rows; row++) label[start + row] = position[part.label[row] as number] as number;
    for (let row = 0; trainable && row < part.rows; row++) {
      const background = part.classes[part.label[row] as number]?.role === 'background';
      trainable[start + row] = part.trainable ? (part.trainable[row] as number) : Number(background);
    }
    origins.push({ name: origin, words: part.words, start, end: start + part.rows, synthetic, ...(use ? { use } : {}) });
    start += part.rows;
  }
  const { kind, shape, features, objectTypes, histogram, image } = first.part;
  const column = (pick: (part: DatasetPart) => Float64Array | undefined, filler: number) =>
    joinColumn(pieces, rows, pick, filler);
  const weight = column((part) => part.weight, 1);
  const run = column((part) => part.run, Number.NaN);
  const lumisection = column((part) => part.lumisection, Number.NaN);
  const event = column((part) => part.event, Number.NaN);
  const masses = new Set(pieces.flatMap(({ part }) => Object.keys(part.spectators ?? {})));
  const spectators = [...masses].map((key) => [key, column((part) => part.spectators?.[key], Number.NaN)] as const);
  return {
    kind,
    name,
    synthetic: pieces.some((piece) => piece.synthetic),
    rows,
    shape,
    features,
    ...(objectTypes ? { objectTypes } : {}),
    ...(histogram ? { histogram } : {}),
    ...(image ? { image } : {}),
    values,
    classes,
    label,
    ...(trainable ? { trainable } : {}),
    ...(weight ? { weight } : {}),
    spectators: Object.fromEntries(spectators) as Record<string, Float64Array>,
    ...(run ? { run } : {}),
    ...(lumisection ? { lumisection } : {}),
    ...(event ? { event } : {}),
    origins,
    remarks: pieces.flatMap((piece) =>
      pieces.length === 1 ? piece.part.remarks : piece.part.remarks.map((remark) => `${piece.name}: ${remark}`),
    ),
  };
}

function nameOf(pieces: readonly Piece[]): string {
  const first = (pieces[0]?.name ?? '').replace(/\.[^.]*$/, '');
  return pieces.length > 1 ? `${first} and ${countText(pieces.length - 1)} more` : first;
}

function checkAlike(first: Piece, piece: Piece): void {
  const a = first.part;
  const b = piece.part;
  const shapeA = `${a.kind} of shape ${a.shape.join(' x ')}`;
  const shapeB = `${b.kind} of shape ${b.shape.join(' x ')}`;
  if (shapeA !== shapeB) {
    throw new Problem({
      where: piece.name,
      expected: `${shapeA} for each row, as in ${first.name}`,
      found: shapeB,
      fix: 'Load only files with rows of the same shape together',
    });
  }
  if (a.histogram && b.histogram && (a.histogram.low !== b.histogram.low || a.histogram.high !== b.histogram.high)) {
    const axis = ({ name, low, high }: HistogramAxis) => `${name} from ${low} to ${high}`;
    throw new Problem({
      where: piece.name,
      expected: `the axis of ${first.name}: ${axis(a.histogram)}`,
      found: axis(b.histogram),
      fix: 'Load only histograms with the same axis together',
    });
  }
  const at = a.features.findIndex((feature, i) => feature.name !== b.features[i]?.name);
  if (at < 0) return;
  throw new Problem({
    where: piece.name,
    expected: `the features of ${first.name} in the same order (number ${at + 1} is "${(a.features[at] as Feature).name}")`,
    found: `"${b.features[at]?.name ?? 'nothing'}"`,
    fix: 'Give both files the same columns in the same order',
  });
}

function classIndex(classes: EventClass[], entry: EventClass, origin: string): number {
  const at = classes.findIndex(({ name }) => name === entry.name);
  const known = classes[at];
  if (!known) {
    if (classes.length === 256) {
      throw new Problem({
        where: origin,
        expected: 'at most 256 classes in all',
        found: `"${entry.name}" as another one`,
        fix: 'Give several files the same class name',
      });
    }
    classes.push({ name: entry.name, role: entry.role });
    return classes.length - 1;
  }
  if (known.role !== entry.role) {
    throw new Problem({
      where: origin,
      expected: `class "${entry.name}" to be ${known.role}, as in the files before`,
      found: entry.role,
      fix: 'Give this class another name or the same role',
    });
  }
  return at;
}

function joinedNumbers(pieces: readonly Piece[], rows: number, width: number): Numbers {
  try {
    return joinNumbers(pieces.map(({ part }) => part.values));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem({
      where: 'data',
      expected: 'files that fit into memory together',
      found: `${countOf(rows, 'row')} of ${countOf(width, 'number')} (${((rows * width * 4) / 1e9).toFixed(1)} GB)`,
      fix: 'Load fewer files, or give row ranges',
    });
  }
}

/** One column over all pieces; undefined if no piece has it. */
function joinColumn(
  pieces: readonly Piece[],
  rows: number,
  pick: (part: DatasetPart) => Float64Array | undefined,
  filler: number,
): Float64Array | undefined {
  if (!pieces.some(({ part }) => pick(part))) return undefined;
  const joined = new Float64Array(rows).fill(filler);
  let start = 0;
  for (const { part } of pieces) {
    const own = pick(part);
    if (own) joined.set(own, start);
    start += part.rows;
  }
  return joined;
}

/**
 * Makes sure that there is something to find and something to find it in.
 *
 * @throws Problem for a dataset without background, or with background alone
 */
export function checkClasses(dataset: Pick<Dataset, 'name' | 'classes' | 'label'>): void {
  const counts = new Float64Array(dataset.classes.length);
  for (const at of dataset.label) counts[at] = (counts[at] as number) + 1;
  const filled = dataset.classes.filter((_, i) => (counts[i] as number) > 0);
  const background = filled.some(({ role }) => role === 'background');
  if (background && filled.some(({ role }) => role !== 'background')) return;
  throw new Problem({
    where: dataset.name,
    expected: 'background and at least one signal or unlabelled class',
    found: filled.length > 0 ? `only ${filled.map(({ name, role }) => `${name} (${role})`).join(', ')}` : 'no rows',
    fix: background ? 'Add a file with signal or unlabelled events, or choose a label' : 'Add a file with background events',
  });
}

/**
 * Some rows of a dataset as a dataset of its own; classes stay, also those without rows.
 *
 * @param rows row numbers in ascending order, so that origins stay ranges
 */
export function subset(dataset: Dataset, rows: ArrayLike<number>): Dataset {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (row >= dataset.rows || (i > 0 && row <= (rows[i - 1] as number)))
      throw new Error('subset needs ascending row numbers of the dataset');
  }
  const pick = (column: Float64Array) => Float64Array.from(rows, (row) => column[row] as number);
  const before = (limit: number) => {
    let n = 0;
    while (n < rows.length && (rows[n] as number) < limit) n++;
    return n;
  };
  const { weight, run, lumisection, event, trainable } = dataset;
  return {
    ...dataset,
    rows: rows.length,
    values: pickRows(dataset.values, rows, rowWidth(dataset)),
    label: Uint8Array.from(rows, (row) => dataset.label[row] as number),
    ...(trainable ? { trainable: Uint8Array.from(rows, (row) => trainable[row] as number) } : {}),
    ...(weight ? { weight: pick(weight) } : {}),
    ...(run ? { run: pick(run) } : {}),
    ...(lumisection ? { lumisection: pick(lumisection) } : {}),
    ...(event ? { event: pick(event) } : {}),
    spectators: Object.fromEntries(Object.entries(dataset.spectators).map(([key, column]) => [key, pick(column)])),
    origins: dataset.origins.map((origin) => ({ ...origin, start: before(origin.start), end: before(origin.end) })),
  };
}
