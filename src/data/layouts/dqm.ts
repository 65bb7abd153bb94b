/**
 * Monitoring histograms as a long table, CSV or Parquet: one row per lumisection and histogram, with the cells as a list. Covers the
 * `fromrun, fromlumi, hname, histo` files of 2017 to 2023 and the exports with `run_number, ls_number, me, data`.
 *
 * The length of a list decides what its cells are. With one axis: as many as bins, or two more, the under- and overflow. With two
 * axes: (nx + 2) (ny + 2) cells in ROOT's order, x fastest; or nx ny cells with y fastest, as the Parquet files have them. Square maps
 * cannot tell the two apart, so there is a switch. Maps are read as images: a row of pixels for each bin in y, a column for each in x.
 * Of a file with several histograms one is read, or all with one axis, those of one lumisection side by side in a row.
 */
import type { HistogramAxis, HistogramPart } from '../../base/kinds.ts';
import { countOf, numberText } from '../../base/numbers.ts';
import type { ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, Lists, OpenFile, ReadOptions } from '../formats/contract.ts';
import { axisWords, binFeatures, flowSetting, histogramRemarks, together, togetherAxis } from '../histograms.ts';
import { classesOf, classFields, type Labelled, lastPart, roleFromName } from '../roles.ts';
import { catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { isNumeric } from '../table/roles.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

/** Numbers that are read at once. */
const bandNumbers = 4_000_000;

const params: ParamSpecs = {
  flow: flowSetting,
  transpose: {
    kind: 'switch',
    label: 'Swap x and y',
    help: 'For maps with two axes whose picture lies on its side: takes the cells in the other order.',
    default: false,
  },
};

const dqm: Layout = {
  id: 'dqm',
  name: 'Monitoring histograms, one list per row',
  expects: 'columns for run, lumisection, histogram name and a list of cells',
  params,
  async recognises(file) {
    const columns = findColumns(file);
    if (!columns) return undefined;
    const names = await namesOf(file, columns);
    const choice = [...names.keys()];
    const chosen = choice[0] as string;
    const shape = await shapeOf(file, columns, names.get(chosen) as Uint32Array);
    const role = roleFromName(file.name);
    const rows = names.get(chosen)?.length ?? 0;
    return {
      confidence: 0.9,
      words: wordsFor(shape, rows, choice.length),
      kind: shape.y ? 'images' : 'histograms',
      rows,
      ...(role ? { role } : {}),
      ...(choice.length > 1 ? { settings: choiceOf(names) } : {}),
      reasons: [
        `"${columns.cells.name}" holds a list of ${shape.cells} cells beside "${columns.run.name}" and "${columns.lumisection.name}"`,
        ...(shape.flow
          ? ['two cells more than bins, so under- and overflow are there']
          : ['as many cells as bins: no under- or overflow']),
        ...(choice.length > 1 ? [`${choice.length} histograms in one file; one of them is read`] : []),
      ],
    };
  },
  read,
};
export default dqm;

// ---- the columns ---------------------------------------------------------------------------------------------------------

interface Columns {
  rows: number;
  run: ArrayInfo;
  lumisection: ArrayInfo;
  cells: ArrayInfo;
  name?: ArrayInfo;
  numbers: Partial<Record<'xmin' | 'xmax' | 'xbins' | 'ymin' | 'ymax' | 'ybins' | 'entries' | 'metype', ArrayInfo>>;
}

function findColumns(file: OpenFile): Columns | undefined {
  const find = (...names: string[]): ArrayInfo | undefined =>
    names.flatMap((name) => file.arrays.filter((array) => lastPart(array.name).toLowerCase() === name && !array.problem))[0];
  const cells = ['histo', 'data', 'hist', 'bins']
    .flatMap((name) => find(name) ?? [])
    .find((array) => array.jagged || (isNumeric(array) && array.shape.length === 2));
  const run = find('fromrun', 'run', 'run_number', 'runnumber');
  const lumisection = find('fromlumi', 'lumi', 'ls_number', 'lumisection', 'ls');
  if (!cells || !run || !lumisection || (cells.shape[0] ?? 0) === 0) return undefined;
  const name = find('hname', 'me', 'me_id', 'name');
  const numbers: Columns['numbers'] = {};
  for (const key of ['xmin', 'xmax', 'xbins', 'ymin', 'ymax', 'ybins', 'entries', 'metype'] as const) {
    const spaced = key.replace(/^([xy])/, '$1_');
    const array = find(key, spaced, spaced.replace('bins', 'bin'), key.replace('bins', 'bin'));
    if (array && !array.jagged && array.type !== 'text') numbers[key] = array;
  }
  return { rows: cells.shape[0] as number, run, lumisection, cells, numbers, ...(name ? { name } : {}) };
}

/** Row numbers of each histogram, the one with the most rows first, equal ones as they come. */
async function namesOf(file: OpenFile, columns: Columns, signal?: AbortSignal): Promise<Map<string, Uint32Array>> {
  const values = columns.name ? await file.read(columns.name.name, signal ? { signal } : {}) : undefined;
  const rows = new Map<string, number[]>();
  for (let row = 0; row < columns.rows; row++) {
    const name = values ? String(values[row]) : 'histogram';
    const own = rows.get(name);
    if (own) own.push(row);
    else rows.set(name, [row]);
  }
  const sorted = [...rows].sort((a, b) => b[1].length - a[1].length);
  return new Map(sorted.map(([name, own]) => [name, Uint32Array.from(own)]));
}

function choiceOf(names: ReadonlyMap<string, Uint32Array>): ParamSpecs {
  return {
    histogram: {
      kind: 'choice',
      label: 'Histogram',
      help: 'The file holds several histograms; one of them is read, or all of a lumisection side by side, each with a model of its own.',
      default: [...names.keys()][0] as string,
      options: [
        ...[...names].map(([name, rows]) => ({ value: name, label: `${name}: ${countOf(rows.length, 'lumisection')}` })),
        { value: together, label: 'all with one axis, those of a lumisection together' },
      ],
    },
  };
}

interface Shape {
  axis: HistogramAxis;
  /** Cells of a row. */
  cells: number;
  bins: number;
  flow: boolean;
  y?: { low: number; high: number; bins: number };
}

/** @throws Problem if the first list fits no number of bins */
async function shapeOf(file: OpenFile, columns: Columns, rows: Uint32Array, signal?: AbortSignal): Promise<Shape> {
  const first = rows[0] as number;
  const options = { rows: [first, first + 1] as const, ...(signal ? { signal } : {}) };
  const one = async (array: ArrayInfo | undefined): Promise<number | undefined> => {
    const value = array && (await file.read(array.name, options))[0];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const cells = (await listsOf(file, columns.cells, options)).values.length;
  const { xmin, xmax, xbins, ymin, ymax, ybins, metype } = columns.numbers;
  const name = columns.name ? String((await file.read(columns.name.name, options))[0]) : 'histogram';
  const nx = (await one(xbins)) ?? cells;
  const ny = (await one(ybins)) ?? 1;
  const type = await one(metype);
  const axis: HistogramAxis = { name, low: (await one(xmin)) ?? 0, high: (await one(xmax)) ?? nx };
  const two = type === undefined ? ny > 1 : type >= 6 && type <= 8;
  if (!two && (cells === nx || cells === nx + 2)) return { axis, cells, bins: nx, flow: cells === nx + 2 };
  const y = { low: (await one(ymin)) ?? 0, high: (await one(ymax)) ?? ny, bins: ny };
  if (two && cells === nx * ny) return { axis, cells, bins: nx, flow: false, y };
  if (two && cells === (nx + 2) * (ny + 2)) return { axis, cells, bins: nx, flow: true, y };
  throw new Problem({
    where: `${file.name}, "${columns.cells.name}" of ${name}`,
    expected: two ? `${nx} x ${ny} cells, or two more along each axis` : `${nx} cells, or two more for under- and overflow`,
    found: `${cells}`,
    fix: 'Check the numbers of bins in the file',
  });
}

function wordsFor({ axis, bins, y }: Shape, rows: number, names: number): string {
  const what = y ? 'monitoring map' : 'monitoring histogram';
  const axes = y ? `${bins} x ${y.bins} bins` : axisWords(axis, bins);
  const more = names > 1 ? `, one of ${names} in the file` : '';
  return `${what} ${axis.name}${more}: ${countOf(rows, 'lumisection')}; ${axes}`;
}

// ---- reading -------------------------------------------------------------------------------------------------------------

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const columns = findColumns(file);
  if (!columns) {
    throw new Problem({
      where: file.name,
      expected: 'columns for the run, the lumisection, the name of a histogram and its list of cells',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const names = await namesOf(file, columns, options.signal);
  const settings = checkSettings({ ...params, ...(names.size > 1 ? choiceOf(names) : {}) }, options, file.name);
  if (settings.histogram === together) return readTogether(file, columns, names, settings.flow === 'keep', options);
  const name = (settings.histogram as string | undefined) ?? ([...names.keys()][0] as string);
  const all = names.get(name) as Uint32Array;
  const [start, end] = chosenRows(options, all.length, `${file.name}, ${name}`);
  const rows = all.subarray(start, end);
  const shape = await shapeOf(file, columns, rows, options.signal);
  const keep = shape.flow && !shape.y && settings.flow === 'keep';
  const cells = cellOrder(shape, keep, settings.transpose as boolean);
  const values = makeMatrix(rows.length, cells.length, file.name);
  const outside = await readCells(file, columns, rows, shape, cells, values, options);

  const one = async (array: ArrayInfo): Promise<Float64Array> => pick(await file.read(array.name, {}), rows);
  const run = await one(columns.run);
  const lumisection = await one(columns.lumisection);
  const labelled = await classes(file, columns, rows, options);
  const { y, axis } = shape;
  const range = (low: number, high: number): string => `${numberText(low, 6)} to ${numberText(high, 6)}`;
  return {
    kind: y ? 'images' : 'histograms',
    rows: rows.length,
    shape: y ? [y.bins, shape.bins, 1] : [cells.length],
    features: y ? [] : binFeatures(cells.length - (keep ? 2 : 0), keep),
    ...(y
      ? {
          image: {
            rows: `y from ${range(y.low, y.high)}`,
            columns: `x from ${range(axis.low, axis.high)}`,
            channels: [axis.name],
          },
        }
      : { histogram: { ...axis, ...(keep ? { flow: true } : {}) } }),
    values,
    ...classFields(labelled),
    ...(columns.numbers.entries ? { spectators: { entries: await one(columns.numbers.entries) } } : {}),
    run,
    lumisection,
    words: wordsFor(shape, rows.length, names.size),
    remarks: [
      ...labelled.remarks,
      ...(shape.flow && !keep ? [`under- and overflow (${outside} of the entries) were left out`] : []),
      ...(y && y.bins === shape.bins ? ['as many bins in x as in y: if the picture lies on its side, swap them'] : []),
      ...histogramRemarks(values, cells.length, { run, lumisection }),
      ...(await repeatedColumns(file)),
      ...(file.remarks ?? []),
    ],
  };
}

/** All histograms with one axis: a row is a lumisection that has all of them, in the order in which the first one comes. */
async function readTogether(
  file: OpenFile,
  columns: Columns,
  names: ReadonlyMap<string, Uint32Array>,
  keepFlow: boolean,
  options: LayoutOptions,
): Promise<DatasetPart> {
  const run = await file.read(columns.run.name);
  const lumisection = await file.read(columns.lumisection.name);
  const types: { shape: Shape; keep: boolean; cells: Uint32Array; rowOf: Map<string, number> }[] = [];
  const maps: string[] = [];
  for (const [name, rows] of names) {
    const shape = await shapeOf(file, columns, rows, options.signal);
    if (shape.y) {
      maps.push(name);
      continue;
    }
    const rowOf = new Map<string, number>();
    for (const row of rows) {
      const key = `${run[row]} ${lumisection[row]}`;
      if (!rowOf.has(key)) rowOf.set(key, row);
    }
    const keep = shape.flow && keepFlow;
    types.push({ shape, keep, cells: cellOrder(shape, keep, false), rowOf });
  }
  const all = [...new Set(types.flatMap(({ rowOf }) => [...rowOf.keys()]))];
  const shared = all.filter((key) => types.every(({ rowOf }) => rowOf.has(key)));
  if (types.length < 2 || shared.length === 0) {
    throw new Problem({
      where: `${file.name}, histograms together`,
      expected: 'at least two histograms with one axis, and lumisections that have all of them',
      found: `${countOf(types.length, 'histogram')} with one axis and ${countOf(shared.length, 'lumisection')} with all of them`,
      fix: 'Choose one histogram instead',
    });
  }
  const [start, end] = chosenRows(options, shared.length, `${file.name}, histograms together`);
  const keys = shared.slice(start, end);
  const { axis, features } = togetherAxis(
    types.map(({ shape, keep, cells }) => ({ ...shape.axis, ...(keep ? { flow: true } : {}), cells: cells.length })),
  );
  const width = features.length;
  const values = makeMatrix(keys.length, width, file.name);
  const spectators: Record<string, Float64Array> = {};
  for (const [k, { shape, cells, rowOf }] of types.entries()) {
    const part = axis.parts[k] as HistogramPart;
    // read in the order of the file, put in the order of the lumisections
    const place = Uint32Array.from(keys.keys()).sort((a, b) => rowIn(rowOf, keys[a]) - rowIn(rowOf, keys[b]));
    const rows = Uint32Array.from(place, (at) => rowIn(rowOf, keys[at]));
    const own = makeMatrix(keys.length, cells.length, file.name);
    await readCells(file, columns, rows, shape, cells, own, options);
    for (const [i, at] of place.entries()) {
      values.set(own.subarray(i * cells.length, (i + 1) * cells.length), at * width + part.start);
    }
    if (columns.numbers.entries) {
      const entries = await file.read(columns.numbers.entries.name);
      spectators[`entries of ${part.name}`] = Float64Array.from(keys, (key) => Number(entries[rowIn(rowOf, key)]));
    }
  }
  const first = Uint32Array.from(keys, (key) => rowIn((types[0] as (typeof types)[number]).rowOf, key));
  const labelled = await classes(file, columns, first, options);
  const time = { run: pick(run, first), lumisection: pick(lumisection, first) };
  const lost = all.length - shared.length;
  return {
    kind: 'histograms',
    rows: keys.length,
    shape: [width],
    features,
    histogram: axis,
    values,
    ...classFields(labelled),
    spectators,
    ...time,
    words: `${countOf(types.length, 'monitoring histogram')} together: ${countOf(keys.length, 'lumisection')}; ${types.map(({ shape }) => `${shape.axis.name} with ${axisWords(shape.axis, shape.bins)}`).join('; ')}`,
    remarks: [
      ...labelled.remarks,
      ...(lost > 0 ? [`${countOf(lost, 'lumisection')} without one of the histograms left out`] : []),
      ...(maps.length > 0 ? [`with two axes, and so left out: ${maps.join(', ')}`] : []),
      ...axis.parts.flatMap((part) =>
        histogramRemarks(partValues(values, width, part), part.cells, {}).map((remark) => `${part.name}: ${remark}`),
      ),
      ...histogramRemarks(values, width, time).filter((remark) => remark.startsWith('rows')),
      ...(await repeatedColumns(file)),
      ...(file.remarks ?? []),
    ],
  };
}

function rowIn(rowOf: ReadonlyMap<string, number>, key: string | undefined): number {
  return rowOf.get(key as string) as number;
}

function partValues(values: Float32Array, width: number, { start, cells }: HistogramPart): Float32Array {
  const own = new Float32Array((values.length / width) * cells);
  for (let row = 0; row * cells < own.length; row++) {
    own.set(values.subarray(row * width + start, row * width + start + cells), row * cells);
  }
  return own;
}

/** For each number of a row, the cell of the list that it comes from. */
function cellOrder({ bins, flow, y }: Shape, keep: boolean, transpose: boolean): Uint32Array {
  if (!y) return Uint32Array.from({ length: bins + (keep ? 2 : 0) }, (_, i) => (flow && !keep ? i + 1 : i));
  const order = new Uint32Array(bins * y.bins);
  for (let iy = 0; iy < y.bins; iy++) {
    for (let ix = 0; ix < bins; ix++) {
      const xFastest = flow ? ix + 1 + (bins + 2) * (iy + 1) : ix + bins * iy;
      const yFastest = flow ? iy + 1 + (y.bins + 2) * (ix + 1) : iy + y.bins * ix;
      order[iy * bins + ix] = flow !== transpose ? xFastest : yFastest;
    }
  }
  return order;
}

/** @returns the share of the entries that lies in no cell that is kept, as words */
async function readCells(
  file: OpenFile,
  columns: Columns,
  rows: Uint32Array,
  shape: Shape,
  cells: Uint32Array,
  values: Float32Array,
  options: LayoutOptions,
): Promise<string> {
  const most = Math.max(1, Math.floor(bandNumbers / shape.cells));
  let total = 0;
  let kept = 0;
  for (let from = 0; from < rows.length; ) {
    const first = rows[from] as number;
    let to = from + 1;
    while (to < rows.length && (rows[to] as number) - first < most) to++;
    const band = await listsOf(file, columns.cells, {
      rows: [first, (rows[to - 1] as number) + 1],
      ...(options.signal ? { signal: options.signal } : {}),
    });
    for (let i = from; i < to; i++) {
      const at = (rows[i] as number) - first;
      const [begin, finish] = [band.offsets[at] as number, band.offsets[at + 1] as number];
      if (finish - begin !== shape.cells) {
        throw new Problem({
          where: `${file.name}, row ${(rows[i] as number) + 1}, "${columns.cells.name}"`,
          expected: `${shape.cells} cells, as in the first row of ${shape.axis.name}`,
          found: `${finish - begin}`,
          fix: 'Load only histograms with one axis; leave this row out',
        });
      }
      for (let cell = begin; cell < finish; cell++) total += band.values[cell] as number;
      for (let k = 0; k < cells.length; k++) {
        const value = band.values[begin + (cells[k] as number)] as number;
        values[i * cells.length + k] = value;
        kept += value;
      }
    }
    from = to;
    options.onProgress?.({ done: to / rows.length, message: `Reading ${file.name}` });
  }
  return `${total > 0 ? Number((100 * (1 - kept / total)).toPrecision(2)) : 0} %`;
}

/** Lists of equal length come as an array with two axes. */
async function listsOf(file: OpenFile, array: ArrayInfo, options: ReadOptions): Promise<Lists> {
  if (array.jagged) {
    if (!file.readLists) throw new Error(`${file.name} has lists but no way to read them`);
    return file.readLists(array.name, options);
  }
  const values = await file.read(array.name, options);
  const length = array.shape[1] as number;
  return { values, offsets: Uint32Array.from({ length: values.length / length + 1 }, (_, i) => i * length) };
}

function pick(values: ArrayLike<number | string>, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => Number(values[row]));
}

/** Labels stand once for every row of the file; those of the histogram that was chosen are picked. */
async function classes(file: OpenFile, { rows: total }: Columns, rows: Uint32Array, options: LayoutOptions): Promise<Labelled> {
  const all = await classesOf(file, [0, total], options);
  const { trainable } = all;
  return {
    ...all,
    label: Uint8Array.from(rows, (row) => all.label[row] as number),
    ...(trainable ? { trainable: Uint8Array.from(rows, (row) => trainable[row] as number) } : {}),
  };
}

/** Old files write run, lumisection and name twice; the second ones have to agree. */
async function repeatedColumns(file: OpenFile): Promise<string[]> {
  const remarks: string[] = [];
  for (const { name, type } of file.arrays) {
    const first = /^(fromrun|fromlumi|hname)\.1$/i.exec(name)?.[1];
    if (first === undefined || !file.arrays.some((array) => array.name === first && array.type === type)) continue;
    const [a, b] = [await file.read(first), await file.read(name)];
    let differ = 0;
    for (let row = 0; row < a.length; row++) if (a[row] !== b[row]) differ++;
    remarks.push(
      differ === 0
        ? `"${first}" stands twice in the file, with the same values`
        : `"${first}" stands twice in the file and differs in ${countOf(differ, 'row')}; the first one was taken`,
    );
  }
  return remarks;
}
