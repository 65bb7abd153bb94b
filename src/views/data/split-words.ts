/** The split as shares and rows for the page. Arithmetic only. */
import type { StudySplit } from '../../study/schema.ts';
import type { DataSummary } from '../../worker/api.ts';

export interface SplitRow {
  name: string;
  /** Index into the classes. */
  index: number;
  training: number;
  validation: number;
  test: number;
  /** Neither trained on nor judged: unlabelled rows, or rows of no part. */
  rest: number;
}

/**
 * One row per class. `split.training` counts background over all background classes; with more than one, each gets the rows
 * that are in no other part. Signal rows train only where `trainingSignal` says so.
 */
export function splitRows({ classes, split }: Pick<DataSummary, 'classes' | 'split'>): SplitRow[] {
  const backgrounds = classes.filter(({ role }) => role === 'background').length;
  return classes.map(({ name, role, rows }, index) => {
    const validation = split.validation[index] ?? 0;
    const test = split.test[index] ?? 0;
    const left = rows - validation - test;
    const training = role !== 'background' ? 0 : backgrounds === 1 ? split.training : left;
    return { name, index, training, validation, test, rest: left - training };
  });
}

/**
 * What is wrong with three shares, or null: each from 0 to 1, together 1 to within a thousandth, training and test not empty.
 */
export function splitFault({ train, validation, test }: Pick<StudySplit, 'train' | 'validation' | 'test'>): string | null {
  if ([train, validation, test].some((share) => !(share >= 0 && share <= 1))) return 'Each share lies between 0 % and 100 %';
  const sum = train + validation + test;
  if (Math.abs(sum - 1) > 1e-3)
    return `The three shares must add up to 100 %; they add up to ${Number((100 * sum).toFixed(2))} %`;
  if (train === 0) return 'Nothing would be left to train on';
  if (test === 0) return 'Nothing would be left to judge the model on';
  return null;
}
