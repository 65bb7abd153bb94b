/**
 * Loading: one dataset at a time, from the shelf or from files, and what is asked of it and done to it afterwards. A load takes the place
 * of one that is under way; one that fails leaves everything as it was.
 */
import { proxy } from 'comlink';
import type { Params } from '../base/params.ts';
import { Problem } from '../base/problem.ts';
import type { DataSummary } from '../worker/api.ts';
import type { Draft } from './draft.ts';
import { guessOf } from './files.ts';
import type { Means } from './means.ts';
import { initialRun, type Run, trains } from './run.ts';
import { initialSession, type Session } from './session.ts';
import type { Actions, Engine } from './store.ts';

/** For scores without a model: a few events for the rule that asks for training rows, the rest to calibrate and to judge. */
const scoresSplit: Session['split'] = { by: 'event', train: 0.02, validation: 0.18, test: 0.8, seed: 1 };

/** @param chosen steps and lumisections; those that the session has for such data if absent */
export type LoadSample = (
  sample: string,
  events: number,
  seed: number,
  params: Params,
  classNames?: Readonly<Record<string, string>>,
  chosen?: Pick<Session, 'preprocessing' | 'lumisections'>,
) => Promise<boolean>;

export interface Loading {
  actions: Pick<
    Actions,
    'cancelLoad' | 'setPreprocessing' | 'setLumisections' | 'setSplit' | 'renameClass' | 'fetchCorrelation' | 'fetchDuplicates'
  >;
  /** True if the sample is there. */
  loadSample: LoadSample;
  /** What came of the dropped files; null if they were not loaded. */
  loadFiles(): Promise<{ scoresOnly: boolean } | null>;
  /** Gives the data and all that was made from them back; true if that was done. */
  close(): Promise<boolean>;
  /** Models and scores, as they are for the loaded data or for none; false if they could not be had. */
  refreshLists(): Promise<boolean>;
  underWay(): boolean;
  /** Resolves when nothing is being loaded. */
  done(): Promise<unknown>;
}

interface Surroundings {
  draft: Draft;
  /** Resolves when an engine runs and no training is under way. */
  ready(): Promise<unknown>;
  /** Other data are there, or none: what was on the screen is not of them. */
  forget(): void;
}

export function createLoading(
  engine: Engine,
  { get, setRun, setSession, report, attempt }: Means,
  { draft, ready, forget }: Surroundings,
): Loading {
  let present: { cancel: AbortController; done: Promise<boolean> } | null = null;
  // messages take another way than the answer and may come after it
  const progressOf = proxy((done: number, message: string, bytes?: { done: number; total: number }) => {
    if (present) setRun({ loading: { done, message, ...(bytes ? { bytes } : {}) } });
  });

  /** True if a new dataset is there. */
  const load = (where: string, step: () => Promise<DataSummary>): Promise<boolean> => {
    if (trains(get().run)) {
      report(busy(where), where);
      return Promise.resolve(false);
    }
    const earlier = present?.done;
    actions.cancelLoad();
    const cancel = new AbortController();
    const own = { cancel, done: Promise.resolve(false) };
    const run = async (): Promise<boolean> => {
      try {
        await earlier;
        cancel.signal.throwIfAborted();
        setRun({ loading: { done: 0, message: 'starting' } });
        await unlessCancelled(ready(), cancel.signal);
        await settle(await step());
        return true;
      } catch (error) {
        if (!cancel.signal.aborted) report(error, where);
        return false;
      } finally {
        if (present === own) {
          present = null;
          setRun({ loading: null });
        }
      }
    };
    present = own;
    own.done = run();
    return own.done;
  };

  /** Everything that follows from a newly loaded dataset. */
  const settle = async (data: DataSummary): Promise<void> => {
    forget();
    const columns = await engine.columns();
    const models = await engine.models();
    const scores = await engine.scores();
    const steps = await engine.steps();
    const { loading, data: before } = get().run;
    setRun({ ...initialRun, ...withoutData(get().run), loading, data, columns, models, scores, steps });
    setSession({
      preprocessing: data.preprocessing,
      lumisections: data.lumisections,
      requests: [],
      sweeps: [],
      view: { ...initialSession.view, threshold: get().session.view.threshold },
    });
    const { model, preset } = get().session.draft;
    const alike = before?.kind === data.kind && before.features.length === data.features.length;
    if (alike && preset !== '') return draft.refreshPreview();
    // a model that was chosen for data of this kind, by hand or by a link, stays
    const byLink = get().session.data !== null;
    const chosen = before ? before.kind === data.kind : byLink || model !== initialSession.draft.model;
    const fits = chosen && models.find((m) => m.id === model)?.usable;
    await draft.selectModel(fits ? model : (models.find((m) => m.usable && m.recommended)?.id ?? model));
  };

  /** Steps and lumisections stay where the data stay, and where a link brought them; other data start without. */
  const carried = (alike: boolean): Pick<Session, 'preprocessing' | 'lumisections'> => {
    const { preprocessing, lumisections } = alike || get().run.data === null ? get().session : initialSession;
    return { preprocessing, lumisections };
  };

  const refreshLists = async (): Promise<boolean> => {
    const models = await attempt('models', () => engine.models());
    const scores = await attempt('scores', () => engine.scores());
    if (models && scores) setRun({ models, scores });
    return models !== null && scores !== null;
  };

  /** A fact that takes a while: its share while it is worked out, then the answer, unless the data have changed meanwhile. */
  const fetchFact = async <Fact extends 'correlation' | 'duplicates'>(
    fact: Fact,
    ask: (told: (done: number) => void) => Promise<NonNullable<Run[Fact]>>,
  ): Promise<void> => {
    const generation = get().run.data?.generation;
    const still = (): boolean => get().run.data?.generation === generation;
    setRun({ [fact]: 0 });
    const told = proxy((done: number) => {
      if (still() && typeof get().run[fact] === 'number') setRun({ [fact]: done });
    });
    const answer = await attempt(fact, () => ask(told));
    if (still()) setRun({ [fact]: answer });
  };

  const actions: Loading['actions'] = {
    cancelLoad: () => {
      if (!present || present.cancel.signal.aborted) return;
      present.cancel.abort();
      void attempt('data', () => engine.cancelLoad());
    },
    setPreprocessing: async (preprocessing) => {
      const { preprocessing: before, draft: drafted } = get().session;
      setSession({ preprocessing });
      draft.followSteps();
      if (!get().run.data) return;
      if (!(await load('preprocessing', () => engine.preprocess(preprocessing))))
        setSession({ preprocessing: before, draft: drafted });
    },
    setLumisections: async (lumisections) => {
      const before = get().session.lumisections;
      setSession({ lumisections });
      if (!get().run.data) return;
      if (!(await load('lumisections', () => engine.takeLumisections(lumisections)))) setSession({ lumisections: before });
    },
    setSplit: async (split) => {
      const before = get().session.split;
      setSession({ split });
      if (get().run.data && !(await load('split', () => engine.resplit(split)))) setSession({ split: before });
    },
    renameClass: async (from, to) => {
      const answer = await attempt(`the class ${from}`, () => engine.renameClass(from, to));
      if (!answer) return false;
      const { data, classNames, results } = answer;
      const { runs, scoreView, curves, filesOptions, binSpread } = get().run;
      const own = (name: string) => (name === from ? to.trim() : name);
      const named = <T extends { name: string }>(list: readonly T[]): T[] =>
        list.map((entry) => ({ ...entry, name: own(entry.name) }));
      setRun({
        data,
        runs: runs.map((run) => ({ ...run, results: results[run.id] ?? run.results })),
        scoreView: scoreView && { ...scoreView, classes: named(scoreView.classes) },
        binSpread: binSpread && { ...binSpread, sides: named(binSpread.sides) },
        curves: Object.fromEntries(
          Object.entries(curves).map(([key, curve]) => {
            const [run, score, ...signal] = key.split('/');
            return [[run, score, own(signal.join('/'))].join('/'), curve];
          }),
        ),
      });
      const { data: chosen } = get().session;
      if (chosen && 'sample' in chosen) setSession({ data: { ...chosen, classNames } });
      else if (chosen) {
        setRun({ filesOptions: { ...filesOptions, classNames } });
        setSession({ data: { ...chosen, options: { ...chosen.options, classNames } } });
      }
      return true;
    },
    fetchCorrelation: () => fetchFact('correlation', (told) => engine.correlation(undefined, told)),
    fetchDuplicates: () => fetchFact('duplicates', (told) => engine.duplicates(told)),
  };

  return {
    actions,
    async loadSample(sample, events, seed, params, classNames, chosen) {
      const names = classNames ? { classNames: { ...classNames } } : {};
      const { split, data: known } = get().session;
      const taken = chosen ?? carried(known !== null && 'sample' in known && known.sample === sample);
      const done = await load(`sample ${sample}`, () =>
        engine.loadSample({ sample, events, seed, params: { ...params }, ...names }, split, progressOf, taken),
      );
      if (done) setSession({ data: { sample, events, seed, params, ...names } });
      return done;
    },
    async loadFiles() {
      const chosen = get().run.files.filter((f) => !f.report.problem && !f.report.list);
      const { filesOptions } = get().run;
      const { data: before } = get().session;
      // scores of another program train nothing: nearly all of their events are judged
      const scoresOnly = chosen.length > 0 && chosen.every((f) => guessOf(f)?.purpose === 'scores');
      const split = scoresOnly ? scoresSplit : get().session.split;
      const same =
        before !== null &&
        'files' in before &&
        before.files.map((f) => f.name).join() === chosen.map((f) => f.report.name).join();
      const options = { ...filesOptions, ...carried(same) };
      const choices = chosen.map((f) => f.choice);
      if (!(await load('files', () => engine.loadFiles(choices, split, progressOf, options)))) return null;
      setSession({ split, data: filesInSession(chosen, filesOptions) });
      return { scoresOnly };
    },
    async close() {
      if (trains(get().run)) {
        report(busy('data'), 'data');
        return false;
      }
      actions.cancelLoad();
      await present?.done;
      await attempt('data', () => engine.closeData());
      forget();
      setRun({ ...initialRun, ...withoutData(get().run) });
      setSession({ data: null, preprocessing: [], lumisections: {}, requests: [], sweeps: [], view: initialSession.view });
      return true;
    },
    refreshLists,
    underWay: () => present !== null,
    done: async () => present?.done,
  };
}

export function busy(where: string): Problem {
  return new Problem({
    where,
    expected: 'no training under way',
    found: 'a model that trains',
    fix: 'Stop the training or let it finish first',
  });
}

/** What stays on the screen when the data go. */
function withoutData({ compute, shelf, pictures, inspecting, files, filesOptions, problems, kept }: Run): Partial<Run> {
  return { compute, shelf, pictures, inspecting, files, filesOptions, problems, kept };
}

/** What repeats the load once files of these names are dropped again. */
function filesInSession(chosen: Run['files'], { cut, classNames }: Run['filesOptions']): Session['data'] {
  return {
    files: chosen.map(({ choice: { file: _file, role, name, ...choice }, report }) => ({
      name: report.url ?? report.name,
      role,
      className: name,
      ...(Object.keys(choice).length > 0 ? { choice } : {}),
    })),
    ...(cut || classNames ? { options: { ...(cut ? { cut } : {}), ...(classNames ? { classNames } : {}) } } : {}),
  };
}

/** Waits, but not for longer than until the cancel. */
function unlessCancelled(step: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    step.then(resolve, reject);
  });
}
