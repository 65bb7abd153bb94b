/** A finished run as the page sees it: what it is, how it was trained and what it found, without its weights and scores. */
import { seesLabels } from '../models/sees-labels.ts';
import type { FinishedRun } from '../study/run-model.ts';
import type { RunSummary } from './api.ts';
import type { Loaded } from './loaded.ts';

export async function summaryOfRun({ prepared, generation }: Loaded, id: string, run: FinishedRun): Promise<RunSummary> {
  const { batchFor, defaultScoreOn, resultsOf, scalingOf } = await import('./heavy.ts');
  const scaling = scalingOf(prepared, run.detector.scaling.input);
  const preferred = defaultScoreOn(run.model, prepared.input);
  const { latent } = await run.detector.forward(batchFor(prepared, run.detector, prepared.split.test.subarray(0, 1)));
  return {
    id,
    generation,
    model: run.model.id,
    modelName: run.model.name,
    preset: run.choice.preset,
    params: run.choice.params,
    seed: run.choice.seed,
    ...(run.choice.deviceRows ? { deviceRows: run.choice.deviceRows } : {}),
    baseline: run.model.baseline,
    seesLabels: seesLabels(run.model, run.detector),
    parameters: run.detector.parameters,
    trainable: run.detector.trainable,
    layers: run.detector.layers,
    scaling: scaling.words,
    training: run.training,
    seconds: run.seconds,
    backend: run.backend,
    scores: [...run.scored.keys()],
    defaultScore: run.scored.has(preferred) ? preferred : ([...run.scored.keys()][0] ?? ''),
    hasLatent: (latent?.length ?? 0) > 0,
    hasReconstruction: run.model.outputs.includes('reconstruction'),
    decodes: run.detector.decode !== undefined,
    results: resultsOf(prepared, run),
    warnings: run.warnings,
  };
}
