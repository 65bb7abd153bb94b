/**
 * One run: a model with one seed, built, trained on training background, and scored on validation and test. The page's worker
 * and the study runner both come through here, which is why they give the same numbers.
 */
import type { BackendName, DeviceRows } from '../base/kinds.ts';
import { nounOf } from '../base/nouns.ts';
import { countText } from '../base/numbers.ts';
import { checkParams, type Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import { giveBackIdleBuffers } from '../compute/webgpu/tensor-kernel.ts';
import type { Batch, Detector, Model, ModelInput, NamedArray, OutputName } from '../models/contract.ts';
import { buildDetector, outputsOn } from '../models/per-histogram.ts';
import { findModel } from '../models/registry.ts';
import { seesLabels } from '../models/sees-labels.ts';
import type { Score, ScoreState } from '../scores/contract.ts';
import { orientationSign } from '../scores/orient.ts';
import { findScore, scoresFor } from '../scores/registry.ts';
import type { Checkpoint, TrainingControl, TrainingSummary } from '../training/contract.ts';
import type { Recipe } from '../training/crew-contract.ts';
import { type Place, placesFor, type TrainAtOptions, trainAt } from '../training/ensemble.ts';
import type { TrainOptions } from '../training/loop.ts';
import { chunkRows, compileForward, fitScores, scoreAll } from '../training/score.ts';
import { noDataAmong, withoutNoData } from './no-data.ts';
import { posteriorOf, posteriorText } from './posterior.ts';
import {
  batchesFor,
  batchFor,
  checkTrainable,
  inputFor,
  labelledBatchFor,
  leftOut,
  type Prepared,
  trainingBatchFor,
} from './prepare.ts';

export interface ModelChoice {
  model: string;
  preset?: string;
  params?: Params;
  seed: number;
  /** Replaces the preset's number of epochs in every stage. */
  epochs?: number;
  /** How rows lie on a graphics device (`compute/row-storage.ts`); by their size if absent. */
  deviceRows?: DeviceRows;
}

/** Scores of one kind on both judged parts, in the order of `split.validation` and `split.test`. */
export interface ScoredParts {
  score: Score;
  state: ScoreState;
  /** -1 where the sign rule turned the formula round; the arrays below have it applied. */
  sign: 1 | -1;
  /** NaN for histograms that are left out because they are no data. */
  validation: Float64Array;
  test: Float64Array;
  /** The same with a number for those, too; absent where none are left out. */
  all?: { validation: Float64Array; test: Float64Array };
}

export interface FinishedRun {
  choice: Required<Pick<ModelChoice, 'model' | 'preset' | 'params' | 'seed'>> & Pick<ModelChoice, 'deviceRows'>;
  model: Model;
  detector: Detector;
  training: TrainingSummary | null;
  /** Wall-clock seconds from building to the fitted model, without waits for other runs. */
  seconds: number;
  backend: BackendName;
  /** Copies in host memory: what is left of the model if its device goes away. */
  weights: readonly NamedArray[];
  scored: ReadonlyMap<string, ScoredParts>;
  warnings: readonly string[];
}

/** The preset's parameters, then the user's, checked. */
export function resolveParams(
  model: Model,
  input: ModelInput,
  choice: Omit<ModelChoice, 'model'>,
): { preset: string; params: Params } {
  if (!model.accepts.includes(input.kind)) {
    throw new Problem({
      where: `model "${model.id}"`,
      expected: `data of kind ${model.accepts.join(' or ')}`,
      found: input.kind,
      fix: 'Choose another model, or other data',
    });
  }
  const preset = choice.preset ?? model.defaultPreset(input);
  const record = model.presets[preset];
  if (!record) {
    throw new Problem({
      where: `model "${model.id}", preset`,
      expected: `one of ${Object.keys(model.presets).join(', ')}`,
      found: `"${preset}"`,
      fix: 'Correct the name or leave it out',
    });
  }
  const epochs = choice.epochs !== undefined && 'epochs' in model.params ? { epochs: choice.epochs } : {};
  return { preset, params: checkParams(model.params, { ...record.params, ...choice.params, ...epochs }, `model "${model.id}"`) };
}

export interface RunHooks {
  control: TrainingControl;
  backend: BackendName;
  /** One of several that train together, entered already; by itself if absent. */
  place?: Place;
  /** Goes on with a training that was broken off, and keeps what is needed for that. */
  resume?: Checkpoint;
  onCheckpoint?(checkpoint: Checkpoint, paused: boolean): void;
  /** Work between two checkpoints at least, ms; the loop's own choice if absent. */
  checkpointMs?: number;
  /** Called while rows are scored, with the share done. */
  onScoring?(done: number): void;
}

/**
 * Builds, trains and scores. On failure nothing is left behind.
 *
 * @param wanted scores to compute; all that fit if absent
 */
export async function runModel(
  prepared: Prepared,
  choice: ModelChoice,
  hooks: RunHooks,
  wanted?: readonly string[],
): Promise<FinishedRun> {
  checkTrainable(prepared);
  const model = findModel(choice.model);
  const { preset, params } = resolveParams(model, prepared.input, choice);
  const input = inputFor(prepared, params);
  for (const id of wanted ?? []) fitting(model, outputsOn(model, input), findScore(id));

  const started = performance.now();
  const place = hooks.place ?? (placesFor(1)[0] as Place);
  const waitedBefore = place.waitedMs;
  const detector = buildDetector(model, input, params, choice.seed);
  /** Made once for all that train together. */
  const sharedBatch = (part: string, rows: Uint32Array): Batch =>
    place.share(`${part} ${detector.scaling.input} ${detector.scaling.target}`, () => trainingBatchFor(prepared, detector, rows));
  try {
    const outputs = detector.outputs ?? outputsOn(model, input);
    const chosen = wanted ? wanted.map((id) => fitting(model, outputs, findScore(id))) : scoresFor(outputs);
    let training: TrainingSummary | null = null;
    const recipe: Recipe = { model: model.id, input, params };
    const rows = prepared.split.training;
    let trainingBatch: Batch | null = null;
    let compiled: Promise<void> | undefined;
    const onUnderWay = () => {
      const { validation, test } = prepared.split;
      const parts = [validation, test, ...(chosen.some(({ fit }) => fit) ? [rows] : [])];
      // what does not compile is heard when it is run
      compiled = compileForward(detector, chunksOfEachSize(prepared, detector, parts)).catch(() => undefined);
    };
    const options: TrainAtOptions = { ...storing(choice), recipe, onUnderWay };
    if (seesLabels(model, detector)) {
      training = await trainOnLabels(model.name, prepared, detector, place, hooks.control, choice.seed, options);
    } else if (detector.stages.length > 0) {
      const data = () => {
        const validationRows = prepared.split.validation.filter((row) => isBackground(prepared, row) && !leftOut(prepared, row));
        return {
          training: sharedBatch('training', rows),
          validation: validationRows.length > 0 ? sharedBatch('validation', validationRows) : null,
        };
      };
      training = await trainAt(place, detector, data, hooks.control, choice.seed, {
        ...checkpointing(hooks),
        ...options,
      });
      trainingBatch = sharedBatch('training', rows);
    } else if (detector.fit) {
      await place.alone();
      trainingBatch = sharedBatch('training', rows);
      detector.fit(trainingBatch);
    }
    const seconds = (performance.now() - started - (place.waitedMs - waitedBefore)) / 1000;
    await compiled;
    const scored = await scoreParts(prepared, detector, chosen, trainingBatch, hooks.onScoring);
    const run: FinishedRun = {
      choice: { model: model.id, preset, params, seed: choice.seed, ...storing(choice) },
      model,
      detector,
      training,
      seconds,
      backend: hooks.backend,
      weights: await detector.weights(),
      scored,
      warnings: [...warningsOf(training, scored, prepared), ...(await collapse(prepared, detector))],
    };
    // of a pass over all rows, which the next model may not have the sizes of
    giveBackIdleBuffers();
    return run;
  } catch (error) {
    detector.dispose();
    throw error;
  }
}

/** One batch of each number of rows that a pass over these parts has. */
function* chunksOfEachSize(prepared: Prepared, detector: Detector, parts: readonly Uint32Array[]): Generator<Batch> {
  const most = chunkRows(prepared.input.width);
  const made = new Set([0]);
  for (const rows of parts) {
    for (const size of [Math.min(most, rows.length), rows.length % most]) {
      if (made.has(size)) continue;
      made.add(size);
      yield batchFor(prepared, detector, rows.subarray(0, size));
    }
  }
}

/** Training background and the signal that the split sets aside for models that see labels, in the order of the rows. */
async function trainOnLabels(
  name: string,
  prepared: Prepared,
  detector: Detector,
  place: Place,
  control: TrainingControl,
  seed: number,
  options: TrainAtOptions,
): Promise<TrainingSummary> {
  const { training, trainingSignal, validation } = prepared.split;
  if (trainingSignal.length === 0) {
    throw new Problem({
      where: `${name}, the training part of the split`,
      expected: 'signal events for a model that sees labels',
      found: 'background alone',
      fix: 'Give such models a share of the signal in the split, for example one half',
    });
  }
  const labelled = [...validation].filter(
    (row) => prepared.dataset.classes[prepared.dataset.label[row] as number]?.role !== 'unlabelled' && !leftOut(prepared, row),
  );
  const rows = Uint32Array.from([...training, ...trainingSignal]).sort();
  const data = () =>
    place.share(`labelled ${detector.scaling.input} ${detector.scaling.target}`, () => ({
      training: labelledBatchFor(prepared, detector, rows),
      validation: labelled.length > 0 ? labelledBatchFor(prepared, detector, Uint32Array.from(labelled)) : null,
    }));
  // kernels of several members know no labels
  if (place.sharesKernels) await place.alone();
  return trainAt(place, detector, data, control, seed, options);
}

/** The choice of how rows lie, where it is one. */
function storing({ deviceRows = 'auto' }: ModelChoice): Pick<ModelChoice, 'deviceRows'> {
  return deviceRows === 'auto' ? {} : { deviceRows };
}

function checkpointing({ resume, onCheckpoint, checkpointMs }: RunHooks): TrainOptions {
  return {
    ...(resume ? { resume } : {}),
    ...(onCheckpoint ? { onCheckpoint } : {}),
    ...(checkpointMs !== undefined ? { checkpointMs } : {}),
  };
}

/** The same finished run with its detector built again on the present backend; the old detector is not touched. */
export function rebuilt(prepared: Prepared, run: FinishedRun): FinishedRun {
  const { model, choice } = run;
  const detector = buildDetector(model, inputFor(prepared, choice.params), choice.params, choice.seed);
  detector.setWeights(run.weights);
  return { ...run, detector };
}

/**
 * The same finished run with one score more, by the model as it is; nothing is trained.
 *
 * @throws Problem for an unknown score, or one that the model cannot give
 */
export async function withScore(prepared: Prepared, run: FinishedRun, id: string): Promise<FinishedRun> {
  if (run.scored.has(id)) return run;
  const { model, detector, choice } = run;
  const outputs = detector.outputs ?? outputsOn(model, inputFor(prepared, choice.params));
  const added = await scoreParts(prepared, detector, [fitting(model, outputs, findScore(id))], null);
  const scored = new Map([...run.scored, ...added]);
  return { ...run, scored, warnings: warningsOf(run.training, scored, prepared) };
}

function fitting(model: Model, outputs: readonly OutputName[], score: Score): Score {
  const missing = score.needs.filter((need) => !outputs.includes(need));
  if (missing.length === 0) return score;
  throw new Problem({
    where: `score "${score.id}" of model "${model.id}"`,
    expected: `one of ${scoresFor(outputs)
      .map((s) => s.id)
      .join(', ')}`,
    found: `a score that needs the output ${missing.join(', ')}`,
    fix: 'Choose a score that this model can give',
  });
}

function isBackground(prepared: Prepared, row: number): boolean {
  return prepared.background.includes(prepared.dataset.label[row] as number);
}

async function scoreParts(
  prepared: Prepared,
  detector: Detector,
  chosen: readonly Score[],
  trainingBatch: Batch | null,
  onScoring?: (done: number) => void,
): Promise<Map<string, ScoredParts>> {
  const { validation, test } = prepared.split;
  const needsConstants = chosen.some((score) => score.fit);
  const fitted =
    trainingBatch ??
    (needsConstants ? trainingBatchFor(prepared, detector, prepared.split.training) : emptyBatch(prepared, detector));
  const requests = await fitScores(detector, chosen, fitted);
  const total = Math.max(1, validation.length + test.length);
  let done = 0;
  function* counted(rows: Uint32Array): Generator<Batch> {
    for (const batch of batchesFor(prepared, detector, rows)) {
      yield batch;
      done += batch.rows;
      onScoring?.(done / total);
    }
  }
  const onValidation = await scoreAll(detector, requests, counted(validation));
  const onTest = await scoreAll(detector, requests, counted(test));

  // a split without validation rows, by file or by parity, leaves training background to say which end is the tail
  const shows = (row: number) => isBackground(prepared, row) && !leftOut(prepared, row);
  const hasValidation = validation.some(shows);
  const signed = requests.filter(({ score }) => score.orientation === 'skewness');
  const onTraining = hasValidation || signed.length === 0 ? [] : await scoreAll(detector, signed, [fitted]);

  const result = new Map<string, ScoredParts>();
  chosen.forEach((score, i) => {
    const v = onValidation[i] as Float64Array;
    const t = onTest[i] as Float64Array;
    const normal = hasValidation
      ? v.filter((_, k) => shows(validation[k] as number))
      : (onTraining[signed.findIndex((request) => request.score === score)] ?? []);
    const sign = orientationSign(score, normal);
    if (sign === -1) {
      for (let k = 0; k < v.length; k++) v[k] = -(v[k] as number);
      for (let k = 0; k < t.length; k++) t[k] = -(t[k] as number);
    }
    const given = { score, state: requests[i]?.state ?? {}, sign };
    if (!prepared.noData?.leaveOut) result.set(score.id, { ...given, validation: v, test: t });
    else {
      result.set(score.id, {
        ...given,
        validation: withoutNoData(v, noDataAmong(prepared, validation)),
        test: withoutNoData(t, noDataAmong(prepared, test)),
        all: { validation: v, test: t },
      });
    }
  });
  return result;
}

/** Background rows from which a collapse is seen. */
const COLLAPSE_ROWS = 1000;

/** A warning where a variational model has no active latent number, judged on background that it has not trained on. */
async function collapse(prepared: Prepared, detector: Detector): Promise<string[]> {
  const held = [...prepared.split.validation, ...prepared.split.test].filter((row) => isBackground(prepared, row));
  const rows = Uint32Array.from(held.slice(0, COLLAPSE_ROWS));
  if (!('logVariance' in detector.networks) || rows.length < 2) return [];
  const { latentMean, latentLogVar } = await detector.forward(batchFor(prepared, detector, rows));
  if (!latentMean || !latentLogVar) return [];
  const posterior = posteriorOf(latentMean, latentLogVar, latentMean.length / rows.length, [...rows.keys()]);
  return posterior.active.includes(true) ? [] : [posteriorText(posterior, nounOf(prepared.dataset.kind).several)];
}

function emptyBatch(prepared: Prepared, detector: Detector): Batch {
  return batchFor(prepared, detector, new Uint32Array(0));
}

function warningsOf(training: TrainingSummary | null, scored: ReadonlyMap<string, ScoredParts>, prepared: Prepared): string[] {
  const warnings = [...(training?.remarks ?? [])];
  for (const signal of prepared.signals) {
    const own = prepared.split.test.filter((row) => prepared.dataset.label[row] === signal);
    if (own.length === 0 || !own.every((row) => leftOut(prepared, row))) continue;
    const name = prepared.dataset.classes[signal]?.name;
    warnings.push(
      `no test lumisection of "${name}" has data, so there is no rate for it: all ${countText(own.length)} are left out`,
    );
  }
  for (const [id, { test: judged, all }] of scored) {
    const test = all?.test ?? judged;
    const bad = test.reduce((count, s) => count + (Number.isFinite(s) ? 0 : 1), 0);
    if (bad > 0)
      warnings.push(`${countText(bad)} of ${countText(test.length)} test events have no finite ${id}; they are in no rate`);
  }
  return warnings;
}
