/** The preprocessing list as text and its order. Data only. */
import { formatCount } from '../../plots/format.ts';
import type { StudyStep } from '../../worker/api.ts';

/** Column patterns, separated by commas; empty for all columns. */
export function patternsOf(text: string): string[] {
  return text
    .split(',')
    .map((pattern) => pattern.trim())
    .filter(Boolean);
}

/** Which columns a step works on: those that were named, or the ones that it suits. */
export function columnsText(columns: readonly string[] | undefined, suited: readonly string[]): string {
  if (columns && columns.length > 0) return 'Names, separated by commas; * stands for anything.';
  if (suited.length === 0) return 'All numbers of a row.';
  const shown = suited.slice(0, 3).join(', ');
  return `${formatCount(suited.length)} columns: ${shown}${suited.length > 3 ? ' …' : ''}. Names with * choose others.`;
}

/** The list with one step moved by one place; unchanged at the ends. */
export function movedStep(list: readonly StudyStep[], at: number, by: -1 | 1): readonly StudyStep[] {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  const [step] = next.splice(at, 1);
  next.splice(to, 0, step as StudyStep);
  return next;
}
