/** What stands between the dropped files and a dataset, in words. */
import { guessOf } from '../../state/files.ts';
import type { Run } from '../../state/run.ts';
import type { FileReport, FilesOptions } from '../../worker/api.ts';

type Files = Run['files'];

/** Files that can be loaded: neither broken nor a list of lumisections. */
export function readable(files: Files): Files {
  return files.filter(({ report }) => !report.problem && !report.list);
}

/** The kind of data that a file gives as it is read now. */
function kindOf(file: Files[number]): FileReport['kind'] {
  return guessOf(file)?.kind ?? file.report.kind;
}

/**
 * One sentence that says what is missing before the files can be loaded; null if nothing is. A file whose rows carry their own
 * class counts as background and signal at once.
 */
export function whatIsMissing(files: Files, options: FilesOptions = {}): string | null {
  const good = readable(files);
  const lists = files.filter(({ report }) => report.list);
  if (files.length === 0) return 'Choose files first';
  if (good.length === 0 && lists.length > 0) return 'Add the data that this list of lumisections belongs to';
  if (good.length === 0) return 'None of these files can be read';
  const used = [
    options.judgedBy?.file,
    options.keptBy?.file,
    options.trainedBy && 'file' in options.trainedBy ? options.trainedBy.file : undefined,
  ];
  const unused = lists.find(({ report }) => !used.includes(report.file));
  if (unused && !options.judgedBy) return `Say what ${unused.report.name} lists, or remove it`;
  const labelled = good.filter(({ choice }) => choice.label);
  const background =
    options.judgedBy !== undefined || labelled.length > 0 || good.some(({ choice }) => choice.role === 'background');
  if (!background) return 'Say which file holds background: models train on background only';
  const nameless = good.find(({ choice }) => !choice.label && !options.judgedBy && choice.name.trim() === '');
  if (nameless) return `Give the events of ${nameless.report.name} a name`;
  const kinds = new Set(good.map(kindOf));
  if (kinds.size > 1) return `These files hold different kinds of data (${[...kinds].join(', ')}); load one kind at a time`;
  const clash = good.find(
    ({ choice }, i) =>
      !choice.label &&
      !options.judgedBy &&
      good.some((other, j) => j < i && other.choice.name === choice.name && other.choice.role !== choice.role),
  );
  if (clash) return `"${clash.choice.name}" is background in one file and signal in another; give them different names`;
  return null;
}

/** A remark that does not stand in the way of loading: models train once there is something to judge them by. */
export function whatIsUseful(files: Files, options: FilesOptions = {}): string | null {
  const good = readable(files);
  const judged = options.judgedBy !== undefined || good.some(({ choice }) => choice.label || choice.role !== 'background');
  return good.length > 0 && !judged
    ? 'Add a file of signal or unlabelled events before training: with background alone there is nothing to judge a model by'
    : null;
}

/** True if the use of a file (training or test) matters: the split goes by file. */
export function showsUse(by: string): boolean {
  return by === 'file';
}
