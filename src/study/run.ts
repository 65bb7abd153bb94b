/** Runs a whole study without a screen: data, split, models, scores, metrics. The page does the same steps one by one. */
import type { BackendName, OnProgress } from '../base/kinds.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Source } from '../data/formats/contract.ts';
import { findModel } from '../models/registry.ts';
import { findScore } from '../scores/registry.ts';
import type { TrainingControl } from '../training/contract.ts';
import { resultsOf } from './evaluate.ts';
import { changedFiles, loadFilesData, loadSampleData } from './load.ts';
import { checkTrainable, type Prepared, prepare } from './prepare.ts';
import type { Environment, RunResult, StudyResults } from './results.ts';
import { type ModelChoice, resolveParams, runModel } from './run-model.ts';
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
}

/** One entry per model and seed, in the order of the study. */
export function choicesOf(study: Study): (ModelChoice & { scores?: readonly string[] })[] {
  return study.models.flatMap((model) =>
    (model.seeds ?? [1]).map((seed) => {
      const epochs = model.epochs ?? study.epochs;
      const scores = model.scores ?? study.scores;
      return {
        model: model.id,
        seed,
        ...(model.preset !== undefined ? { preset: model.preset } : {}),
        ...(model.params ? { params: model.params as NonNullable<ModelChoice['params']> } : {}),
        ...(epochs !== undefined ? { epochs } : {}),
        ...(scores ? { scores } : {}),
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
  const prepared = prepare(dataset, study.split, study.preprocessing);
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
  for (const [i, choice] of choices.entries()) {
    const control = quietControl((done) =>
      context.onProgress?.({ done: (i + done) / choices.length, message: `${choice.model}, seed ${choice.seed}` }),
    );
    const run = await runModel(prepared, choice, { control, backend: context.backend }, choice.scores);
    runs.push(...resultsOf(prepared, run, study.threshold));
    warnings.push(...run.warnings.map((w) => `${choice.model}, seed ${choice.seed}: ${w}`));
    run.detector.dispose();
  }
  return { study, environment: environmentOf(prepared, context), runs, warnings };
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
