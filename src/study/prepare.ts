/**
 * Makes a loaded dataset ready for models: the split, the scalings fitted on training background, and batches of rows in the
 * form a detector asks for. Knows nothing of screens or files.
 */

import { noDataVerb } from '../base/no-data.ts';
import type { Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { Dataset } from '../data/dataset.ts';
import { checkClasses } from '../data/join.ts';
import { type NoData, noDataIn, takenTogether } from '../data/lumisections.ts';
import { packedBatch } from '../data/packed-batch.ts';
import { checkSteps } from '../data/pipeline.ts';
import { isPixelScaling } from '../data/pixel-scalings.ts';
import { type FittedScaling, fitScaling, makeBatch } from '../data/preprocess.ts';
import { makeSplit, type Split } from '../data/split.ts';
import type { Batch, Detector, ModelInput, Scaling } from '../models/contract.ts';
import { PackedNumbers } from '../numeric/packed.ts';
import { chunkRows } from '../training/score.ts';
import { type StudyLumisections, type StudySplit, type StudyStep, splitDefaults } from './schema.ts';

export interface Prepared {
  dataset: Dataset;
  /** The rows as they were loaded, before neighbours were taken together; the same as `dataset` where they were not. */
  loaded: Dataset;
  lumisections: StudyLumisections;
  /** Absent where every row is data. Rows that are left out do not train, but stay in the judged parts, where nothing counts them. */
  noData?: NoData;
  split: Split;
  splitSpec: StudySplit;
  /** What models with the scaling `study` use; absent means the usual one for the kind of data. */
  preprocessing: readonly StudyStep[] | undefined;
  /** What a model is told about its input. */
  input: ModelInput;
  /** Index of the background class; several background files share one class name or count as several classes. */
  background: readonly number[];
  signals: readonly number[];
  scalings: Map<Scaling, FittedScaling>;
}

/** @throws Problem for a split that leaves nobody to train on or nobody to judge, and for steps or lumisections that cannot be */
export function prepare(
  loaded: Dataset,
  split?: Partial<StudySplit>,
  preprocessing?: readonly StudyStep[],
  lumisections: StudyLumisections = {},
): Prepared {
  const dataset = takenTogether(loaded, lumisections);
  const noData = noDataIn(dataset, lumisections);
  const spec: StudySplit = { ...splitDefaults, ...split };
  checkSteps(preprocessing ?? []);
  const classIndex = (role: string): number[] => dataset.classes.flatMap((c, i) => (c.role === role ? [i] : []));
  return {
    dataset,
    loaded,
    lumisections,
    ...(noData ? { noData } : {}),
    split: withData(makeSplit(dataset, spec), noData),
    splitSpec: spec,
    preprocessing,
    input: {
      kind: dataset.kind,
      shape: dataset.shape,
      width: dataset.shape.reduce((product, n) => product * n, 1),
      features: dataset.features,
      ...(dataset.objectTypes ? { objectTypes: dataset.objectTypes } : {}),
      ...(dataset.image ? { image: dataset.image } : {}),
      ...(dataset.histogram?.parts ? { parts: dataset.histogram.parts } : {}),
      spectators: Object.keys(dataset.spectators),
      signals: dataset.classes.filter(({ role }) => role === 'signal').map(({ name }) => name),
    },
    background: classIndex('background'),
    signals: classIndex('signal'),
    scalings: new Map(),
  };
}

/** The split without training on rows that are left out. */
function withData(split: Split, noData: NoData | undefined): Split {
  if (!noData?.leaveOut) return split;
  const filled = <T extends Uint32Array>(rows: T): T => rows.filter((row) => noData.row[row] === 0) as T;
  return { ...split, training: filled(split.training), trainingSignal: filled(split.trainingSignal) };
}

/** True where a row is no data and the study leaves such rows out. */
export function leftOut({ noData }: Pick<Prepared, 'noData'>, row: number): boolean {
  return noData !== undefined && noData.leaveOut && noData.row[row] === 1;
}

/** The scaling with its constants, fitted once per dataset. */
export function scalingOf(prepared: Prepared, scaling: Scaling): FittedScaling {
  const known = prepared.scalings.get(scaling);
  if (known) return known;
  checkTraining(prepared);
  const fitted = fitScaling(prepared.dataset, prepared.split.training, scaling, prepared.preprocessing);
  prepared.scalings.set(scaling, fitted);
  return fitted;
}

/**
 * What a model is told about its input: physical numbers, or what the scaling leaves of them if its parameters ask for one that
 * changes their number: the study's steps, or one number of each pixel of an image.
 */
export function inputFor(prepared: Prepared, params: Params): ModelInput {
  const { scaling } = params;
  const changes = isPixelScaling(scaling) || (scaling === 'study' && prepared.preprocessing?.length);
  if (!changes) return prepared.input;
  const { pipeline } = scalingOf(prepared, scaling as Scaling);
  if (!pipeline) return prepared.input;
  const { parts, ...input } = prepared.input;
  // steps that leave every number in its place leave the histograms too
  const whole = parts && pipeline.width === input.width ? { parts } : {};
  return { ...input, ...whole, shape: pipeline.shape, width: pipeline.width, features: pipeline.features };
}

/** Rows of the dataset in the form that the detector asks for. */
export function batchFor(prepared: Prepared, detector: Pick<Detector, 'scaling'>, rows: Uint32Array): Batch {
  const { input, target } = detector.scaling;
  return makeBatch(prepared.dataset, rows, scalingOf(prepared, input), scalingOf(prepared, target));
}

/** The same for many rows, as a training has them: packed ones stay packed until they are looked at. */
export function trainingBatchFor(
  prepared: Prepared,
  detector: Pick<Detector, 'scaling'>,
  rows: Uint32Array,
  label?: Uint8Array,
): Batch {
  const { dataset, split, preprocessing } = prepared;
  if (dataset.values instanceof PackedNumbers) {
    const { scaling } = detector;
    const fitted = { input: scalingOf(prepared, scaling.input), target: scalingOf(prepared, scaling.target) };
    const packed = { ...dataset, values: dataset.values };
    return packedBatch({ dataset: packed, fittedOn: split.training, scaling, steps: preprocessing, rows, label }, fitted);
  }
  const batch = batchFor(prepared, detector, rows);
  return label ? { ...batch, label } : batch;
}

/** The same with labels, for models that are declared to see them; unlabelled rows must not be among the rows. */
export function labelledBatchFor(prepared: Prepared, detector: Pick<Detector, 'scaling'>, rows: Uint32Array): Batch {
  const label = Uint8Array.from(rows, (row) => prepared.signals.indexOf(prepared.dataset.label[row] as number) + 1);
  return trainingBatchFor(prepared, detector, rows, label);
}

/** Consecutive batches over many rows, made one at a time so that two million rows never exist twice. */
export function* batchesFor(
  prepared: Prepared,
  detector: Pick<Detector, 'scaling'>,
  rows: Uint32Array,
  size = chunkRows(prepared.input.width),
): Generator<Batch> {
  for (let start = 0; start < rows.length; start += size) {
    yield batchFor(prepared, detector, rows.subarray(start, Math.min(start + size, rows.length)));
  }
}

/** Refuses data on which nothing can be trained and judged; the same message in the page and in the runner. */
export function checkTrainable(prepared: Prepared): void {
  checkClasses(prepared.dataset);
  checkTraining(prepared);
}

function checkTraining({ split, noData }: Prepared): void {
  if (split.training.length > 0) return;
  throw new Problem({
    where: 'the training part of the split',
    expected: 'at least one background event',
    found: noData?.leaveOut ? `none with data: the histograms there ${noDataVerb(noData.minEntries)}` : 'none',
    fix: noData?.leaveOut
      ? 'Ask for fewer entries, or let histograms without data count'
      : 'Give a file the role background, or enlarge the training fraction',
  });
}
