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
