/**
 * The engine behind the page: it owns the dropped files, the dataset, the trained models and the compute backend, and answers
 * the calls of `api.ts`. A plain object of functions, so that tests use it in Node without a worker.
 *
 * What needs TF.js is loaded when the backend starts, so that the shelf is on the screen before.
 */
import type { BackendName } from '../base/kinds.ts';
import { Problem } from '../base/problem.ts';
import { filled } from '../base/records.ts';
import { type ColumnSummary, columnSummaries } from '../data/columns.ts';
import { correlate } from '../data/correlation.ts';
import type { Dataset } from '../data/dataset.ts';
import { findDuplicates } from '../data/duplicates.ts';
import type { Source } from '../data/formats/contract.ts';
import { fileSource, fingerprint } from '../data/formats/open.ts';
import { sourcesOf } from '../data/formats/zip/loose.ts';
import { urlSource } from '../data/remote.ts';
import { shelfPicture } from '../data/samples/picture.ts';
import { samples } from '../data/samples/registry.ts';
import { steps } from '../data/steps.ts';
import type { Prepared } from '../study/prepare.ts';
import type { FinishedRun } from '../study/run-model.ts';
import type { Study, StudyData, StudyFile, StudyStep } from '../study/schema.ts';
import type { Checkpoint } from '../training/contract.ts';
import { Control } from '../training/control.ts';
import { endIdleMembers } from '../training/crew.ts';
import type { Place } from '../training/ensemble.ts';
import type { ComputeReport, DataSummary, EngineApi, FileReport, ModelSpec, RunSummary } from './api.ts';
import { renamed, usuallyNamed } from './class-naming.ts';
import { summaryOf } from './data-summary.ts';
import { reportOf } from './file-reports.ts';
import { filesData, labelWords } from './files-data.ts';
import { inPieces } from './in-pieces.ts';
import type { Keeper } from './keep/keeper.ts';
import { createKeptRuns } from './kept-runs.ts';
import { fingerprintOfLoaded, type Loaded } from './loaded.ts';
import { summaryOfRun } from './run-summary.ts';

interface State {
  files: Map<number, Source>;
  nextFile: number;
  loaded: Loaded | null;
  generation: number;
  report: ComputeReport | null;
  runs: Map<string, FinishedRun>;
  /** Of the runs that train now. */
  controls: Map<Control, Place>;
  /** Places that were not taken yet, by the runs that share them. */
  places: Map<string, Map<string, Place>>;
  /** Of runs that train or were broken off last; they go on from here when they are asked for again. */
  checkpoints: Map<string, { generation: number; at: Checkpoint }>;
  /** Settles when the present graphics device is lost. */
  deviceLost: Promise<void>;
  /** Cancels the load that is under way. */
  load: AbortController | null;
}

/** Between two checkpoints that are written down, ms. */
const KEEP_CHECKPOINT_MS = 15_000;
/** How long after a failure the loss of the device may still be the cause, ms. */
const DEVICE_NEWS_MS = 300;

/** What needs TF.js. */
const heavy = { study: () => import('./heavy.ts') };

export interface EngineOptions {
  /** Where runs survive a reload; nothing is kept without one. */
  keeper?: Keeper;
  /** Between two checkpoints that are written down, ms. */
  keepCheckpointMs?: number;
}

export function createEngine({ keeper, keepCheckpointMs = KEEP_CHECKPOINT_MS }: EngineOptions = {}): EngineApi {
  const state: State = {
    files: new Map(),
    nextFile: 1,
    loaded: null,
    generation: 0,
    report: null,
    runs: new Map(),
    controls: new Map(),
    places: new Map(),
    checkpoints: new Map(),
    deviceLost: new Promise(() => undefined),
    load: null,
  };
  const keptRuns = createKeptRuns(keeper, keepCheckpointMs);

  const loaded = (): Loaded => {
    if (!state.loaded) {
      throw new Problem({
        where: 'data',
        expected: 'a loaded dataset',
        found: 'none',
        fix: 'Choose a sample or drop files first',
      });
    }
    return state.loaded;
  };
  const runOf = (id: string): FinishedRun => {
    const run = state.runs.get(id);
    if (!run) {
      throw new Problem({
        where: `run ${id}`,
        expected: 'a finished run on the loaded data',
        found: 'none',
        fix: 'Train it again',
      });
    }
    return run;
  };

  /** The place of a run among those that are asked for at the same moment. */
  const placeOf = (id: string, beside: readonly string[], placesFor: (count: number) => Place[]): Place => {
    const key = JSON.stringify(beside);
    let group = state.places.get(key);
    if (!group?.has(id)) {
      const places = placesFor(beside.length);
      group = new Map(beside.map((run, i) => [run, places[i] as Place]));
    }
    const place = group.get(id) as Place;
    group.delete(id);
    if (group.size > 0) state.places.set(key, group);
    else state.places.delete(key);
    return place;
  };

  const sourceOf = (file: number): Source => {
    const source = state.files.get(file);
    if (!source) throw new Problem({ where: `file ${file}`, expected: 'a dropped file', found: 'none', fix: 'Drop it again' });
    return source;
  };

  /** One load at a time: a later one cancels the one that is under way. What is not accepted leaves everything as it was. */
  const loading = async (step: (signal: AbortSignal) => Promise<DataSummary>): Promise<DataSummary> => {
    state.load?.abort(cancelled());
    const own = new AbortController();
    state.load = own;
    try {
      return await step(own.signal);
    } finally {
      if (state.load === own) state.load = null;
    }
  };

  /** Puts a new dataset in place of the old one; only called when nothing can fail any more. */
  const accept = (given: StudyData, sources: ReadonlyMap<string, Source>, loadedRows: Prepared): DataSummary => {
    const { data, prepared } = usuallyNamed(given, loadedRows);
    for (const run of state.runs.values()) run.detector.dispose();
    state.runs.clear();
    state.generation += 1;
    state.loaded = { data, sources, prepared, generation: state.generation };
    return summaryOf(state.loaded);
  };

  return {
    shelf: async () => samples.map(({ generate: _generate, ...spec }) => spec),
    shelfPicture: async (id) => {
      const sample = samples.find((s) => s.id === id);
      if (!sample)
        throw new Problem({
          where: 'shelf',
          expected: samples.map((s) => s.id).join(', '),
          found: id,
          fix: 'Choose a sample of the shelf',
        });
      return shelfPicture(sample);
    },

    start: async (choice, onLost) => {
      const { rebuilt, startBackend } = await heavy.study();
      let tell: () => void = () => undefined;
      state.deviceLost = new Promise((resolve) => {
        tell = resolve;
      });
      const onDeviceLost = async (reason: string) => {
        await onLost?.(reason);
        tell();
      };
      state.report = await startBackend(choice, { onDeviceLost: (reason) => void onDeviceLost(reason) });
      if (state.loaded) {
        // finished models move over with their weights; what they scored stays as it is
        for (const [id, run] of state.runs) {
          state.runs.set(id, rebuilt(state.loaded.prepared, run));
          letGo(run);
        }
      }
      return state.report;
    },
    models: async () => {
      const { defaultScoreOn, models, outputsOn, scoresFor } = await heavy.study();
      const input = state.loaded?.prepared.input;
      return models.map((model): ModelSpec => {
        const { build: _build, defaultPreset, baselinePresets, ...spec } = model;
        const usable = !input || model.accepts.includes(input.kind);
        const suggestedPreset = (input && usable ? defaultPreset(input) : Object.keys(model.presets)[0]) ?? '';
        const beside = model.baseline && input && usable ? (baselinePresets?.(input) ?? [suggestedPreset]) : [];
        return {
          ...spec,
          suggestedPreset,
          usable,
          ...(input ? { defaultScore: defaultScoreOn(model, input) } : {}),
          scores: scoresFor(input ? outputsOn(model, input) : model.outputs).map((s) => s.id),
          baselinePresets: beside,
        };
      });
    },
    scores: async () => {
      const { scores } = await heavy.study();
      return scores.map(({ compute: _compute, fit: _fit, ...spec }) => spec);
    },

    inspect: async (files, paths = files.map(({ name }) => name)) => {
      const reports: FileReport[] = [];
      for (const source of sourcesOf(files.map((file, i) => ({ path: paths[i] ?? file.name, source: fileSource(file) })))) {
        const handle = state.nextFile++;
        state.files.set(handle, source);
        reports.push(await reportOf(handle, source));
      }
      return reports;
    },
    inspectUrl: async (url) => {
      const source = await urlSource(url);
      const handle = state.nextFile++;
      state.files.set(handle, source);
      return reportOf(handle, source);
    },
    previewFile: async (choice, options = {}) => {
      const { labelsOf, previewFile } = await heavy.study();
      const { data, locate } = filesData([choice], options, sourceOf);
      return previewFile(sourceOf(choice.file), data, data.files[0] as StudyFile, await labelsOf(data, locate));
    },
    forget: async (file) => {
      state.files.delete(file);
    },
    loadFiles: (choices, split, onProgress, options = {}) =>
      loading(async (signal) => {
        const { loadFilesData, prepare } = await heavy.study();
        const { data, sources, locate } = filesData(choices, options, sourceOf);
        const dataset = await loadFilesData(data, locate, {
          onProgress: ({ done, message, bytes }) => void onProgress(done, message, bytes),
          signal,
        });
        const prepared = prepare(dataset, split, stepsOf(options.preprocessing), options.lumisections);
        signal.throwIfAborted();
        return accept(data, sources, prepared);
      }),
    loadSample: (data, split, onProgress, options = {}) =>
      loading(async (signal) => {
        const { breathe, loadSampleData, prepare } = await heavy.study();
        const dataset = loadSampleData(data, ({ done, message }) => void onProgress(done, message));
        const prepared = prepare(dataset, split, stepsOf(options.preprocessing), options.lumisections);
        // generators do not pause; a cancel that came meanwhile is heard here
        await breathe();
        signal.throwIfAborted();
        return accept(data, new Map(), prepared);
      }),
    cancelLoad: async () => state.load?.abort(cancelled()),
    resplit: async (split) => {
      const { prepare } = await heavy.study();
      const { data, sources, prepared } = loaded();
      return accept(data, sources, prepare(prepared.loaded, split, prepared.preprocessing, prepared.lumisections));
    },
    takeLumisections: async (choice) => {
      const { prepare } = await heavy.study();
      const { data, sources, prepared } = loaded();
      return accept(data, sources, prepare(prepared.loaded, prepared.splitSpec, prepared.preprocessing, choice));
    },
    preprocess: async (steps) => {
      const { prepare, scalingOf } = await heavy.study();
      const { data, sources, prepared } = loaded();
      const next = prepare(prepared.loaded, prepared.splitSpec, stepsOf(steps), prepared.lumisections);
      // steps that cannot be fitted are refused before anything is put away
      scalingOf(next, 'study');
      return accept(data, sources, next);
    },
    renameClass: async (from, to) => {
      const { resultsOf } = await heavy.study();
      const own = loaded();
      const { data, prepared, classNames } = renamed(own.data, own.prepared, from, to);
      own.data = data;
      own.prepared = prepared;
      const results = [...state.runs].map(([id, run]) => [id, resultsOf(own.prepared, run)] as const);
      return { data: summaryOf(own), classNames, results: Object.fromEntries(results) };
    },
    closeData: async () => {
      state.load?.abort(cancelled());
      for (const run of state.runs.values()) letGo(run);
      state.runs.clear();
      state.loaded = null;
      endIdleMembers();
      if (state.report?.backend === 'webgpu') (await heavy.study()).giveBackIdleBuffers();
    },
    steps: async () => {
      const features = state.loaded?.prepared.dataset.features ?? [];
      return steps.map(({ id, name, help, params, suits }) => ({
        id,
        name,
        help,
        params,
        columns: features.filter((feature) => suits?.(feature) ?? true).map((feature) => feature.name),
      }));
    },
    columns: async (onProgress) => {
      const { dataset } = loaded().prepared;
      const columns: ColumnSummary[] = [];
      await inPieces(countedColumns(dataset, columns), onProgress);
      return columns;
    },
    correlation: async (names, onProgress) => inPieces(correlate(loaded().prepared.dataset, names), onProgress),
    duplicates: async (onProgress) => {
      const { dataset, split } = loaded().prepared;
      return inPieces(findDuplicates(dataset, split), onProgress);
    },

    preview: async (model, params, preset) => {
      const { buildDetector, findModel, inputFor, resolveParams, scalingOf } = await heavy.study();
      const { prepared } = loaded();
      const record = findModel(model);
      const resolved = resolveParams(record, prepared.input, { seed: 1, params, ...(preset ? { preset } : {}) });
      const detector = buildDetector(record, inputFor(prepared, resolved.params), resolved.params, 1);
      try {
        const input = scalingOf(prepared, detector.scaling.input);
        const target = scalingOf(prepared, detector.scaling.target);
        return {
          layers: detector.layers,
          parameters: detector.parameters,
          trainable: detector.trainable,
          scaling: input === target ? input.words : `input: ${input.words}; compared with: ${target.words}`,
          remarks: [...input.remarks],
        };
      } finally {
        detector.dispose();
      }
    },
    train: async (request, onProgress, beside = [request.id]) => {
      const { placesFor, runModel } = await heavy.study();
      const data = loaded();
      const { prepared, generation } = data;
      const report = state.report;
      if (!report) throw new Problem({ where: 'compute', expected: 'a started backend', found: 'none', fix: 'Reload the page' });
      const control = new Control((progress) => void onProgress(progress));
      const place = placeOf(request.id, beside, placesFor);
      state.controls.set(control, place);
      try {
        await place.enter();
        for (const run of state.checkpoints.keys()) if (!beside.includes(run)) state.checkpoints.delete(run);
        const kept = state.checkpoints.get(request.id);
        const resume = kept?.generation === generation ? kept.at : undefined;
        const device = report.backend === 'webgpu' || report.backend === 'webgl';
        const keep = await keptRuns.checkpoints(data, request);
        const run = await runModel(prepared, request, {
          control,
          backend: report.backend,
          place,
          ...(resume ? { resume } : {}),
          // what only a closed page can lose is looked at less often than what a device can take away
          ...(device || keeper
            ? {
                onCheckpoint: (at: Checkpoint, paused: boolean) => {
                  if (device) state.checkpoints.set(request.id, { generation, at });
                  keep(at, paused);
                },
                ...(device ? {} : { checkpointMs: keepCheckpointMs }),
              }
            : {}),
        }).catch(async (error: unknown) => {
          // the page is to hear of a lost device before it hears of the run that went with it
          if (device) await Promise.race([state.deviceLost, new Promise((resolve) => setTimeout(resolve, DEVICE_NEWS_MS))]);
          throw error;
        });
        state.checkpoints.delete(request.id);
        if (state.loaded?.generation !== generation) {
          run.detector.dispose();
          throw new Problem({
            where: `run ${run.model.name}, seed ${request.seed}`,
            expected: 'the data to stay the same while it trains',
            found: 'other data loaded meanwhile',
            fix: 'Train it again',
          });
        }
        state.runs.get(request.id)?.detector.dispose();
        state.runs.set(request.id, run);
        keptRuns.keep(data, run);
        return await summaryOfRun(data, request.id, run);
      } finally {
        place.leave();
        state.controls.delete(control);
      }
    },
    pause: async () => {
      for (const control of state.controls.keys()) control.pause();
    },
    resume: async () => {
      for (const control of state.controls.keys()) control.resume();
    },
    stop: async () => {
      for (const [control, place] of state.controls) {
        if (place.waits) control.resume();
        else control.stop();
      }
    },
    removeRun: async (id) => {
      const run = state.runs.get(id);
      run?.detector.dispose();
      state.runs.delete(id);
      if (run && state.loaded) await keptRuns.remove(state.loaded, run);
    },

    restore: async (requests) => {
      const data = loaded();
      const back: RunSummary[] = [];
      for (const request of requests) {
        const { run, checkpoint } = await keptRuns.bringBack(data, request).catch((error: unknown) => {
          console.warn('a kept run could not be brought back and waits to be trained', error);
          return { run: undefined, checkpoint: undefined };
        });
        if (state.loaded !== data) {
          run?.detector.dispose();
          return [];
        }
        if (checkpoint) state.checkpoints.set(request.id, { generation: data.generation, at: checkpoint });
        if (!run) continue;
        state.runs.get(request.id)?.detector.dispose();
        state.runs.set(request.id, run);
        back.push({ ...(await summaryOfRun(data, request.id, run)), kept: true });
      }
      return back;
    },
    keepSession: async (session) => {
      const data = state.loaded;
      if (!keeper || !data) return;
      const { name, rows, synthetic } = data.prepared.dataset;
      await keeper.write('session', await fingerprintOfLoaded(data), '', { name, rows, synthetic, session });
    },
    kept: async () => {
      await keptRuns.written();
      const nothing = { analyses: [], bytes: 0, limit: 0, problem: 'this page keeps nothing on this machine' };
      return keeper ? keeper.report() : nothing;
    },
    forgetKept: async (analyses) => {
      await keptRuns.written();
      await keeper?.forget(analyses);
    },

    addScore: async (id, score) => {
      const { withScore } = await heavy.study();
      const data = loaded();
      const before = runOf(id);
      const wider = await withScore(data.prepared, before, score);
      // trained again, or built again on another backend, meanwhile: those stay
      if (state.runs.get(id) === before) state.runs.set(id, wider);
      return summaryOfRun(data, id, wider);
    },
    scoreView: async (id, score) => {
      const { scoreViewOf } = await heavy.study();
      return { run: id, ...scoreViewOf(loaded().prepared, runOf(id), score) };
    },
    curve: async (id, score, signal, points) => {
      const { curveOf } = await heavy.study();
      return curveOf(loaded().prepared, runOf(id), score, signal, points);
    },
    latent: async (id, score, limit) => {
      const { latentViewOf } = await heavy.study();
      return { run: id, ...(await latentViewOf(loaded().prepared, runOf(id), score, limit)) };
    },
    events: async ({ run, ...query }) => {
      const { eventsOf } = await heavy.study();
      return eventsOf(loaded().prepared, runOf(run), query);
    },
    event: async (run, row, score) => {
      const { eventViewOf } = await heavy.study();
      return eventViewOf(loaded().prepared, runOf(run), row, score);
    },
    copies: async (query) => {
      const { copiesOf } = await heavy.study();
      return copiesOf(loaded().prepared, query);
    },

    imageClasses: async () => {
      const { imageClassesOf } = await heavy.study();
      return imageClassesOf(loaded().prepared);
    },
    leakage: async (kind) => {
      const { leakageOf } = await heavy.study();
      return leakageOf(loaded().prepared, kind);
    },
    price: async (run, score) => {
      const { priceOf } = await heavy.study();
      return priceOf(loaded().prepared, runOf(run), score);
    },
    ranked: async (run, query) => {
      const { rankedEventsOf } = await heavy.study();
      return rankedEventsOf(loaded().prepared, runOf(run), query);
    },
    traverse: async (run, row, at) => {
      const { traversedOf } = await heavy.study();
      return traversedOf(loaded().prepared, runOf(run), row, at);
    },

    trend: async (run, score, limit) => {
      const { trendOf, usualOf } = await heavy.study();
      const { prepared } = loaded();
      const finished = runOf(run);
      return { ...trendOf(prepared, finished, score, limit), usual: await usualOf(prepared, finished, score) };
    },
    binSpread: async () => {
      const { binSpreadOf } = await heavy.study();
      return binSpreadOf(loaded().prepared);
    },
    walk: async (run, score, row) => {
      const { walkOf } = await heavy.study();
      return walkOf(loaded().prepared, runOf(run), score, row);
    },

    flagged: async (run, score, threshold, list) => {
      const { flaggedJson, scoredOf } = await heavy.study();
      const { dataset, split, noData } = loaded().prepared;
      return flaggedJson(dataset, split.test, scoredOf(runOf(run), score).test, threshold, list, noData);
    },
    shiftReport: async (id, score, parts) => {
      const { environmentOf, flaggedJson, runListOf, scoredOf, shiftReport } = await heavy.study();
      const threshold = parts.threshold.value;
      const { data, prepared } = loaded();
      const { dataset, split, noData } = prepared;
      const scores = scoredOf(runOf(id), score).test;
      const { backend = 'cpu' as BackendName, reason = '' } = state.report ?? {};
      return shiftReport({
        ...parts,
        version: environmentOf(prepared, { backend, reason, platform: '' }).offshell,
        data: {
          name: dataset.name,
          synthetic: dataset.synthetic,
          rows: dataset.rows,
          sources: dataset.origins.map(({ name, words }) => ({ name, words })),
          remarks: dataset.remarks,
        },
        noData: {
          count: split.test.reduce((sum, row) => sum + (noData?.row[row] ?? 0), 0),
          minEntries: noData?.minEntries ?? 0,
          leaveOut: noData?.leaveOut ?? true,
        },
        labels: labelWords(data),
        split: split.words,
        flagged: flaggedJson(dataset, split.test, scores, threshold, 'flagged'),
        runs: runListOf(dataset, split.test, scores, threshold, noData),
      });
    },
    scoresCsv: async (run, score) => {
      const { scoredOf, scoresCsv } = await heavy.study();
      const { dataset, split, noData } = loaded().prepared;
      return scoresCsv(dataset, split.test, scoredOf(runOf(run), score).test, noData);
    },

    study: async (models, threshold) => {
      const { data, sources, prepared } = loaded();
      let complete: StudyData = data;
      if ('files' in data) {
        const files = [];
        for (const file of data.files) {
          const source = sources.get(file.path);
          // a file behind an address is not fetched as a whole to be recognised again
          files.push({ ...file, ...(source && !source.url ? { sha256: await fingerprint(source) } : {}) });
        }
        complete = { ...data, files };
      }
      const study: Study = {
        version: 1,
        name: prepared.dataset.name,
        data: complete,
        ...(prepared.preprocessing ? { preprocessing: [...prepared.preprocessing] } : {}),
        ...(filled(prepared.lumisections) ? { lumisections: prepared.lumisections } : {}),
        split: prepared.splitSpec,
        models: [...models],
        ...(threshold ? { threshold } : {}),
      };
      return study;
    },
    results: async (study, ids) => {
      const { environmentOf, resultsOf } = await heavy.study();
      const { prepared } = loaded();
      const report = state.report;
      const runs = ids.map(runOf);
      return {
        study,
        environment: environmentOf(prepared, {
          backend: report?.backend ?? ('cpu' as BackendName),
          reason: report?.reason ?? '',
          platform: globalThis.navigator?.userAgent ?? 'unknown',
        }),
        runs: runs.flatMap((run) => resultsOf(prepared, run, study.threshold)),
        warnings: runs.flatMap((run) => run.warnings),
      };
    },
  };
}

function cancelled(): Problem {
  return new Problem({
    where: 'data',
    expected: 'the load to finish',
    found: 'a cancel; what was loaded before is still there',
    fix: 'Load it again',
  });
}

function* countedColumns(dataset: Dataset, into: ColumnSummary[]): Generator<number, void> {
  for (const summary of columnSummaries(dataset)) {
    into.push(summary);
    yield into.length / dataset.features.length;
  }
}

/** Frees a detector; on a device that is gone there is nothing left to free. */
function letGo(run: FinishedRun): void {
  try {
    run.detector.dispose();
  } catch (error) {
    console.warn('tensors of a lost device could not be freed', error);
  }
}

/** An empty list is no list: then models scale as usual for the kind of data. */
function stepsOf(list: readonly StudyStep[] | undefined): StudyStep[] | undefined {
  return list && list.length > 0 ? [...list] : undefined;
}
