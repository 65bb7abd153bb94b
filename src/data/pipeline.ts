/**
 * A preprocessing list at work: checks it, fits its steps one after another on training background, and takes rows there and back.
 * Knows datasets and rows; what a step does is `steps.ts`.
 */
import type { Feature } from '../base/kinds.ts';
import { checkParams } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { RowScaling } from '../numeric/packed-rows.ts';
import { type Dataset, rowReader, rowWidth } from './dataset.ts';
import type { TrainingRows } from './split.ts';
import { type FittedStep, steps as known, type Step } from './steps.ts';

/** An entry of a preprocessing list: a step, the columns it works on (names, `*` stands for anything), and its parameters. */
export interface PreprocessingStep {
  step: string;
  columns?: readonly string[] | undefined;
  [param: string]: unknown;
}

export interface Pipeline {
  /** Numbers in an outgoing row. */
  width: number;
  shape: readonly number[];
  /** [width] as `Dataset.features`; empty for images. */
  features: readonly Feature[];
  /** [width] physical number that each outgoing one comes from. */
  source: Int32Array;
  /** The same as a rule for each number by itself, where there is one. */
  scaling?: RowScaling;
  words: string;
  remarks: readonly string[];
  /** Model numbers of one row, written at `at`. */
  apply(row: number, out: Float32Array, at: number): void;
  /** Physical numbers of one row of model numbers; `row` is the row of the dataset that it describes, if there is one. */
  invert(values: ArrayLike<number>, from: number, out: Float32Array, at: number, row?: Float64Array): void;
}

interface Stage {
  step: FittedStep;
  width: number;
  /** [width] physical number behind each number that goes in. */
  source: readonly number[];
}

/**
 * @returns the steps in their order
 * @throws Problem for an unknown step, an unknown or wrong parameter, or an order that means nothing
 */
export function checkSteps(list: readonly PreprocessingStep[]): { step: Step; entry: PreprocessingStep }[] {
  let scaledBy: string | undefined;
  return list.map((entry, i) => {
    const step = known.find(({ id }) => id === entry.step);
    if (!step) {
      throw new Problem({
        where: `study, preprocessing[${i}].step`,
        expected: `one of ${known.map(({ id }) => id).join(', ')}`,
        found: `"${entry.step}"`,
        fix: 'Correct the step or leave it out',
      });
    }
    checkParams(step.params, paramsOf(entry), `study, preprocessing[${i}], step "${step.id}"`);
    if (step.physical && scaledBy) {
      throw new Problem({
        where: `study, preprocessing[${i}]`,
        expected: `${step.id} before ${scaledBy}: it needs momenta and angles in their own units`,
        found: list.map((other) => other.step).join(', then '),
        fix: 'Move it up, or leave one of them out',
      });
    }
    if (!['none', 'zero-empty', 'sin-cos'].includes(step.id)) scaledBy ??= scales(step) ? step.id : undefined;
    return { step, entry };
  });
}

/** True if the numbers have lost their units afterwards in all columns. */
function scales({ id }: Step): boolean {
  return ['standardise', 'min-max', 'l1-normalise', 'background-scale'].includes(id);
}

function paramsOf({ step: _step, columns: _columns, ...params }: PreprocessingStep): Record<string, unknown> {
  return params;
}

/**
 * Fits every step on the training rows as the steps before it leave them. A missing value is replaced by the training mean first.
 *
 * @param substitute [width] stands in for a missing value
 * @throws Problem as `checkSteps` does, for columns that are not there, and for angles that would tear the slots of objects apart
 */
export function fitPipeline(
  dataset: Dataset,
  training: TrainingRows,
  list: readonly PreprocessingStep[],
  substitute: Float64Array,
): Pipeline {
  const width = rowWidth(dataset);
  const perSlot = dataset.objectTypes ? width / dataset.objectTypes.length : 0;
  const stages: Stage[] = [];
  const read = rowReader(dataset);
  const physical = new Float64Array(width);
  const exists = new Uint8Array(width);
  const load = (row: number): void => {
    const own = read(row);
    for (let i = 0; i < width; i++) {
      const value = own[i] as number;
      const missing = Number.isNaN(value);
      physical[i] = missing ? (substitute[i] as number) : value;
      exists[i] = missing || (perSlot > 0 && own[i - (i % perSlot)] === 0) ? 0 : 1;
    }
  };
  const forward = (upTo = stages.length, keep?: Float64Array[]): Float64Array => {
    let now: Float64Array = physical;
    for (let k = 0; k < upTo; k++) {
      const { step, source } = stages[k] as Stage;
      keep?.push(Float64Array.from(now));
      const out = scratch[k] as Float64Array;
      step.apply(now, out, masks[k] ? refill(masks[k] as Uint8Array, source) : exists);
      now = out;
    }
    return now;
  };
  const refill = (mask: Uint8Array, source: readonly number[]): Uint8Array => {
    for (const [j, i] of source.entries()) mask[j] = exists[i] as number;
    return mask;
  };
  const scratch: Float64Array[] = [];
  /** Undefined while numbers still stand where they stood in the dataset. */
  const masks: (Uint8Array | undefined)[] = [];

  let features = dataset.features;
  let source = Array.from({ length: width }, (_, i) => i);
  for (const [at, { step, entry }] of checkSteps(list).entries()) {
    const columns = columnsFor(step, entry, features, source.length, at);
    const mask = source.length === width ? undefined : new Uint8Array(source.length);
    const entering = source;
    const depth = stages.length;
    const fitted = step.fit({
      width: source.length,
      features,
      columns,
      params: checkParams(step.params, paramsOf(entry), `study, preprocessing[${at}], step "${step.id}"`),
      training: (visit) => {
        for (const row of training) {
          load(row);
          visit(forward(depth), mask ? refill(mask, entering) : exists);
        }
      },
    });
    stages.push({ step: fitted, width: source.length, source: entering });
    masks.push(mask);
    if (fitted.outgoing) {
      if (perSlot > 0 && columns.length !== features.filter(({ periodic }) => periodic).length) {
        throw new Problem({
          where: `study, preprocessing[${at}].columns`,
          expected: 'the angles of all slots, or none: every slot keeps as many numbers as the others',
          found: `${columns.length} of ${features.filter(({ periodic }) => periodic).length} angles`,
          fix: 'Leave the columns out, so that all angles are taken',
        });
      }
      source = fitted.outgoing.from.map((i) => entering[i] as number);
      features = fitted.outgoing.features;
    }
    scratch.push(new Float64Array(source.length));
  }
  const out = source.length;
  return {
    width: out,
    shape:
      out === width
        ? dataset.shape
        : dataset.objectTypes
          ? [dataset.objectTypes.length, out / dataset.objectTypes.length]
          : [out],
    features,
    source: Int32Array.from(source),
    words: stages.map(({ step }) => step.words).join(', then '),
    remarks: stages.flatMap(({ step }) => step.remarks),
    apply: (row, target, at) => {
      load(row);
      const values = forward();
      for (let i = 0; i < out; i++) target[at + i] = values[i] as number;
    },
    invert: (values, from, target, at, row) => {
      const before: Float64Array[] = [];
      if (row) {
        for (let i = 0; i < width; i++) {
          const missing = Number.isNaN(row[i] as number);
          physical[i] = missing ? (substitute[i] as number) : (row[i] as number);
          exists[i] = missing || (perSlot > 0 && row[i - (i % perSlot)] === 0) ? 0 : 1;
        }
        forward(stages.length, before);
      }
      let now = Float64Array.from({ length: out }, (_, i) => values[from + i] as number);
      for (let k = stages.length - 1; k >= 0; k--) {
        const { step, width: entering } = stages[k] as Stage;
        const next = entering === now.length && !step.outgoing ? now : new Float64Array(entering);
        step.invert(now, next, before[k]);
        now = next;
      }
      for (let i = 0; i < width; i++) target[at + i] = now[i] as number;
    },
  };
}

/** Positions of the named columns; of those that the step suits where none are named; of all for pixels. */
function columnsFor(step: Step, entry: PreprocessingStep, features: readonly Feature[], width: number, at: number): number[] {
  const all = Array.from({ length: width }, (_, i) => i);
  const wanted = entry.columns;
  if (!wanted || wanted.length === 0) {
    const { suits } = step;
    if (features.length === 0 || !suits) {
      if (suits && step.physical) throw nothing(step, at, 'pixels without names');
      return all;
    }
    const chosen = all.filter((i) => suits(features[i] as Feature));
    if (chosen.length === 0)
      throw nothing(
        step,
        at,
        features
          .map(({ name }) => name)
          .slice(0, 6)
          .join(', '),
      );
    return chosen;
  }
  const chosen = new Set<number>();
  for (const pattern of wanted) {
    const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const matches = new RegExp(`^${parts.join('.*')}$`);
    const found = all.filter((i) => matches.test(features[i]?.name ?? ''));
    if (found.length === 0) {
      throw new Problem({
        where: `study, preprocessing[${at}].columns`,
        expected: `names such as ${features
          .map(({ name }) => name)
          .slice(0, 4)
          .join(', ')}; * stands for anything`,
        found: `"${pattern}"`,
        fix: 'Correct the name, or leave the columns out',
      });
    }
    for (const i of found) chosen.add(i);
  }
  const odd = step.id === 'sin-cos' ? [...chosen].find((i) => !features[i]?.periodic) : undefined;
  if (odd !== undefined) throw nothing(step, at, features[odd]?.name ?? '');
  return [...chosen].sort((a, b) => a - b);
}

function nothing(step: Step, at: number, found: string): Problem {
  return new Problem({
    where: `study, preprocessing[${at}], step "${step.id}"`,
    expected: step.id === 'sin-cos' ? 'angles' : 'columns of this kind',
    found,
    fix: 'Leave this step out, or choose other columns',
  });
}
