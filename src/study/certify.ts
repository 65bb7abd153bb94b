/**
 * Labels from a certification JSON: which lumisections are normal and which are not, for data that carry run and lumisection numbers.
 * A list may decide what rows are judged as, who may train, and which rows are kept at all.
 */
import { countOf, countText } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import {
  type Certification,
  certificationWords,
  certifiedClasses,
  isListed,
  type ListMeaning,
  readCertification,
} from '../data/certification.ts';
import { keepRows } from '../data/cut-columns.ts';
import type { Source } from '../data/formats/contract.ts';
import type { DatasetPart } from '../data/layouts/contract.ts';
import { classFields, type Labelled, trainableBy } from '../data/roles.ts';
import type { StudyData } from './schema.ts';

type FilesData = Extract<StudyData, { files: unknown }>;
type LabelChoice = FilesData['label'];

/** A list with what it means, ready to be looked up. */
export interface Certifier {
  list: Certification;
  meaning: ListMeaning;
  fileName: string;
}

/** A label that is a column of the file: its name and the value that means background. */
export function columnOf(choice: LabelChoice): { column: string; normal?: string | number } | undefined {
  if (choice === undefined || (typeof choice !== 'string' && 'certification' in choice)) return undefined;
  if (typeof choice === 'string') return { column: choice };
  return { column: choice.column, ...(choice.normal !== undefined ? { normal: choice.normal } : {}) };
}

/** A label that is a certification JSON, read; undefined for any other label. */
export async function certifierOf(
  choice: LabelChoice,
  locate: (path: string) => Promise<Source>,
): Promise<Certifier | undefined> {
  if (choice === undefined || typeof choice === 'string' || !('certification' in choice)) return undefined;
  const source = await locate(choice.certification);
  const text = new TextDecoder().decode(await source.read(0, source.size));
  return { list: readCertification(text, source.name), meaning: choice.lists, fileName: source.name };
}

/** The part with the classes that the list gives its rows. Rows without a run or a lumisection are unlabelled. */
export function judgedByList(part: DatasetPart, certifier: Certifier, where: string): DatasetPart {
  const labelled = labelsFrom(part, certifier, where);
  return { ...part, ...classFields(labelled), remarks: [...labelled.remarks, ...part.remarks] };
}

/** The part with the rows marked that are normal by the list: these may train. */
export function trainedByList(part: DatasetPart, certifier: Certifier, where: string): DatasetPart {
  const { label, classes } = labelsFrom(part, certifier, where);
  return { ...part, ...trainableBy(label, classes, certifier.fileName, part.remarks) };
}

/**
 * The part without the rows that the list does not vouch for: those on a list of bad ones, or absent from any other list, and rows
 * without a run or a lumisection.
 */
export function keptByList(part: DatasetPart, certifier: Certifier, where: string): DatasetPart {
  const { label } = labelsFrom(part, certifier, where);
  const rows = Uint32Array.from(label.keys()).filter((row) => label[row] === 0);
  return keepRows(part, rows, [`${certifier.fileName} keeps ${countText(rows.length)} of ${countOf(part.rows, 'row')}`]);
}

function labelsFrom(part: DatasetPart, { list, meaning, fileName }: Certifier, where: string): Labelled {
  const { run, lumisection } = part;
  if (!run || !lumisection) {
    throw new Problem({
      where,
      expected: `a run and a lumisection for each row, to look them up in ${fileName}`,
      found: run ? 'runs alone' : 'neither',
      fix: 'Say which columns hold the run and the lumisection, or choose a label that is a column',
    });
  }
  const { normal, other, listedIsNormal } = certifiedClasses(meaning);
  const absent = new Set<number>();
  const label = new Uint8Array(part.rows);
  for (let row = 0; row < part.rows; row++) {
    const number = run[row] as number;
    const at = lumisection[row] as number;
    if (!list.runs.has(number)) absent.add(number);
    label[row] = Number.isNaN(number) || Number.isNaN(at) ? 2 : isListed(list, number, at) === listedIsNormal ? 0 : 1;
  }
  const rowsOf = (wanted: number): number => label.reduce((sum, at) => sum + (at === wanted ? 1 : 0), 0);
  const unknown = rowsOf(2);
  const classes: Labelled['classes'] = [
    { name: normal, role: 'background' },
    { name: other, role: 'signal' },
    ...(unknown > 0 ? [{ name: 'no run or lumisection', role: 'unlabelled' } as const] : []),
  ];
  const counts = `${countText(rowsOf(0))} ${normal}, ${countText(rowsOf(1))} ${other}`;
  const remarks = [`classes from ${fileName} (${certificationWords(list)}): ${counts}`];
  if (absent.size > 0) {
    remarks.push(
      `${countOf(absent.size, 'run')} of the data ${absent.size === 1 ? 'is' : 'are'} not in ${fileName}: not listed, so ${listedIsNormal ? other : normal}`,
    );
  }
  return { classes, label, remarks };
}
