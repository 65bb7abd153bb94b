/** The choices that the page made for dropped files, as the data of a study. */
import type { Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { filled } from '../base/records.ts';
import type { Source } from '../data/formats/contract.ts';
import type { StudyData } from '../study/schema.ts';
import type { FileChoice, FilesOptions } from './api.ts';

type FilesData = Extract<StudyData, { files: unknown }>;

/**
 * The data of a study, and the sources that its paths stand for.
 *
 * @param sourceOf the source of a dropped file
 */
export function filesData(
  choices: readonly FileChoice[],
  options: FilesOptions,
  sourceOf: (file: number) => Source,
): { data: FilesData; sources: ReadonlyMap<string, Source>; locate(path: string): Promise<Source> } {
  const sources = new Map<string, Source>();
  const add = (file: number): string => {
    const source = sourceOf(file);
    const path = uniquePath(pathOf(source), sources);
    sources.set(path, source);
    return path;
  };
  const paths = choices.map(({ file }) => add(file));
  const data = filesDataOf(choices, paths, options, add);
  return { data, sources, locate: async (path) => sources.get(path) as Source };
}

/** What decides which rows are good, in words. */
export function labelWords(data: StudyData): string {
  if (!('files' in data)) return 'the generator of the sample knows which fault it made';
  const { label, normalClass } = data;
  if (label === undefined) return 'the role of each file, or what its layout takes for a label';
  if (typeof label === 'string') return `column "${label}"${normalClass === undefined ? '' : `, ${normalClass} is good`}`;
  if ('column' in label) return `column "${label.column}"${label.normal === undefined ? '' : `, ${label.normal} is good`}`;
  return `${label.certification}, a list of ${label.lists === 'detector-on' ? 'lumisections with the detector on' : `${label.lists} lumisections`}`;
}

/** What a study calls a source: the name of a file, or an address. */
function pathOf(source: Source): string {
  return source.url ?? source.name;
}

function uniquePath(name: string, taken: ReadonlyMap<string, Source>): string {
  let path = name;
  for (let i = 2; taken.has(path); i++) path = `${name} (${i})`;
  return path;
}

function filesDataOf(
  choices: readonly FileChoice[],
  paths: readonly string[],
  { cut, classNames, judgedBy, keptBy, trainedBy }: FilesOptions,
  add: (file: number) => string,
): FilesData {
  const labelled = choices.find((c) => c.label !== undefined);
  const other = choices.findIndex(
    (c) => c.label !== undefined && (c.label !== labelled?.label || c.normalClass !== labelled?.normalClass),
  );
  if (other >= 0) {
    const words = (c: FileChoice | undefined) => `"${c?.label}"${c?.normalClass ? ` with ${c.normalClass} as background` : ''}`;
    throw new Problem({
      where: `${paths[other]}, label`,
      expected: `the same column as in the files before, ${words(labelled)}`,
      found: words(choices[other]),
      fix: 'Choose one column and one background value for all files that have labels',
    });
  }
  return {
    files: choices.map((choice, i) => ({
      path: paths[i] as string,
      ...(choice.label === undefined && !judgedBy ? { role: choice.role, name: choice.name } : {}),
      ...(choice.layout ? { layout: choice.layout } : {}),
      ...(choice.rows ? { rows: [...choice.rows] } : {}),
      ...(choice.sample ? { sample: choice.sample } : {}),
      ...(filled(choice.settings) ? { settings: copied(choice.settings) } : {}),
      ...(filled(choice.columns) ? { columns: choice.columns } : {}),
      ...(choice.use ? { use: choice.use } : {}),
    })),
    ...(cut?.trim() ? { cut: cut.trim() } : {}),
    ...(filled(classNames) ? { classNames: { ...classNames } } : {}),
    ...(keptBy ? { mask: { certification: add(keptBy.file), lists: keptBy.lists } } : {}),
    ...(judgedBy
      ? { label: { certification: add(judgedBy.file), lists: judgedBy.lists } }
      : labelled?.label !== undefined
        ? { label: labelled.label }
        : {}),
    ...(trainedBy
      ? {
          trainOn: 'column' in trainedBy ? { ...trainedBy } : { certification: add(trainedBy.file), lists: trainedBy.lists },
        }
      : {}),
    ...(labelled?.normalClass !== undefined ? { normalClass: labelled.normalClass } : {}),
  };
}

function copied(settings: Params): Record<string, number | string | boolean | number[]> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]),
  );
}
