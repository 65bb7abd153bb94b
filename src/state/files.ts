/** What the user chooses for a dropped file: the first guess, and what a change of one choice does to the others. */
import type { FileChoice, FileReport, LayoutGuess } from '../worker/api.ts';
import type { FileChange } from './store.ts';

/** True for a file that holds rows: neither a problem nor a certification list. */
export function isData(report: FileReport): boolean {
  return !report.problem && !report.list;
}

/** Role and name for a dropped file: the recogniser's guess; else the first is background, later ones are signals. */
export function choiceFor(report: FileReport, first: boolean): FileChoice {
  const role = report.role?.role ?? (first ? 'background' : 'signal');
  const name = report.role?.name ?? (role === 'background' ? 'background' : report.name.replace(/\.[^.]+$/, ''));
  return { file: report.file, role, name, ...(report.label ? { label: report.label } : {}) };
}

/** The guess by which a file is read now; undefined for a file that cannot be read. */
export function guessOf({ report, choice }: { report: FileReport; choice: FileChoice }): LayoutGuess | undefined {
  return report.guesses?.find(({ layout }) => layout === choice.layout) ?? report.guesses?.[0];
}

/** The layout that a file is read with. */
export function layoutOf({ report, choice }: { report: FileReport; choice: FileChoice }): string | undefined {
  return choice.layout ?? report.layout;
}

/** The choice after a change; a class that still carries its role's name follows the role, and another layout starts afresh. */
export function withChange({ report, choice }: { report: FileReport; choice: FileChoice }, change: FileChange): FileChoice {
  const next: { [K in keyof FileChoice]?: FileChoice[K] | undefined } = { ...choice, ...change };
  if (change.role && change.name === undefined && change.role !== choice.role && choice.name === 'background')
    next.name = 'signal';
  if (change.role === 'background' && change.name === undefined) next.name = 'background';
  if (change.layout && change.layout !== layoutOf({ report, choice })) {
    const guess = report.guesses?.find((g) => g.layout === change.layout);
    next.settings = undefined;
    next.columns = undefined;
    next.label = guess?.label;
    next.normalClass = undefined;
  }
  // an empty text takes the choice back
  for (const key of Object.keys(next) as (keyof FileChoice)[]) if (next[key] === undefined) delete next[key];
  if (!next.label) delete next.label;
  if (!next.normalClass) delete next.normalClass;
  return next as FileChoice;
}

/**
 * Files of a folder come in the order of their letters, in which h1000 stands before h125; classes, and their colours, follow the order
 * of the files. Such files are put in the order of the numbers in their names; any other order is somebody's choice and stays.
 */
export function inNaturalOrder<F extends { name: string }>(files: readonly F[]): readonly F[] {
  const byLetters = files.every(({ name }, i) => i === 0 || (files[i - 1] as F).name <= name);
  return byLetters ? [...files].sort((a, b) => byNumbers(a.name, b.name)) : files;
}

/** Letters as they are, numbers by their size: below 0 if `a` comes first. */
function byNumbers(a: string, b: string): number {
  const parts = (name: string): string[] => name.match(/\d+|\D/g) ?? [];
  const [ours, theirs] = [parts(a), parts(b)];
  const at = ours.findIndex((part, i) => part !== theirs[i]);
  const [mine = '', other] = [ours[at], theirs[at]];
  if (at < 0 || other === undefined) return ours.length - theirs.length;
  const apart = Number(mine) - Number(other);
  return Number.isNaN(apart) || apart === 0 ? (mine < other ? -1 : 1) : apart;
}
