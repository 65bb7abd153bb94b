/**
 * Who trains, who calibrates, who judges. The three parts are distinct types of the same shape, so that a function that fits
 * something cannot be handed test rows by mistake.
 */
import type { ClassRole } from '../base/kinds.ts';
import { countOf } from '../base/numbers.ts';
import { Problem } from '../base/problem.ts';
import { permutation } from '../numeric/random.ts';
import type { Dataset } from './dataset.ts';

declare const part: unique symbol;
/** Row numbers of training background: everything that is fitted is fitted on these and nothing else. */
export type TrainingRows = Uint32Array & { readonly [part]: 'training' };
/** Row numbers for early stopping, thresholds and signs. */
export type ValidationRows = Uint32Array & { readonly [part]: 'validation' };
/** Row numbers for reported results. */
export type TestRows = Uint32Array & { readonly [part]: 'test' };

export interface Split {
  /** Background rows of the training part. */
  training: TrainingRows;
  /** Signal rows of the training part; only models that are declared to see labels may touch them. */
  trainingSignal: TrainingRows;
  validation: ValidationRows;
  test: TestRows;
  /** The rule in words, for captions. */
  words: string;
}

/** How to split; structurally the `split` of a study. The fractions count for `event`, and for `run` without named runs. */
export interface SplitSpec {
  by: 'event' | 'parity' | 'file' | 'run';
  train: number;
  validation: number;
  test: number;
  /** A whole number from 1. */
  seed: number;
  /** Share of the signal rows that models which see labels may train on; 0 if absent. Counts for `event`. */
  signalTrain?: number | undefined;
  /**
   * True: whatever the rule puts into training trains, signal too, as it would if nobody had labelled the rows. False if absent: only
   * background trains.
   */
  trainOnAll?: boolean | undefined;
  runs?:
    | { train: readonly number[]; validation?: readonly number[] | undefined; test?: readonly number[] | undefined }
    | undefined;
}

/** The part of a row while a rule is at work. Training rows are told apart by their class afterwards. */
const places = { unused: 0, training: 1, validation: 2, test: 3 } as const;

/**
 * Divides the rows of a dataset. Background goes to training, validation and test (where training has a label of its own, rows that
 * are normal by it take the place of background in training, whatever they are judged as); unlabelled rows are always judged. Signal goes to
 * validation and test, unless the rule itself puts it into training (`signalTrain`, a file or a run that trains), where only models
 * that see labels may touch it. With `trainOnAll` signal and unlabelled rows are dealt out like background and all that is in training
 * trains. Row numbers ascend inside each part and no row is in two parts.
 *
 * - `event`: every class is permuted with the seed (stream `split`, step = index of the class) and cut at the fractions, so that
 *   classes are stratified; signal is cut in the ratio validation : test.
 * - `parity`: background by the row number inside its file, even to training, odd to test; no validation part; signal to test.
 * - `file`: files with `use` train are trained on, all others are judged; no validation part.
 * - `run`: the named runs; a run without a name is judged, unless the test runs are named too. If no run is named, whole runs are
 *   dealt out in a random order until the fractions of the background are reached.
 *
 * Worked value: 770 background events at 0.72, 0.08, 0.2 give 554, 62 and 154 rows.
 *
 * @throws Problem for fractions that do not add up to 1, a rule that the data cannot follow, and a training or test part without
 *   background
 */
export function makeSplit(dataset: Dataset, spec: SplitSpec): Split {
  const { assign, advice } = rules[spec.by];
  checkSignal(dataset, spec);
  const place = new Uint8Array(dataset.rows);
  const words = assign(dataset, spec, place);
  const roles = dataset.classes.map(({ role }) => role);
  for (let row = 0; row < place.length; row++) {
    if (place[row] === places.unused || roleAt(dataset, roles, row) !== 'unlabelled') continue;
    if (place[row] !== places.training || !mayTrain(dataset, roles, row, spec)) place[row] = places.test;
  }
  const select = (code: number, wanted: (role: ClassRole, row: number) => boolean) => {
    const chosen = new Uint32Array(dataset.rows);
    let n = 0;
    for (let row = 0; row < place.length; row++)
      if (place[row] === code && wanted(roleAt(dataset, roles, row), row)) chosen[n++] = row;
    return chosen.slice(0, n);
  };
  const isBackground = (role: ClassRole) => role === 'background';
  const training = select(places.training, (_, row) => mayTrain(dataset, roles, row, spec));
  if (training.length === 0 || select(places.test, isBackground).length === 0) {
    throw new Problem({
      where: `${dataset.name}, split by ${spec.by}`,
      expected: `background rows in the ${training.length === 0 ? 'training' : 'test'} part`,
      found: 'none',
      fix: advice,
    });
  }
  return {
    training: training as TrainingRows,
    trainingSignal: select(
      places.training,
      (role, row) => role === 'signal' && !mayTrain(dataset, roles, row, spec),
    ) as TrainingRows,
    validation: select(places.validation, () => true) as ValidationRows,
    test: select(places.test, () => true) as TestRows,
    words: spec.trainOnAll ? `${words}; signal in training trains as if it were unlabelled` : words,
  };
}

type Rule = (dataset: Dataset, spec: SplitSpec, place: Uint8Array) => string;

const rules: Readonly<Record<SplitSpec['by'], { assign: Rule; advice: string }>> = {
  event: { assign: byEvent, advice: 'Add background rows, or change the fractions' },
  parity: { assign: byParity, advice: 'Add background rows, or split by event' },
  file: { assign: byFile, advice: 'Mark one background file for training and another one for test' },
  run: { assign: byRun, advice: 'Name other runs, or split by event' },
};

function roleAt(dataset: Dataset, roles: readonly ClassRole[], row: number): ClassRole {
  return roles[dataset.label[row] as number] as ClassRole;
}

/** Background, or what the label that training has of its own calls normal; everything if the split says so. */
function mayTrain(dataset: Dataset, roles: readonly ClassRole[], row: number, { trainOnAll }: SplitSpec): boolean {
  if (trainOnAll) return true;
  return dataset.trainable ? dataset.trainable[row] === 1 : roleAt(dataset, roles, row) === 'background';
}

function byEvent(dataset: Dataset, spec: SplitSpec, place: Uint8Array): string {
  checkFractions(dataset, spec);
  const signalTrain = spec.signalTrain ?? 0;
  const judged = spec.validation + spec.test;
  const keptValidation = judged > 0 ? spec.validation / judged : 0;
  const signalValidation = judged > 0 ? ((1 - signalTrain) * spec.validation) / judged : 0;
  const roles = dataset.classes.map(({ role }) => role);
  // rows of one class are dealt out together, apart from those that another label lets train or keeps from it
  const groups = roles.flatMap((role, index) => [true, false].map((trains) => ({ role, index, trains })));
  for (const { role, index, trains } of groups) {
    const own: number[] = [];
    for (let row = 0; row < dataset.rows; row++)
      if (dataset.label[row] === index && mayTrain(dataset, roles, row, spec) === trains) own.push(row);
    const usual = trains === (role === 'background') || spec.trainOnAll === true;
    const order = permutation(own.length, spec.seed, 'split', usual ? index : index + 256);
    const train = trains ? spec.train : role === 'background' ? 0 : signalTrain;
    const validation = trains ? spec.validation : role === 'background' ? keptValidation : signalValidation;
    const trained = Math.round(own.length * train);
    const validated = Math.round(own.length * (train + validation));
    for (let i = 0; i < own.length; i++) {
      const row = own[order[i] as number] as number;
      place[row] = i < trained ? places.training : i < validated ? places.validation : places.test;
    }
  }
  const shares = `${percent(spec.train)} training, ${percent(spec.validation)} validation, ${percent(spec.test)} test`;
  const signal = signalTrain > 0 ? `, ${percent(signalTrain)} of the signal for models that see labels` : '';
  return `by event: ${shares}${signal}, seed ${spec.seed}`;
}

function byParity(dataset: Dataset, spec: SplitSpec, place: Uint8Array): string {
  const roles = dataset.classes.map(({ role }) => role);
  for (const { start, end } of dataset.origins) {
    for (let row = start; row < end; row++) {
      const even = (row - start) % 2 === 0;
      place[row] = even && mayTrain(dataset, roles, row, spec) ? places.training : places.test;
    }
  }
  return 'by parity: even background rows of each file train, odd rows and all signal test';
}

function byFile(dataset: Dataset, _spec: SplitSpec, place: Uint8Array): string {
  for (const { start, end, use } of dataset.origins) place.fill(use === 'train' ? places.training : places.test, start, end);
  const names = (train: boolean) => dataset.origins.filter(({ use }) => (use === 'train') === train).map(({ name }) => name);
  return `by file: ${names(true).join(', ') || 'none'} train, ${names(false).join(', ') || 'none'} test`;
}

function byRun(dataset: Dataset, spec: SplitSpec, place: Uint8Array): string {
  const { run } = dataset;
  if (!run) {
    throw new Problem({
      where: `${dataset.name}, split by run`,
      expected: 'a run number for each row',
      found: 'no column that names the run',
      fix: 'Split by event or by file',
    });
  }
  const named = spec.runs ?? drawRuns(dataset, run, spec);
  const partOf = new Map<number, number>([
    ...named.train.map((number) => [number, places.training] as const),
    ...(named.validation ?? []).map((number) => [number, places.validation] as const),
    ...(named.test ?? []).map((number) => [number, places.test] as const),
  ]);
  const rest = named.test ? places.unused : places.test;
  let unused = 0;
  for (let row = 0; row < dataset.rows; row++) {
    place[row] = partOf.get(run[row] as number) ?? rest;
    if (place[row] === places.unused) unused++;
  }
  const count = (list: readonly number[] | undefined, part: string) => (list ? `${list.length} ${part}` : `all others ${part}`);
  const parts = [count(named.train, 'training'), count(named.validation ?? [], 'validation'), count(named.test, 'test')].join(
    ', ',
  );
  return `by run: ${parts}${spec.runs ? '' : `, drawn with seed ${spec.seed}`}${unused > 0 ? `; ${countOf(unused, 'row')} of other runs left out` : ''}`;
}

/** Whole runs in a random order, to training until its share of the background is reached, then to validation, then to test. */
function drawRuns(dataset: Dataset, run: Float64Array, spec: SplitSpec) {
  checkFractions(dataset, spec);
  const background = new Map<number, number>();
  let total = 0;
  for (let row = 0; row < dataset.rows; row++) {
    const isBackground = dataset.classes[dataset.label[row] as number]?.role === 'background';
    background.set(run[row] as number, (background.get(run[row] as number) ?? 0) + (isBackground ? 1 : 0));
    if (isBackground) total++;
  }
  const numbers = [...background.keys()].sort((a, b) => a - b);
  const drawn = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  let seen = 0;
  for (const at of permutation(numbers.length, spec.seed, 'split')) {
    const number = numbers[at] as number;
    // a run belongs where its middle falls
    const middle = (seen + (background.get(number) as number) / 2) / Math.max(1, total);
    seen += background.get(number) as number;
    const target = middle < spec.train ? drawn.train : middle < spec.train + spec.validation ? drawn.validation : drawn.test;
    target.push(number);
  }
  return drawn;
}

function checkSignal(dataset: Dataset, { trainOnAll, signalTrain = 0 }: SplitSpec): void {
  if (!trainOnAll || signalTrain === 0) return;
  throw new Problem({
    where: `${dataset.name}, split`,
    expected: 'signal that trains either with its labels (signalTrain) or without them (trainOnAll)',
    found: `both: signalTrain ${signalTrain} and trainOnAll`,
    fix: 'Leave one of the two out',
  });
}

function checkFractions(dataset: Dataset, { train, validation, test, signalTrain = 0 }: SplitSpec): void {
  const sum = train + validation + test;
  const inside = [train, validation, test, signalTrain].every((share) => share >= 0 && share <= 1);
  if (inside && Math.abs(sum - 1) < 1e-6) return;
  throw new Problem({
    where: `${dataset.name}, split`,
    expected: 'fractions from 0 to 1 for training, validation and test that add up to 1',
    found: `${train} + ${validation} + ${test} = ${Number(sum.toPrecision(6))}${signalTrain > 0 ? `, signalTrain ${signalTrain}` : ''}`,
    fix: 'Correct the fractions',
  });
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}
