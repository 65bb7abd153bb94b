/**
 * From the `data` entry of a study to a dataset: a shelf sample, or files with their roles. Where files come from (a browser's
 * file, a path) is the caller's business.
 */
import type { ClassRole, OnProgress } from '../base/kinds.ts';
import { countText } from '../base/numbers.ts';
import { checkParams } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { breathe } from '../compute/breathe.ts';
import { applyCut, keepRows } from '../data/cut-columns.ts';
import type { Dataset } from '../data/dataset.ts';
import type { OpenFile, ReadOptions, Source } from '../data/formats/contract.ts';
import { fingerprint, openSource } from '../data/formats/open.ts';
import { join, type Piece } from '../data/join.ts';
import type { DatasetPart } from '../data/layouts/contract.ts';
import { plantEmpties } from '../data/plant-empties.ts';
import { recognise } from '../data/recognise.ts';
import { samples } from '../data/samples/registry.ts';
import { drawRows, type SampleChoice, sampled, sampleWords } from '../data/selection.ts';
import { type Certifier, certifierOf, columnOf, judgedByList, keptByList, trainedByList } from './certify.ts';
import type { StudyData, StudyFile } from './schema.ts';

type SampleData = Extract<StudyData, { sample: string }>;
type FilesData = Extract<StudyData, { files: unknown }>;

/** @throws Problem for an unknown sample, too many events, or bad parameters */
export function loadSampleData(data: SampleData, onProgress?: OnProgress): Dataset {
  const sample = samples.find((s) => s.id === data.sample);
  if (!sample) {
    throw new Problem({
      where: 'data.sample',
      expected: `one of ${samples.map((s) => s.id).join(', ')}`,
      found: `"${data.sample}"`,
      fix: 'Correct the name',
    });
  }
  const events = data.events ?? sample.defaultEvents;
  if (events > sample.maxEvents) {
    throw new Problem({
      where: `sample "${sample.id}", events`,
      expected: `at most ${countText(sample.maxEvents)} events`,
      found: countText(events),
      fix: 'Ask for fewer events',
    });
  }
  const params = checkParams(sample.params, data.params ?? {}, `sample "${sample.id}"`);
  const part = renamed(sample.generate(params, data.seed ?? 1, events, onProgress), data.classNames);
  return join([{ part, name: sample.id, synthetic: true }]);
}

/**
 * Reads every file of the study and joins them.
 *
 * @param locate gives the source behind a path
 * @throws Problem for a file that cannot be read or understood, or files that do not fit together
 */
export async function loadFilesData(
  data: FilesData,
  locate: (path: string) => Promise<Source>,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<Dataset> {
  const pieces: Piece[] = [];
  const labels = await labelsOf(data, locate);
  const sources: Source[] = [];
  for (const { path } of data.files) sources.push(await locate(path));
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  let rowsBefore = 0;
  for (const [i, entry] of data.files.entries()) {
    const source = sources[i] as Source;
    const onProgress: OnProgress = ({ done, message }) => {
      const bytes = before + done * source.size;
      options.onProgress?.({ done: bytes / Math.max(1, total), message, bytes: { done: bytes, total } });
    };
    onProgress({ done: 0, message: `Opening ${source.name}` });
    const opened = cancellable(await openSource(source, options.signal ? { signal: options.signal } : {}), options.signal);
    try {
      const part = await readPart(opened, data, entry, labels, {
        onProgress,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      options.signal?.throwIfAborted();
      rowsBefore += part.rows;
      pieces.push({
        part: data.cut ? applyCut(part, data.cut) : part,
        name: source.name,
        ...(entry.use ? { use: entry.use } : {}),
      });
    } finally {
      opened.close();
    }
    before += source.size;
  }
  if ((data.cut || data.mask) && pieces.every(({ part }) => part.rows === 0)) {
    const masked = data.mask !== undefined && rowsBefore === 0;
    throw new Problem({
      where: masked ? `data, mask ${data.mask?.certification}` : `data, cut ${data.cut}`,
      expected: masked ? 'some rows on the list' : 'some rows to pass',
      found: masked ? 'none' : `none of ${countText(rowsBefore)}`,
      fix: masked ? 'Choose a list of the same runs, or keep all rows' : 'Loosen the cut',
    });
  }
  const joined = join(pieces);
  return data.plantEmpty ? plantEmpties(joined, data.plantEmpty) : joined;
}

/** Files that were declared to be something else than background never train. */
function mayTrain({ role }: StudyFile): boolean {
  return role === undefined || role === 'background';
}

/** What rows are judged by and what decides who may train, with certification lists read. */
export interface Labels {
  judge: Certifier | undefined;
  /** Which rows are kept. */
  mask: Certifier | undefined;
  trainer: Certifier | undefined;
  column: string | undefined;
  normal: string | number | undefined;
  trainOn: ReturnType<typeof columnOf>;
}

/** @throws Problem for a certification list that cannot be read */
export async function labelsOf(data: FilesData, locate: (path: string) => Promise<Source>): Promise<Labels> {
  const label = columnOf(data.label);
  return {
    judge: await certifierOf(data.label, locate),
    mask: await certifierOf(data.mask, locate),
    trainer: await certifierOf(data.trainOn, locate),
    column: label?.column,
    normal: label?.normal ?? data.normalClass,
    trainOn: columnOf(data.trainOn),
  };
}

/**
 * The rows of one file that a study asks for, before its cut.
 *
 * @param only reads a sample of this size instead, for a look beforehand
 * @throws Problem for a file that no layout understands, without a role, or without what the study names
 */
export async function readPart(
  opened: OpenFile,
  data: FilesData,
  entry: StudyFile,
  { judge, mask, trainer, column, normal, trainOn }: Labels,
  options: { onProgress?: OnProgress; signal?: AbortSignal; only?: SampleChoice } = {},
): Promise<DatasetPart> {
  const { layout, recognition } = await recognise(opened, entry.layout ?? data.layout);
  const rows = entry.rows ?? data.rows;
  const { file, finish } = selected(opened, recognition.rows, rows, options.only ?? entry.sample ?? data.sample);
  const chosen = entry.role ?? (data.label === undefined ? recognition.role?.role : undefined);
  const byList = entry.role === undefined ? judge : undefined;
  // a list gives the classes afterwards; until then all rows are of one class
  const role = byList ? 'background' : chosen;
  if (role === undefined && data.label === undefined && recognition.label === undefined) {
    throw new Problem({
      where: `${opened.name}, role`,
      expected: 'background, signal or unlabelled (or a label column for the whole study)',
      found: 'nothing',
      fix: 'Say what the events of this file are',
    });
  }
  const settings = data.settings || entry.settings ? { ...data.settings, ...entry.settings } : undefined;
  const columns = data.columns || entry.columns ? { ...data.columns, ...entry.columns } : undefined;
  const read = await layout.read(file, {
    ...(role !== undefined ? { role: { role, name: entry.name ?? recognition.role?.name ?? className(opened.name, role) } } : {}),
    ...(column !== undefined && entry.role === undefined ? { label: column } : {}),
    ...(normal !== undefined ? { normalClass: normal } : {}),
    ...(trainOn && mayTrain(entry) ? { trainOn } : {}),
    ...(rows && file === opened ? { rows } : {}),
    ...(settings ? { settings } : {}),
    ...(columns ? { columns } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const drawn = finish(read);
  const kept = mask ? keptByList(drawn, mask, opened.name) : drawn;
  const judged = byList ? judgedByList(kept, byList, opened.name) : kept;
  const part = trainer && mayTrain(entry) ? trainedByList(judged, trainer, opened.name) : judged;
  return renamed(part, data.classNames);
}

/** The part with the user's names for its classes. */
function renamed(part: DatasetPart, names: Readonly<Record<string, string>> | undefined): DatasetPart {
  if (!names) return part;
  const known = new Map(Object.entries(names));
  return { ...part, classes: part.classes.map(({ name, role }) => ({ name: known.get(name) ?? name, role })) };
}

/**
 * The file with the rows of a sample alone, and what is left to do when it is read. Where the rows of a layout are no rows of an
 * array (several arrays behind one another, text with events of its own), all are read and the sample is drawn from them.
 */
function selected(
  file: OpenFile,
  total: number,
  rows: readonly [number, number] | undefined,
  sample: SampleChoice | undefined,
): { file: OpenFile; finish(part: DatasetPart): DatasetPart } {
  const span = rows ? rows[1] - rows[0] : total;
  if (!sample || sample.rows >= span) return { file, finish: (part) => part };
  const words = sampleWords(sample.rows, span, sample.seed);
  const said = (part: DatasetPart): DatasetPart => ({ ...part, words: `${part.words} (${words})` });
  const small = sampled(file, total, sample, rows);
  if (small) return { file: small, finish: said };
  return { file, finish: (part) => said(keepRows(part, drawRows([0, part.rows], sample).rows)) };
}

/**
 * Compares the fingerprints that a study gives for its files with the files themselves.
 *
 * @returns one sentence per file that is not the one the study was made with; files without a fingerprint are not read
 */
export async function changedFiles(data: StudyData, locate: (path: string) => Promise<Source>): Promise<string[]> {
  const warnings: string[] = [];
  if (!('files' in data)) return warnings;
  for (const { path, sha256 } of data.files) {
    if (sha256 === undefined) continue;
    const found = await fingerprint(await locate(path));
    if (found !== sha256.toLowerCase()) {
      warnings.push(`${path} is not the file that the study was made with: SHA-256 ${found}, and the study says ${sha256}`);
    }
  }
  return warnings;
}

/** Lets waiting messages in before each read, so that a cancel arrives while a large file is being read, and stops there. */
function cancellable(file: OpenFile, signal: AbortSignal | undefined): OpenFile {
  if (!signal) return file;
  const { readLists } = file;
  return {
    ...file,
    read: async (name, options) => {
      await breathe();
      signal.throwIfAborted();
      return file.read(name, options);
    },
    ...(readLists
      ? {
          readLists: async (name: string, options?: ReadOptions) => {
            await breathe();
            signal.throwIfAborted();
            return readLists.call(file, name, options);
          },
        }
      : {}),
    close: () => file.close(),
  };
}

/** What a class is called when nobody named it: `background`, or the file's name without its ending. */
export function className(fileName: string, role: ClassRole): string {
  return role === 'background'
    ? 'background'
    : fileName.replace(/^.*[\\/]/, '').replace(/(\.(h5|hdf5|csv|tsv|txt|gz|npz|npy|parquet|root))+$/i, '');
}
