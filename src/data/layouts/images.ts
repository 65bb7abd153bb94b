/**
 * Any stack of images: an array [N, height, width], with channels as a last or second axis if there are several, and labels beside it
 * where they have a name that says so. Also the `x_train, y_train, x_test, y_test` files, whose parts are read one after another, and
 * the electron and photon crystals of 32 x 32 among them.
 */
import type { EventClass } from '../../base/kinds.ts';
import { countOf } from '../../base/numbers.ts';
import type { ParamSpec, ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile, Values } from '../formats/contract.ts';
import { PixelCheck, type PixelShape, packImages, pixelMemory, pixelShape, readPixels } from '../pixels.ts';
import {
  classesOf,
  classFields,
  fromLabels,
  type Labelled,
  labelCandidates,
  lastPart,
  looksLikeLabel,
  roleFromName,
} from '../roles.ts';
import { catalogue, chosenRows } from '../rows.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const smallest = 8;

const params: ParamSpecs = {
  channelAxis: {
    kind: 'choice',
    label: 'Channels',
    help: 'Which axis holds the channels of an image. Found by itself: the smallest one of up to four.',
    default: 'auto',
    options: [
      { value: 'auto', label: 'found by itself' },
      { value: 'last', label: 'the last axis' },
      { value: 'first', label: 'the axis after the events' },
    ],
    advanced: true,
  },
  channel: {
    kind: 'number',
    label: 'Channel',
    help: 'Read this channel alone, counted from 1; 0 reads all of them.',
    default: 0,
    min: 0,
    max: 64,
    integer: true,
  },
  memory: pixelMemory,
};

const images: Layout = {
  id: 'images',
  name: 'Images',
  expects: 'an array of shape (N, height, width) or (N, height, width, channels)',
  params,
  recognises(file) {
    const stacks = findStacks(file);
    const found = stacks[0];
    if (!found) return undefined;
    const rows = found.parts.reduce((sum, { array }) => sum + (array.shape[0] as number), 0);
    const role = roleFromName(file.name);
    const label = found.parts[0]?.label?.name;
    return {
      confidence: 0.4,
      words: wordsFor(found, rows),
      kind: 'images',
      rows,
      ...(role ? { role } : {}),
      ...(label !== undefined ? { label } : {}),
      ...(stacks.length > 1 ? { settings: { stack: stackChoice(stacks) } } : {}),
      reasons: [
        `${found.parts.map(({ array }) => `"${array.name}" has shape (${array.shape.join(', ')})`).join('; ')}`,
        ...(label !== undefined ? [`"${label}" looks like the class of an image`] : []),
        ...(role ? [`the file name suggests ${role.role} (${role.name})`] : []),
      ],
    };
  },
  read,
};
export default images;

// ---- finding -------------------------------------------------------------------------------------------------------------

interface Stack {
  /** `x` for x_train and x_test; the array's name otherwise. */
  name: string;
  pixels: PixelShape;
  parts: readonly { array: ArrayInfo; label?: ArrayInfo }[];
}

const partName = /_?(train|val|validation|test)$/i;

/** Stacks of images, those with the most pixels first. Arrays that differ by `_train` and `_test` alone are one stack. */
export function findStacks(file: OpenFile, place?: 'first' | 'last'): Stack[] {
  const stacks = new Map<string, { name: string; pixels: PixelShape; parts: { array: ArrayInfo; label?: ArrayInfo }[] }>();
  for (const array of file.arrays) {
    const pixels = pixelShape(array, place);
    const fits = pixels && pixels.height >= smallest && pixels.width >= smallest && (array.shape[0] ?? 0) > 0;
    if (!isNumeric(array) || !fits) continue;
    const name = array.name.replace(partName, '');
    const key = `${name} ${array.shape.slice(1).join('x')}`;
    const stack = stacks.get(key) ?? { name, pixels, parts: [] };
    const label = labelBeside(file, array);
    stack.parts.push({ array, ...(label ? { label } : {}) });
    stacks.set(key, stack);
  }
  const order = (name: string): number =>
    ['train', 'val', 'validation', 'test'].indexOf(partName.exec(name)?.[1]?.toLowerCase() ?? '');
  for (const { parts } of stacks.values()) parts.sort((a, b) => order(a.array.name) - order(b.array.name));
  return [...stacks.values()].sort((a, b) => pixelsIn(b) - pixelsIn(a));
}

function pixelsIn({ parts }: Pick<Stack, 'parts'>): number {
  return parts.reduce((sum, { array }) => sum + array.shape.reduce((product, n) => product * n, 1), 0);
}

/** `y_train` for `x_train`; otherwise the array of as many rows whose name is that of a label. */
function labelBeside(file: OpenFile, array: ArrayInfo): ArrayInfo | undefined {
  const rows = array.shape[0] as number;
  const part = partName.exec(array.name)?.[0] ?? '';
  const perRow = file.arrays.filter(
    ({ shape, jagged, problem }) =>
      !jagged && !problem && shape[0] === rows && shape.slice(1).every((n) => n === 1) && shape.length < 3,
  );
  return perRow.find(({ name }) => name !== array.name && name.endsWith(part) && looksLikeLabel(name.replace(partName, '')));
}

function stackChoice(stacks: readonly Stack[]): ParamSpec {
  return {
    kind: 'choice',
    label: 'Images',
    help: 'The file holds several stacks of images; one of them is read.',
    default: (stacks[0] as Stack).name,
    options: stacks.map((stack) => ({
      value: stack.name,
      label: `${stack.name}: ${stack.pixels.height} x ${stack.pixels.width}`,
    })),
  };
}

function wordsFor({ pixels, parts }: Stack, rows: number): string {
  const { height, width, channels } = pixels;
  const names = parts.map(({ array }) => partName.exec(array.name)?.[1]?.toLowerCase() ?? array.name);
  const several = parts.length > 1 ? ` (${names.join(' and ')})` : '';
  return `images of ${height} x ${width} pixels${channels > 1 ? `, ${channels} channels` : ''}: ${countOf(rows, 'image')}${several}`;
}

// ---- reading -------------------------------------------------------------------------------------------------------------

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const known = findStacks(file);
  const specs = { ...params, ...(known.length > 1 ? { stack: stackChoice(known) } : {}) };
  const settings = checkSettings(specs, options, file.name);
  const place = settings.channelAxis === 'auto' ? undefined : (settings.channelAxis as 'first' | 'last');
  const stacks = findStacks(file, place);
  const stack = stacks.find(({ name }) => name === settings.stack) ?? stacks[0];
  if (!stack) {
    throw new Problem({
      where: file.name,
      expected: 'an array of shape (N, height, width) or (N, height, width, channels)',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  return readStack(file, stack, keptChannels(stack, settings.channel as number, file.name), options, (rows) =>
    wordsFor(stack, rows),
  );
}

function keptChannels({ pixels: { channels } }: Stack, channel: number, where: string): number[] {
  if (channel === 0) return Array.from({ length: channels }, (_, i) => i);
  if (channel <= channels) return [channel - 1];
  throw new Problem({
    where: `${where}, channel`,
    expected: `a number from 1 to ${channels}, or 0 for all`,
    found: String(channel),
    fix: 'Correct the channel',
  });
}

/**
 * @param classNames what the values of a label are called, where that is known
 * @returns all parts of the stack one after another, or the rows that were asked for
 */
export async function readStack(
  file: OpenFile,
  stack: Stack,
  kept: readonly number[],
  options: LayoutOptions,
  words: (rows: number) => string,
  classNames?: Readonly<Record<string, string>>,
): Promise<DatasetPart> {
  const { pixels, parts } = stack;
  const total = parts.reduce((sum, { array }) => sum + (array.shape[0] as number), 0);
  const [start, end] = chosenRows(options, total, file.name);
  const rows = end - start;
  const perRow = pixels.height * pixels.width * kept.length;
  const chosen = options.label ?? (options.role === undefined ? parts[0]?.label?.name : undefined);
  let before = 0;
  const pieces = parts.flatMap(({ array, label }) => {
    const count = array.shape[0] as number;
    const [from, to] = [Math.max(0, start - before), Math.min(count, end - before)] as const;
    before += count;
    return from < to ? [{ array, label, count, from, to }] : [];
  });
  let check = new PixelCheck();
  const values = await packImages(rows, perRow, options.settings?.memory, file.name, async (take) => {
    check = new PixelCheck();
    for (const { array, from, to } of pieces)
      await readPixels(
        ...([file, array, pixels, kept, [from, to]] as const),
        (image) => {
          check.see(image);
          take(image);
        },
        options,
      );
  });
  const labels: (number | string)[] = [];
  for (const { label, count, from, to } of pieces) {
    // a label that was chosen by the name of one part means that of its own part in the others
    const own = parts.length > 1 && parts.some((part) => part.label?.name === chosen) ? label?.name : chosen;
    if (own !== undefined) for (const value of await labelsOf(file, own, count, [from, to], options)) labels.push(value);
  }
  const labelled =
    chosen === undefined ? await classesOf(file, [start, end], options) : named(labels, chosen, options, file, classNames);
  return {
    kind: 'images',
    rows,
    shape: [pixels.height, pixels.width, kept.length],
    features: [],
    values,
    ...classFields(labelled),
    words: words(rows),
    remarks: [...joinedRemarks(parts), ...labelled.remarks, ...check.remarks(), ...(file.remarks ?? [])],
  };
}

/** Nobody shall take the parts of the file for those of the study: they are told apart by their rows alone. */
function joinedRemarks(parts: Stack['parts']): string[] {
  if (parts.length < 2) return [];
  const words = parts.map(({ array }) => `"${array.name}" (${countOf(array.shape[0] as number, 'image')})`);
  return [
    `${words.join(', then ')} were put one after another; the study divides them anew. Use row ranges of the file to keep its own parts`,
  ];
}

async function labelsOf(
  file: OpenFile,
  name: string,
  total: number,
  rows: readonly [number, number],
  { signal }: LayoutOptions,
): Promise<Values> {
  const array = file.arrays.find((entry) => entry.name === name);
  if (array && !array.jagged && array.shape[0] === total && array.shape.slice(1).every((n) => n === 1)) {
    return file.read(name, { rows, ...(signal ? { signal } : {}) });
  }
  throw new Problem({
    where: `${file.name}, label "${name}"`,
    expected: `an array with one value for each of ${countOf(total, 'image')}`,
    found: array ? `shape ${array.shape.join(' x ')}` : 'no array with this name',
    fix: `Choose one of ${labelCandidates(file, total).slice(0, 8).join(', ') || 'the other files'}`,
  });
}

/** Classes with the names that the values are known by; a normal value may be given by its name too. */
function named(
  values: readonly (number | string)[],
  column: string,
  options: LayoutOptions,
  file: OpenFile,
  classNames: Readonly<Record<string, string>> = {},
): Labelled {
  const value = Object.keys(classNames).find((key) => classNames[key] === options.normalClass) ?? options.normalClass;
  const stored: Values = typeof values[0] === 'string' ? (values as string[]) : Float64Array.from(values as number[]);
  const found = fromLabels(stored, lastPart(column), value, file.name);
  const normal = /: (.*) is background$/.exec(found.remarks[0] ?? '')?.[1];
  const classes = found.classes.map((entry): EventClass => {
    const key = entry.role === 'background' ? normal : / = (.*)$/.exec(entry.name)?.[1];
    const name = key === undefined ? undefined : classNames[key];
    return name === undefined ? entry : { ...entry, name };
  });
  const background = classes.find(({ role }) => role === 'background')?.name;
  return { ...found, classes, remarks: [`classes from "${lastPart(column)}": ${background} is background`] };
}
