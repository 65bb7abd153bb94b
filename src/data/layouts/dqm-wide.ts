/**
 * Monitoring histograms as a wide table: one row per lumisection with its run, `bin_0` to `bin_n` and perhaps labels. With two bins
 * more than `xbins` says, the first is the underflow and the last the overflow. Labels of such tables are written the other way round
 * than usual: in `good`, `good_pixel` and a hand label `y`, 1 is good and therefore background.
 */
import type { HistogramAxis } from '../../base/kinds.ts';
import { countOf } from '../../base/numbers.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile, Values } from '../formats/contract.ts';
import { axisWords, binFeatures, flowSetting, histogramRemarks } from '../histograms.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { guessRole, isNumeric, quoted } from '../table/roles.ts';
import { type ColumnRole, checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const params = { flow: flowSetting };
const fewestBins = 8;

const dqmWide: Layout = {
  id: 'dqm-wide',
  name: 'Monitoring histograms, one column per bin',
  expects: 'columns for run, lumisection and bin_0, bin_1, ...',
  params,
  async recognises(file) {
    const found = findBins(file);
    if (!found) return undefined;
    const axis = await axisOf(file, found);
    const role = roleFromName(file.name);
    const label = found.labels[0];
    return {
      confidence: 0.9,
      words: wordsFor(found, axis),
      kind: 'histograms',
      rows: found.rows,
      ...(role ? { role } : {}),
      ...(label ? { label } : {}),
      columns: found.others.map(({ name, type }) => ({ name, type, role: roleFor(name, type) })),
      reasons: [
        `${found.bins[0]?.name} to ${found.bins.at(-1)?.name} beside ${found.run.name} and ${found.lumisection.name}`,
        ...(axis.flow ? ['two columns more than bins, so the first is the underflow and the last the overflow'] : []),
        ...(found.labels.length > 0
          ? [`${quoted(found.labels)} ${found.labels.length === 1 ? 'looks' : 'look'} like labels`]
          : []),
      ],
    };
  },
  read,
};
export default dqmWide;

interface Bins {
  rows: number;
  bins: readonly ArrayInfo[];
  run: ArrayInfo;
  lumisection: ArrayInfo;
  others: readonly ArrayInfo[];
  labels: readonly string[];
}

function findBins(file: OpenFile): Bins | undefined {
  const numberOf = (name: string): number => Number(/^bin_?(\d+)$/i.exec(lastPart(name))?.[1] ?? -1);
  const bins = file.arrays
    .filter((array) => isNumeric(array) && array.shape.length === 1 && numberOf(array.name) >= 0)
    .sort((a, b) => numberOf(a.name) - numberOf(b.name));
  const others = file.arrays.filter((array) => !bins.includes(array) && array.shape.length === 1 && !array.jagged);
  const run = others.find(({ name, type }) => guessRole(name, type) === 'run');
  const lumisection = others.find(({ name, type }) => guessRole(name, type) === 'lumisection');
  const rows = bins[0]?.shape[0] ?? 0;
  const gapless = bins.every(({ name }, i) => numberOf(name) === numberOf(bins[0]?.name ?? '') + i);
  if (bins.length < fewestBins || !gapless || !run || !lumisection || rows === 0) return undefined;
  const labels = others.filter(({ name, type }) => roleFor(name, type) === 'label').map(({ name }) => name);
  // a hand-made label first, then lists
  const hand = labels.filter((name) => !isGood(name));
  return { rows, bins, run, lumisection, others, labels: [...hand, ...labels.filter(isGood)] };
}

function isGood(name: string): boolean {
  return /^(is_?)?good(_\w+)?$/i.test(lastPart(name));
}

function roleFor(name: string, type: string): ColumnRole {
  if (isGood(name)) return 'label';
  const role = guessRole(name, type);
  if (role === 'feature') return /^entries$/i.test(name) ? 'spectator' : 'ignore';
  return role;
}

/** Axis and name from the columns `xmin`, `xmax`, `xbins`, `hname`, where they are the same in every row. */
async function axisOf(file: OpenFile, { bins, others }: Bins, signal?: AbortSignal): Promise<HistogramAxis> {
  const one = async (wanted: string): Promise<number | string | undefined> => {
    const array = others.find(({ name }) => lastPart(name).toLowerCase() === wanted);
    if (!array) return undefined;
    const values = (await file.read(array.name, signal ? { signal } : {})) as Values;
    const first = values[0];
    const other = [...values].find((value) => value !== first);
    if (other !== undefined) {
      throw new Problem({
        where: `${file.name}, column "${array.name}"`,
        expected: 'one histogram with one axis',
        found: `${first} and ${other}`,
        fix: 'Split the file by histogram',
      });
    }
    return first;
  };
  const count = await one('xbins');
  const low = await one('xmin');
  const high = await one('xmax');
  const name = await one('hname');
  const flow = typeof count === 'number' && bins.length === count + 2;
  return {
    name: typeof name === 'string' ? name : 'histogram',
    low: typeof low === 'number' ? low : 0,
    high: typeof high === 'number' ? high : bins.length,
    ...(flow ? { flow } : {}),
  };
}

function wordsFor({ rows, bins }: Bins, axis: HistogramAxis): string {
  const inside = bins.length - (axis.flow ? 2 : 0);
  return `monitoring histogram ${axis.name}: ${countOf(rows, 'lumisection')}; ${axisWords(axis, inside)}`;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const found = findBins(file);
  if (!found) {
    throw new Problem({
      where: file.name,
      expected: 'columns for the run, the lumisection and bin_0, bin_1, ...',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const keep = checkSettings(params, options, file.name).flow === 'keep';
  const { flow: stored, ...axis } = await axisOf(file, found, options.signal);
  const rows = chosenRows(options, found.rows, file.name);
  const count = rows[1] - rows[0];
  const used = stored && !keep ? found.bins.slice(1, -1) : found.bins;
  const passOn = { rows, ...(options.signal ? { signal: options.signal } : {}) };
  const values = makeMatrix(count, used.length, file.name);
  for (const [i, { name }] of used.entries()) {
    const column = (await file.read(name, passOn)) as Float64Array;
    for (let row = 0; row < count; row++) values[row * used.length + i] = column[row] as number;
    options.onProgress?.({ done: (i + 1) / used.length, message: `Reading ${file.name}: ${name}` });
  }
  const remarks: string[] = [];
  if (stored && !keep) {
    const outside = await Promise.all(
      [found.bins[0], found.bins.at(-1)].map((array) => file.read((array as ArrayInfo).name, passOn)),
    );
    const [under, over] = outside.map((column) => (column as Float64Array).reduce((sum, value) => sum + value, 0));
    const all = values.reduce((sum, value) => sum + value, 0) + (under ?? 0) + (over ?? 0);
    const share = (part = 0): string => `${all > 0 ? Number(((100 * part) / all).toPrecision(2)) : 0} %`;
    remarks.push(`underflow (${share(under)} of the entries) and overflow (${share(over)}) were left out`);
  }
  const one = async (array: ArrayInfo): Promise<Float64Array> =>
    Float64Array.from((await file.read(array.name, passOn)) as Float64Array);
  const run = await one(found.run);
  const lumisection = await one(found.lumisection);
  const entries = found.others.find(({ name }) => /^entries$/i.test(lastPart(name)));
  const judge = normalWhereGood(options, options.label ?? (options.role === undefined ? found.labels[0] : undefined));
  const labelled = await classesOf(file, rows, judge, found.labels[0]);
  const unused = found.labels.filter((name) => name !== judge.label && name !== options.trainOn?.column);
  if (unused.length > 0)
    remarks.push(`${quoted(unused)} ${unused.length === 1 ? 'is a label that was' : 'are labels that were'} not used`);
  return {
    kind: 'histograms',
    rows: count,
    shape: [used.length],
    features: binFeatures(used.length - (stored && keep ? 2 : 0), Boolean(stored && keep)),
    histogram: { ...axis, ...(stored && keep ? { flow: true } : {}) },
    values,
    ...classFields(labelled),
    ...(entries ? { spectators: { entries: await one(entries) } } : {}),
    run,
    lumisection,
    words: wordsFor({ ...found, rows: count }, { ...axis, ...(stored ? { flow: true } : {}) }),
    remarks: [
      ...labelled.remarks,
      ...remarks,
      ...histogramRemarks(values, used.length, { run, lumisection }),
      ...(file.remarks ?? []),
    ],
  };
}

/** In these tables 1 means good; a normal value that the reader gave stays. */
function normalWhereGood(options: LayoutOptions, label: string | undefined): LayoutOptions {
  const good = (name: string): boolean => isGood(name) || /^y$/i.test(lastPart(name));
  const { trainOn } = options;
  return {
    ...options,
    ...(label !== undefined ? { label } : {}),
    ...(label !== undefined && options.normalClass === undefined && good(label) ? { normalClass: 1 } : {}),
    ...(trainOn && trainOn.normal === undefined && good(trainOn.column) ? { trainOn: { ...trainOn, normal: 1 } } : {}),
  };
}
