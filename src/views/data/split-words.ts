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
 * that are in no other part. Rows that are left out as no data are in none. Signal rows train only where `trainingSignal` or `trainOnAll` says so.
 */
export function splitRows({ classes, split, noData }: Pick<DataSummary, 'classes' | 'split' | 'noData'>): SplitRow[] {
  const several = (wanted: string) => classes.filter(({ role }) => role === wanted).length > 1;
  const trainingOf = (role: string, left: number) => {
    if (split.spec.trainOnAll) return left;
    if (role === 'background') return several(role) ? left : split.training;
    if (role === 'signal' && split.trainingSignal > 0) return several(role) ? left : split.trainingSignal;
    return 0;
  };
  return classes.map(({ name, role, rows }, index) => {
    const validation = split.validation[index] ?? 0;
    const test = split.test[index] ?? 0;
    const out = noData?.leaveOut ? (noData.rows[index] ?? 0) : 0;
    const left = rows - validation - test - out;
    const training = trainingOf(role, left);
    return { name, index, training, validation, test, rest: rows - validation - test - training };
  });
}

/** Whether signal trains: not at all, with its labels, or as if it had none. */
export type SignalTraining = 'none' | 'labelled' | 'all';

export function signalTrainingOf({ by, signalTrain, trainOnAll }: StudySplit): SignalTraining {
  if (trainOnAll) return 'all';
  return by === 'event' && (signalTrain ?? 0) > 0 ? 'labelled' : 'none';
}

/** The same split with signal that trains in that way; half of it where labels are seen and no share is given. */
export function withSignalTraining(split: StudySplit, wanted: SignalTraining): StudySplit {
  const { signalTrain, trainOnAll: _, ...rest } = split;
  if (wanted === 'all') return { ...rest, trainOnAll: true };
  return wanted === 'labelled' ? { ...rest, signalTrain: signalTrain || 0.5 } : rest;
}

/** Who learns from what, in a sentence. */
export function learningWords(split: StudySplit): string {
  const words: Readonly<Record<SignalTraining, string>> = {
    none: 'Models learn from training background only',
    labelled: 'Models learn from training background only; those that are marked as supervised also see the training signal',
    all: 'Models learn from every training event, signal among them, as from data without labels',
  };
  return `${words[signalTrainingOf(split)]}; validation chooses weights and thresholds; every number that is shown comes from test.`;
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
