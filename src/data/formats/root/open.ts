/**
 * From a ROOT file to its catalogue. Trees and RNTuples become one array per branch or field, histograms several small ones.
 *
 * Arrays are called `Tree/branch`; in a file with one tree alone just `branch`. Histograms are `name/values`, `name/edges` ... with the
 * directories before them. Of several cycles of one name the highest is read. Objects that are none of these are counted in a remark.
 */
import type { OnProgress } from '../../../base/kinds.ts';
import { countOf } from '../../../base/numbers.ts';
import { Problem } from '../../../base/problem.ts';
import { type Column, openCatalogue, unreadable } from '../columns/catalogue.ts';
import type { OpenFile, Source } from '../contract.ts';
import { histogramColumns, isHistogram } from './histogram.ts';
import { type Key, readOutside } from './keys.ts';
import { type ObjectReader, objectReader } from './objects.ts';
import { ntupleColumns } from './rntuple.ts';
import { treeColumns } from './tree.ts';

const mostHistograms = 2000;
const isTree = ({ className }: Key) => /^T(Tree|Ntuple|NtupleD)$/.test(className);
const isNtuple = ({ className }: Key) => className === 'ROOT::RNTuple';

/** @throws Problem if the file is cut off, damaged, or holds nothing that can be read */
export async function openRoot(
  source: Source,
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<OpenFile> {
  try {
    signal?.throwIfAborted();
    const outside = await readOutside(source);
    const tables = outside.keys.filter((key) => isTree(key) || isNtuple(key));
    const histograms = outside.keys.filter(isHistogram).slice(0, mostHistograms);
    const remarks = leftOut(outside.keys);
    const columns: Column[] = [];
    let read: Promise<ObjectReader> | undefined;
    const objects = (key: Key) => {
      read ??= objectReader(source, outside);
      return read.then((reader) => reader(key));
    };
    for (const [i, key] of [...tables, ...histograms].entries()) {
      signal?.throwIfAborted();
      onProgress?.({ done: i / (tables.length + histograms.length), message: `Looking into ${key.path} of ${source.name}` });
      const prefix = tables.length === 1 ? '' : `${key.path}/`;
      if (isNtuple(key)) columns.push(...(await ntupleColumns(source, key, prefix)));
      else if (isTree(key)) columns.push(...treeColumns(source, await objects(key), prefix));
      else columns.push(...histogramColumns(await objects(key), key.path));
    }
    if (columns.length === 0) throw nothingToRead(source, outside.keys);
    const tabular = tables.length === 1 && histograms.length === 0;
    return openCatalogue({ format: 'root', source, columns: unique(columns), tabular, remarks });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unreadable(error, source.name, source.name);
  }
}

/** Two arrays of one name would hide one another. */
function unique(columns: readonly Column[]): Column[] {
  const taken = new Set<string>();
  return columns.map(({ info, read }) => {
    let name = info.name;
    for (let count = 1; taken.has(name); count++) name = `${info.name}.${count}`;
    taken.add(name);
    return { info: name === info.name ? info : { ...info, name }, read };
  });
}

function leftOut(keys: readonly Key[]): string[] {
  const others = keys.filter((key) => !isTree(key) && !isNtuple(key) && !isHistogram(key));
  const remarks: string[] = [];
  if (others.length > 0) {
    const classes = [...new Set(others.map((key) => key.className))].slice(0, 5).join(', ');
    remarks.push(`${countOf(others.length, 'object')} that are no tree and no histogram were left out (${classes})`);
  }
  const more = keys.filter(isHistogram).length - mostHistograms;
  if (more > 0) remarks.push(`${countOf(more, 'histogram')} beyond the first ${mostHistograms} were left out`);
  return remarks;
}

function nothingToRead(source: Source, keys: readonly Key[]): Problem {
  const classes = [...new Set(keys.map((key) => key.className))];
  return new Problem({
    where: source.name,
    expected: 'a ROOT file with a tree, an RNTuple or histograms',
    found: classes.length > 0 ? `objects of ${classes.slice(0, 8).join(', ')}` : 'no objects',
    fix: 'Choose another file',
  });
}
