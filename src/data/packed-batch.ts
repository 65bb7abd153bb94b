/**
 * Training rows that stay packed, and what they are made from as data: another thread makes the same batch from it, because a batch
 * itself holds functions, which cannot cross.
 */
import type { PackedNumbers } from '../numeric/packed.ts';
import { type Dataset, rowWidth } from './dataset.ts';
import { LazyBatch } from './lazy-batch.ts';
import {
  type FittedScaling,
  fitScaling,
  makeBatch,
  type PreprocessingStep,
  rowScalingOf,
  type ScalingId,
  sameNumbers,
} from './preprocess.ts';
import type { TrainingRows } from './split.ts';

/** A dataset whose numbers are packed. */
export type PackedDataset = Dataset & { values: PackedNumbers };

export interface BatchSource {
  dataset: PackedDataset;
  /** Rows that the scalings are fitted on. */
  fittedOn: TrainingRows;
  scaling: { input: ScalingId; target: ScalingId };
  /** What `study` as a scaling means; see `fitScaling`. */
  steps: readonly PreprocessingStep[] | undefined;
  /** Row numbers of the dataset. */
  rows: Uint32Array;
  /** [rows] for models that train on labels. */
  label: Uint8Array | undefined;
}

/** @param fitted the scalings of the source where they are at hand; they are fitted again if absent, which gives the same */
export function packedBatch(source: BatchSource, fitted?: { input: FittedScaling; target: FittedScaling }): LazyBatch {
  const { dataset, fittedOn, scaling, steps, rows, label } = source;
  const fit = (id: ScalingId) => fitScaling(dataset, fittedOn, id, steps);
  const input = fitted?.input ?? fit(scaling.input);
  const target = fitted?.target ?? (scaling.target === scaling.input ? input : fit(scaling.target));
  const x = rowScalingOf(input);
  const own = sameNumbers(input, target) ? x : rowScalingOf(target);
  const packed = x && own && { values: dataset.values, storedWidth: rowWidth(dataset), x, target: own };
  return new LazyBatch(rows, (some) => makeBatch(dataset, some, input, target), dataset.spectators, label, packed, source);
}
