/**
 * From the `data` entry of a study to a dataset: a shelf sample, or files with their roles. Where files come from (a browser's
 * file, a path) is the caller's business.
 */
import type { ClassRole, OnProgress } from '../base/kinds.ts';
import { countText } from '../base/numbers.ts';
import { checkParams } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { breathe } from '../compute/breathe.ts';
import type { Dataset } from '../data/dataset.ts';
import type { OpenFile, Source } from '../data/formats/contract.ts';
import { fingerprint, openSource } from '../data/formats/open.ts';
import { join, type Piece } from '../data/join.ts';
import { recognise } from '../data/recognise.ts';
import { samples } from '../data/samples/registry.ts';
import type { StudyData } from './schema.ts';

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
  const part = sample.generate(params, data.seed ?? 1, events, onProgress);
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
  for (const [i, entry] of data.files.entries()) {
    const source = await locate(entry.path);
    const share = (done: number): number => (i + done) / data.files.length;
    const onProgress: OnProgress = ({ done, message }) => options.onProgress?.({ done: share(done), message });
    onProgress({ done: 0, message: `Opening ${source.name}` });
    const file = cancellable(await openSource(source, options.signal ? { signal: options.signal } : {}), options.signal);
    try {
      const { layout, recognition } = recognise(file, entry.layout ?? data.layout);
      const role = entry.role ?? (data.label === undefined ? recognition.role?.role : undefined);
      if (role === undefined && data.label === undefined) {
        throw new Problem({
          where: `${source.name}, role`,
          expected: 'background, signal or unlabelled (or a label column for the whole study)',
          found: 'nothing',
          fix: 'Say what the events of this file are',
        });
      }
      const rows = entry.rows ?? data.rows;
      const part = await layout.read(file, {
        ...(role !== undefined
          ? { role: { role, name: entry.name ?? recognition.role?.name ?? className(source.name, role) } }
          : {}),
        ...(data.label !== undefined && entry.role === undefined ? { label: data.label } : {}),
        ...(data.normalClass !== undefined ? { normalClass: data.normalClass } : {}),
        ...(rows ? { rows } : {}),
        onProgress,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      options.signal?.throwIfAborted();
      pieces.push({ part, name: source.name, ...(entry.use ? { use: entry.use } : {}) });
    } finally {
      file.close();
    }
  }
  return join(pieces);
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
  return {
    ...file,
    read: async (name, options) => {
      await breathe();
      signal.throwIfAborted();
      return file.read(name, options);
    },
    close: () => file.close(),
  };
}

/** What a class is called when nobody named it: `background`, or the file's name without its ending. */
export function className(fileName: string, role: ClassRole): string {
  return role === 'background'
    ? 'background'
    : fileName.replace(/^.*[\\/]/, '').replace(/(\.(h5|hdf5|csv|tsv|txt|gz|npz|npy|parquet|root))+$/i, '');
}
