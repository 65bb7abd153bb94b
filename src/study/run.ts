/** Runs a whole study without a screen: data, split, models, scores, metrics. The page does the same steps one by one. */
import type { BackendName, OnProgress } from '../base/kinds.ts';
import { inGroups } from '../base/together.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Source } from '../data/formats/contract.ts';
import { findModel } from '../models/registry.ts';
import { findScore } from '../scores/registry.ts';
import type { TrainingControl } from '../training/contract.ts';
import { type Place, placesFor } from '../training/ensemble.ts';
import { resultsOf } from './evaluate.ts';
import { changedFiles, loadFilesData, loadSampleData } from './load.ts';
import { checkTrainable, type Prepared, prepare } from './prepare.ts';
import type { Environment, RunResult, StudyResults } from './results.ts';
import { type FinishedRun, type ModelChoice, resolveParams, runModel } from './run-model.ts';
import type { Study } from './schema.ts';

/** Version of the application that made a result. */
export const version = '0.1.0';

export interface StudyContext {
  backend: BackendName;
  /** Why this backend, for the record. */
  reason: string;
  platform: string;
  /** Gives the source behind a path of the study. */
  locate(path: string): Promise<Source>;
  onProgress?: OnProgress;
  /** Replicas of the bootstrap error of every area under a ROC curve; DeLong's error alone if absent. */
  bootstrap?: number;
}

/** One entry per model and seed, in the order of the study. */
export function choicesOf(study: Study): (ModelChoice & { scores?: readonly string[] })[] {
  return study.models.flatMap((model) =>
    (model.seeds ?? [1]).map((seed) => {
      const epochs = model.epochs ?? study.epochs;
      const scores = model.scores ?? study.scores;
      const deviceRows = model.deviceRows ?? study.deviceRows;
      return {
        model: model.id,
        seed,
        ...(model.preset !== undefined ? { preset: model.preset } : {}),
        ...(model.params ? { params: model.params as NonNullable<ModelChoice['params']> } : {}),
        ...(epochs !== undefined ? { epochs } : {}),
        ...(scores ? { scores } : {}),
        ...(deviceRows ? { deviceRows } : {}),
      };
    }),
  );
}

/**
 * @throws Problem for the first thing that is wrong with the study or its files; models and presets are checked before the
 * first training starts
 */
export async function runStudy(study: Study, context: StudyContext): Promise<StudyResults> {
  const dataset: Dataset =
    'files' in study.data
      ? await loadFilesData(study.data, context.locate, context.onProgress ? { onProgress: context.onProgress } : {})
      : loadSampleData(study.data, context.onProgress);
  const prepared = prepare(dataset, study.split, study.preprocessing, study.lumisections);
  checkTrainable(prepared);
  const choices = choicesOf(study);
  for (const choice of choices) {
    resolveParams(findModel(choice.model), prepared.input, choice);
    for (const score of choice.scores ?? []) findScore(score);
  }

  const runs: RunResult[] = [];
  const warnings = [...(await changedFiles(study.data, context.locate))];
  if (prepared.signals.length === 0) {
    warnings.push('no file is a signal: events can be ranked in the page, but there is no rate to report and runs are empty');
  }
  let before = 0;
  for (const group of inGroups(choices)) {
    const finished = await runGroup(prepared, group, context, (done, message) =>
      context.onProgress?.({ done: (before + done) / choices.length, message }),
    );
    for (const [i, run] of finished.entries()) {
      const { model, seed } = group[i] as ModelChoice;
      const results = resultsOf(prepared, run, study.threshold, context.bootstrap);
      runs.push(...results);
      for (const { score, noData } of results) {
        if (noData) warnings.push(`${model}, seed ${seed}, ${score}: ${noData.words}`);
      }
      warnings.push(...run.warnings.map((w) => `${model}, seed ${seed}: ${w}`));
      run.detector.dispose();
    }
    before += group.length;
  }
  return { study, environment: environmentOf(prepared, context), runs, warnings };
}

/**
 * Runs of one model with several seeds, side by side where the backend can; each has the numbers that it has alone.
 *
 * @param onDone hears of the models that are done, parts of them included
 * @throws what the first run that failed threw, when the others have ended
 */
async function runGroup(
  prepared: Prepared,
  choices: ReturnType<typeof choicesOf>,
  { backend }: StudyContext,
  onDone: (done: number, message: string) => void,
): Promise<FinishedRun[]> {
  const places = placesFor(choices.length);
  const shares = choices.map(() => 0);
  const settled = await Promise.allSettled(
    choices.map(async (choice, i) => {
      const place = places[i] as Place;
      const control = quietControl((done) => {
        shares[i] = done;
        const sum = shares.reduce((total, share) => total + share, 0);
        onDone(sum, `${choice.model}, seed ${choice.seed}`);
      });
      try {
        await place.enter();
        return await runModel(prepared, choice, { control, backend, place }, choice.scores);
      } finally {
        place.leave();
      }
    }),
  );
  const finished = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const result of settled) {
    if (result.status === 'fulfilled') continue;
    for (const { detector } of finished) detector.dispose();
    throw result.reason;
  }
  return finished;
}

/** What the numbers were made with and from. */
export function environmentOf(prepared: Prepared, context: Pick<StudyContext, 'backend' | 'reason' | 'platform'>): Environment {
  const { split, dataset } = prepared;
  return {
    offshell: version,
    backend: context.backend,
    reason: context.reason,
    platform: context.platform,
    rows: dataset.rows,
    trainingRows: split.training.length,
    validationRows: split.validation.length,
    testRows: split.test.length,
    synthetic: dataset.synthetic,
  };
}

function quietControl(onDone: (done: number) => void): TrainingControl {
  return {
    waitWhilePaused: () => Promise.resolve(),
    stopRequested: false,
    onProgress: ({ stage, stages, epoch, epochs }) => onDone((stage + epoch / Math.max(1, epochs)) / stages),
  };
}
