/**
 * A finished run as plain data that a store can hold, and back again on the same rows. What comes back is checked: it may have been
 * written by another version, or be damaged.
 */
import { packingWords } from '../data/dataset.ts';
import type { Source } from '../data/formats/contract.ts';
import { fingerprint } from '../data/formats/open.ts';
import type { NamedArray } from '../models/contract.ts';
import { buildDetector, outputsOn } from '../models/per-histogram.ts';
import { findModel } from '../models/registry.ts';
import { type Numbers, PackedNumbers } from '../numeric/packed.ts';
import type { ScoreState } from '../scores/contract.ts';
import { scoresFor } from '../scores/registry.ts';
import { inputFor, type Prepared } from './prepare.ts';
import type { FinishedRun, ScoredParts } from './run-model.ts';

/** Raise it when the same choice on the same rows gives other numbers than before, so that older runs do not come back. */
const numbersVersion = 6;

export type PlainRun = Pick<FinishedRun, 'choice' | 'training' | 'seconds' | 'backend' | 'weights' | 'warnings'> & {
  scored: readonly (Pick<ScoredParts, 'state' | 'sign' | 'validation' | 'test' | 'all'> & { score: string })[];
};

export function plainRun({ choice, training, seconds, backend, weights, warnings, scored }: FinishedRun): PlainRun {
  return {
    choice,
    training,
    seconds,
    backend,
    weights,
    warnings,
    scored: [...scored].map(([score, { state, sign, validation, test, all }]) => ({
      score,
      state,
      sign,
      validation,
      test,
      ...(all ? { all } : {}),
    })),
  };
}

/**
 * The run with its model built again and its weights put in. Scores that are not known any more are left out.
 *
 * @throws Problem or Error if it does not belong to these rows or cannot be read
 */
export function revivedRun(prepared: Prepared, plain: PlainRun): FinishedRun {
  const { choice, training, seconds, backend, weights, warnings } = plain;
  const { validation, test } = prepared.split;
  const model = findModel(choice.model);
  const scored = new Map<string, ScoredParts>();
  const input = inputFor(prepared, choice.params);
  for (const score of scoresFor(outputsOn(model, input))) {
    const part = plain.scored.find((one) => one.score === score.id);
    if (!part) continue;
    const belong = (parts: { validation: unknown; test: unknown }) =>
      numbers(parts.validation, validation.length) && numbers(parts.test, test.length);
    const whole = part.all === undefined ? !prepared.noData?.leaveOut : belong(part.all);
    if (!belong(part) || !whole || Math.abs(part.sign) !== 1) {
      throw new Error(`kept scores ${score.id} of ${model.id} do not belong to these rows`);
    }
    scored.set(score.id, {
      score,
      state: part.state as ScoreState,
      sign: part.sign,
      validation: part.validation,
      test: part.test,
      ...(part.all ? { all: part.all } : {}),
    });
  }
  if (scored.size === 0 || !weights.every(isNamedArray)) throw new Error(`a kept run of ${model.id} cannot be read`);
  const detector = buildDetector(model, input, choice.params, choice.seed);
  try {
    detector.setWeights(weights);
  } catch (error) {
    detector.dispose();
    throw error;
  }
  return { choice, model, detector, training, seconds, backend, weights, scored, warnings };
}

function numbers(values: unknown, count: number): boolean {
  return values instanceof Float64Array && values.length === count;
}

function isNamedArray({ name, values }: NamedArray): boolean {
  return typeof name === 'string' && (values instanceof Float32Array || values instanceof Float64Array);
}

/**
 * SHA-256 over everything that a training sees of the data: the rows, their classes, the parts of the split and the steps. A sample
 * that is generated again has the same one, and so have the same files, read in the same way.
 */
export async function fingerprintOf({ dataset, split, preprocessing, noData }: Prepared): Promise<string> {
  const { kind, shape, features, classes, objectTypes, histogram } = dataset;
  const words = {
    numbersVersion,
    kind,
    shape,
    packing: packingWords(dataset),
    names: features.map(({ name }) => name),
    classes,
    objectTypes,
    preprocessing,
    leaveOut: noData?.leaveOut,
    histograms: histogram?.parts?.map(({ start, cells }) => [start, cells]),
  };
  const parts = [
    new TextEncoder().encode(JSON.stringify(words)),
    ...numberParts(dataset.values).map(bytesOf),
    ...[dataset.label, split.training, split.trainingSignal, split.validation, split.test].map(bytesOf),
    ...(dataset.weight ? [bytesOf(dataset.weight)] : []),
    ...(noData ? [bytesOf(noData.row)] : []),
  ];
  return fingerprint(joined(parts));
}

/** The memory behind numbers, which is hashed as it lies there. */
function numberParts(values: Numbers): readonly ArrayBufferView[] {
  return values instanceof PackedNumbers ? values.parts : [values];
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Pieces of memory one after another, without a copy of the whole. */
function joined(parts: readonly Uint8Array[]): Source {
  return {
    name: 'the loaded rows',
    size: parts.reduce((sum, { length }) => sum + length, 0),
    read: async (start, end) => {
      const block = new Uint8Array(end - start);
      let at = 0;
      for (const part of parts) {
        const from = Math.max(start - at, 0);
        const to = Math.min(end - at, part.length);
        if (from < to) block.set(part.subarray(from, to), at + from - start);
        at += part.length;
      }
      return block;
    },
  };
}
