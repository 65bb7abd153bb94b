/**
 * Histograms of a ROOT file: TH1, TH2 and the means of TProfile, with under- and overflow as cells. One row is one histogram; those of
 * one name in several folders (`DQMData/Run 297050/...`) are rows of one dataset, and the folder tells the run.
 *
 * Cells of a TH2 come with x fastest, so a picture has a row of pixels for each bin in y.
 */
import type { HistogramAxis } from '../../base/kinds.ts';
import { countOf, numberText } from '../../base/numbers.ts';
import type { ParamSpec, ParamSpecs } from '../../base/params.ts';
import { Problem } from '../../base/problem.ts';
import type { ArrayInfo, OpenFile } from '../formats/contract.ts';
import { axisWords, binFeatures, flowSetting, histogramRemarks } from '../histograms.ts';
import { classesOf, classFields, lastPart, roleFromName } from '../roles.ts';
import { catalogue, chosenRows, makeMatrix } from '../rows.ts';
import { checkSettings, type DatasetPart, type Layout, type LayoutOptions } from './contract.ts';

const params: ParamSpecs = { flow: flowSetting };
const cells = '/values';

const rootHistograms: Layout = {
  id: 'root-histograms',
  name: 'ROOT histograms',
  expects: 'TH1, TH2 or TProfile objects in a ROOT file',
  params,
  async recognises(file) {
    const groups = findHistograms(file);
    const first = groups[0];
    if (!first) return undefined;
    const role = roleFromName(file.name);
    const paths = new Set(groups.flatMap((group) => group.paths));
    const trees = file.arrays.some(({ name }) => !paths.has(name.slice(0, name.lastIndexOf('/'))));
    const axis = await axisOf(file, first);
    return {
      // a tree beside histograms is usually what is wanted
      confidence: trees ? 0.2 : 0.8,
      words: wordsFor(first, axis, first.paths.length, groups.length),
      kind: first.shape.length === 2 ? 'images' : 'histograms',
      rows: first.paths.length,
      ...(role ? { role } : {}),
      ...(groups.length > 1 ? { settings: { histogram: choiceOf(groups) } } : {}),
      reasons: [`${countOf(groups.length, 'histogram')} with cells and edges`, ...(trees ? ['the file also holds a tree'] : [])],
    };
  },
  read,
};
export default rootHistograms;

interface Group {
  /** Name without folders. */
  name: string;
  /** With their folders, in the order of the file. */
  paths: string[];
  /** Cells, under- and overflow included: [nx + 2] or [ny + 2, nx + 2]. */
  shape: readonly number[];
}

/** Histograms by name and shape, those with the most rows first, and among them as they stand in the file. */
function findHistograms(file: OpenFile): Group[] {
  const groups = new Map<string, Group>();
  const names = new Set(file.arrays.map(({ name }) => name));
  for (const { name, shape, problem } of file.arrays) {
    const path = name.slice(0, -cells.length);
    const edges = names.has(`${path}/edges`);
    if (file.format !== 'root' || problem || !name.endsWith(cells) || !edges || shape.length > 2) continue;
    const key = `${lastPart(path)} ${shape.join('x')}`;
    const group = groups.get(key) ?? { name: lastPart(path), paths: [], shape };
    group.paths.push(path);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.paths.length - a.paths.length);
}

function choiceOf(groups: readonly Group[]): ParamSpec {
  const words = ({ shape, paths }: Group): string =>
    `${shape.length === 2 ? 'two axes' : 'one axis'}, ${countOf(paths.length, 'row')}`;
  const keys = groups.map((group, i) =>
    groups.findIndex(({ name }) => name === group.name) === i ? group.name : group.paths[0],
  );
  return {
    kind: 'choice',
    label: 'Histogram',
    help: 'The file holds several histograms; one of them is read.',
    default: keys[0] as string,
    options: groups.map((group, i) => ({ value: keys[i] as string, label: `${group.name}: ${words(group)}` })),
  };
}

interface Axes {
  x: HistogramAxis;
  y?: { low: number; high: number };
}

/** @throws Problem if the histograms of one name have different edges */
async function axisOf(file: OpenFile, { name, paths, shape }: Group, signal?: AbortSignal): Promise<Axes> {
  const passOn = signal ? { signal } : {};
  const edges = Float64Array.from((await file.read(`${paths[0]}/edges`, passOn)) as Float64Array);
  for (const path of paths.slice(1)) {
    const own = await file.read(`${path}/edges`, passOn);
    if (own.length === edges.length && edges.every((edge, i) => edge === own[i])) continue;
    throw new Problem({
      where: `${file.name}, ${path}`,
      expected: `the bins of ${paths[0]}`,
      found: 'other edges',
      fix: 'Load only histograms with the same bins together',
    });
  }
  const [low, high] = [edges[0] as number, edges.at(-1) as number];
  const step = (high - low) / (edges.length - 1);
  const equal = edges.every((edge, i) => Math.abs(edge - low - i * step) < 1e-9 * Math.max(Math.abs(low), Math.abs(high), step));
  const x: HistogramAxis = { name, low, high, ...(equal ? {} : { edges: [...edges] }) };
  if (shape.length === 1) return { x };
  const vertical = (await file.read(`${paths[0]}/edges_y`, passOn)) as Float64Array;
  return { x, y: { low: vertical[0] as number, high: vertical.at(-1) as number } };
}

function wordsFor({ name, shape }: Group, { x, y }: Axes, rows: number, names: number): string {
  const more = names > 1 ? `, one of ${names} in the file` : '';
  const [first = 2, second = 2] = shape;
  const axes = y ? `${second - 2} x ${first - 2} bins` : axisWords(x, first - 2);
  return `ROOT histogram ${name}${more}: ${countOf(rows, 'row')}; ${axes}`;
}

async function read(file: OpenFile, options: LayoutOptions): Promise<DatasetPart> {
  const groups = findHistograms(file);
  const specs: ParamSpecs = { ...params, ...(groups.length > 1 ? { histogram: choiceOf(groups) } : {}) };
  const settings = checkSettings(specs, options, file.name);
  const wanted = settings.histogram;
  const group = groups.find(({ name, paths }) => wanted === undefined || name === wanted || paths[0] === wanted);
  if (!group) {
    throw new Problem({
      where: file.name,
      expected: 'TH1, TH2 or TProfile objects',
      found: catalogue(file),
      fix: 'Choose another file, or another layout for this one',
    });
  }
  const axes = await axisOf(file, group, options.signal);
  const [start, end] = chosenRows(options, group.paths.length, `${file.name}, ${group.name}`);
  const paths = group.paths.slice(start, end);
  const [first = 2, second = 2] = group.shape;
  const keep = !axes.y && settings.flow === 'keep';
  const width = axes.y ? (first - 2) * (second - 2) : first - (keep ? 0 : 2);
  const values = makeMatrix(paths.length, width, file.name);
  let outside = 0;
  let total = 0;
  for (const [row, path] of paths.entries()) {
    const all = (await file.read(`${path}${cells}`, options.signal ? { signal: options.signal } : {})) as Float64Array;
    let at = row * width;
    for (let i = 0; i < all.length; i++) {
      const [iy, ix] = axes.y ? [Math.floor(i / second), i % second] : [1, i];
      const flow = axes.y ? iy === 0 || iy === first - 1 || ix === 0 || ix === second - 1 : i === 0 || i === first - 1;
      total += all[i] as number;
      if (flow) outside += all[i] as number;
      if (!flow || keep) values[at++] = all[i] as number;
    }
    options.onProgress?.({ done: (row + 1) / paths.length, message: `Reading ${file.name}: ${path}` });
  }
  const run = runsOf(paths);
  const labelled = await classesOf(file, [start, end], options);
  const range = (low: number, high: number): string => `${numberText(low, 6)} to ${numberText(high, 6)}`;
  const share = total !== 0 ? Number(((100 * outside) / total).toPrecision(2)) : 0;
  return {
    kind: axes.y ? 'images' : 'histograms',
    rows: paths.length,
    shape: axes.y ? [first - 2, second - 2, 1] : [width],
    features: axes.y ? [] : binFeatures(first - 2, keep),
    ...(axes.y
      ? {
          image: {
            rows: `y from ${range(axes.y.low, axes.y.high)}`,
            columns: `x from ${range(axes.x.low, axes.x.high)}`,
            channels: [group.name],
          },
        }
      : { histogram: { ...axes.x, ...(keep ? { flow: true } : {}) } }),
    values,
    ...classFields(labelled),
    ...(run ? { run } : {}),
    words: wordsFor(group, axes, paths.length, groups.length),
    remarks: [
      ...labelled.remarks,
      ...(keep ? [] : [`under- and overflow (${share} % of the sum) were left out`]),
      ...(file.arrays.some(({ name }: ArrayInfo) => name === `${group.paths[0]}/sums`)
        ? ['a profile: the means of its bins were read']
        : []),
      ...histogramRemarks(values, width, {}),
      ...(file.remarks ?? []),
    ],
  };
}

/** `DQMData/Run 297050/...`: the run of each histogram, if all folders tell one. */
function runsOf(paths: readonly string[]): Float64Array | undefined {
  const runs = paths.map((path) => Number(/(?:^|\/)Run[ _]?(\d+)(?:\/|$)/i.exec(path)?.[1] ?? Number.NaN));
  return runs.length > 0 && runs.every((run) => Number.isFinite(run)) ? Float64Array.from(runs) : undefined;
}
